/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the file systems at /proc, /sys, /dev and /run (root_filesystems.h). */
#define _GNU_SOURCE
#include "root_filesystems.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path_below.h"
#include "common/sys.h"
#include "mounts.h"
#include "net.h"
#include "resolv_conf.h"

int pf_is_fresh(const char *path)
{
	static const char fresh[][8] = {"/proc", "/sys", "/dev", "/run"};

	for (size_t i = 0; i < sizeof(fresh) / sizeof(fresh[0]); i++)
		if (pf_lies_in(path, fresh[i]))
			return 1;
	return 0;
}

#define KERNEL PF_KERNEL_FILES

#define PROC_SYS "/proc/sys"

/* Paths with switches of the whole host, which are read-only in a container. */
static const char readonly_paths[][32] = {
	"/proc/bus", "/proc/fs", "/proc/irq", PROC_SYS, "/proc/sysrq-trigger",
};

/* Settings below /proc/sys that each network namespace can change for all namespaces. */
static const char shared_settings[][36] = {"/net/netfilter/nf_hooks_lwtunnel"};

/* Paths that show or control the whole host, and are hidden in a container. Other container
 * engines hide the same paths. */
static const char masked_paths[][32] = {
	"/proc/acpi",        "/proc/asound",  "/proc/interrupts",
	"/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
	"/proc/sched_debug", "/proc/scsi",    "/proc/timer_list",
	"/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap",
};

/* Directories on which a booted system mounts file systems that the kernel refuses in a user
 * namespace. */
static const char refused_mounts[][32] = {"/sys/kernel/config", "/sys/kernel/debug",
					  "/sys/kernel/tracing"};

static const struct {
	char name[12];
	unsigned major, minor; /* device numbers (Documentation/admin-guide/devices.txt) */
} devices[] = {
	{"/null", 1, 3},   {"/zero", 1, 5},    {"/full", 1, 7},
	{"/random", 1, 8}, {"/urandom", 1, 9}, {"/tty", 5, 0},
};

static const char dev_symlinks[][2][20] = {
	{"/proc/self/fd", "/fd"},       {"/proc/self/fd/0", "/stdin"},
	{"/proc/self/fd/1", "/stdout"}, {"/proc/self/fd/2", "/stderr"},
	{"pts/ptmx", "/ptmx"},          {"/proc/kcore", "/core"},
};

/* The next three functions tell whether /sys, /dev/mqueue or /proc is a bind of the host's file
 * system. In a user namespace, the kernel refuses a new sysfs, mqueue or proc of a network, ipc or
 * pid namespace that another user namespace owns. The bind of sysfs or mqueue is read-only. For a
 * joined network namespace, /sys is a bind of the sysfs that the monitor mounts
 * (pf_compile_sys_source()). */
int pf_compile_binds_sys(const struct pf_compiler *compiler)
{
	return compiler->has_sys_source ||
	       (compiler->identity.is_in_userns && !pf_compile_has_other_net(compiler));
}

static int binds_mqueue(const struct pf_compiler *compiler)
{
	return compiler->identity.is_in_userns && !compiler->spec->ipcns;
}

static int binds_proc(const struct pf_compiler *compiler)
{
	return compiler->spec->bindProc ||
	       (compiler->identity.is_in_userns && !compiler->spec->pidns);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Adds the operation that mounts a file system. If its mount point cannot be made or reached
 * (EACCES), the error names the root directory of the spec. */
static void add_mount(struct pf_compiler *compiler, const char *type, const char *path,
		      uint64_t attributes, const char *options)
{
	struct pf_encoder *encoder = &compiler->encoder;
	uint32_t first = encoder->count;

	PF_ENCODE_MOUNT(type, path, attributes, options);
	if (compiler->spec->chroot && !compiler->spec->ephemeral && !compiler->is_idmapped)
		pf_note_origin_of_errno(compiler, first, EACCES, "chroot", compiler->root_dir);
}

void pf_compile_terminal(struct pf_compiler *compiler)
{
	PF_ENCODE(&compiler->encoder, terminal, PF_S("/dev/pts/ptmx"), PF_N(compiler->rows),
		  PF_N(compiler->cols));
}

/* Adds a devpts. Its terminals get the group 5, which is tty on every Linux system, or, if the map
 * does not have this group, the group of the process that opens the terminal. */
void pf_compile_devpts(struct pf_compiler *compiler, const char *path, uint64_t attributes,
		       const char *more)
{
	char options[PATH_MAX];
	int has_tty = !compiler->identity.is_in_userns ||
		      pf_id_map_has(&compiler->identity.map[PF_GID], 5);

	snprintf(options, sizeof(options), "mode=0620,ptmxmode=0666%s%s", has_tty ? ",gid=5" : "",
		 more);
	add_mount(compiler, "devpts", path, attributes, options);
}

/* Writes the path `dev`/`name`. */
static const char *below(const char *dev, const char *name, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s%s", dev, name);
	return ret;
}

/* Adds the device nodes. In a user namespace, the kernel refuses to make device nodes, so the
 * host's nodes are bound. */
static void add_devices(struct pf_compiler *compiler, const char *dev)
{
	struct pf_encoder *encoder = &compiler->encoder;
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(devices); i++) {
		below(dev, devices[i].name, path);
		if (compiler->identity.is_in_userns)
			PF_ENCODE(encoder, bind, PF_N(compiler->first_device + i), PF_S(path),
				  PF_N(PF_HOST_DEVICE), PF_N(0));
		else
			PF_ENCODE(encoder, device, PF_S(path), PF_N(0666), PF_N(devices[i].major),
				  PF_N(devices[i].minor));
	}
}

static void add_mqueue(struct pf_compiler *compiler, const char *path)
{
	struct pf_encoder *encoder = &compiler->encoder;

	if (!binds_mqueue(compiler))
		add_mount(compiler, "mqueue", path, KERNEL, "");
	else if (compiler->mqueue)
		PF_ENCODE(encoder, bind, PF_N(compiler->mqueue), PF_S(path),
			  PF_N(MOUNT_ATTR_RDONLY), PF_N(0));
}

void pf_compile_dev(struct pf_compiler *compiler, const char *dev, uint64_t attributes)
{
	struct pf_encoder *encoder = &compiler->encoder;
	char path[PATH_MAX];

	add_mount(compiler, "tmpfs", dev,
		  (attributes & ~(uint64_t)MOUNT_ATTR_RDONLY) |
			  (attributes & MOUNT_ATTR__ATIME ? 0 : MOUNT_ATTR_STRICTATIME),
		  "mode=0755,size=65536k");
	add_devices(compiler, dev);
	for (size_t i = 0; i < COUNT(dev_symlinks); i++)
		PF_ENCODE(encoder, symlink, PF_S(dev_symlinks[i][0]),
			  PF_S(below(dev, dev_symlinks[i][1], path)));
	pf_compile_devpts(compiler, below(dev, "/pts", path), PF_DEVPTS, "");
	add_mount(compiler, "tmpfs", below(dev, "/shm", path), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		  "mode=1777");
	add_mqueue(compiler, below(dev, "/mqueue", path));
	if (attributes & MOUNT_ATTR_RDONLY)
		PF_ENCODE(encoder, readonly, PF_S(dev));
}

static int has_fresh_dev(const struct pf_compiler *compiler)
{
	if (compiler->has_fresh)
		return 1;
	for (size_t i = 0; i < compiler->spec->mount.count; i++)
		if (compiler->mounts[i].type == PF_MOUNT_DEV)
			return 1;
	return 0;
}

void pf_compile_root_sources(struct pf_compiler *compiler)
{
	if (binds_proc(compiler) && compiler->has_fresh)
		compiler->proc = pf_compile_source(compiler, "/proc");
	if (!has_fresh_dev(compiler) || !compiler->identity.is_in_userns)
		return;
	compiler->first_device = compiler->source_count;
	for (size_t i = 0; i < COUNT(devices); i++) {
		char path[PATH_MAX];
		pf_compile_source(compiler, below("/dev", devices[i].name, path));
	}
	if (binds_mqueue(compiler) && access("/dev/mqueue", F_OK) == 0)
		compiler->mqueue = pf_compile_source(compiler, "/dev/mqueue");
	if (!compiler->has_fresh)
		return;
	if (pf_compile_binds_sys(compiler) && !compiler->has_sys_source)
		compiler->sys = pf_compile_source(compiler, "/sys");
}

/* Adds /proc, /sys and cgroup2. cgroup2 is writable only for a booted system, which manages its own
 * cgroup. */
static void add_kernel_filesystems(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;

	if (binds_proc(compiler))
		PF_ENCODE(encoder, bind, PF_N(compiler->proc), PF_S("/proc"), PF_N(KERNEL),
			  PF_N(0));
	else
		add_mount(compiler, "proc", "/proc", KERNEL, "");
	pf_compile_ping_groups(compiler);
	if (pf_compile_has_mount(compiler, "/sys"))
		return; /* a mount of the spec covers this path */
	if (pf_compile_binds_sys(compiler)) {
		PF_ENCODE(encoder, bind, PF_N(compiler->sys), PF_S("/sys"), PF_N(MOUNT_ATTR_RDONLY),
			  PF_N(0));
	} else {
		add_mount(compiler, "sysfs", "/sys", KERNEL | MOUNT_ATTR_RDONLY, "");
	}
	add_mount(compiler, "cgroup2", "/sys/fs/cgroup",
		  KERNEL | (compiler->is_boot ? 0 : MOUNT_ATTR_RDONLY), "");
}

/* Makes a path read-only. Leaves out /proc/sys/net in a container with its own network namespace,
 * whose settings it shows. */
static void add_readonly(struct pf_compiler *compiler, const char *listed, const char *path)
{
	struct pf_encoder *encoder = &compiler->encoder;
	char shared[PATH_MAX];

	if (!compiler->has_new_netns || strcmp(listed, PROC_SYS) != 0) {
		PF_ENCODE(encoder, readonly, PF_S(path));
		return;
	}
	PF_ENCODE(encoder, readonly_but, PF_S(path), PF_S("net"));
	for (size_t i = 0; i < COUNT(shared_settings); i++)
		PF_ENCODE(encoder, readonly, PF_S(below(path, shared_settings[i], shared)));
}

/* Protects the listed paths below `top`, in a file system that is mounted at `place`. Protects
 * nothing with unmaskProc: a container in the container needs this, because in a user namespace,
 * the kernel mounts a proc or sysfs only if no mount hides a part of the existing one. */
static void protect(struct pf_compiler *compiler, const char *top, const char *place)
{
	struct pf_encoder *encoder = &compiler->encoder;
	size_t length = strlen(top);
	char path[PATH_MAX];

	if (compiler->spec->unmaskProc)
		return;
	for (size_t i = 0; i < COUNT(readonly_paths); i++)
		if (pf_lies_in(readonly_paths[i], top))
			add_readonly(compiler, readonly_paths[i],
				     below(place, readonly_paths[i] + length, path));
	for (size_t i = 0; i < COUNT(masked_paths); i++)
		if (pf_lies_in(masked_paths[i], top))
			PF_ENCODE(encoder, mask,
				  PF_S(below(place, masked_paths[i] + length, path)));
}

void pf_compile_protect_proc(struct pf_compiler *compiler, const char *path)
{
	if (compiler->has_fresh)
		protect(compiler, "/proc", path);
}

void pf_compile_sysfs(struct pf_compiler *compiler, const char *path, uint64_t attributes,
		      unsigned source)
{
	struct pf_encoder *encoder = &compiler->encoder;

	if (pf_compile_binds_sys(compiler))
		PF_ENCODE(encoder, bind, PF_N(source), PF_S(path), PF_N(attributes), PF_N(0));
	else
		add_mount(compiler, "sysfs", path, attributes, "");
	if (compiler->has_fresh)
		protect(compiler, "/sys", path);
}

/* Adds a new /run with the entries that programs of any system expect: the directory for locks, to
 * which /var/lock leads, and the name of the container manager
 * (https://systemd.io/CONTAINER_INTERFACE). */
static void add_run(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;

	add_mount(compiler, "tmpfs", "/run", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "mode=0755");
	PF_ENCODE(encoder, mkdir, PF_S("/run/lock"), PF_N(01777));
	PF_ENCODE(encoder, write, PF_S("/run/host/container-manager"), PF_N(0444),
		  PF_S("pflask\n"));
	pf_compile_run_resolv_conf(compiler);
}

/* Covers the directories on which a booted system would mount file systems that the kernel refuses;
 * the system would report the failures. A system mounts nothing on a mount point that is in use. In
 * sysfs these directories are always empty, so the mounts hide nothing. */
static void add_refused_mounts(struct pf_compiler *compiler)
{
	if (!compiler->is_boot || !compiler->identity.is_in_userns)
		return;
	for (size_t i = 0; i < COUNT(refused_mounts); i++)
		PF_ENCODE(&compiler->encoder, mask, PF_S(refused_mounts[i]));
}

void pf_compile_root(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;

	add_kernel_filesystems(compiler);
	protect(compiler, "/proc", "/proc");
	protect(compiler, "/sys", "/sys");
	add_refused_mounts(compiler);
	pf_compile_dev(compiler, "/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	add_run(compiler);
	if (compiler->has_terminal) {
		pf_compile_terminal(compiler);
		PF_ENCODE(encoder, console, PF_S("/dev/console"));
	}
}
