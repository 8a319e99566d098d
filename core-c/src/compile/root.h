/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file systems that every root of its own gets: /proc, /sys, /dev, /run. A function with
 * "sources" in its name adds the operations that open what is needed of the host, which come first.
 */
#ifndef PF_ROOT_H
#define PF_ROOT_H

#include "builder.h"

/* Tells whether pf_compile_root() fills a path anew. */
int pf_is_fresh(const char *path);

/* The root's own file systems: /proc, /sys, /dev, /run. */
void pf_compile_root_sources(struct pf_compiler *compiler);
void pf_compile_root(struct pf_compiler *compiler);

/* Makes a fresh proc file system of a root of its own as safe as the root's: what is of the machine
 * is read-only, or hidden, unless the spec has `unmaskProc`. */
void pf_compile_protect_proc(struct pf_compiler *compiler, const char *path);

/* Terminals, where a devpts file system is mounted, and the pty of the command. */
void pf_compile_devpts(struct pf_compiler *compiler, const char *path);
void pf_compile_terminal(struct pf_compiler *compiler);

/* A fresh /dev, at any path. */
void pf_compile_dev(struct pf_compiler *compiler, const char *path, uint64_t attributes);

#endif
