/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adds the operations that make the cgroups of a container (cgroups.h). In version 2, the limits
 * are set in two cgroups: the outer, which the container cannot reach, and the inner, which
 * contains the container, and in which its programs look for limits. In version 1, the container
 * has one cgroup in each hierarchy whose controller a limit needs.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "cgroups.h"
#include "compiled_cgroups.h"

/* Records the origin of the operations on a hierarchy from `first` on: the first field of the spec
 * that needs the hierarchy. */
static void note_first(struct pf_compiler *compiler, uint32_t first, int hierarchy)
{
	const struct pf_compiled_cgroups *cgroups = compiler->cgroups;

	for (size_t i = 0; i < cgroups->wish_count; i++)
		if (cgroups->wishes[i].hierarchy == hierarchy) {
			pf_note_origin(compiler, first, cgroups->wishes[i].field,
				       cgroups->wishes[i].text);
			return;
		}
	pf_note_origin(compiler, first, "command", compiler->spec->command.items[0]);
}

/* Adds the writes to the files of a cgroup. `number` is the number of the cgroup in the plan. */
static void add_writes(struct pf_compiler *compiler, int hierarchy, int number)
{
	const struct pf_compiled_cgroups *cgroups = compiler->cgroups;

	for (size_t i = 0; i < cgroups->wish_count; i++) {
		const struct pf_cgroup_wish *wish = &cgroups->wishes[i];
		uint32_t first = compiler->encoder.count;
		if (wish->hierarchy != hierarchy)
			continue;
		for (size_t j = 0; j < wish->values.count; j++)
			PF_ENCODE(&compiler->encoder, cgroup_write, PF_N(number),
				  PF_S(wish->files.items[j]), PF_S(wish->values.items[j]));
		pf_note_origin(compiler, first, wish->field, wish->text);
	}
}

/* Adds the operation that makes a cgroup in the chosen parent cgroup (`place`). */
static void add_cgroup(struct pf_compiler *compiler, const struct pf_cgroup_place *place)
{
	PF_ENCODE(&compiler->encoder, cgroup,
		  PF_S(*place->controllers ? place->controllers : PF_CGROUP_V2), PF_S(place->path),
		  PF_S(PF_CGROUP_PREFIX "$PID"), PF_N(place->fd));
}

/* Returns the controllers as a text for cgroup.subtree_control: "+memory +pids". */
static const char *allowed(const char *controllers, char ret[2 * PF_CGROUP_LIST])
{
	char *end = ret;

	for (int is_first = 1; *controllers; is_first = *controllers++ == ' ') {
		if (is_first)
			*end++ = '+';
		*end++ = *controllers;
	}
	*end = '\0';
	return ret;
}

static int has_limits(const struct pf_compiled_cgroups *cgroups)
{
	return *cgroups->controllers != '\0';
}

/* Adds the operations that enable the controllers in the chosen parent cgroup of version 2. */
static void add_permission(struct pf_compiler *compiler)
{
	const struct pf_cgroup_place *place = &compiler->cgroups->v2;
	uint32_t first = compiler->encoder.count;
	char controllers[2 * PF_CGROUP_LIST];

	if (place->must_move)
		PF_ENCODE(&compiler->encoder, cgroup_move, PF_S(place->path), PF_S(PF_CGROUP_MOVED),
			  PF_N(place->fd));
	if (place->is_missing)
		PF_ENCODE(&compiler->encoder, cgroup_allow, PF_S(place->path),
			  PF_S(allowed(compiler->cgroups->controllers, controllers)),
			  PF_N(place->fd));
	note_first(compiler, first, IN_V2);
}

/* Adds the cgroups of version 2: the inner cgroup and, if there are limits, the outer cgroup around
 * it. Returns the number of cgroups. */
static int add_v2(struct pf_compiler *compiler)
{
	const struct pf_compiled_cgroups *cgroups = compiler->cgroups;
	uint32_t first = compiler->encoder.count;

	if (!cgroups->has_v2)
		return 0;
	if (compiler->is_machine)
		PF_ENCODE(&compiler->encoder, scope_cgroup, PF_S(PF_CGROUP_PREFIX "$PID"),
			  PF_N(cgroups->v2.fd < 0));
	if (cgroups->v2.fd >= 0)
		add_cgroup(compiler, &cgroups->v2);
	if (has_limits(cgroups))
		PF_ENCODE(&compiler->encoder, cgroup_inner, PF_S(PF_CGROUP_INNER));
	note_first(compiler, first, IN_V2);
	return 1 + has_limits(cgroups);
}

/* Adds the limits of version 2, and the owner of the container's cgroup. */
static void add_v2_files(struct pf_compiler *compiler)
{
	const struct pf_compiled_cgroups *cgroups = compiler->cgroups;
	uint32_t first, uid = 0, gid = 0;
	char controllers[2 * PF_CGROUP_LIST];

	if (has_limits(cgroups)) {
		add_writes(compiler, IN_V2, 0);
		first = compiler->encoder.count;
		PF_ENCODE(&compiler->encoder, cgroup_write, PF_N(0), PF_S("cgroup.subtree_control"),
			  PF_S(allowed(cgroups->controllers, controllers)));
		note_first(compiler, first, IN_V2);
		add_writes(compiler, IN_V2, 1);
	}
	if (compiler->is_boot && pf_identity_root(&compiler->identity, &uid, &gid) &&
	    (uid != geteuid() || geteuid() == 0))
		PF_ENCODE(&compiler->encoder, cgroup_owner, PF_N(uid), PF_N(gid));
}

/* Adds the cgroups of version 1. `number` is the number of the first cgroup in the plan. */
static void add_v1(struct pf_compiler *compiler, int number)
{
	const struct pf_compiled_cgroups *cgroups = compiler->cgroups;

	for (size_t i = 0; i < cgroups->v1_count; i++, number++) {
		uint32_t first = compiler->encoder.count;
		add_cgroup(compiler, &cgroups->v1[i]);
		note_first(compiler, first, (int)i);
		add_writes(compiler, (int)i, number);
	}
}

void pf_compile_cgroups(struct pf_compiler *compiler)
{
	if (!compiler->cgroups || compiler->is_machine)
		return;
	if (compiler->cgroups->has_v2)
		add_permission(compiler);
	int number = add_v2(compiler);
	if (compiler->cgroups->has_v2)
		add_v2_files(compiler);
	add_v1(compiler, number);
}

static void add_enter(struct pf_compiler *compiler, int is_v2)
{
	uint32_t first = compiler->encoder.count;

	PF_ENCODE(&compiler->encoder, cgroup_enter, PF_N(is_v2));
	note_first(compiler, first, compiler->cgroups->v1_count > 0 ? 0 : IN_V2);
}

void pf_compile_cgroups_enter(struct pf_compiler *compiler)
{
	if (!compiler->cgroups || compiler->cgroups->v1_count == 0 || compiler->is_machine)
		return;
	add_enter(compiler, 0);
	PF_ENCODE(&compiler->encoder, await);
	PF_ENCODE(&compiler->encoder, cgroupns);
}

void pf_compile_cgroups_of_machine(struct pf_compiler *compiler)
{
	const struct pf_compiled_cgroups *cgroups = compiler->cgroups;
	char controllers[2 * PF_CGROUP_LIST];

	if (!cgroups)
		return;
	add_v1(compiler, add_v2(compiler));
	add_enter(compiler, cgroups->has_v2);
	if (!cgroups->has_v2)
		return;
	uint32_t first = compiler->encoder.count;
	PF_ENCODE(&compiler->encoder, scope_allow, PF_S(PF_CGROUP_MOVED),
		  PF_S(compiler->is_boot ? PF_CGROUP_ALL
					 : allowed(cgroups->controllers, controllers)));
	note_first(compiler, first, IN_V2);
	add_permission(compiler);
	add_v2_files(compiler);
}
