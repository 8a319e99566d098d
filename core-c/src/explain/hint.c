/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds remedies (hint.h). The first table has remedies for pairs of an operation and an errno. The
 * second table is for a missing privilege: each row checks whether a limit of this system on user
 * namespaces is the reason, and has the remedy for this limit.
 */
#define _GNU_SOURCE
#include "hint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/namespaces.h"
#include "common/protocol/plan.h"
#include "common/sys.h"
#include "hint_maps.h"
#include "src/base/error.h"
#include "src/ids/id_map_self.h"

static const struct {
	enum pf_op_code code;
	int number;
	const char *hint;
} table[] = {
	{PF_OP_cgroup, EROFS, "mount -o remount,rw /sys/fs/cgroup"},
	{PF_OP_cgroup_write, ENOENT,
	 "ls /sys/fs/cgroup/*: the controller has no such file in this kernel"},
	{PF_OP_cgroup_write, ENODEV, "lsblk: a limit needs a whole disk, not a partition"},
	{PF_OP_control, EADDRINUSE, "{list}"},
	{PF_OP_pid_file, EADDRINUSE, "{list}"},
	{PF_OP_raise_limit, EPERM, "sysctl fs.nr_open: no hard limit of open files can be higher"},
	{PF_OP_take, EADDRINUSE, "mkdir DIR: each overlay needs its own directories"},
	{PF_OP_control, EACCES, "ls -ld DIR: you must own the directory, with mode 0700"},
	{PF_OP_control, EROFS,
	 "XDG_RUNTIME_DIR=DIR {program} ..., with a writable DIR of your own"},
	{PF_OP_control, ENOSPC,
	 "XDG_RUNTIME_DIR=DIR {program} ..., with a writable DIR of your own"},
	{PF_OP_control, ENOENT,
	 "XDG_RUNTIME_DIR=DIR {program} ..., with a writable DIR of your own"},
	{PF_OP_machine, EPERM, "sudo {program} ..., or leave out {registered=yes}"},
	{PF_OP_machine, EEXIST, "machinectl list: choose another {machine=NAME}"},
	{PF_OP_machine, ENOENT,
	 "sudo apt install systemd-container, or leave out {registered=yes}"},
	{PF_OP_machine, EXDEV, "leave out {registered=yes}, or run {program} outside"},
	{PF_OP_machine, ETIMEDOUT, "sudo systemctl restart systemd-machined"},
	{PF_OP_setgroups, EROFS, "mount -o remount,rw /proc"},
	{PF_OP_uid_map, EROFS, "mount -o remount,rw /proc"},
	{PF_OP_gid_map, EROFS, "mount -o remount,rw /proc"},
	{PF_OP_clone, EAGAIN, "ulimit -u unlimited"},
	{PF_OP_fork, EAGAIN, "ulimit -u unlimited, or a larger COUNT in {limit=pids=COUNT}"},
	{PF_OP_clone, EINVAL, "uname -r: this needs Linux 5.12 or newer"},
	{PF_OP_mount, EBUSY, "ls -l DIR: a symbolic link leads to the root or to another mount"},
	{PF_OP_mount, ENOTDIR, "ls -l DIR: DIR must be a directory"},
	{PF_OP_overlay, ENODEV, "sudo modprobe overlay"},
	{PF_OP_veth, EEXIST, "ip link: choose names that no interface has"},
	{PF_OP_macvlan, EBUSY,
	 "ip -d link: another macvlan has exclusive use of the master (passthru)"},
	{PF_OP_route, ENETUNREACH, "gw= must be in the network of an addr= before it"},
	{PF_OP_overlay, EOPNOTSUPP,
	 "{ephemeralDir=DIR} with DIR on a disk: a tmpfs has user xattrs since Linux 6.6"},
	{PF_OP_work, EACCES, "chmod 1777 DIR: the container's root is not your user"},
	{PF_OP_work, EEXIST,
	 "choose an empty directory: this directory has changes of an earlier container"},
	{PF_OP_bind, ENOTDIR,
	 "ls -ld DEST: mount a directory on a directory, and a file on a file"},
	{PF_OP_bind, EBUSY, "ls -l DEST: a symbolic link leads to the root or to another mount"},
	{PF_OP_layer, ELOOP, "try again: a symbolic link has replaced a directory of the path"},
	{PF_OP_mask, ENOENT, "mount -t devtmpfs dev /dev: the host has no /dev/null"},
	{PF_OP_root, EINVAL, "mount --make-private MOUNT, or choose another directory"},
	{PF_OP_propagation, EINVAL,
	 "mount --bind DIR DIR before chroot DIR: the root of this chroot is not a mount point"},
	{PF_OP_chdir, ENOENT, "{chdir=/}"},
	{PF_OP_chdir, ENOTDIR, "{chdir=/}"},
	{PF_OP_chdir, EACCES, "{chdir=/}"},
	{PF_OP_account, ENOENT, "{exec=NAME} -- cat /etc/passwd /etc/group"},
	{PF_OP_account, EACCES,
	 "{exec=NAME} -- ls -ld / /etc /etc/passwd /etc/group; {user=UID:GID} needs no "
	 "such file"},
	{PF_OP_account, EINVAL, "{exec=NAME} -- cat /proc/self/uid_map /proc/self/gid_map"},
	{PF_OP_terminal, ENOSPC, "sudo sysctl kernel.pty.max=8192"},
	{PF_OP_guard_input, ENOSYS,
	 "{terminal=yes}: a kernel without seccomp(2) cannot keep the command "
	 "from typing into your terminal"},
	{PF_OP_guard_input, EINVAL,
	 "{terminal=yes}: a kernel without CONFIG_SECCOMP_FILTER cannot keep "
	 "the command from typing into your terminal"},
	{PF_OP_caps, EPERM,
	 "grep CapBnd /proc/self/status: the caller lacks capabilities, or its securebits forbid "
	 "ambient ones"},
	{PF_OP_seccomp, ENOSYS,
	 "leave out {seccomp=default}: a kernel without seccomp(2) has no filters"},
	{PF_OP_seccomp, EINVAL,
	 "{seccomp=default}, on a kernel with CONFIG_SECCOMP_FILTER: the kernel refuses the "
	 "program of this filter"},
	{PF_OP_exec, E2BIG, "getconf ARG_MAX: {setenv} and the arguments share this limit"},
	{PF_OP_exec, ENOEXEC,
	 "begin the script with #!/bin/sh, or use a binary for this machine (uname -m)"},
	{PF_OP_login, ENOENT, "{program} ... -- COMMAND"},
	{PF_OP_login, EACCES, "{program} ... -- COMMAND"},
};

/* Reads a numeric sysctl. Returns the number, or -1 if this kernel does not have the sysctl. */
static long read_sysctl(const char *path)
{
	FILE *file = fopen(path, "re");
	long value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/* Tells whether two paths lead to one file in one mount. */
static int is_same(const char *one, const char *other)
{
	struct statx a, b;
	unsigned int wanted = STATX_INO | STATX_MNT_ID;

	return pf_statx_at(AT_FDCWD, one, 0, wanted, &a) == 0 &&
	       pf_statx_at(AT_FDCWD, other, 0, wanted, &b) == 0 && a.stx_mnt_id == b.stx_mnt_id &&
	       a.stx_ino == b.stx_ino;
}

/* Tells whether the calling process runs in a chroot. Outside a chroot, the root directory is
 * always the root of a mount (statx(2)). In a chroot, it may also be the root of a mount. So the
 * function also compares the root directory with the root directory of pid 1, if pid 1 is in the
 * same mount namespace. Only root can look at the root directory of pid 1. */
static int is_in_chroot(void)
{
	struct statx status;

	if (pf_statx_at(AT_FDCWD, "/", 0, 0, &status) == 0 &&
	    status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
	    !(status.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 1;
	return is_same("/proc/1/ns/mnt", "/proc/self/ns/mnt") && !is_same("/proc/1/root", "/");
}

/* Tells whether the caller's user or group is not mapped in the current user namespace. The kernel
 * refuses to make a user namespace for such a caller (user_namespaces(7)). */
static int is_nobody(void)
{
	if (access("/proc/self/uid_map", R_OK) != 0)
		return 0;
	return !pf_id_map_self_has(PF_UID, geteuid(), 1) ||
	       !pf_id_map_self_has(PF_GID, getegid(), 1);
}

static int has_none(void)
{
	return read_sysctl("/proc/sys/user/max_user_namespaces") == 0;
}

static int refuses_users(void)
{
	return read_sysctl("/proc/sys/kernel/unprivileged_userns_clone") == 0;
}

static int refuses_by_apparmor(void)
{
	return read_sysctl("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1;
}

/* Reasons why the caller cannot make a user namespace, each with a remedy. */
static const struct {
	int (*is_so)(void);
	const char *name, *remedy;
} blocks[] = {
	{is_nobody, "this user namespace does not map your user or group",
	 "unshare --user --map-root-user {program} ... outside, instead of unshare --user "
	 "{program} ..."},
	{is_in_chroot, "this is a chroot",
	 "{program} {chroot=DIR} ... outside, instead of chroot DIR {program} ..."},
	{has_none, "user.max_user_namespaces is 0", "sudo sysctl user.max_user_namespaces=15000"},
	{refuses_users, "kernel.unprivileged_userns_clone is 0",
	 "sudo sysctl kernel.unprivileged_userns_clone=1"},
	{refuses_by_apparmor, "kernel.apparmor_restrict_unprivileged_userns is 1",
	 "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Adds the reason why the caller cannot make a user namespace, and a remedy. Returns 0 if no reason
 * is found. */
static int hint_user_namespace(struct pflask_error *error)
{
	size_t length = strlen(error->message);

	for (size_t i = 0; i < COUNT(blocks); i++) {
		if (!blocks[i].is_so())
			continue;
		snprintf(error->message + length, sizeof(error->message) - length, " (%s)",
			 blocks[i].name);
		pf_error_hint(error, "%s", blocks[i].remedy);
		return 1;
	}
	return 0;
}

/* Tells whether an operation changes a network interface of the host. */
static int is_on_host(enum pf_op_code code)
{
	return code == PF_OP_veth || code == PF_OP_macvlan || code == PF_OP_ipvlan ||
	       code == PF_OP_link_move;
}

/* Returns the capability that the kernel requires for an operation (capabilities(7)). */
static const char *capability_for(enum pf_op_code code)
{
	switch (code) {
	case PF_OP_device:
		return "CAP_MKNOD";
	case PF_OP_chroot:
		return "CAP_SYS_CHROOT";
	case PF_OP_user:
		return "CAP_SETUID and CAP_SETGID";
	case PF_OP_bounding:
		return "CAP_SETPCAP";
	case PF_OP_uid_map: /* necessary to map root (user_namespaces(7)) */
		return "CAP_SETFCAP";
	case PF_OP_link_mac:
	case PF_OP_link_mtu:
	case PF_OP_link_up:
	case PF_OP_address:
	case PF_OP_route:
		return "CAP_NET_ADMIN";
	default:
		return is_on_host(code) ? "CAP_NET_ADMIN" : "CAP_SYS_ADMIN";
	}
}

static void hint_privilege(struct pflask_error *error, enum pf_op_code code, uint64_t namespaces)
{
	int root = geteuid() == 0;
	int lacks_setfcap = root && code == PF_OP_uid_map;

	if (namespaces & CLONE_NEWUSER && !lacks_setfcap) {
		if (!hint_user_namespace(error) && !root)
			pf_error_hint(error, "sudo {program} ...");
	} else if (root) {
		pf_error_hint(error, "run {program} with %s, which this root user lacks",
			      capability_for(code));
	} else if (is_nobody()) {
		hint_user_namespace(error); /* sudo(8) would not help in this case */
	} else if (is_in_chroot()) {
		pf_error_hint(error, "sudo {program} ..."); /* a chroot has no user namespaces */
	} else {
		pf_error_hint(error, "sudo {program} ..., or leave out {userns=no}");
	}
}

/* Adds a remedy for a limit on namespaces (namespaces(7)). At such a limit, clone(2) returns
 * ENOSPC. */
static void hint_limits(struct pflask_error *error, uint64_t namespaces)
{
	for (size_t i = 0; i < PF_NS_COUNT; i++) {
		const struct pf_namespace_kind *kind = &pf_namespaces[i];
		char path[64];
		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kind->name);
		if (!(namespaces & kind->flag) || read_sysctl(path) != 0)
			continue;
		pf_error_hint(error, "sudo sysctl user.max_%s_namespaces=%d", kind->name,
			      PF_LIMIT_namespaces);
		return;
	}
	pf_error_hint(
		error,
		"sysctl -a --pattern 'user.max_.*_namespaces': one of these limits is reached");
}

/* Adds a remedy for an operation on interfaces or network namespaces of the host. */
static void hint_interface(struct pflask_error *error, enum pf_op_code code, uint64_t namespaces)
{
	if (!is_on_host(code) && code != PF_OP_netns)
		return;
	if (error->number == EPERM && namespaces & CLONE_NEWUSER && geteuid() != 0)
		pf_error_hint(error,
			      "{netif=pasta}, or sudo {program} ...: a user namespace cannot use "
			      "the host's interfaces and network namespaces");
	else if (strstr(error->message, "Unknown device type"))
		pf_error_hint(error, "sudo modprobe %s: this kernel has no driver for it",
			      pf_op_table[code].name);
	else if (error->number == EOPNOTSUPP && code == PF_OP_veth)
		pf_error_hint(error, "ip link show type bridge: bridge= must name one of these");
}

/* Adds a remedy for a refused proc or sysfs. In a user namespace, the kernel refuses a new file
 * system of such a type if other mounts hide a part of every existing mount of the type. */
static void hint_masked(struct pflask_error *error, enum pf_op_code code)
{
	static const struct {
		char path[6];
		const char *hint;
	} remedies[] = {
		{"/proc", "{bindProc=yes}: a mount hides a part of /proc, so the kernel refuses "
			  "a new proc"},
		{"/sys", "{mount=tmp:/sys}: a mount hides a part of /sys, so the kernel refuses "
			 "a new sysfs"},
	};

	if (code != PF_OP_mount || error->number != EPERM)
		return;
	for (size_t i = 0; i < COUNT(remedies); i++)
		if (strcmp(error->subject, remedies[i].path) == 0)
			pf_error_hint(error, "%s", remedies[i].hint);
}

void pf_hint(struct pflask_error *error, const void *plan, enum pf_op_code code)
{
	if (error->number == EPERM && (code == PF_OP_newuidmap || code == PF_OP_newgidmap)) {
		pf_hint_maps(error, plan, code);
		return;
	}
	const struct pf_op *clone = pf_plan_find(plan, PF_OP_clone);
	uint64_t namespaces = clone ? clone->arg[0] : 0;

	hint_masked(error, code);
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].code == code && table[i].number == error->number)
			pf_error_hint(error, "%s", table[i].hint);
	hint_interface(error, code, namespaces);
	if (code == PF_OP_overlay && error->number == EPERM && namespaces & CLONE_NEWUSER)
		pf_error_hint(error,
			      "uname -r: overlays in a user namespace need Linux 5.11; "
			      "ls -ldn UPPER WORK: ids of the user namespace must own these");
	if (*error->hint)
		return;
	if (error->number == ENOSYS)
		pf_error_hint(error, "uname -r: this needs Linux 5.12 or newer, and no filter of "
				     "system calls");
	else if (error->code == PFLASK_PRIVILEGE)
		hint_privilege(error, code, namespaces);
	else if (code == PF_OP_clone && error->number == ENOSPC)
		hint_limits(error, namespaces);
}
