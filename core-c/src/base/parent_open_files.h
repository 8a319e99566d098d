/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a resource limit of the parent process. */
#ifndef PF_PARENT_OPEN_FILES_H
#define PF_PARENT_OPEN_FILES_H

/* Returns the soft RLIMIT_NOFILE of the parent process, or -errno. */
int pf_parent_open_files(void);

#endif
