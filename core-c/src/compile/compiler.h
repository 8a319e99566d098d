/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Declares the state and the functions that all parts of the compiler share: the known facts about
 * the container, and the operations that open files of the host.
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

/* The kinds of parts of an ephemeral or idmapped root. The plan makes such a root from many mounts
 * and directories, its parts. */
enum pf_root_part_kind {
	PF_ROOT_PART_OVERLAY,   /* a directory whose changes go to an upper directory */
	PF_ROOT_PART_BIND,      /* a mount, unchanged, in a root that is not ephemeral */
	PF_ROOT_PART_READONLY,  /* a mount or file that cannot be overlaid */
	PF_ROOT_PART_EMPTY,     /* an empty file or directory over a path that cannot be mounted */
	PF_ROOT_PART_SKELETON,  /* a fresh directory, in which the parts that follow are made */
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
	char *path;      /* path in the root */
	unsigned source; /* number of the source of an overlay or a bind */
	int is_remote;   /* on a file system whose server must not be asked (mount_table.h) */
};

/* Lists of a spec: the items of confine, then the caller's items. */
struct pf_confined_lists {
	struct pf_strings userMap, caps, rlimit, limit, setenv, mount;
};

/* The large members come last: the code reaches the first members by short instructions, and the
 * first members share few pages. */
struct pf_compiler {
	const pflask_spec *spec; /* points to `effective` */
	struct pflask_error *error;
	struct pf_encoder encoder;
	size_t confine_mounts; /* number of mounts of confine, which come first */
	int has_fresh;         /* /proc, /sys, /dev and /run are fresh */
	struct pf_plan_fds *plan_fds;
	struct pf_plan_notes *notes;   /* facts that the caller prints for the user */
	struct pf_host_path root_path; /* the container's root directory */
	const char *root_dir;          /* path of the root directory; "": the host's root */
	int root_fd;                   /* descriptor of the root directory; -1: the host's root */
	struct pf_passwd_files passwd_files; /* the files to search for users of the container */
	int is_boot;                         /* the command boots a system */
	int is_pid1;                         /* the command is pid 1 */
	int is_machine;                      /* systemd-machined is asked to take the container */
	int has_terminal;                    /* the command has a pty */
	uint64_t rows, cols;                 /* size of the pty; 0: size of the caller's terminal */
	int is_idmapped;                     /* the root is mounted with the id maps */

	struct pf_origins *origins;
	unsigned source_count; /* number of sources so far */
	/* Numbers of some sources. */
	unsigned root_source, proc, sys, mqueue, first_device, scratch_layer;
	unsigned sysctl_source;           /* a procfs for settings, if the spec has some */
	int has_sys_source;               /* `sys` is a sysfs of the joined network namespace */
	int renews_sys;                   /* a new sysfs covers the host's /sys */
	struct pf_mount_table sys_mounts; /* mounts below the host's /sys, bound on the new sysfs */
	unsigned first_sys_mount;         /* number of the first source for `sys_mounts` */

	struct pf_netif *netifs;          /* parsed netif fields of the spec */
	int has_new_netns;                /* the container makes a network namespace */
	struct pf_host_path joined_netns; /* network namespace to join, unless its path is NULL */
	char *net_program;                /* path of pasta or slirp4netns; or NULL */
	int is_pasta;                     /* `net_program` is pasta */

	struct pf_caps caps; /* parsed caps fields of the spec */
	struct pf_compiled_cgroups
		*cgroups; /* the cgroups of the container; NULL: none (cgroups.c) */

	struct pf_mount *mounts; /* parsed mount fields of the spec */
	struct pf_mount_paths *mount_paths;
	unsigned *mount_sources; /* number of the first source of each mount */

	struct pf_mount_table root_mounts; /* mounts below an ephemeral or idmapped root */
	struct pf_root_part *root_parts;   /* parts of an ephemeral or idmapped root */
	size_t root_part_count;
	unsigned overlay_count;
	unsigned upperdir, workdir;        /* numbers of the current overlay's directories */
	unsigned widest_count;             /* number of entries of `widest_dir` */
	uint32_t changes_fd;               /* descriptor of the caller for the list of changes */
	uint32_t changes_format;           /* enum pf_changes_format */
	struct pf_host_path pid_directory; /* directory of the pid file */
	int knows_control_dirs;
	int parent_fd;                 /* pidfd of the caller's parent, or -1 */
	struct pf_host_path keep_path; /* directory for a copy of the changes; path NULL: none */
	struct pf_host_path scratch;   /* directory for the changes; if its path is NULL: a tmpfs */
	struct pf_host_path lower;     /* directory of the trial below; path NULL: none */
	int goes_on; /* `scratch` has a trial, and the container goes on with the trial */

	struct pf_identity identity;
	pflask_spec effective; /* the caller's spec, with the defaults that confine changes */
	struct pf_confined_lists lists;         /* items of confine, then the caller's items */
	struct pf_rlimit rlimits[PF_RESOURCES]; /* parsed rlimit fields of the spec */
	struct pf_control_dirs control_dirs;    /* real paths of the existing control directories */
	char working_dir[PATH_MAX], home[PATH_MAX]; /* the caller's working directory, and home */
	char widest_dir[PATH_MAX];   /* directory with the most entries mounted one by one */
	char log_path[PATH_MAX];     /* file for all output; or "" */
	char changes_path[PATH_MAX]; /* file for the list of changes; or "" */
	char control_dir[PATH_MAX];  /* directory of the control socket, with detach */
	char pid_file[PATH_MAX];     /* file for the monitor's pid, with detach */
};

/* Mount attributes for proc, sysfs and other file systems with data of the kernel. */
#define PF_KERNEL_FILES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

#define PF_ENCODE_MOUNT(type, path, attributes, options) \
	PF_ENCODE(encoder, mount, PF_S(type), PF_S(path), PF_N(attributes), PF_S(options))

/* Records a field of the spec as the origin of all operations from `first` on. */
void pf_note_origin(struct pf_compiler *compiler, uint32_t first, const char *field,
		    const char *text);

/* Records an origin, as pf_note_origin() does, but for one errno only. */
void pf_note_origin_of_errno(struct pf_compiler *compiler, uint32_t first, int number,
			     const char *field, const char *text);

/* Open a path of the host that an option names. pf_open_field_path() opens a path that is passed on
 * as a descriptor. pf_open_field_mount() opens a path that init or the monitor opens again for a
 * mount. `text` is the value of the option, or "" if the value is the path. Return 0, or -errno
 * with an error that names `field`. */
int pf_open_field_path(struct pf_compiler *compiler, const char *field, const char *text,
		       const char *path, int flags, struct pf_host_path *ret);
int pf_open_field_mount(struct pf_compiler *compiler, const char *field, const char *text,
			const char *path, int flags, struct pf_host_path *ret);

/* Adds the operation `source`, `layer`, `idmap_source` or `idmap_mount` for an open path. Returns
 * the number of the source. */
unsigned pf_compile_opened_source(struct pf_compiler *compiler, enum pf_op_code code,
				  const struct pf_host_path *at);

/* Adds an operation that opens a tree to bind. No option names the path: pflask itself needs the
 * tree. Returns the number of the source. */
unsigned pf_compile_source(struct pf_compiler *compiler, const char *path);

/* Adds the operation `source_idle`, `layer` or `layer_entry` for a path that was found in a root.
 * The operation will fail if the path leads to another file when init opens the path. With
 * `is_remote`, only the device is compared, because asking a server for the inode could take for
 * ever. Returns the number of the source. */
unsigned pf_compile_found_source(struct pf_compiler *compiler, enum pf_op_code code,
				 const char *path, int is_remote);

/* Makes a path absolute, from the caller's working directory. Returns 0, or -errno with an error
 * that names `field`. */
int pf_make_absolute(struct pf_compiler *compiler, const char *field, const char *path,
		     char ret[PATH_MAX]);

#endif
