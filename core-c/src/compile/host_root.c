/* SPDX-License-Identifier: BSD-2-Clause */
/* For a container on the host's root: mounts new file systems that show the container's namespaces,
 * such as /proc (host_root.h). */
#define _GNU_SOURCE
#include "host_root.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "common/path_below.h"
#include "control.h"
#include "mounts.h"
#include "net.h"
#include "root_filesystems.h"

#define SYS "/sys"
#define CGROUP "/fs/cgroup" /* below SYS */

void pf_compile_sys_source(struct pf_compiler *compiler)
{
	if (!compiler->identity.has_new_userns || !compiler->joined_netns.path ||
	    !compiler->spec->mountns)
		return;
	compiler->has_sys_source = 1;
	compiler->sys = compiler->source_count++;
	PF_ENCODE(&compiler->encoder, sys_source, PF_N(compiler->sys));
	for (size_t i = 0; i < compiler->spec->mount.count; i++) {
		if (compiler->mounts[i].type != PF_MOUNT_SYSFS)
			continue;
		compiler->mount_sources[i] = compiler->source_count++;
		PF_ENCODE(&compiler->encoder, sys_source, PF_N(compiler->mount_sources[i]));
	}
}

static int renews_sys(const struct pf_compiler *compiler)
{
	struct statfs status;

	return pf_compile_has_other_net(compiler) && !compiler->has_fresh &&
	       !pf_compile_has_mount(compiler, SYS) && statfs(SYS, &status) == 0 &&
	       status.f_type == SYSFS_MAGIC;
}

/* Tells whether a mount below the host's /sys (debugfs, bpf) is bound on the new sysfs. A bind
 * includes all mounts below. */
static int is_kept(const struct pf_mount_table *table, size_t index)
{
	const char *path = table->items[index].path;

	for (size_t i = 0; i < table->count; i++)
		if (i != index && pf_lies_in(path, table->items[i].path))
			return 0;
	return strcmp(path, CGROUP) != 0;
}

static const char *on_sys(const char *path, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, SYS "%s", path);
	return ret;
}

void pf_compile_host_sources(struct pf_compiler *compiler)
{
	char path[PATH_MAX];

	compiler->renews_sys = renews_sys(compiler);
	if (!compiler->renews_sys)
		return;
	int r = pf_mount_table_read(SYS, &compiler->sys_mounts);
	if (r < 0)
		compiler->encoder.failed = r;
	compiler->first_sys_mount = compiler->source_count;
	for (size_t i = 0; i < compiler->sys_mounts.count; i++)
		if (is_kept(&compiler->sys_mounts, i))
			pf_compile_source(compiler,
					  on_sys(compiler->sys_mounts.items[i].path, path));
}

/* Adds a new sysfs, read-only if the host's sysfs is read-only: the kernel requires this in a user
 * namespace. */
static void add_sys(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;
	unsigned source = compiler->first_sys_mount;
	uint64_t attributes = PF_KERNEL_FILES;
	struct statfs status;
	char path[PATH_MAX];

	if (statfs(SYS, &status) == 0 && status.f_flags & ST_RDONLY)
		attributes |= MOUNT_ATTR_RDONLY;
	if (compiler->has_sys_source)
		PF_ENCODE(encoder, bind, PF_N(compiler->sys), PF_S(SYS), PF_N(attributes), PF_N(0));
	else
		PF_ENCODE_MOUNT("sysfs", SYS, attributes, "");
	for (size_t i = 0; i < compiler->sys_mounts.count; i++)
		if (is_kept(&compiler->sys_mounts, i))
			PF_ENCODE(encoder, bind, PF_N(source++),
				  PF_S(on_sys(compiler->sys_mounts.items[i].path, path)), PF_N(0),
				  PF_N(0));
	attributes = PF_KERNEL_FILES;
	if (statfs(SYS CGROUP, &status) == 0 && status.f_flags & ST_RDONLY)
		attributes |= MOUNT_ATTR_RDONLY;
	if (pf_mount_table_find(&compiler->sys_mounts, CGROUP))
		PF_ENCODE_MOUNT("cgroup2", SYS CGROUP, attributes, "");
}

/* Adds the operation that mounts a new file system over the host's file system of the same type. */
static void add_renewed(struct pf_compiler *compiler, const char *type, const char *path)
{
	PF_ENCODE(&compiler->encoder, renew, PF_S(type), PF_S(path), PF_N(PF_KERNEL_FILES));
}

void pf_compile_host_root(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;

	if (compiler->spec->pidns && !compiler->spec->bindProc)
		PF_ENCODE_MOUNT("proc", "/proc", PF_KERNEL_FILES, "");
	pf_compile_ping_groups(compiler);
	if (compiler->renews_sys)
		add_sys(compiler);
	else
		add_renewed(compiler, "cgroup2", SYS CGROUP);
	if (compiler->spec->ipcns)
		add_renewed(compiler, "mqueue", "/dev/mqueue");
	if (compiler->has_terminal) {
		pf_compile_devpts(compiler, "/dev/pts", PF_DEVPTS, "");
		pf_compile_terminal(compiler);
	}
	pf_compile_hide_host(compiler);
}

void pf_compile_host_free(struct pf_compiler *compiler)
{
	pf_mount_table_clear(&compiler->sys_mounts);
}
