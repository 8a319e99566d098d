/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state and the functions that all parts of the compiler share: the facts about the container
 * that are known so far, and the operations that open files of the host.
 */
#ifndef PF_COMPILER_H
#define PF_COMPILER_H

#include <limits.h>
#include <linux/mount.h>

#include "encode.h"
#include "src/base/origins.h"
#include "src/base/plan_notes.h"
#include "src/find/control_dirs.h"
#include "src/host/host_path.h"
#include "src/host/mount_table.h"
#include "src/ids/identity.h"
#include "src/spec/caps_parse.h"
#include "src/spec/mount_parse.h"
#include "src/spec/netif_parse.h"
#include "src/spec/rlimit_parse.h"
#include "src/spec/spec.h"

/* The kinds of parts of an ephemeral or idmapped root. Such a root is made of many mounts and
 * directories, its parts. */
enum pf_root_part_kind {
	PF_ROOT_PART_OVERLAY, /* an overlay: changes of this directory go to an upper directory */
	PF_ROOT_PART_BIND,    /* a bind mount, in a root that is not ephemeral */
	/* A read-only bind mount of a mount or file that cannot be overlaid. */
	PF_ROOT_PART_READONLY,
	PF_ROOT_PART_EMPTY, /* an empty file or directory over a path that cannot be mounted */
	/* A new directory on a tmpfs, in which the following parts are made. */
	PF_ROOT_PART_SKELETON,
	PF_ROOT_PART_DIRECTORY, /* an empty directory */
	PF_ROOT_PART_SYMLINK    /* a copy of a symbolic link */
};

/* Paths of the host for a mount: the source of a bind, or the upper and the work directory of an
 * overlay. */
struct pf_mount_paths {
	struct pf_host_path source, workdir;
};

struct pf_root_part {
	enum pf_root_part_kind kind;
	char *path;      /* path of the part in the container's root */
	unsigned source; /* number of the source of an overlay or a bind in the plan */
	/* The part is on a file system with a server, which may never answer (mount_table.h). */
	int is_remote;
};

/* The lists of the spec, each with the items of confine before the caller's items. */
struct pf_confined_lists {
	struct pf_strings userMap, caps, rlimit, limit, setenv, mount;
};

/* The large members are last: short instructions reach the first members, which share few pages. */
struct pf_compiler {
	const pflask_spec *spec; /* the spec to compile: `effective` */
	struct pflask_error *error;
	struct pf_encoder encoder;
	/* Number of mounts that confine has added; they are the first in the list. */
	size_t confine_mounts;
	int has_fresh; /* pflask mounts new file systems at /proc, /sys, /dev and /run */
	struct pf_plan_fds *plan_fds;
	/* Facts that the caller prints for its user (plan_notes.h). */
	struct pf_plan_notes *notes;
	struct pf_host_path root_path; /* root directory of the container */
	const char *root_dir;          /* path of the root directory; "" is the host's root */
	int root_fd;                   /* descriptor of the root directory; -1: the host's root */
	struct pf_passwd_files passwd_files; /* passwd and group files of the container */
	int is_boot;                         /* the command boots a system */
	int is_pid1;                         /* the command runs as pid 1 */
	/* The container is to be registered with systemd-machined. */
	int is_machine;
	int has_terminal;    /* the command gets a pty */
	uint64_t rows, cols; /* size of the pty; 0: size of the caller's terminal */
	/* The root is mounted idmapped, with the container's id maps. */
	int is_idmapped;

	struct pf_origins *origins;
	unsigned source_count; /* number of sources in the plan so far */
	/* Numbers of some sources in the plan. */
	unsigned root_source, proc, sys, mqueue, first_device, scratch_layer;
	/* Number of the procfs through which settings are written, if there are any. */
	unsigned sysctl_source;
	/* Source `sys` is a sysfs of the joined network namespace. */
	int has_sys_source;
	int renews_sys; /* a new sysfs is mounted over the host's /sys */
	/* Mounts below the host's /sys, which are bound on the new sysfs. */
	struct pf_mount_table sys_mounts;
	unsigned first_sys_mount; /* number of the first source for `sys_mounts` */

	struct pf_netif *netifs; /* parsed netif fields of the spec */
	int has_new_netns;       /* the container gets a network namespace of its own */
	/* Network namespace that the container joins; path NULL: none. */
	struct pf_host_path joined_netns;
	char *net_program; /* path of pasta or slirp4netns, or NULL */
	int is_pasta;      /* `net_program` is pasta */

	struct pf_caps caps;                 /* parsed caps fields of the spec */
	struct pf_compiled_cgroups *cgroups; /* cgroups of the container (cgroups.c), or NULL */

	struct pf_mount *mounts; /* parsed mount fields of the spec */
	struct pf_mount_paths *mount_paths;
	unsigned *mount_sources; /* for each mount, the number of its first source in the plan */

	/* Mounts of the host below an ephemeral or idmapped root. */
	struct pf_mount_table root_mounts;
	struct pf_root_part *root_parts; /* parts of an ephemeral or idmapped root */
	size_t root_part_count;
	unsigned overlay_count;
	/* Numbers of the current overlay's directories in the plan. */
	unsigned upperdir, workdir;
	unsigned widest_count;             /* number of entries of `widest_dir` */
	uint32_t changes_fd;               /* descriptor of the caller for the list of changes */
	uint32_t changes_format;           /* enum pf_changes_format */
	struct pf_host_path pid_directory; /* directory of the pid file */
	int knows_control_dirs;
	int parent_fd;                 /* pidfd of the caller's parent (--die-with-parent), or -1 */
	struct pf_host_path keep_path; /* directory for the copy of the changes; path NULL: none */
	struct pf_host_path scratch;   /* directory that keeps the changes; path NULL: a tmpfs */
	struct pf_host_path lower;     /* directory of the trial of --lower; path NULL: none */
	int goes_on;                   /* the container continues the trial in `scratch` */

	struct pf_identity identity;
	pflask_spec effective;          /* the caller's spec, with the defaults that confine sets */
	struct pf_confined_lists lists; /* lists that `effective` uses */
	struct pf_rlimit rlimits[PF_RESOURCES]; /* parsed rlimit fields of the spec */
	struct pf_control_dirs control_dirs;    /* existing control directories */
	/* Working directory and home directory of the caller. */
	char working_dir[PATH_MAX], home[PATH_MAX];
	/* Directory whose entries are mounted one by one, with the most entries. */
	char widest_dir[PATH_MAX];
	char log_path[PATH_MAX];     /* path of the log file, or "" */
	char changes_path[PATH_MAX]; /* path of the file for the list of changes, or "" */
	char control_dir[PATH_MAX];  /* control directory of a detached container */
	char pid_file[PATH_MAX];     /* path of the pid file of a detached container */
};

/* Mount attributes for proc, sysfs and other file systems that show data of the kernel. */
#define PF_KERNEL_FILES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

#define PF_ENCODE_MOUNT(type, path, attributes, options) \
	PF_ENCODE(encoder, mount, PF_S(type), PF_S(path), PF_N(attributes), PF_S(options))

/* Records a field of the spec as the origin (origins.h) of the operations from `first` on. */
void pf_note_origin(struct pf_compiler *compiler, uint32_t first, const char *field,
		    const char *text);

/* Records an origin, as pf_note_origin() does, for failures with one errno only. */
void pf_note_origin_of_errno(struct pf_compiler *compiler, uint32_t first, int number,
			     const char *field, const char *text);

/* Open a path of the host that an option names. pf_open_field_path() is for a path whose descriptor
 * is passed on. pf_open_field_mount() is for a path that init or the monitor opens again, for a
 * mount. `text` is the value of the option, or "" if the value is the path. Return 0, or -errno
 * with an error that names `field`. */
int pf_open_field_path(struct pf_compiler *compiler, const char *field, const char *text,
		       const char *path, int flags, struct pf_host_path *ret);
int pf_open_field_mount(struct pf_compiler *compiler, const char *field, const char *text,
			const char *path, int flags, struct pf_host_path *ret);

/* Adds an operation that opens a source in the monitor or in init (`source`, `layer`,
 * `idmap_source` or `idmap_mount`), for a path that the compiler has opened. Returns the number of
 * the source. */
unsigned pf_compile_opened_source(struct pf_compiler *compiler, enum pf_op_code code,
				  const struct pf_host_path *at);

/* Adds an operation that opens a source for a bind mount that no option asks for: pflask itself
 * needs it. Returns the number of the source. */
unsigned pf_compile_source(struct pf_compiler *compiler, const char *path);

/* Adds an operation that opens a source (`source_idle`, `layer` or `layer_entry`) that the compiler
 * has found in a root directory. The operation fails if another file has replaced it. With
 * `is_remote`, only the device is compared, because a server may never tell the inode. Returns the
 * number of the source. */
unsigned pf_compile_found_source(struct pf_compiler *compiler, enum pf_op_code code,
				 const char *path, int is_remote);

/* Makes a path absolute, relative to the caller's working directory. Returns 0, or -errno with an
 * error that names `field`. */
int pf_make_absolute(struct pf_compiler *compiler, const char *field, const char *path,
		     char ret[PATH_MAX]);

#endif
