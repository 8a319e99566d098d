/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container finds below /proc, /sys, /dev and /run (compile.h). */
#define _GNU_SOURCE
#include <linux/mount.h>

#include "compile.h"

#define KERNEL (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define MOUNT(type, path, attributes, options) \
	PF_ENCODE(encoder, mount, PF_S(type), PF_S(path), PF_N(attributes), PF_S(options))

/* Switches of the whole machine: a container may read them. */
static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* What tells of the whole machine, or lets it be read or driven (the container engines' list). */
static const char *const masked_paths[] = {
	"/proc/acpi",	    "/proc/asound",	   "/proc/interrupts",	"/proc/kcore",
	"/proc/keys",	    "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
	"/proc/timer_list", "/proc/timer_stats",   "/sys/firmware",	"/sys/devices/virtual/powercap",
};

static const struct {
	const char *path;
	unsigned major, minor; /* Documentation/admin-guide/devices.txt */
} devices[] = {
	{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
	{"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

static const char *const links[][2] = {
	{"/proc/self/fd", "/dev/fd"},	    {"/proc/self/fd/0", "/dev/stdin"},
	{"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"},
	{"pts/ptmx", "/dev/ptmx"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_terminal(struct pf_compiler *compiler)
{
	PF_ENCODE(&compiler->encoder, terminal, PF_S("/dev/pts/ptmx"), PF_N(compiler->spec->rows),
		  PF_N(compiler->spec->cols));
}

static void add_devpts(struct pf_encoder *encoder)
{
	MOUNT("devpts", "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	      "mode=0620,ptmxmode=0666,gid=5");
}

static void add_dev(struct pf_encoder *encoder)
{
	MOUNT("tmpfs", "/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_STRICTATIME,
	      "mode=0755,size=65536k");
	for (size_t i = 0; i < COUNT(devices); i++)
		PF_ENCODE(encoder, device, PF_S(devices[i].path), PF_N(0666),
			  PF_N(devices[i].major), PF_N(devices[i].minor));
	for (size_t i = 0; i < COUNT(links); i++)
		PF_ENCODE(encoder, symlink, PF_S(links[i][0]), PF_S(links[i][1]));
	add_devpts(encoder);
	MOUNT("tmpfs", "/dev/shm", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "mode=1777");
	MOUNT("mqueue", "/dev/mqueue", KERNEL, "");
}

/* A system that boots manages its own cgroup; any other command has none to manage. */
void pf_compile_root(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;

	MOUNT("proc", "/proc", KERNEL, "");
	MOUNT("sysfs", "/sys", KERNEL | MOUNT_ATTR_RDONLY, "");
	MOUNT("cgroup2", "/sys/fs/cgroup", KERNEL | (compiler->boots ? 0 : MOUNT_ATTR_RDONLY), "");
	for (size_t i = 0; i < COUNT(readonly_paths); i++)
		PF_ENCODE(encoder, readonly, PF_S(readonly_paths[i]));
	for (size_t i = 0; i < COUNT(masked_paths); i++)
		PF_ENCODE(encoder, mask, PF_S(masked_paths[i]));
	add_dev(encoder);
	MOUNT("tmpfs", "/run", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "mode=0755");
	if (compiler->terminal) {
		add_terminal(compiler);
		PF_ENCODE(encoder, console, PF_S("/dev/console"));
	}
}

void pf_compile_host_root(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;

	if (compiler->spec->pidns)
		MOUNT("proc", "/proc", KERNEL, "");
	if (compiler->terminal) {
		add_devpts(encoder);
		add_terminal(compiler);
	}
}
