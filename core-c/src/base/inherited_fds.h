/* SPDX-License-Identifier: BSD-2-Clause */
/* The descriptors of the calling program that are passed on to the command. */
#ifndef PF_INHERITED_FDS_H
#define PF_INHERITED_FDS_H

/* Tells whether the command inherits a descriptor, as by exec. The command inherits no closed
 * descriptor, and no standard descriptor that is close-on-exec. */
int pf_is_inherited(int fd);

#endif
