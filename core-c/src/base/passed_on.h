/* SPDX-License-Identifier: BSD-2-Clause */
/* Which descriptors of the calling program are passed on to a command. */
#ifndef PF_PASSED_ON_H
#define PF_PASSED_ON_H

/* Tells whether a command inherits a descriptor, as over an exec. A closed descriptor is not
 * inherited, nor is a standard descriptor that is close-on-exec. */
int pf_is_passed_on(int fd);

#endif
