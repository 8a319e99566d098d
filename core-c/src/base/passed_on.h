/* SPDX-License-Identifier: BSD-2-Clause */
/* The descriptors of the calling program that are passed on to the command. */
#ifndef PF_PASSED_ON_H
#define PF_PASSED_ON_H

/* Tells whether the command inherits a descriptor, as by exec. The command inherits no closed
 * descriptor, and no standard descriptor that is close-on-exec. */
int pf_is_passed_on(int fd);

#endif
