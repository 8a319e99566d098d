/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps a container from booting a system on the host's own root directory. */
#ifndef PF_BOOT_CHECK_H
#define PF_BOOT_CHECK_H

#include "compiler.h"

/* Refuses to boot a system on the host's own root directory. `path` is the PATH of the command.
 * Returns 0, or -errno with *compiler->error filled in. */
int pf_check_boot(struct pf_compiler *compiler, const char *path);

#endif
