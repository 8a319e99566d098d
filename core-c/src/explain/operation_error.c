/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the error for a failed operation of a plan (operation_error.h). */
#define _GNU_SOURCE
#include "operation_error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/path_below.h"
#include "common/protocol/plan.h"
#include "hint.h"
#include "sentence.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/base/op_names.h"
#include "src/base/program.h"
#include "src/find/request.h"
#include "src/host/mount_table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SENTENCE 8192 /* room for a path of PATH_MAX bytes and a sentence around it */

/* Returns what an operation works on: its path, or else its first string. For `control`, returns
 * the container's name if another container has the name, else the control directory. */
static const char *subject_of(const void *plan, const struct pf_op *op, int number)
{
	const char *kinds = pf_op_table[op->code].arguments;
	size_t at = op->code == PF_OP_mount || op->code == PF_OP_renew ||
		    op->code == PF_OP_symlink ||
		    (op->code == PF_OP_control && number != EADDRINUSE);

	at += strcspn(kinds + at, "s");
	return kinds[at] == 's' ? pf_plan_string(plan, op->arg[at]) : "";
}

static int is_missing(int number)
{
	return number == ENOENT || number == ENOTDIR;
}

/* Adds a remedy if the command is in a directory of the host that the container hides behind an
 * empty directory. */
static void hint_hidden(struct pflask_error *error, const void *plan, const char *command)
{
	char *path = strchr(command, '/') ? realpath(command, NULL) : pf_find_program(command);

	for (uint32_t i = 0; path && i < pf_plan_count(plan); i++) {
		const struct pf_op *op = pf_plan_op(plan, i);
		if (op->code != PF_OP_mount)
			continue;
		const char *place = pf_plan_string(plan, op->arg[1]);
		if (pf_lies_in(path, place))
			pf_error_hint(error, "{mount=bind-ro:%s:%s}: the container has its own %s",
				      path, path, place);
	}
	free(path);
}

/* Tells whether the command has the caller's PATH. */
static int has_own_path(const void *plan)
{
	const struct pf_op *op = pf_plan_find(plan, PF_OP_environ);
	const uint64_t *entry = op ? pf_plan_list(plan, op->arg[0]) : NULL;
	const char *path = getenv("PATH");

	for (; path && entry && *entry; entry++) {
		const char *variable = pf_plan_string(plan, *entry);
		if (strncmp(variable, "PATH=", 5) == 0)
			return strcmp(variable + 5, path) == 0;
	}
	return 0;
}

/* Adds the full path of a command in sbin. An ordinary user's PATH often lacks these directories,
 * but the user can be root in the container. */
static void hint_sbin(struct pflask_error *error, const void *plan, const char *command)
{
	static const char directories[][16] = {"/usr/local/sbin", "/usr/sbin", "/sbin"};
	char path[PATH_MAX];
	struct stat status;

	if (*error->hint || strchr(command, '/') || !has_own_path(plan))
		return;
	for (size_t i = 0; i < COUNT(directories); i++) {
		snprintf(path, sizeof(path), "%s/%s", directories[i], command);
		if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		    access(path, X_OK) == 0) {
			pf_error_hint(error, "%s", path);
			return;
		}
	}
}

static void describe_exec(struct pflask_error *error, const void *plan, const char *command,
			  const struct pf_failed *failed)
{
	error->code = PFLASK_NOT_FOUND;
	if (failed->detail == PF_DETAIL_INTERPRETER) {
		pf_error_say(error, "%s: interpreter not found (#! line or ELF loader)", command);
	} else if (is_missing(failed->number)) {
		pf_error_say(error, "%s: %s", command,
			     strchr(command, '/') ? "No such file or directory"
						  : "command not found");
		hint_hidden(error, plan, command);
		hint_sbin(error, plan, command);
	} else {
		error->code = PFLASK_NOT_EXECUTABLE;
		pf_error_say(error, "%s: %s", command, pf_errno_text(failed->number));
	}
}

/* Describes a file system whose mount point cannot be made or reached. For EACCES, the error names
 * the root directory, which add_mount() in root_filesystems.c has recorded as the origin. */
static int describe_unreachable(struct pflask_error *error, const struct pf_op *op,
				const struct pf_origin *origin)
{
	struct stat status;

	if (op->code != PF_OP_mount || origin->number != EACCES)
		return 0;
	pf_error_say(error, "%s: cannot create or enter '%s' in this directory: %s", origin->text,
		     error->subject, pf_errno_text(error->number));
	if (stat(origin->text, &status) == 0 && status.st_uid != 0 && status.st_uid == geteuid())
		pf_error_hint(error, "{program} {chroot=%s} ...", origin->text);
	else
		pf_error_hint(error, "sudo {program} {chroot=%s} {userMap=auto} ...", origin->text);
	return 1;
}

/* Describes that the file at a path was replaced after the plan was made. */
static int describe_replaced(struct pflask_error *error, const struct pf_op *op,
			     const struct pf_origin *origin)
{
	int is_named = op->code == PF_OP_source || op->code == PF_OP_layer ||
		       op->code == PF_OP_layer_entry || op->code == PF_OP_source_idle ||
		       op->code == PF_OP_take || op->code == PF_OP_idmap_source ||
		       op->code == PF_OP_idmap_mount;
	int is_mount = strcmp(origin->field, "mount") == 0;

	if (!is_named || !op->arg[2] || (error->number != ESTALE && error->number != ELOOP))
		return 0;
	pf_error_say(error, "%s%s%s: was replaced by another file during the start",
		     is_mount ? origin->text : "", is_mount ? ": " : "", error->subject);
	pf_error_hint(error, "try again");
	return 1;
}

/* Writes the reason of a failure to `ret`. failed->text may come from the container and have any
 * bytes, so '?' replaces each byte outside printable ASCII. */
static const char *reason(const struct pf_failed *failed, char *ret, size_t size)
{
	int length = (int)strnlen(failed->text, sizeof(failed->text));

	if (length == 0)
		snprintf(ret, size, "%s", pf_errno_text(failed->number));
	else if (failed->detail == PF_DETAIL_TEXT)
		snprintf(ret, size, "%.*s", length, failed->text);
	else
		snprintf(ret, size, "%s (%.*s)", pf_errno_text(failed->number), length,
			 failed->text);
	for (char *c = ret; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return ret;
}

/* Says that another container has booted a system on the same root directory, and names this
 * container if it is detached. */
static void describe_booted(struct pflask_error *error)
{
	struct pflask_record *records = NULL;
	struct pflask_error ignored;
	const struct pflask_record *holder = NULL;
	int count = pf_list(0, &records, &ignored);

	for (int i = 0; i < count; i++)
		if (strcmp(records[i].root, error->subject) == 0)
			holder = &records[i];
	if (!holder)
		pf_error_say(error, "%s: busy: another container", error->subject);
	else if (*holder->name)
		pf_error_say(error, "%s: busy: container %s", error->subject, holder->name);
	else
		pf_error_say(error, "%s: busy: container %d", error->subject, holder->monitor_pid);
	free(records);
	pf_error_hint(error, "{ephemeral}: boots a copy of the root");
}

/* Describes that another container already uses the name, the pid file or a directory of an
 * overlay. */
static int describe_taken(struct pflask_error *error, const struct pf_op *op,
			  const struct pf_origin *origin)
{
	int is_again = op->code == PF_OP_take && error->number == EALREADY;
	int is_taken =
		error->number == EADDRINUSE &&
		(op->code == PF_OP_control || op->code == PF_OP_pid_file || op->code == PF_OP_take);

	if (!is_again && !is_taken)
		return 0;
	if (is_taken && op->code == PF_OP_take && strcmp(origin->field, "chroot") == 0) {
		describe_booted(error);
		return 1;
	}
	int is_named = *origin->text && strcmp(origin->text, error->subject) != 0;
	pf_error_say(error, "%s%s%s: %s", is_named ? origin->text : "", is_named ? ": " : "",
		     error->subject,
		     is_again ? "already in use by this container" : "in use by another container");
	return 1;
}

/* Tells whether the value of a mount or netif field already contains the object of the
 * operation. */
static int is_said(const struct pf_origin *origin, const struct pf_op *op)
{
	static const enum pf_op_code codes[] = {
		PF_OP_mount,  PF_OP_bind,     PF_OP_overlay,    PF_OP_mkdir,     PF_OP_symlink,
		PF_OP_file,   PF_OP_netns,    PF_OP_veth,       PF_OP_macvlan,   PF_OP_ipvlan,
		PF_OP_pasta,  PF_OP_link_up,  PF_OP_source,     PF_OP_link_move, PF_OP_slirp4netns,
		PF_OP_sysctl, PF_OP_hostname, PF_OP_domainname,
	};

	if (!*origin->text || strcmp(origin->field, "ephemeral") == 0)
		return 0;
	for (size_t i = 0; i < COUNT(codes); i++)
		if (codes[i] == op->code)
			return 1;
	return 0;
}

/* Describes a failed idmapped mount. The kernel makes a mount idmapped only once, and only if its
 * file system supports this. pflask does so for each mount of a root directory alone, and for a
 * bind as a whole. */
static int describe_idmap(struct pflask_error *error, const void *plan, const struct pf_op *op,
			  const struct pf_origin *origin)
{
	int is_root = strcmp(origin->field, "chroot") == 0;
	const char *root = origin->text, *path = pf_plan_string(plan, op->arg[1]);
	char type[PF_MOUNT_TYPE];

	if ((op->code != PF_OP_idmap_source && op->code != PF_OP_idmap_mount) || !*root ||
	    (error->number != EINVAL && error->number != EPERM))
		return 0;
	pf_error_say(error, "%s%s%s (%s)%s %s", is_root ? "" : origin->text, is_root ? "" : ": ",
		     path, pf_mount_type(AT_FDCWD, path, type),
		     is_root ? "" : ", or a mount in this directory,",
		     error->number == EPERM ? "is an id-mapped mount already"
					    : "does not support id-mapped mounts");
	if (!is_root)
		pf_error_hint(error, "leave out idmap, or umount the mounts in this directory");
	else if (strcmp(root, path) != 0)
		pf_error_hint(error, "umount %s, or cover the mount: {mount=tmp:%s}", path,
			      path + (root[1] ? strlen(root) : 0));
	else
		pf_error_hint(error, "leave out {userMap}, or use a directory on ext4, xfs, "
				     "btrfs or tmpfs");
	return 1;
}

/* Describes a magic link (/proc/PID/cwd and so on) on the path of a mount. The kernel does not
 * follow magic links within the root, because they may lead out of it. */
static int describe_magic_link(struct pflask_error *error, const struct pf_origin *origin,
			       const struct pf_failed *failed)
{
	if (failed->number != EXDEV || strcmp(origin->field, "mount") != 0)
		return 0;
	pf_error_say(error,
		     "%s: the path leads through a link such as /proc/PID/root or /proc/PID/fd, "
		     "which is "
		     "not followed in a root",
		     origin->text);
	pf_error_hint(error, "namei DEST: choose a path without such a link");
	return 1;
}

/* Describes that the kernel has killed init because of the memory limit. */
static int describe_memory(struct pflask_error *error, const struct pf_op *op,
			   const struct pf_origin *origin)
{
	if (op->code != PF_OP_cgroup_write || error->number != ENOMEM)
		return 0;
	pf_error_say(error, "%s: too little memory to start a container", origin->text);
	pf_error_hint(error, "{limit=memory=16M}");
	return 1;
}

static void describe_operation(struct pflask_error *error, const void *plan, const struct pf_op *op,
			       const struct pf_origin *origin, const struct pf_failed *failed)
{
	char line[SENTENCE], why[2 * PF_RTNL_TEXT];

	if (describe_idmap(error, plan, op, origin) || describe_taken(error, op, origin) ||
	    describe_unreachable(error, op, origin) || describe_magic_link(error, origin, failed) ||
	    describe_memory(error, op, origin))
		return;
	reason(failed, why, sizeof(why));
	pf_sentence(plan, op, line, sizeof(line));
	if (is_said(origin, op))
		pf_error_say(error, "%s: %s", origin->text, why);
	else
		pf_error_say(error, "%s%s%s: %s", origin->text, *origin->text ? ": " : "", line,
			     why);
}

int pf_error_operation(struct pflask_error *reterr, const void *plan,
		       const struct pf_origins *origins, const struct pf_failed *failed)
{
	if (failed->index < 0 || (uint32_t)failed->index >= pf_plan_count(plan)) {
		return pf_error_internal(reterr, failed->number, "cannot start pflask-init: %s",
					 pf_errno_text(failed->number));
	}
	const uint32_t index = (uint32_t)failed->index;
	const struct pf_op *op = pf_plan_op(plan, index);
	const struct pf_origin origin = pf_origin_of(origins, plan, index, failed->number);
	const char *subject = subject_of(plan, op, failed->number);
	pf_error_start(reterr, failed->number == EPERM ? PFLASK_PRIVILEGE : PFLASK_SETUP,
		       failed->number);
	reterr->index = failed->index;
	snprintf(reterr->operation, sizeof(reterr->operation), "%s", pf_op_names[op->code]);
	snprintf(reterr->subject, sizeof(reterr->subject), "%s", subject);
	snprintf(reterr->field, sizeof(reterr->field), "%s", origin.field);
	if (describe_replaced(reterr, op, &origin))
		return -failed->number;
	if (op->code == PF_OP_exec)
		describe_exec(reterr, plan, subject, failed);
	else
		describe_operation(reterr, plan, op, &origin, failed);
	if (op->code == PF_OP_login)
		reterr->code =
			is_missing(failed->number) ? PFLASK_NOT_FOUND : PFLASK_NOT_EXECUTABLE;
	pf_hint(reterr, plan, (enum pf_op_code)op->code);
	return failed->number > 0 ? -failed->number : -EIO;
}
