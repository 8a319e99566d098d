/* SPDX-License-Identifier: BSD-2-Clause */
/* Closes the descriptors that a process does not need. */
#ifndef PF_CLOSE_FDS_H
#define PF_CLOSE_FDS_H

#include <stddef.h>

/* Closes every descriptor from `first` on that is not in the list. Ignores entries below `first`,
 * such as -1 for a missing descriptor. Returns 0 or -errno (close_range(2)). */
int pf_close_other_fds(unsigned first, const int *kept, size_t count);

#endif
