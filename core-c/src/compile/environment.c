/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the environment of the command (environment.h). */
#define _GNU_SOURCE
#include "environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/passwd.h"

/* The PATH of root in Debian's /etc/profile. */
#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Tells whether two variables have the same name. A variable is NAME or NAME=VALUE. */
static int same_name(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return length == strcspn(b, "=") && memcmp(a, b, length) == 0;
}

static int is_one_of(const char *variable, const char (*names)[8], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (same_name(variable, names[i]))
			return 1;
	return 0;
}

static int has_variable(const struct pf_strings *list, const char *name)
{
	return pf_find_variable(list, name) != NULL;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Tells whether the command gets the caller's variables. By default, a booting system does not. */
static int keeps_caller(const pflask_spec *spec)
{
	if (spec->exactEnv)
		return 0;
	if (spec->keepenv != PF_AUTO)
		return spec->keepenv == PF_YES;
	return !spec->chroot && !pf_spec_boots(spec);
}

/* Adds the caller's variables, except those about the user if the command has another user, and
 * those about the directory if it has another working directory. */
static int add_caller(const pflask_spec *spec, const struct pf_identity *identity,
		      struct pf_strings *list)
{
	static const char user[][8] = {"HOME", "USER", "LOGNAME", "SHELL"};
	static const char directory[][8] = {"PWD", "OLDPWD"};
	int changes_user = identity->has_user && identity->id[PF_UID] != geteuid();
	int changes_directory = spec->chroot || spec->chdir;
	int r = 0;

	for (char **variable = environ; variable && *variable && r == 0; variable++) {
		if (changes_user && is_one_of(*variable, user, COUNT(user)))
			continue;
		if (changes_directory && is_one_of(*variable, directory, COUNT(directory)))
			continue;
		r = pf_strings_add(list, *variable);
	}
	return r;
}

/* Adds a variable, if the list has none of this name. */
static int add_default(struct pf_strings *list, const char *name, const char *value)
{
	return has_variable(list, name) ? 0 : pf_strings_format(list, "%s=%s", name, value);
}

/* Adds HOME, USER and LOGNAME. Looks up any user but root, whose name is the same everywhere. If
 * the user was looked up, adds SHELL, too. */
static int add_login(struct pf_identity *identity, const struct pf_passwd_files *files,
		     struct pf_strings *list)
{
	const uint32_t uid = pf_identity_uid(identity);
	char number[16];

	if (has_variable(list, "HOME") && has_variable(list, "USER") &&
	    has_variable(list, "LOGNAME"))
		return 0;
	if (uid != 0)
		pf_identity_look_up_user(identity, files);
	snprintf(number, sizeof(number), "%u", uid);
	const char *name = identity->name ? identity->name : uid == 0 ? "root" : number;
	const char *home = identity->home ? identity->home : uid == 0 ? "/root" : "/";
	int r = add_default(list, "HOME", home);
	if (r == 0)
		r = add_default(list, "USER", name);
	if (r == 0)
		r = add_default(list, "LOGNAME", name);
	if (r < 0 || !identity->knows_user)
		return r;
	return add_default(list, "SHELL",
			   pf_is_shell(identity->shell) ? identity->shell : "/bin/sh");
}

/* Adds variables that every program expects, if they are missing. */
static int add_missing(const pflask_spec *spec, struct pf_identity *identity,
		       const struct pf_passwd_files *files, struct pf_strings *list)
{
	const char *term = getenv("TERM");
	int r = has_variable(list, "PATH") ? 0 : pf_strings_add(list, PATH);

	if (r == 0)
		r = add_login(identity, files, list);
	if (r == 0 && (term || spec->terminal || pf_spec_boots(spec)))
		r = add_default(list, "TERM", term ? term : "linux");
	return r;
}

const char *pf_find_variable(const struct pf_strings *list, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i], name, length) == 0 && list->items[i][length] == '=')
			return list->items[i] + length + 1;
	return NULL;
}

/* Compares two elements of a list by the names of the variables. Of equal names, the later element
 * is less. */
static int by_name(const void *a, const void *b)
{
	char *const *const first = *(char *const *const *)a, *const *const second =
								     *(char *const *const *)b;
	const size_t length = strcspn(*first, "="), other = strcspn(*second, "=");
	int order = length != other ? (length > other) - (length < other)
				    : memcmp(*first, *second, length);

	return order ? order : (first < second) - (first > second);
}

/* Removes each variable that a variable from `first` on with the same name replaces. Two variables
 * of the caller with the same name both stay. */
static int remove_replaced(struct pf_strings *list, size_t first)
{
	char ***sorted = malloc(list->count * sizeof(*sorted));
	char **last = NULL; /* variable that replaces the earlier variables of its name */
	size_t left = 0;

	if (list->count == 0) {
		free(sorted);
		return 0;
	}
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		sorted[i] = &list->items[i];
	qsort(sorted, list->count, sizeof(*sorted), by_name);
	for (size_t i = 0; i < list->count; i++) {
		if (!last || !same_name(*last, *sorted[i])) {
			last = sorted[i] >= &list->items[first] ? sorted[i] : NULL;
			continue;
		}
		free(*sorted[i]);
		*sorted[i] = NULL;
	}
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i])
			list->items[left++] = list->items[i];
	list->items[left] = NULL;
	list->count = left;
	free(sorted);
	return 0;
}

int pf_make_environment(const pflask_spec *spec, struct pf_identity *identity,
			const struct pf_passwd_files *files, struct pf_strings *ret)
{
	int r = keeps_caller(spec) ? add_caller(spec, identity, ret) : 0;

	if (r == 0 && !spec->exactEnv)
		r = add_missing(spec, identity, files, ret);
	const size_t first = ret->count;
	if (r == 0 && !spec->exactEnv)
		r = pf_strings_add(ret, "container=pflask");
	for (size_t i = 0; i < spec->setenv.count && r == 0; i++)
		r = pf_strings_add(ret, spec->setenv.items[i]);
	return r < 0 ? r : remove_replaced(ret, first);
}
