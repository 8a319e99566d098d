/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes sealed memory files. pflask-init is executed from one sealed memory file, and reads its
 * plan from another. */
#ifndef PF_MEMFD_H
#define PF_MEMFD_H

#include <stddef.h>

/* Makes a memfd with the bytes at `data`, and seals it, so that no process can change the bytes
 * (memfd_create(2), F_ADD_SEALS). Returns a close-on-exec descriptor or -errno (-EACCES:
 * vm.memfd_noexec=2 forbids an executable memfd). */
int pf_make_memfd(const char *name, const void *data, size_t size, int executable);

#endif
