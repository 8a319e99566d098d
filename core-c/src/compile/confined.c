/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns the field confine into the defaults of other fields (confined.h). */
#define _GNU_SOURCE
#include "confined.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/path_below.h"
#include "common/sys.h"
#include "src/base/error.h"
#include "src/ids/id_map_self.h"

#define PROCESSES 1024 /* default limit on the number of processes of the container */
#define PIDS "pids=1024"
#define TMP "/tmp"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Directories of the host with data of its users: the path, the mode of the private directory that
 * covers it, and whether it contains home directories. */
static const struct {
	char path[12], mode[8];
	int has_homes;
} private_dirs[] = {
	{TMP, "1777", 0},     {"/var/tmp", "1777", 0}, {"/var/mail", "0755", 0},
	{"/mnt", "0755", 0},  {"/media", "0755", 0},   {"/home", "0755", 1},
	{"/root", "0755", 1},
};

/* Adds an item to a list of confine. */
#define ADD(list, ...)                                                         \
	do {                                                                   \
		if (pf_strings_format(&compiler->lists.list, __VA_ARGS__) < 0) \
			compiler->encoder.failed = -ENOMEM;                    \
	} while (0)

/* Puts the caller's items behind the items of confine. */
static void join(struct pf_compiler *compiler, struct pf_strings *list, struct pf_strings *field)
{
	for (size_t i = 0; i < field->count; i++)
		if (pf_strings_add(list, field->items[i]) < 0)
			compiler->encoder.failed = -ENOMEM;
	*field = *list;
}

#define JOIN(name) join(compiler, &compiler->lists.name, &compiler->effective.name)

/* Tells whether the first capability that the caller names is all or -all, which is allowed only as
 * the first. */
static int begins_with_all(const struct pf_strings *caps)
{
	const char *first = caps->count > 0 ? caps->items[0] : "";

	return strncasecmp(first + (*first == '+' || *first == '-'), "all", 3) == 0;
}

/* Keeps variables of the caller about language, time zone and colours, and also PATH if the
 * container has the host's programs. */
static void keep_variables(struct pf_compiler *compiler)
{
	static const char kept[][16] = {"PATH=", "LANG=",      "LANGUAGE=", "LC_",
					"TZ=",   "COLORTERM=", "NO_COLOR="};

	if (compiler->spec->exactEnv)
		return;
	for (char **variable = environ; variable && *variable; variable++)
		for (size_t i = compiler->spec->chroot ? 1 : 0; i < COUNT(kept); i++)
			if (strncmp(*variable, kept[i], strlen(kept[i])) == 0 &&
			    strchr(*variable, '='))
				ADD(setenv, "%s", *variable);
}

/* Sets the default limits. The container gets at most half of the caller's own limit, because its
 * processes count against that limit, too. */
static void set_limits(struct pf_compiler *compiler)
{
	struct rlimit own;
	unsigned long long most = PROCESSES;

	if (getrlimit(RLIMIT_NPROC, &own) == 0 && own.rlim_cur / 2 < most)
		most = own.rlim_cur / 2;
	ADD(rlimit, "nproc=%llu", most);
	JOIN(rlimit);
	if (!begins_with_all(&compiler->effective.caps))
		ADD(caps, "-all");
	JOIN(caps);
}

/* Tells whether the caller is in the initial user namespace, where uid 0 is root of the host. */
static int is_in_initial_userns(void)
{
	struct pf_id_map ignored;

	return pf_id_map_self_read(PF_UID, &ignored);
}

void pf_confined_spec(struct pf_compiler *compiler, const pflask_spec *spec)
{
	static char filter[] = "default";
	pflask_spec *effective = &compiler->effective;

	compiler->spec = effective;
	*effective = *spec;
	compiler->has_fresh = spec->chroot || spec->ephemeral || spec->confine;
	if (spec->readOnly == PF_AUTO)
		effective->readOnly = spec->confine && !spec->ephemeral;
	if (spec->noNewPrivs == PF_AUTO)
		effective->noNewPrivs = spec->confine;
	if (!spec->confine)
		return;
	if (spec->userns == PF_AUTO)
		effective->userns = PF_YES;
	if (effective->userns && !spec->user && spec->userMap.count == 0 && pf_is_privileged() &&
	    is_in_initial_userns()) {
		ADD(userMap, "auto");
		effective->userMap = compiler->lists.userMap;
	}
	if (spec->netns == PF_AUTO && spec->netif.count == 0)
		effective->netns = PF_YES;
	if (spec->keepenv == PF_AUTO)
		effective->keepenv = PF_NO;
	if (!spec->seccomp)
		effective->seccomp = filter;
	if (!effective->keepenv)
		keep_variables(compiler);
	set_limits(compiler);
}

/* Tells whether the container's root has a directory at a path. */
static int has_directory(const struct pf_compiler *compiler, const char *path)
{
	int base = compiler->root_fd >= 0 ? compiler->root_fd : AT_FDCWD;
	uint64_t resolve = compiler->root_fd >= 0 ? RESOLVE_IN_ROOT : 0;
	PF_CLEANUP_FD int fd = pf_openat2(base, path, O_PATH | O_DIRECTORY, resolve);

	return fd >= 0;
}

/* Returns the mode of a private home directory. The directory belongs to the user of init, so a
 * command with another user needs the rights of all users. */
static const char *mode_of(const struct pf_compiler *compiler)
{
	const struct pf_identity *identity = &compiler->identity;

	return pf_identity_uid(identity) == identity->init[PF_UID] ? "0700" : "0777";
}

/* Covers a home directory with a private directory. The home of a system user outside /home and
 * /root, such as /usr/sbin, is not covered. Sets *ret if the container has the directory, and may
 * write to it. */
static int hide_home(struct pf_compiler *compiler, const char *home, int *ret)
{
	char path[PATH_MAX];
	struct stat status;
	int is_made = 0;

	*ret = 0;
	if (!home || *home != '/')
		return 0;
	int is_real = !compiler->spec->chroot && realpath(home, path) && stat(path, &status) == 0 &&
		      S_ISDIR(status.st_mode) && status.st_uid != 0 && strcmp(path, "/") != 0;
	if (home[strcspn(home, ":\\")] || (is_real && path[strcspn(path, ":\\")]))
		return pf_error_field(compiler->error, "confine", 0,
				      "%s: a home directory with ':' or '\\' cannot be hidden",
				      home);
	for (size_t i = 0; i < COUNT(private_dirs); i++)
		is_made |= private_dirs[i].has_homes && pf_lies_in(home, private_dirs[i].path) &&
			   has_directory(compiler, private_dirs[i].path);
	if (is_real)
		ADD(mount, "tmp:%s:mode=%s", path, mode_of(compiler));
	if (is_made && !(is_real && strcmp(path, home) == 0))
		ADD(mount, "dir:%s:%s", home, mode_of(compiler));
	*ret = is_real || is_made;
	return 0;
}

/* Tells whether a process of the container can have the uid 0 of the host, to which the kernel does
 * not apply RLIMIT_NPROC. */
static int has_host_root(const struct pf_identity *identity)
{
	const struct pf_id_map *map = &identity->map[PF_UID];

	if (!is_in_initial_userns())
		return 0;
	if (!identity->has_new_userns)
		return geteuid() == 0;
	for (size_t i = 0; i < map->count; i++)
		if (map->line[i].outside == 0)
			return 1;
	return 0;
}

int pf_confined_user(struct pf_compiler *compiler)
{
	struct pf_identity *identity = &compiler->identity;
	int has_home, ignored;

	if (!compiler->spec->confine)
		return 0;
	if (has_host_root(identity)) {
		ADD(limit, PIDS);
		JOIN(limit);
	}
	for (size_t i = 0; i < COUNT(private_dirs); i++)
		if (i == 0 || has_directory(compiler, private_dirs[i].path))
			ADD(mount, "tmp:%s:mode=%s", private_dirs[i].path, private_dirs[i].mode);
	pf_identity_look_up_user(identity, &compiler->passwd_files);
	const char *home = compiler->spec->chroot ? NULL : getenv("HOME");
	int is_same = home && identity->home && strcmp(home, identity->home) == 0;
	int r = is_same ? 0 : hide_home(compiler, home, &ignored);
	if (r == 0)
		r = hide_home(compiler, identity->home, &has_home);
	if (r < 0)
		return r;
	if (!compiler->spec->keepenv && !compiler->spec->exactEnv)
		ADD(setenv, "HOME=%s", has_home ? identity->home : TMP);
	compiler->confine_mounts = compiler->lists.mount.count;
	JOIN(mount);
	JOIN(setenv);
	return 0;
}

void pf_confined_free(struct pf_compiler *compiler)
{
	struct pf_strings *lists = (struct pf_strings *)&compiler->lists;

	for (size_t i = 0; i < sizeof(compiler->lists) / sizeof(*lists); i++)
		pf_strings_clear(&lists[i]);
}
