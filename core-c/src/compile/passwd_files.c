/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the passwd and group files that the container sees (passwd_files.h). */
#define _GNU_SOURCE
#include "passwd_files.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "common/id_parse.h"
#include "common/sys.h"
#include "src/spec/mount_parse.h"

/* Opens the file or directory that a mount shows. For an empty tmpfs, opens /dev/null, in which no
 * user is found. Returns a descriptor, or -1 if the contents are not known yet. */
static int open_mounted(struct pf_compiler *compiler, const struct pf_mount *mount)
{
	const char *path = mount->type == PF_MOUNT_TMP ? "/dev/null" : mount->source;
	struct pf_host_path at;
	uint32_t fd;

	if (mount->type == PF_MOUNT_FILE)
		return pf_id_parse(mount->source, &fd) == 0 && fd <= INT_MAX ? (int)fd : -1;
	if ((mount->type != PF_MOUNT_BIND && mount->type != PF_MOUNT_TMP) ||
	    pf_host_path_open(compiler->plan_fds, path, O_PATH, &at) < 0)
		return -1;
	pf_host_path_clear(&at);
	return at.fd;
}

/* Opens a file in a directory that is mounted over /etc. If the file is missing, returns a
 * descriptor of the directory, in which a reader finds no users. */
static int open_in_etc(struct pf_compiler *compiler, int etc, const char *name)
{
	int fd = pf_openat2(etc, name, O_PATH, RESOLVE_IN_ROOT);

	return fd >= 0 && pf_plan_fds_add(compiler->plan_fds, fd) == 0 ? fd : etc;
}

/* Uses the files of a mount over /etc, /etc/passwd or /etc/group, in place of those of an earlier
 * mount. */
static void use_mount(struct pf_compiler *compiler, const struct pf_mount *mount)
{
	struct pf_passwd_files *accounts = &compiler->passwd_files;
	int is_etc = strcmp(mount->dest, "/etc") == 0;
	int is_passwd = strcmp(mount->dest, "/etc/passwd") == 0;
	int fd = is_etc || is_passwd || strcmp(mount->dest, "/etc/group") == 0
			 ? open_mounted(compiler, mount)
			 : -1;

	if (fd < 0)
		return;
	if (!is_etc) {
		*(is_passwd ? &accounts->passwd : &accounts->group) = fd;
		return;
	}
	accounts->passwd = open_in_etc(compiler, fd, "passwd");
	accounts->group = open_in_etc(compiler, fd, "group");
}

/* Ignores errors of mounts, because all mounts are checked later. */
void pf_compile_passwd_files(struct pf_compiler *compiler)
{
	const struct pf_strings *list = &compiler->spec->mount;
	struct pflask_error ignored;

	compiler->passwd_files = (struct pf_passwd_files){compiler->root_fd, -1, -1};
	for (size_t i = 0; i < list->count; i++) {
		struct pf_mount mount = {0};
		if (pf_mount_parse(list->items[i], &mount, &ignored) == 0 && mount.dest)
			use_mount(compiler, &mount);
		pf_mount_clear(&mount);
	}
}
