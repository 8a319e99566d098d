/* SPDX-License-Identifier: BSD-2-Clause */
/* Which descriptors of the calling program a command gets. */
#ifndef PF_PASSED_ON_H
#define PF_PASSED_ON_H

/* Tells whether a command gets a descriptor, as for an exec: one that is not open is none, nor is a
 * standard one that is close-on-exec. */
int pf_is_passed_on(int fd);

#endif
