/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells which descriptors of the calling program the command inherits. */
#ifndef PF_INHERITED_FDS_H
#define PF_INHERITED_FDS_H

/* Tells whether the command inherits a descriptor. The descriptor must be open. Descriptors 0 to 2
 * must also not be close-on-exec; for higher descriptors, close-on-exec has no effect. */
int pf_is_inherited(int fd);

#endif
