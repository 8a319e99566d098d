/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells which descriptors of the calling program are passed on to the command. */
#ifndef PF_INHERITED_FDS_H
#define PF_INHERITED_FDS_H

/* Tells whether pflask passes a descriptor on to the command. A closed descriptor is not passed on.
 * Descriptors 0 to 2 are not passed on if they are close-on-exec; other descriptors are passed on
 * even then. */
int pf_is_inherited(int fd);

#endif
