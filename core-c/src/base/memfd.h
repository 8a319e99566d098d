/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealed memory files: what the helper is run from and gets its plan in. */
#ifndef PF_MEMFD_H
#define PF_MEMFD_H

#include <stddef.h>

/* Makes a memfd of some bytes, sealed: nobody can change it (memfd_create(2), F_ADD_SEALS).
 * Returns a close-on-exec descriptor or -errno (-EACCES: vm.memfd_noexec=2 forbids an executable
 * one). */
int pf_memfd(const char *name, const void *data, size_t size, int executable);

#endif
