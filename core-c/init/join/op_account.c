/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up the user of --exec in the container, and makes the process run as this user
 * (op_account.h). */
#define _GNU_SOURCE
#include "op_account.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "common/passwd.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "init/pid1/op_user.h"

/* The host's /proc/self/fd. In the container's /proc, the joiner does not exist. */
static int own_fds = -1;

static struct {
	int32_t index; /* index of the operation `account` in the plan of the request */
	struct pf_passwd_entry entry;
	gid_t groups[PF_PASSWD_GROUPS + 1];
	char home[PATH_MAX + 8], shell[PATH_MAX + 8];
	char user[PF_PASSWD_NAME + 8], logname[PF_PASSWD_NAME + 8];
} account;

int pf_account_prepare(void)
{
	own_fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return own_fds < 0 ? -errno : 0;
}

/* Sets the error text, which is the only text that the caller gets. Returns `error`. */
static int refuse(struct pf_run *run, int error, const char *text)
{
	strcpy(run->text, text);
	run->detail = PF_DETAIL_TEXT;
	return error;
}

/* Looks up the user. Without a user namespace, every id is an id of the host. In this case, refuses
 * files that a user other than root can write, because that user could choose the ids. */
int pf_op_account(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int fds = pf_steal_fd(&own_fds);
	int only_roots = !(run->outside.namespaces & CLONE_NEWUSER);
	const struct pf_passwd_files files = {run->inside.root, -1, -1};

	account.index = run->index;
	switch (pf_passwd_find(&files, fds, only_roots, pf_arg_string(run, op, 0),
			       &account.entry)) {
	case 0:
		return 0;
	case PF_PASSWD_NO_USER:
		return refuse(run, -ENOENT, "no such user in the container's /etc/passwd");
	case PF_PASSWD_NO_GROUP:
		return refuse(run, -ENOENT, "no such group in the container's /etc/group");
	case PF_PASSWD_MANY_GROUPS:
		return refuse(run, -E2BIG, "in more groups than a process can have (65536)");
	case PF_PASSWD_FOREIGN:
		return refuse(
			run, -EACCES,
			"a user other than root may own the container's /etc/passwd or /etc/group");
	default:
		return refuse(run, -EBADMSG, "must be USER[:GROUP[,GROUP...]]");
	}
}

/* Lists the user's supplementary groups. Leaves out a group that the user namespace does not map,
 * because setgroups(2) would fail, unless the caller has named the group. Returns the number of
 * groups. */
static size_t list_groups(void)
{
	const struct pf_passwd_entry *entry = &account.entry;
	size_t count = 0;

	for (size_t i = 0; i < entry->group_count; i++)
		if (entry->has_named_groups || pf_setgroups(1, &entry->groups[i]) != -EINVAL)
			account.groups[count++] = entry->groups[i];
	return count;
}

/* Reports the id that the user namespace does not map: a group id, or else the user id. */
static int refuse_id(struct pf_run *run, size_t count)
{
	const char *kind = "user id ";
	uint32_t id = account.entry.uid;

	for (size_t i = 0; i < count; i++)
		if (syscall(SYS_setresgid, account.groups[i], -1, -1) < 0 && errno == EINVAL) {
			kind = "group id ";
			id = account.groups[i];
		}
	refuse(run, 0, "the container's user namespace does not map ");
	strcat(run->text, kind);
	pf_write_decimal(id, run->text + strlen(run->text));
	return -EINVAL;
}

int pf_account_become(struct pf_run *run)
{
	const struct pf_passwd_entry *entry = &account.entry;
	int is_denied = pf_plan_find(run->plan, PF_OP_setgroups) != NULL;
	size_t count = is_denied ? 0 : list_groups();

	account.groups[count++] = entry->gid; /* as with initgroups(3) */
	run->index = account.index;
	run->text[0] = '\0';
	if (is_denied && entry->has_named_groups)
		return refuse(run, -EPERM, "the container's user namespace denies setgroups(2)");
	int r = pf_become_user(run, entry->uid, entry->gid, is_denied ? NULL : account.groups,
			       count);
	return r == -EINVAL ? refuse_id(run, count) : r;
}

static char *variable(char *ret, const char *name, const char *value)
{
	strcpy(ret, name);
	strcat(ret, value);
	return ret;
}

/* Sets the same variables as core-c/src/compile/environment.c does for the container's command. */
char **pf_account_environment(void)
{
	static char *variables[5];
	const struct pf_passwd_entry *entry = &account.entry;
	const char *home = entry->home, *name = entry->name;
	char number[PF_DECIMAL_SIZE];

	if (!entry->is_known) {
		pf_write_decimal(entry->uid, number);
		home = entry->uid == 0 ? "/root" : "/";
		name = entry->uid == 0 ? "root" : number;
	}
	variables[0] = variable(account.home, "HOME=", home);
	variables[1] = variable(account.user, "USER=", name);
	variables[2] = variable(account.logname, "LOGNAME=", name);
	variables[3] = variable(account.shell,
				"SHELL=", pf_is_shell(entry->shell) ? entry->shell : "/bin/sh");
	return variables;
}

char **pf_account_shells(void)
{
	static char bash[] = "/bin/bash", sh[] = "/bin/sh", *shells[4];
	size_t count = 0;

	if (pf_is_shell(account.entry.shell))
		shells[count++] = account.entry.shell;
	shells[count++] = bash;
	shells[count++] = sh;
	return shells;
}
