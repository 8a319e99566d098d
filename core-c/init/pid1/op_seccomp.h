/* SPDX-License-Identifier: BSD-2-Clause */
/* Installs filters of system calls (seccomp(2)). */
#ifndef PF_OP_SECCOMP_H
#define PF_OP_SECCOMP_H

#include <linux/filter.h>
#include <stdint.h>

/* Installs a filter, which stays in force for this process and its descendants. Needs CAP_SYS_ADMIN
 * in the user namespace, or no_new_privs. Returns 0 or -errno. */
int pf_set_filter(const struct sock_filter *lines, uint32_t count);

#endif
