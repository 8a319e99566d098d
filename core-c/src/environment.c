/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment of the command (environment.h). */
#define _GNU_SOURCE
#include "environment.h"
#include "accounts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As Debian's /etc/profile has it for root. */
#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int same_name(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return strncmp(a, b, length) == 0 && b[length] == '=';
}

/* Adds a variable in the place of an earlier one of its name. */
static int put(struct pf_strings *list, const char *variable)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!same_name(variable, list->items[i]))
			continue;
		free(list->items[i]);
		memmove(&list->items[i], &list->items[i + 1],
			(list->count - i) * sizeof(*list->items));
		list->count--;
		break;
	}
	return pf_strings_add(list, variable);
}

/* Who the command is. Root is root everywhere; without a root of its own the container has the
 * host's users; in a foreign root nobody knows what an id is called. */
static int login(const pflask_spec *spec, const struct pf_identity *identity,
		 struct pf_strings *ret)
{
	uid_t uid = identity->has_user ? identity->id[PF_UID]
		    : identity->userns ? identity->init[PF_UID]
				       : geteuid();
	struct passwd entry;
	char *memory = NULL;
	const char *name = identity->name, *home = identity->home;

	if (!name && uid == 0) {
		name = "root";
		home = "/root";
	} else if (!name && !spec->chroot && pf_account_user(NULL, uid, &entry, &memory)) {
		name = entry.pw_name;
		home = entry.pw_dir;
	}
	int r = pf_strings_format(ret, "HOME=%s", home ? home : "/");
	for (int i = 0; i < 2 && r == 0; i++) {
		const char *variable = i ? "LOGNAME" : "USER";
		r = name ? pf_strings_format(ret, "%s=%s", variable, name)
			 : pf_strings_format(ret, "%s=%u", variable, uid);
	}
	free(memory);
	return r;
}

static int fresh(const pflask_spec *spec, const struct pf_identity *identity,
		 struct pf_strings *ret)
{
	const char *term = getenv("TERM");
	int r = pf_strings_add(ret, "PATH=" PATH);

	if (r == 0)
		r = login(spec, identity, ret);
	if (r == 0 && term)
		r = pf_strings_format(ret, "TERM=%s", term);
	else if (r == 0 && (spec->terminal || pf_spec_boots(spec)))
		r = pf_strings_add(ret, "TERM=linux");
	return r;
}

int pf_environment(const pflask_spec *spec, const struct pf_identity *identity,
		   struct pf_strings *ret)
{
	int r = spec->keepenv ? 0 : fresh(spec, identity, ret);

	for (char **variable = environ; spec->keepenv && *variable && r == 0; variable++)
		r = pf_strings_add(ret, *variable);
	if (r == 0)
		r = put(ret, "container=pflask");
	for (size_t i = 0; i < spec->setenv.count && r == 0; i++)
		r = put(ret, spec->setenv.items[i]);
	return r;
}
