/* SPDX-License-Identifier: BSD-2-Clause */
/* Closes the descriptors that a process does not need. */
#ifndef PF_KEEP_FDS_H
#define PF_KEEP_FDS_H

#include <stddef.h>

/* Closes every descriptor from `first` on that is not in the list. An entry below `first` is
 * ignored: -1 stands for a descriptor that does not exist. Returns 0 or -errno (close_range(2)). */
int pf_keep_fds(unsigned first, const int *kept, size_t count);

#endif
