/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds remedies after newuidmap(1) or newgidmap(1) has refused a map (hint_maps.h). */
#define _GNU_SOURCE
#include "hint_maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/protocol/plan.h"
#include "src/base/error.h"
#include "src/base/op_names.h"
#include "src/base/program.h"
#include "src/host/nss.h"
#include "src/ids/choose_id_map.h"

/* Tells whether a program gets no privilege: it is not setuid root, and has no file
 * capabilities. */
static int is_powerless(const char *program)
{
	struct stat status;

	if (stat(program, &status) < 0)
		return 0;
	return !(status.st_uid == 0 && status.st_mode & S_ISUID) &&
	       getxattr(program, "security.capability", NULL, 0) <= 0;
}

/* Adds a remedy for a problem of the caller's account: newuidmap(1) looks up the caller by uid, and
 * requires that the caller's gid is that of the account. Returns 0 if there is no such problem. */
static int hint_account(struct pflask_error *error)
{
	struct passwd user;
	struct group group;
	char *memory = NULL, *group_memory = NULL;
	int is_known = pf_nss_user(NULL, getuid(), &user, &memory);

	if (!is_known)
		pf_error_hint(error, "getent passwd %u: your uid has no account", getuid());
	else if (user.pw_gid == getgid())
		is_known = 2;
	else if (pf_nss_group(NULL, user.pw_gid, &group, &group_memory))
		pf_error_hint(error, "newgrp %s, the group of your account", group.gr_name);
	free(group_memory);
	free(memory);
	return is_known < 2;
}

static void take_map(const void *plan, enum pf_op_code code, struct pf_id_map *ret)
{
	const struct pf_op *op = pf_plan_find(plan, code);
	const uint64_t *entry = op ? pf_plan_list(plan, op->arg[1]) : NULL;

	for (; entry && *entry; entry++) {
		struct pf_id_line line;
		if (sscanf(pf_plan_string(plan, *entry), "%u %u %u", &line.inside, &line.outside,
			   &line.count) == 3)
			pf_id_map_add(ret, &line);
	}
}

/* Adds a remedy if newuidmap(1) or newgidmap(1) has no privilege. Does not advise root to set the
 * set-user-ID bit of a file that another user can change. */
static void hint_privilege(struct pflask_error *error)
{
	if (pf_is_controlled_by_root(error->subject))
		pf_error_hint(error, "sudo chmod u+s %s", error->subject);
	else
		pf_error_hint(error,
			      PF_INSTALL_UIDMAP ", and remove %s from PATH, because users "
						"other than root can change it",
			      error->subject);
}

void pf_hint_maps(struct pflask_error *error, const void *plan, enum pf_op_code code)
{
	struct pf_id_map map[2] = {0};

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
		pf_error_hint(error, "start pflask without no_new_privs, which disables %s",
			      pf_op_names[code]);
	} else if (is_powerless(error->subject)) {
		hint_privilege(error);
	} else if (!hint_account(error)) {
		take_map(plan, PF_OP_newuidmap, &map[PF_UID]);
		take_map(plan, PF_OP_newgidmap, &map[PF_GID]);
		pf_hint_missing_ids(map, error);
	}
}
