/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all parts of the compiler share: what is known of the container so far, and the operations
 * that open what a plan needs of the host.
 */
#ifndef PF_BUILDER_H
#define PF_BUILDER_H

#include <limits.h>
#include <linux/mount.h>

#include "encode.h"
#include "src/base/origins.h"
#include "src/find/control_places.h"
#include "src/host/host_path.h"
#include "src/host/mount_table.h"
#include "src/ids/identity.h"
#include "src/spec/mount_parse.h"
#include "src/spec/netif_parse.h"
#include "src/spec/spec.h"

/* What a root is made of, in this order: one that is ephemeral, or seen through the maps. */
enum pf_planned_kind {
	PF_PLANNED_OVERLAY,   /* a directory whose changes go elsewhere */
	PF_PLANNED_BIND,      /* a mount as it is, of a root that is not ephemeral */
	PF_PLANNED_READONLY,  /* what can not be overlaid */
	PF_PLANNED_EMPTY,     /* a path that cannot be mounted again, and is hidden */
	PF_PLANNED_SKELETON,  /* a directory of the skeleton, with entries that follow */
	PF_PLANNED_DIRECTORY, /* one that may not be looked into: it is empty */
	PF_PLANNED_SYMLINK    /* a copy of a symbolic link */
};

/* What a mount has of the host: a bind its source, an overlay also its work directory. */
struct pf_mount_paths {
	struct pf_host_path source, work;
};

struct pf_planned {
	enum pf_planned_kind kind;
	char *path;      /* in the root */
	unsigned source; /* of an overlay or a bind */
	int is_remote;   /* of a file system that is asked nothing (mount_table.h) */
};

struct pf_compiler {
	const pflask_spec *spec;
	struct pflask_error *error;
	struct pf_encoder encoder;
	struct pf_identity identity;
	struct pf_held *held;
	struct pf_host_path root_path;  /* the container's root directory, */
	const char *directory;          /* its path; "": the host's; */
	int root;                       /* the same, to look at; or -1 */
	struct pf_login_files accounts; /* where users of the container are looked up */
	int boots;                      /* the command boots a system */
	int pid1;                       /* the command itself is pid 1 */
	int terminal;                   /* it has a pty */
	uint64_t rows, cols;            /* of that; 0: those of the caller's */
	int idmapped; /* the owners of the root's files are seen through the maps */

	struct pf_origins *origins;
	unsigned sources; /* opened so far; the numbers of some: */
	unsigned root_source, proc, sys, mqueue, first_device, scratch_layer;
	int has_sys_source;           /* `sys` is a sysfs of the network that is entered */
	int renews_sys;               /* the host's /sys is covered by another sysfs, */
	struct pf_mount_table on_sys; /* with what is mounted on the host's, */
	unsigned first_on_sys;        /* from this source on */

	struct pf_netif_spec *netifs; /* those of the spec */
	int new_net;                  /* it has a network namespace of its own */
	struct pf_host_path joined;   /* or enters this one, where it has a path */
	char *translator;             /* program that gives it a network; or NULL */
	int is_pasta;                 /* and which */

	struct pf_mount_spec *mounts; /* those of the spec, */
	struct pf_mount_paths *mount_paths;
	unsigned *mount_sources; /* and the first source of each */

	struct pf_mount_table table; /* of such a root: what is mounted below it, */
	struct pf_planned *planned;  /* what it is made of, */
	size_t planned_count;
	unsigned overlays, upper, work;      /* the last two: of the overlay at hand */
	char here[PATH_MAX], home[PATH_MAX]; /* where the command works on the host, or its user */
	char widest[PATH_MAX];             /* directory with the most entries mounted one by one, */
	unsigned widest_count;             /* and how many */
	char changes[PATH_MAX];            /* file that lists its changes; or "" */
	uint32_t changes_fd;               /* or a descriptor of the caller for them */
	char control[PATH_MAX];            /* of a detached container: directory of its socket, */
	char pid_file[PATH_MAX];           /* and the file for its monitor's pid, */
	struct pf_host_path pid_directory; /* where that is */
	struct pf_places hidden; /* control directories that are there, by their real paths */
	int knows_hidden;
	struct pf_host_path keep;    /* where a copy of them goes, if it has a path */
	struct pf_host_path scratch; /* and where its changes go; without a path: a tmpfs */
};

/* Of the mount of a file system that shows what the kernel knows. */
#define PF_KERNEL_FILES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

#define PF_ENCODE_MOUNT(type, path, attributes, options) \
	PF_ENCODE(encoder, mount, PF_S(type), PF_S(path), PF_N(attributes), PF_S(options))

/* Notes that all operations from `first` on come from a field of the spec. */
void pf_compile_origin(struct pf_compiler *compiler, uint32_t first, const char *field,
		       const char *text);

/* The same, where the field is to blame for one error alone: the errno `number`. */
void pf_compile_origin_of(struct pf_compiler *compiler, uint32_t first, int number,
			  const char *field, const char *text);

/* Opens what an option names on the host, to be passed on as a descriptor; the same, to be opened
 * once more by init or the monitor, as a mount. `text` is the value of the option where that has
 * more than the path, or "". Each returns 0 or -errno, which blames `field`. */
int pf_compile_open(struct pf_compiler *compiler, const char *field, const char *text,
		    const char *path, int flags, struct pf_host_path *ret);
int pf_compile_open_mount(struct pf_compiler *compiler, const char *field, const char *text,
			  const char *path, int flags, struct pf_host_path *ret);

/* Adds `source`, `layer`, `idmap_source` or `idmap_mount` for what has been opened. Returns its
 * number. */
unsigned pf_compile_opened(struct pf_compiler *compiler, enum pf_op_code code,
			   const struct pf_host_path *at);

/* Each adds the operation that opens a file or directory of the host that pflask itself wants, as a
 * tree to bind. Returns its number. */
unsigned pf_compile_source(struct pf_compiler *compiler, const char *path);

/* The same for what was found by looking at a root: adds `source_idle`, `layer` or `layer_entry`,
 * which refuses anything else that is at the path by then. Of a file system that is asked nothing
 * only the device is compared. */
unsigned pf_compile_found(struct pf_compiler *compiler, enum pf_op_code code, const char *path,
			  int is_remote);

/* Makes a path of the caller's absolute. Returns 0 or -errno, which blames `field`. */
int pf_compile_absolute(struct pf_compiler *compiler, const char *field, const char *path,
			char ret[PATH_MAX]);

#endif
