/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the fields of a spec against each other, without looking at the system. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <linux/utsname.h>
#include <string.h>

#include "common/id_parse.h"
#include "spec.h"
#include "src/base/error.h"

_Static_assert(PF_MOST_hostname == __NEW_UTS_LEN, "sethostname(2) takes the longest host name");
_Static_assert(PF_MOST_name < sizeof(((struct pflask_record *)NULL)->name),
	       "a record holds the longest name");

static int is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, name) == 0;
}

int pf_spec_boots(const pflask_spec *spec)
{
	if (spec->command.count == 0)
		return 0;
	const char *file = spec->command.items[0];
	return is_named(file, "init") || is_named(file, "systemd");
}

/* Makes the error for a field that is malformed or contradicts another field. `what` is the value
 * of the field, or NULL. */
static int refuse(struct pflask_error *reterr, const char *field, const char *what, const char *why,
		  const char *hint)
{
	int r = pf_error_field(reterr, field, 0, "%s%s%s", what ? what : "", what ? ": " : "", why);

	pf_error_hint(reterr, "%s", hint);
	return r;
}

int pf_is_host_name(const char *name)
{
	size_t length = strlen(name);

	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._", *c))
			return 0;
	return length > 0 && length <= PF_MOST_hostname;
}

static int check_host_name(const pflask_spec *spec, const char *field, const char *name,
			   const char *hint, struct pflask_error *reterr)
{
	if (!name)
		return 0;
	if (!spec->utsns)
		return refuse(reterr, field, name, "requires a uts namespace",
			      "leave out {utsns=no}");
	return pf_is_host_name(name)
		       ? 0
		       : refuse(reterr, field, name,
				"must be 1 to 64 letters, digits, '-', '.' and '_'", hint);
}

int pf_spec_umask(const pflask_spec *spec)
{
	const char *digit = spec->umask;
	int mask = 0;

	if (!digit)
		return 0022;
	if (!*digit || strlen(digit) > PF_MOST_umask)
		return -EINVAL;
	for (; *digit; digit++) {
		if (*digit < '0' || *digit > '7')
			return -EINVAL;
		mask = mask << 3 | (*digit - '0');
	}
	return mask > 0777 ? -EINVAL : mask;
}

/* Refuses a malformed umask or oomScoreAdj. */
static int check_words(const pflask_spec *spec, struct pflask_error *reterr)
{
	const char *score = spec->oomScoreAdj;
	uint32_t number;

	if (pf_spec_umask(spec) < 0)
		return refuse(reterr, "umask", spec->umask, "must be an octal number from 0 to 777",
			      "{umask=022}");
	if (!score || (strlen(score) <= PF_MOST_oomScoreAdj &&
		       pf_number_parse(score + (*score == '-'), '\0', 1000, &number)))
		return 0;
	return refuse(reterr, "oomScoreAdj", score, "must be a number from -1000 to 1000",
		      "{oomScoreAdj=500}");
}

static int check_environment(const pflask_spec *spec, struct pflask_error *reterr)
{
	if (spec->exactEnv && spec->keepenv == PF_YES)
		return refuse(reterr, "exactEnv", NULL, "contradicts {keepenv=yes}",
			      "leave out {keepenv=yes}");
	for (size_t i = 0; i < spec->setenv.count; i++) {
		const char *item = spec->setenv.items[i];
		if (*item == '=' || !strchr(item, '='))
			return refuse(reterr, "setenv", item, "must be NAME=VALUE",
				      "{setenv=NAME=VALUE}");
	}
	return 0;
}

/* Refuses fields that would act on the host instead of the container. */
static int check_namespaces(const pflask_spec *spec, struct pflask_error *reterr)
{
	static const char with_pids[] = "leave out {pidns=no}";
	const char *command = spec->command.count > 0 ? spec->command.items[0] : NULL;

	if (spec->asPid1 && !spec->pidns)
		return refuse(reterr, "asPid1", NULL, "requires a pid namespace", with_pids);
	if (pf_spec_boots(spec) && !spec->pidns)
		return refuse(reterr, "pidns", command,
			      "must be pid 1, which requires a pid namespace", with_pids);
	if (pf_spec_boots(spec) && !spec->mountns)
		return refuse(reterr, "mountns", command, "requires a mount namespace",
			      "leave out {mountns=no}");
	if (spec->userns == PF_NO && spec->userMap.count > 0)
		return refuse(reterr, "userMap", NULL, "requires a user namespace",
			      "leave out {userns=no}");
	return 0;
}

/* Refuses `confine` for a container without a mount namespace, and for a booted system. */
static int check_confine(const pflask_spec *spec, struct pflask_error *reterr)
{
	if (!spec->confine)
		return 0;
	if (!spec->mountns)
		return refuse(reterr, "confine", NULL, "requires a mount namespace",
			      "leave out {mountns=no}");
	if (pf_spec_boots(spec))
		return refuse(reterr, "confine", spec->command.items[0],
			      "a system cannot boot without capabilities",
			      "{userMap=auto}, and leave out {confine=yes}");
	return 0;
}

/* Refuses fields for mounts without a mount namespace; and `changes`, `lower` and `keep` without
 * `ephemeral`. */
static int check_root(const pflask_spec *spec, struct pflask_error *reterr)
{
	const char *mount = spec->mount.count > 0 ? spec->mount.items[0] : NULL;
	const struct {
		int asked;
		const char *field;
	} mounting[] = {
		{mount != NULL, "mount"},
		{spec->ephemeral, "ephemeral"},
		{spec->bindProc, "bindProc"},
		{spec->unmaskProc, "unmaskProc"},
		{spec->readOnly == PF_YES, "readOnly"},
	};
	static const char apart[] = "requires {ephemeral=yes}";

	for (size_t i = 0; !spec->mountns && i < sizeof(mounting) / sizeof(mounting[0]); i++)
		if (mounting[i].asked)
			return refuse(reterr, mounting[i].field, i == 0 ? mount : NULL,
				      "requires a mount namespace", "leave out {mountns=no}");
	if (spec->bindProc && spec->unmaskProc)
		return refuse(reterr, "unmaskProc", NULL, "contradicts {bindProc=yes}",
			      "{unmaskProc=yes}");
	if (spec->changes && !spec->ephemeral)
		return refuse(reterr, "changes", NULL, apart, "{ephemeral=yes} {changes=2}");
	if (spec->changesFormat && !spec->changes)
		return refuse(reterr, "changesFormat", NULL, "requires {changes=2}", "{changes=2}");
	if (spec->lower && !spec->ephemeral)
		return refuse(reterr, "lower", NULL, apart, "{ephemeral=yes} {lower=DIR}");
	if (spec->keep && !spec->ephemeral)
		return refuse(reterr, "keep", NULL, apart, "{ephemeral=yes} {keep=DIR}");
	return 0;
}

static int check_name(const char *name, struct pflask_error *reterr)
{
	static const char digits[] = "0123456789";
	static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	if (!name)
		return 0;
	if (*name == '\0' || strlen(name) > PF_MOST_name)
		return pf_error_field(reterr, "name", 0, "%s: must be 1 to %d characters long",
				      name, PF_MOST_name);
	for (const char *c = name; *c; c++)
		if (!strchr(digits, *c) && !strchr(others, *c) && (c == name || !strchr("._-", *c)))
			return pf_error_field(
				reterr, "name", 0,
				"%s: may contain only letters, digits, '.', '_' and '-', and "
				"must begin with a letter or a digit",
				name);
	if (strspn(name, digits) == strlen(name))
		return pf_error_field(reterr, "name", 0, "%s: must not consist of digits only",
				      name);
	return 0;
}

/* Refuses fields that only a detached container can have. */
static int check_detached(const pflask_spec *spec, struct pflask_error *reterr)
{
	static const char without[] = "requires {detach=yes}";
	static const char with[] = "contradicts {detach=yes}", apart[] = "leave out {detach=yes}";

	if (!spec->detach && spec->name)
		return refuse(reterr, "name", spec->name, without, "{detach=yes} {name=NAME}");
	if (!spec->detach && spec->pidFile)
		return refuse(reterr, "pidFile", spec->pidFile, without,
			      "{detach=yes} {pidFile=FILE}");
	if (!spec->detach && spec->scrollback != PF_UNSET)
		return refuse(reterr, "scrollback", NULL, without, "{detach=yes}");
	if (!spec->detach && spec->keepLog)
		return refuse(reterr, "keepLog", NULL, without, "{detach=yes}");
	if (spec->detach && spec->dieWithParent)
		return refuse(reterr, "dieWithParent", NULL, with, apart);
	if (spec->detach && spec->escapeKey != PF_UNSET)
		return refuse(reterr, "escapeKey", NULL, with, apart);
	if (spec->detach && spec->ownStderr)
		return refuse(reterr, "ownStderr", NULL, with, apart);
	return check_name(spec->name, reterr);
}

int pf_is_machine_name(const char *name)
{
	char before = '.';

	if (strlen(name) > PF_MOST_machine)
		return 0;
	for (; *name; before = *name++) {
		int is_first = before == '.' && *name == '-',
		    is_last = before == '-' && *name == '.';
		if (is_first || is_last || (before == '.' && *name == '.') ||
		    !(isalnum((unsigned char)*name) || *name == '-' || *name == '.'))
			return 0;
	}
	return before != '.' && before != '-';
}

static int check_machine(const pflask_spec *spec, struct pflask_error *reterr)
{
	const char *name = spec->machine;

	if (!name)
		return 0;
	if (spec->registered == PF_NO)
		return refuse(reterr, "machine", name, "contradicts {registered=no}",
			      "leave out {registered=no}");
	if (!pf_is_machine_name(name))
		return refuse(reterr, "machine", name,
			      "must be at most 64 letters, digits, '-' and '.', with a letter or "
			      "a digit at both ends and on both sides of each '.'",
			      "{machine=web-1}");
	return 0;
}

/* Refuses numbers outside the limits in spec.def. */
static int check_numbers(const pflask_spec *spec, struct pflask_error *reterr)
{
	const struct {
		const char *field, *unit;
		unsigned long long value, unset, least, most;
	} numbers[] = {
#define PF_FIELD(name, type)
#define PF_NUMBER(name, unset, standard, least, most, unit, text) \
	{#name, *(unit) ? " " unit : "", spec->name, unset, least, most},
#include "defs/spec.def"
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned long long value = numbers[i].value;
		if (value == numbers[i].unset ||
		    (value >= numbers[i].least && value <= numbers[i].most))
			continue;
		if (numbers[i].least == 0)
			return pf_error_field(reterr, numbers[i].field, 0,
					      "%llu: must be at most %llu%s", value,
					      numbers[i].most, numbers[i].unit);
		return pf_error_field(reterr, numbers[i].field, 0, "%llu: must be %llu to %llu%s",
				      value, numbers[i].least, numbers[i].most, numbers[i].unit);
	}
	return 0;
}

int pf_spec_check(const pflask_spec *spec, struct pflask_error *reterr)
{
	int r = check_namespaces(spec, reterr);

	if (r == 0)
		r = check_confine(spec, reterr);
	if (r == 0)
		r = check_host_name(spec, "hostname", spec->hostname, "{hostname=web-1}", reterr);
	if (r == 0)
		r = check_host_name(spec, "domainname", spec->domainname,
				    "{domainname=example.org}", reterr);
	if (r == 0)
		r = check_words(spec, reterr);
	if (r == 0)
		r = check_root(spec, reterr);
	if (r == 0)
		r = check_environment(spec, reterr);
	if (r == 0)
		r = check_detached(spec, reterr);
	if (r == 0)
		r = check_machine(spec, reterr);
	return r < 0 ? r : check_numbers(spec, reterr);
}
