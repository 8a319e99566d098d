/* SPDX-License-Identifier: BSD-2-Clause */
/* From a spec to a plan: every decision is taken here, and none after. */
#ifndef PF_COMPILE_H
#define PF_COMPILE_H

#include <limits.h>

#include "encode.h"
#include "identity.h"
#include "spec.h"

struct pf_compiler {
	const pflask_spec *spec;
	struct pflask_error *error;
	struct pf_encoder encoder;
	struct pf_identity identity;
	char directory[PATH_MAX]; /* the container's root directory; "": the host's */
	unsigned sources;         /* opened so far; the numbers of some: */
	unsigned proc, sys, mqueue, first_device;
	int root;      /* the container's root directory, to look at; or -1: the host's */
	int boots;     /* the command boots a system */
	int pid1;      /* the command itself is pid 1 */
	int terminal;  /* it has a pty */
};

/* Makes a plan of a spec. Returns its size and gives *ret, to be freed by the caller; or -errno
 * with *reterr filled in. */
int pf_compile(const pflask_spec *spec, void **ret, struct pflask_error *reterr);

/* Adds the operation that opens a file or directory of the host. Returns its number. */
unsigned pf_compile_source(struct pf_compiler *compiler, const char *path);

/* Adds the operations that open what pf_compile_root() binds; init does that as the caller. */
void pf_compile_root_sources(struct pf_compiler *compiler);

/* Adds the operations that fill a root of the container's own: /proc, /sys, /dev, /run. */
void pf_compile_root(struct pf_compiler *compiler);

/* Adds the operations that give the host's root what must be the container's own in it. */
void pf_compile_host_root(struct pf_compiler *compiler);

/* Adds `chdir` and `exec`. Returns 0 or -errno with *compiler->error filled in. */
int pf_compile_command(struct pf_compiler *compiler);

#endif
