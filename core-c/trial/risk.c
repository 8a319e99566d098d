/* SPDX-License-Identifier: BSD-2-Clause */
/* Refuses files by which a less privileged user could become root. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "copy.h"
#include "data.h"
#include "files.h"
#include "steps.h"

static int has_capability(int fd, char *names)
{
	int size = pf_list_attributes(fd, names);

	for (const char *at = names; size > 0 && at < names + size; at += strlen(at) + 1)
		if (strcmp(at, PF_CAPABILITIES) == 0)
			return 1;
	return size < 0 ? size : 0;
}

/* Looks at the file itself, which can have changed since the manifest was written. Returns the flag
 * that allows the file, or 0. */
static int risk_of(const struct pf_change *change, char *names)
{
	struct stat status;
	PF_CLEANUP_FD int fd = pf_open_below(change->layer->upper, change->at, O_PATH | O_NOFOLLOW);
	int r = fd < 0 ? fd : pf_status_of(fd, &status);

	if (r < 0)
		return r;
	const int risk = pf_risk_of_mode(status.st_mode);
	if (risk || !S_ISREG(status.st_mode))
		return risk;
	r = has_capability(fd, names);
	return r > 0 ? PFLASK_TRIAL_SETUID : r;
}

int pf_refuse_risk(struct pflask_trial *trial, const struct pf_change *change, int risk)
{
	struct pf_text shown = {0};
	const int is_setuid = risk == PFLASK_TRIAL_SETUID;

	pf_text_visible(&shown, change->path);
	pf_say_hint(trial, pf_text_of(&shown),
		    is_setuid ? "is a setuid file, and the command did not run as root"
			      : "is a device, and the command did not run as root",
		    is_setuid ? "--apply=%s --allow=setuid" : "--apply=%s --allow=devices");
	pf_text_free(&shown);
	return PF_SAID;
}

/* Finds the group that a directory keeps, or that a new file takes from its directory. Returns 1,
 * or 0 if a new file takes the group of the process. */
static int group_at(struct pflask_trial *trial, const struct pf_change *change, gid_t *ret)
{
	if (pf_is_directory(change) && change->below.known == PF_FOUND &&
	    S_ISDIR(change->below.mode)) {
		*ret = change->below.gid;
		return 1;
	}
	char *path = strdup(change->at);
	if (!path)
		return PF_NO_MEMORY;
	struct stat status;
	int r = 0;
	for (size_t length = 1; r == 0 && *path && length > 0;) {
		pf_last_name(path, &length);
		path[length] = '\0';
		r = pf_status_of_place(trial, (struct pf_place){change->layer->lower, path},
				       &status);
	}
	free(path);
	if (r <= 0 || !(status.st_mode & S_ISGID))
		return r < 0 ? r : 0;
	*ret = status.st_gid;
	return 1;
}

/* Tells whether the caller can give a file to a group. */
static int has_group(gid_t group)
{
	int count = getgroups(0, NULL), found = group == getegid();
	gid_t *groups = count > 0 ? calloc((size_t)count, sizeof(*groups)) : NULL;

	count = groups ? getgroups(count, groups) : 0;
	for (int i = 0; i < count; i++)
		found |= groups[i] == group;
	free(groups);
	return found;
}

static int refuse_owner(struct pflask_trial *trial, const struct pf_change *change,
			const char *what, uint32_t id)
{
	struct pf_text shown = {0}, why = {0};

	pf_text_visible(&shown, change->path);
	pf_text_put(&why, "belongs to ");
	pf_text_put(&why, what);
	pf_text_number(&why, id);
	pf_text_put(&why, " in the trial, and only root can give files away");
	pf_say_hint(trial, pf_text_of(&shown), pf_text_of(&why), "--apply=%s PATH");
	pf_text_free(&shown);
	pf_text_free(&why);
	return PF_SAID;
}

/* Refuses a file that the caller cannot give to its owner. */
static int check_owner(struct pflask_trial *trial, const struct pf_change *change)
{
	struct stat status;
	gid_t group;
	int r = pf_status_of_place(trial, pf_upper(change), &status);

	if (r == 0)
		r = pf_fault_of(PF_CALL_OPEN, ENOENT);
	if (r < 0)
		return r;
	if (status.st_uid != geteuid())
		return refuse_owner(trial, change, "user ", status.st_uid);
	if (has_group(status.st_gid))
		return 0;
	r = group_at(trial, change, &group);
	if (r < 0 || (r > 0 && group == status.st_gid))
		return r < 0 ? r : 0;
	return refuse_owner(trial, change, "group ", status.st_gid);
}

int pf_refuse_foreign(struct pflask_trial *trial, const struct pf_items *items)
{
	int r = 0;

	for (size_t i = 0; geteuid() != 0 && i < items->count && r >= 0; i++) {
		if (items->all[i]->kind != 'D')
			r = check_owner(trial, items->all[i]);
		if (r < 0)
			r = pf_say_change(trial, items->all[i]->path, r, NULL);
	}
	return r;
}

uint32_t pf_refused_risks(const struct pflask_trial *trial, uint32_t flags)
{
	if (geteuid() != 0 || (trial->uid == 0 && !trial->userns))
		return 0;
	return ~flags & (PFLASK_TRIAL_SETUID | PFLASK_TRIAL_DEVICES);
}

int pf_refuse_risks(struct pflask_trial *trial, const struct pf_items *items, uint32_t flags)
{
	const uint32_t refused = pf_refused_risks(trial, flags);
	int r = 0;

	if (!refused)
		return 0;
	char *names = malloc(PF_ATTRIBUTES);
	if (!names)
		return PF_NO_MEMORY;
	for (size_t i = 0; i < items->count && r >= 0; i++) {
		const struct pf_change *change = items->all[i];
		if (change->kind == 'D')
			continue;
		r = risk_of(change, names);
		if (r < 0)
			r = pf_say_change(trial, change->path, r, NULL);
		else if (refused & (uint32_t)r)
			r = pf_refuse_risk(trial, change, r);
	}
	free(names);
	return r < 0 ? r : 0;
}
