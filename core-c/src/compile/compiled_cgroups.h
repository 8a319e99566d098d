/* SPDX-License-Identifier: BSD-2-Clause */
/* The cgroups that cgroups.c has chosen for a container, for cgroup_operations.c, which adds the
 * operations that make them. */
#ifndef PF_COMPILED_CGROUPS_H
#define PF_COMPILED_CGROUPS_H

#include "common/cgroup.h"
#include "src/host/cgroup_place.h"
#include "src/spec/limit_parse.h"

#define IN_V2 (-1) /* stands for the hierarchy of version 2 */

struct pf_compiled_cgroups {
	char *table; /* text of /proc/self/cgroup */
	int has_v2;
	char controllers[PF_CGROUP_LIST]; /* needed controllers of version 2, separated by blanks */
	struct pf_cgroup_place v2;
	size_t v1_count;
	struct pf_cgroup_place v1[PF_CGROUPS];
	struct pf_strings pieces; /* limits of the container, as texts */
	struct pf_limit *limits;
	size_t limit_count;
	/* Texts to write to cgroup files, from limits and from the field `cgroup`. */
	struct pf_cgroup_wish *wishes;
	size_t wish_count;
};

#endif
