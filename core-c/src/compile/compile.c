/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles a spec (compile.h): calls the parts of the compiler in the order of the operations.
 * compiler.h has the state that the parts share. */
#define _GNU_SOURCE
#include "compile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot_check.h"
#include "cgroups.h"
#include "changes.h"
#include "command.h"
#include "common/cleanup.h"
#include "common/sys.h"
#include "compiler.h"
#include "confined.h"
#include "control.h"
#include "environment.h"
#include "ephemeral_root.h"
#include "host_root.h"
#include "idmapped_root.h"
#include "log_file.h"
#include "machine.h"
#include "mounts.h"
#include "net.h"
#include "parent.h"
#include "passwd_files.h"
#include "privileges.h"
#include "resolv_conf.h"
#include "root_filesystems.h"
#include "seccomp.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/host/logins.h"
#include "sysctl.h"

static int check_root(struct pf_compiler *compiler)
{
	const char *directory = compiler->spec->chroot;
	const int flags = O_PATH | O_DIRECTORY;
	struct pf_host_path *at = &compiler->root_path;

	if (!directory)
		return 0;
	int r = compiler->spec->mountns
			? pf_open_field_mount(compiler, "chroot", "", directory, flags, at)
			: pf_open_field_path(compiler, "chroot", "", directory, flags, at);
	if (r < 0)
		return r;
	const char *hint;
	compiler->root_dir =
		!compiler->spec->mountns && pf_host_path_problem(at, &hint) ? directory : at->path;
	compiler->root_fd = at->fd;
	return 0;
}

static uint64_t namespaces_of(const struct pf_compiler *compiler)
{
	pflask_spec spec = *compiler->spec;
	uint64_t flags = 0;

	/* The compiler has already decided these two fields, which the spec may leave open. */
	spec.netns = compiler->has_new_netns != 0;
	spec.userns = compiler->identity.has_new_userns != 0;
#define PF_NAMESPACE(name, flag, field) flags |= spec.field ? (flag) : 0;
#define PF_NAMESPACE_ALWAYS(name, flag) flags |= (flag);
#include "defs/namespaces.def"
	return flags;
}

/* Adds the uid map or the gid map. The monitor writes the map, or newuidmap(1) or newgidmap(1). */
static void add_map(struct pf_compiler *compiler, enum pf_id_kind kind)
{
	PF_CLEANUP_STRINGS struct pf_strings lines = {0};
	const char *helper = compiler->identity.map_program[kind];
	struct pf_encoder *encoder = &compiler->encoder;

	if (pf_id_map_text(&compiler->identity.map[kind], &lines) < 0)
		encoder->failed = -ENOMEM;
	else if (helper && kind == PF_UID)
		PF_ENCODE(encoder, newuidmap, PF_S(helper), PF_L(lines.items));
	else if (helper)
		PF_ENCODE(encoder, newgidmap, PF_S(helper), PF_L(lines.items));
	else if (kind == PF_UID)
		PF_ENCODE(encoder, uid_map, PF_L(lines.items));
	else
		PF_ENCODE(encoder, gid_map, PF_L(lines.items));
}

static void add_monitor(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	struct pf_encoder *encoder = &compiler->encoder;
	const int is_asked = spec->killAfter != PF_UNSET;
	const uint64_t grace = is_asked ? spec->killAfter : PF_DEFAULT_killAfter;

	if (spec->killSignal)
		PF_ENCODE(encoder, kill_signal, PF_N(spec->killSignal));
	else if (compiler->is_boot)
		PF_ENCODE(encoder, kill_signal, PF_N(PF_DEFAULT_killSignal));
	if (compiler->is_pid1 || is_asked)
		PF_ENCODE(encoder, kill_after, PF_N(grace), PF_N(!is_asked));
	if (spec->timeout != PF_UNSET && spec->timeout != 0)
		PF_ENCODE(encoder, timeout, PF_N(spec->timeout), PF_N(grace));
	if (spec->dieWithParent)
		PF_ENCODE(encoder, die_with_parent, PF_N(compiler->parent_fd));
	pf_compile_cgroups(compiler);
	pf_compile_raised_limits(compiler);
	pf_compile_changes(compiler);
	pf_compile_control(compiler);
	pf_compile_log_file(compiler);
	pf_compile_take(compiler);
	pf_compile_net_join(compiler);
	PF_ENCODE(encoder, clone, PF_N(namespaces_of(compiler)));
	if (spec->oomScoreAdj)
		PF_ENCODE(encoder, oom_score, PF_S(spec->oomScoreAdj));
	pf_compile_cgroups_enter(compiler);
	if (compiler->identity.has_new_userns) {
		if (compiler->identity.deny_setgroups)
			PF_ENCODE(encoder, setgroups, PF_S("deny"));
		add_map(compiler, PF_UID);
		add_map(compiler, PF_GID);
		if (compiler->is_idmapped)
			pf_compile_idmapped(compiler);
		pf_compile_idmap_sources(compiler);
	}
	pf_compile_sys_source(compiler);
	pf_compile_net_outside(compiler);
	pf_compile_machine(compiler);
	if (!spec->pidns)
		PF_ENCODE(encoder, subreaper);
}

static void add_setid(struct pf_compiler *compiler)
{
	const struct pf_identity *identity = &compiler->identity;

	if (identity->has_new_userns)
		PF_ENCODE(&compiler->encoder, setid, PF_N(identity->init[PF_UID]),
			  PF_N(identity->init[PF_GID]));
}

/* Adds the operations of a container without a mount namespace, which mounts nothing. Init enters
 * the root directory by chroot(2) while it has the caller's ids, because only the caller may be
 * able to search the directories on the path. */
static void add_host_mounts(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;
	const pflask_spec *spec = compiler->spec;

	if (compiler->has_terminal)
		PF_ENCODE(encoder, terminal, PF_S("/dev/ptmx"), PF_N(compiler->rows),
			  PF_N(compiler->cols));
	if (compiler->has_new_netns && compiler->identity.has_new_userns)
		PF_ENCODE(encoder, await); /* the gid map must be written before ping_groups */
	pf_compile_ping_groups(compiler);
	pf_compile_sysctl_source(compiler);
	if (spec->chroot)
		PF_ENCODE(encoder, chroot, PF_S(compiler->root_dir), PF_N(compiler->root_fd));
	add_setid(compiler);
}

/* Tells whether the container needs its own copy of the root mount. A container that only needs new
 * mounts for its namespaces gets them on the host's root, because a copy costs more. */
static int has_own_root(const struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;

	return spec->chroot || spec->ephemeral || spec->readOnly || spec->mount.count > 0 ||
	       pf_compile_has_resolv_conf(compiler);
}

/* Records the field `chroot` as the origin of the operations on the root directory. */
static void note_root(struct pf_compiler *compiler, uint32_t first)
{
	if (compiler->spec->chroot)
		pf_note_origin(compiler, first, "chroot", "");
}

static void add_sources(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	uint32_t first = compiler->encoder.count;

	if (spec->ephemeral)
		pf_compile_ephemeral_sources(compiler);
	else if (!compiler->is_idmapped && spec->chroot)
		compiler->root_source =
			pf_compile_opened_source(compiler, PF_OP_source, &compiler->root_path);
	else if (!compiler->is_idmapped)
		compiler->root_source = pf_compile_source(compiler, "/");
	if (!spec->ephemeral)
		note_root(compiler, first);
	pf_compile_root_sources(compiler);
	pf_compile_host_sources(compiler);
	pf_compile_mount_sources(compiler);
}

static void add_own_root(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;
	const pflask_spec *spec = compiler->spec;

	if (pf_compile_has_files(compiler) || pf_compile_has_resolv_conf(compiler))
		PF_ENCODE(encoder, files);
	uint32_t first = encoder->count;
	if (spec->ephemeral)
		pf_compile_ephemeral(compiler);
	else
		PF_ENCODE(encoder, root, PF_N(compiler->root_source),
			  PF_N(spec->readOnly ? MOUNT_ATTR_RDONLY : 0));
	if (spec->ephemeral)
		pf_note_origin(compiler, first, "ephemeral",
			       spec->ephemeralDir ? spec->ephemeralDir : "");
	else
		note_root(compiler, first);
	if (compiler->is_idmapped && !spec->ephemeral)
		pf_compile_idmapped_mounts(compiler);
	if (compiler->has_fresh)
		pf_compile_root(compiler);
	if (compiler->has_fresh && !spec->chroot)
		pf_compile_hide_host(compiler);
	if (!compiler->has_fresh)
		pf_compile_host_root(compiler);
	if (pf_compile_has_resolv_conf(compiler))
		pf_compile_resolv_conf(compiler);
	pf_compile_mounts(compiler);
	if (spec->readOnly)
		PF_ENCODE(encoder, protect_root);
	first = encoder->count;
	PF_ENCODE(encoder, pivot_root);
	note_root(compiler, first);
	pf_compile_propagation(compiler);
}

static void add_mounts(struct pf_compiler *compiler)
{
	PF_ENCODE(&compiler->encoder, propagation, PF_N(MS_SLAVE | MS_REC));
	if (!has_own_root(compiler)) {
		pf_compile_host_sources(compiler);
		add_setid(compiler);
		pf_compile_sysctl_source(compiler);
		pf_compile_host_root(compiler);
		return;
	}
	add_sources(compiler);
	add_setid(compiler);
	pf_compile_sysctl_source(compiler);
	add_own_root(compiler);
}

/* Adds the operations for a command that does not run as the user of init. The command gets a
 * session keyring of its own. */
static void add_user(struct pf_compiler *compiler)
{
	const struct pf_identity *identity = &compiler->identity;
	char *none[] = {NULL};
	char **groups = identity->groups.items ? identity->groups.items : none;

	if (identity->deny_setgroups) /* only one id is mapped, and init already has that id */
		return;
	PF_ENCODE(&compiler->encoder, user, PF_N(identity->id[PF_UID]), PF_N(identity->id[PF_GID]),
		  PF_L(groups));
	PF_ENCODE(&compiler->encoder, keyring);
}

/* Adds the host name and the domain name. The default host name is the container's name, if it is a
 * valid host name (hostname(7)). */
static void add_hostname(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	const char *name = spec->hostname;

	if (!name && spec->name && spec->utsns && pf_is_machine_name(spec->name))
		name = spec->name;
	if (name)
		PF_ENCODE(&compiler->encoder, hostname, PF_S(name));
	if (spec->domainname)
		PF_ENCODE(&compiler->encoder, domainname, PF_S(spec->domainname));
}

/* Records that a system boots in the foreground, and which users can log in. If a mount covers
 * /etc/shadow, records no users, because the system reads another file. */
static int note_boot(struct pf_compiler *compiler)
{
	struct pf_plan_notes *notes = compiler->notes;

	notes->is_boot = compiler->is_boot && !compiler->spec->detach;
	if (!notes->is_boot || compiler->root_fd < 0 || pf_compile_has_mount(compiler, "/etc") ||
	    pf_compile_has_mount(compiler, "/etc/shadow"))
		return 0;
	notes->root = strdup(compiler->spec->chroot);
	notes->logins = pf_logins(compiler->root_fd);
	return notes->root ? 0 : pf_error_internal(compiler->error, ENOMEM, "out of memory");
}

/* Adds the operations that set up the command's process. For a command of --exec,
 * core-c/init/join/join.c executes these operations again, from `session` on. */
static int add_process(struct pf_compiler *compiler)
{
	PF_CLEANUP_STRINGS struct pf_strings variables = {0};
	struct pf_encoder *encoder = &compiler->encoder;
	char *none[] = {NULL};

	add_hostname(compiler);
	pf_compile_net(compiler);
	pf_compile_sysctls(compiler);
	PF_ENCODE(encoder, keyring);
	if (compiler->spec->oomScoreAdj)
		PF_ENCODE(encoder, await); /* the monitor must have set the score of init */
	if (!compiler->is_pid1)
		PF_ENCODE(encoder, fork);
	PF_ENCODE(encoder, session, PF_N(compiler->has_terminal));
	pf_compile_stdio(encoder, compiler->has_terminal, compiler->spec->ownStderr != 0);
	pf_compile_limits(compiler);
	pf_compile_bounding(compiler);
	PF_ENCODE(encoder, umask, PF_N(pf_spec_umask(compiler->spec)));
	if (compiler->identity.has_user)
		add_user(compiler);
	pf_compile_caps(compiler);
	pf_compile_seccomp_privs(compiler);
	/* A login shell gets the home directory and the shell of the user in passwd(5). Init later
	 * sets SHELL to the shell that it executes. */
	if (compiler->spec->command.count == 0)
		pf_identity_look_up_user(&compiler->identity, &compiler->passwd_files);
	if (pf_make_environment(compiler->spec, &compiler->identity, &compiler->passwd_files,
				&variables) < 0)
		return pf_error_internal(compiler->error, ENOMEM, "out of memory");
	PF_ENCODE(encoder, environ, PF_L(variables.items ? variables.items : none));
	int r = pf_check_boot(compiler, pf_find_variable(&variables, "PATH"));
	if (r < 0)
		return r;
	r = note_boot(compiler);
	return r < 0 ? r : pf_compile_command(compiler, pf_find_variable(&variables, "HOME"));
}

static int finish(struct pf_compiler *compiler, void **ret)
{
	int r = pf_encode_finish(&compiler->encoder, ret);

	return r < 0 ? pf_error_internal(compiler->error, -r, "plan: %s", pf_errno_text(-r)) : r;
}

static int check_files(struct pf_compiler *compiler)
{
	int r = pf_compile_mounts_check(compiler);

	if (r == 0)
		r = pf_compile_net_parse(compiler);
	if (r == 0)
		r = pf_compile_sysfs_check(compiler);
	if (r == 0)
		r = pf_compile_sysctl_check(compiler);
	compiler->is_idmapped = pf_compile_is_idmapped(compiler);
	if (r == 0 && compiler->spec->ephemeral)
		r = pf_compile_ephemeral_check(compiler);
	else if (r == 0 && compiler->is_idmapped)
		r = pf_compile_idmapped_check(compiler);
	if (r == 0)
		r = pf_compile_changes_check(compiler);
	if (r == 0)
		r = pf_compile_log_file_check(compiler);
	if (r == 0)
		r = pf_compile_privileges_check(compiler);
	if (r == 0)
		r = pf_compile_parent_check(compiler);
	if (r == 0)
		r = pf_compile_cgroups_check(compiler);
	return r < 0 ? r : pf_compile_control_check(compiler);
}

/* Refuses a plan with more than PF_PLAN_SOURCES sources. If the entries of a directory are mounted
 * one by one, the error names the directory with the most entries. */
static int check_limits(struct pf_compiler *compiler)
{
	if (compiler->source_count <= PF_PLAN_SOURCES)
		return 0;
	if (compiler->widest_count == 0)
		return pf_error_field(compiler->error, "mount", E2BIG,
				      "too many files and directories of the host: %u (at most %u)",
				      compiler->source_count, PF_PLAN_SOURCES);
	int r = pf_error_field(compiler->error, "ephemeral", E2BIG,
			       "%s: too many entries to overlay one by one: %u (at most %u in all)",
			       compiler->widest_dir, compiler->widest_count, PF_PLAN_SOURCES);
	pf_error_hint(compiler->error,
		      "sudo {program} ...: root overlays a file system as a whole");
	return r;
}

static int compile(struct pf_compiler *compiler, void **ret)
{
	void *plan = NULL;
	int r = check_root(compiler);

	if (r < 0)
		return r;
	pf_compile_passwd_files(compiler);
	r = pf_identity(compiler->spec, &compiler->passwd_files, &compiler->identity,
			compiler->error);
	if (r == 0)
		r = pf_confined_user(compiler);
	if (r == 0)
		r = check_files(compiler);
	if (r < 0)
		return r;
	add_monitor(compiler);
	if (compiler->spec->mountns)
		add_mounts(compiler);
	else
		add_host_mounts(compiler);
	r = check_limits(compiler);
	if (r == 0)
		r = add_process(compiler);
	int size = finish(compiler, &plan);
	if (r < 0 || size < 0) {
		free(plan);
		return r < 0 ? r : size;
	}
	*ret = plan;
	return size;
}

static void free_compiler(struct pf_compiler *compiler)
{
	pf_host_path_clear(&compiler->root_path);
	pf_host_path_clear(&compiler->keep_path);
	pf_host_path_clear(&compiler->scratch);
	pf_host_path_clear(&compiler->lower);
	pf_identity_clear(&compiler->identity);
	pf_compile_cgroups_free(compiler);
	pf_compile_control_free(compiler);
	pf_compile_mounts_free(compiler);
	pf_compile_net_free(compiler);
	pf_compile_host_free(compiler);
	pf_compile_ephemeral_free(compiler);
	pf_confined_free(compiler);
	free(compiler);
}

int pf_compile(const pflask_spec *spec, void **ret, struct pf_origins *origins,
	       struct pf_plan_fds *plan_fds, struct pf_plan_notes *ret_notes,
	       struct pflask_error *reterr)
{
	int r = pf_spec_check(spec, reterr);

	if (r < 0)
		return r;
	/* calloc() does not touch the pages of the many paths, most of which stay unused. */
	struct pf_compiler *compiler = calloc(1, sizeof(*compiler));
	if (!compiler)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	pf_confined_spec(compiler, spec);
	compiler->error = reterr;
	compiler->plan_fds = plan_fds;
	compiler->notes = ret_notes;
	compiler->root_dir = "";
	compiler->root_fd = -1;
	compiler->origins = origins;
	compiler->is_boot = pf_spec_boots(spec);
	compiler->is_pid1 = compiler->is_boot || spec->asPid1;
	compiler->is_machine = pf_compile_is_machine(spec);
	compiler->has_terminal = compiler->is_boot || spec->terminal;
	compiler->rows = spec->detach && !spec->rows ? PF_DEFAULT_rows : spec->rows;
	compiler->cols = spec->detach && !spec->cols ? PF_DEFAULT_cols : spec->cols;
	r = compile(compiler, ret);
	free_compiler(compiler);
	return r;
}
