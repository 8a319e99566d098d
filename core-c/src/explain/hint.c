/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds remedies for failed operations (hint.h). The first table has a remedy for pairs of an
 * operation and an errno. The second table is for a missing privilege: each row checks whether one
 * limit of this system on user namespaces is the reason, and has the remedy.
 */
#define _GNU_SOURCE
#include "hint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
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
#include "src/base/op_names.h"
#include "src/ids/id_map_self.h"

/* The texts of the table, one after the other. Pointers to the texts would need relocations
 * (plan.h). */
static const struct hint_texts {
#define PF_HINT(name, number, text) char name##_##number[sizeof(text)];
#include "defs/hints.def"
} hint_texts = {
#define PF_HINT(name, number, text) text,
#include "defs/hints.def"
};

static const struct {
	uint8_t code, number; /* operation code, and errno */
	uint16_t place;
} table[] = {
#define PF_HINT(name, number, text) \
	{PF_OP_##name, number, offsetof(struct hint_texts, name##_##number)},
#include "defs/hints.def"
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

/* Tells whether two paths lead to the same file in the same mount. */
static int is_same(const char *one, const char *other)
{
	struct statx a, b;
	unsigned int wanted = STATX_INO | STATX_MNT_ID;

	return pf_statx_at(AT_FDCWD, one, 0, wanted, &a) == 0 &&
	       pf_statx_at(AT_FDCWD, other, 0, wanted, &b) == 0 && a.stx_mnt_id == b.stx_mnt_id &&
	       a.stx_ino == b.stx_ino;
}

/* Tells whether the calling process runs in a chroot. The root directory of such a process is
 * normally not the root of a mount (statx(2)). It may be one, so the function also compares it with
 * the root directory of pid 1, if pid 1 is in the same mount namespace. Only root can read the root
 * directory of pid 1. */
static int is_in_chroot(void)
{
	struct statx status;

	if (pf_statx_at(AT_FDCWD, "/", 0, 0, &status) == 0 &&
	    status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
	    !(status.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 1;
	return is_same("/proc/1/ns/mnt", "/proc/self/ns/mnt") && !is_same("/proc/1/root", "/");
}

/* Tells whether the caller's uid or gid is not mapped in its user namespace. The kernel does not
 * let such a caller make a user namespace (user_namespaces(7)). */
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

/* Reasons why the caller cannot make a user namespace, each with a check and a remedy. */
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

/* Adds the reason why the caller cannot make a user namespace, and its remedy. Returns 0 if no
 * reason is found. */
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

/* Tells whether an operation needs privilege over the host's network interfaces. */
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
	case PF_OP_uid_map: /* needed if the map has uid 0 of the host (user_namespaces(7)) */
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
		hint_user_namespace(error); /* sudo(8) would not help here */
	} else if (is_in_chroot()) {
		/* A process in a chroot cannot make user namespaces. */
		pf_error_hint(error, "sudo {program} ...");
	} else {
		pf_error_hint(error, "sudo {program} ..., or leave out {userns=no}");
	}
}

/* Adds a remedy if a limit on the number of namespaces is reached (namespaces(7)): clone(2) then
 * returns ENOSPC. */
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
			      pf_op_names[code]);
	else if (error->number == EOPNOTSUPP && code == PF_OP_veth)
		pf_error_hint(error, "ip link show type bridge: bridge= must name one of these");
}

/* Adds a remedy for a proc or sysfs that the kernel refuses to mount in a user namespace, because
 * every existing proc (or sysfs) is partly hidden by other mounts. */
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

/* Tells whether a file contains a text. */
static int contains(const char *path, const char *text)
{
	char have[256] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	int found = fgets(have, sizeof(have), file) && strstr(have, text);
	fclose(file);
	return found;
}

void pf_hint_apparmor(struct pflask_error *error)
{
	/* A profile confines the calling process, or only a program like pasta(1). */
	int is_ours = error->number == EACCES && contains("/proc/self/attr/current", "(enforce)");
	int is_other = error->number == ECHILD && strstr(error->message, "Permission denied") &&
		       contains("/sys/module/apparmor/parameters/enabled", "Y");

	if (is_ours || is_other)
		pf_error_hint(error,
			      "sudo dmesg | grep DENIED: tells whether AppArmor has refused it");
}

void pf_hint(struct pflask_error *error, const void *plan, enum pf_op_code code)
{
	if (error->number == EPERM && (code == PF_OP_newuidmap || code == PF_OP_newgidmap)) {
		pf_hint_maps(error, plan, code);
		return;
	}
	const struct pf_op *clone = pf_plan_find(plan, PF_OP_clone);
	uint64_t namespaces = clone ? clone->arg[0] : 0;

	if (code == PF_OP_take && *error->hint)
		return; /* the hint of the table is only for directories of an overlay */
	hint_masked(error, code);
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].code == code && table[i].number == error->number)
			pf_error_hint(error, "%s", (const char *)&hint_texts + table[i].place);
	hint_interface(error, code, namespaces);
	if (code == PF_OP_overlay && error->number == EPERM && namespaces & CLONE_NEWUSER)
		pf_error_hint(error,
			      "uname -r: overlays in a user namespace need Linux 5.11; "
			      "ls -ldn UPPER WORK: ids of the user namespace must own these");
	if (!*error->hint)
		pf_hint_apparmor(error);
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
