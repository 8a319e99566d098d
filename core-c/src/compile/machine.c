/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the registration of a container with systemd-machined (machine.h). */
#define _GNU_SOURCE
#include "machine.h"

#include <errno.h>

#include "cgroups.h"
#include "common/utf8.h"
#include "src/register/register.h"

static int is_utf8(const char *text)
{
	int length = 1;

	for (; *text && length > 0; text += length)
		length = pf_utf8_length(text);
	return length > 0;
}

/* Returns the path of the root for machined, which takes only absolute paths in UTF-8. */
static const char *root_of(const struct pf_compiler *compiler)
{
	const char *root = compiler->root_dir;

	return *root == '/' && is_utf8(root) ? root : "";
}

int pf_compile_is_machine(const pflask_spec *spec)
{
	return spec->registered == PF_YES || (spec->registered == PF_AUTO && pf_has_machined());
}

void pf_compile_machine(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	const char *name = spec->machine ? spec->machine : spec->name;

	if (!compiler->is_machine)
		return;
	if (!name || !pf_is_machine_name(name))
		name = PF_MACHINE_PREFIX "$PID";
	uint32_t first = compiler->encoder.count;
	PF_ENCODE(&compiler->encoder, machine, PF_S(name), PF_S(root_of(compiler)),
		  PF_N(spec->registered == PF_YES));
	if (spec->machine || spec->name)
		pf_note_origin_of_errno(compiler, first, EEXIST, spec->machine ? "machine" : "name",
					spec->machine ? spec->machine : spec->name);
	pf_compile_cgroups_of_machine(compiler);
	PF_ENCODE(&compiler->encoder, await);
	PF_ENCODE(&compiler->encoder, cgroupns);
}
