/* SPDX-License-Identifier: BSD-2-Clause */
/* From a spec to a plan: every decision is taken here, and none after. */
#ifndef PF_COMPILE_H
#define PF_COMPILE_H

#include <limits.h>
#include <linux/mount.h>

#include "encode.h"
#include "host_path.h"
#include "identity.h"
#include "mount_spec.h"
#include "mount_table.h"
#include "netif_spec.h"
#include "origins.h"
#include "places.h"
#include "spec.h"

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
	struct pf_host_path root_path; /* the container's root directory, */
	const char *directory;         /* its path; "": the host's; */
	int root;                      /* the same, to look at; or -1 */
	int boots;                     /* the command boots a system */
	int pid1;                      /* the command itself is pid 1 */
	int terminal;                  /* it has a pty */
	uint64_t rows, cols;           /* of that; 0: those of the caller's */
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

/* Makes a plan of a spec. Returns its size and gives *ret, to be freed by the caller; or -errno
 * with *reterr filled in. Adds to *origins, and to *held what the plan needs to stay open. */
int pf_compile(const pflask_spec *spec, void **ret, struct pf_origins *origins,
	       struct pf_held *held, struct pflask_error *reterr);

/* Of the mount of a file system that shows what the kernel knows. */
#define PF_KERNEL_FILES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

#define PF_ENCODE_MOUNT(type, path, attributes, options) \
	PF_ENCODE(encoder, mount, PF_S(type), PF_S(path), PF_N(attributes), PF_S(options))

/* Notes that all operations from `first` on come from a field of the spec. */
void pf_compile_origin(struct pf_compiler *compiler, uint32_t first, const char *field,
		       const char *text);

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

/* Below, "sources" adds the operations that open what is needed of the host, which come first; the
 * function of the same name without it adds those that use them. "take" adds those that take the
 * directories that overlays write to. */

/* Tells whether a path is another one, or lies below it. */
int pf_lies_in(const char *path, const char *top);

/* Tells whether pf_compile_root() fills a path anew. */
int pf_is_fresh(const char *path);

/* The root's own file systems: /proc, /sys, /dev, /run. */
void pf_compile_root_sources(struct pf_compiler *compiler);
void pf_compile_root(struct pf_compiler *compiler);

/* A sysfs of the network namespace that is entered, where only the monitor may make one. */
void pf_compile_sys_source(struct pf_compiler *compiler);

/* What must be the container's own in the host's root. */
void pf_compile_host_sources(struct pf_compiler *compiler);
void pf_compile_host_root(struct pf_compiler *compiler);
void pf_compile_host_free(struct pf_compiler *compiler);

/* Makes a fresh proc file system of a root of its own as safe as the root's: what is of the machine
 * is read-only, or hidden, unless the spec has `unmaskProc`. */
void pf_compile_protect_proc(struct pf_compiler *compiler, const char *path);

/* Terminals, where a devpts file system is mounted, and the pty of the command. */
void pf_compile_devpts(struct pf_compiler *compiler, const char *path);
void pf_compile_terminal(struct pf_compiler *compiler);

/* A fresh /dev, at any path. */
void pf_compile_dev(struct pf_compiler *compiler, const char *path, uint64_t attributes);

/* The mounts of the spec. pf_compile_mounts_parse() returns 0 or -errno. */
int pf_compile_mounts_parse(struct pf_compiler *compiler);
void pf_compile_mount_sources(struct pf_compiler *compiler);
void pf_compile_idmap_sources(struct pf_compiler *compiler);
int pf_compile_has_mount(const struct pf_compiler *compiler, const char *dest);
void pf_compile_take(struct pf_compiler *compiler);
int pf_compile_has_files(const struct pf_compiler *compiler);
void pf_compile_mounts(struct pf_compiler *compiler);
void pf_compile_mounts_free(struct pf_compiler *compiler);

/* The network: what is entered before the clone, what is made outside, what is set up inside; and
 * whether the container is in another network namespace than pflask.
 * pf_compile_net_parse() returns 0 or -errno. */
int pf_compile_net_parse(struct pf_compiler *compiler);
void pf_compile_net_join(struct pf_compiler *compiler);
void pf_compile_net_outside(struct pf_compiler *compiler);
void pf_compile_net(struct pf_compiler *compiler);
int pf_compile_shows_net(const struct pf_compiler *compiler);
void pf_compile_ping_groups(struct pf_compiler *compiler);
void pf_compile_net_free(struct pf_compiler *compiler);

/* Where programs inside send what they ask of a name server: a link-local address that pasta
 * translates, and the address that slirp4netns has built in. */
#define PF_PASTA_SERVER "169.254.1.1"
#define PF_SLIRP_SERVER "10.0.2.3"

/* A network by pasta(1) or slirp4netns(1), and what resolves names in it. pf_compile_pasta_find()
 * returns 0 or -errno. */
int pf_compile_pasta_find(struct pf_compiler *compiler, const struct pf_netif_spec *netif);
void pf_compile_pasta(struct pf_compiler *compiler, const struct pf_netif_spec *netif);
int pf_compile_has_resolver(const struct pf_compiler *compiler);
void pf_compile_resolver(struct pf_compiler *compiler);

/* What resolves names where the root's /etc/resolv.conf leads into the fresh /run: the host's. */
void pf_compile_run_resolver(struct pf_compiler *compiler);

/* An ephemeral root. pf_compile_ephemeral_check() returns 0 or -errno. */
int pf_compile_ephemeral_check(struct pf_compiler *compiler);
void pf_compile_ephemeral_plan(struct pf_compiler *compiler);
void pf_compile_ephemeral_layers(struct pf_compiler *compiler);
void pf_compile_ephemeral(struct pf_compiler *compiler);
void pf_compile_ephemeral_free(struct pf_compiler *compiler);

/* Tells whether the files of a root belong to ids that the user namespace has inside, and not
 * outside: seen through the maps, they are its own. */
int pf_compile_is_idmapped(const struct pf_compiler *compiler);

/* A root that is seen through the maps: what the monitor opens, and what is mounted in the root.
 * pf_compile_idmapped_check() returns 0 or -errno. */
int pf_compile_idmapped_check(struct pf_compiler *compiler);
void pf_compile_idmapped(struct pf_compiler *compiler);
void pf_compile_idmapped_mounts(struct pf_compiler *compiler);

/* Tells whether something else will be mounted over a path of the root. */
int pf_is_covered(const struct pf_compiler *compiler, const char *path);

/* Adds a part of a root to the plan of it; gives the part, or NULL. */
struct pf_planned *pf_plan_path(struct pf_compiler *compiler, enum pf_planned_kind kind,
				const char *path);

/* Adds the operations that make a part. */
void pf_compile_planned(struct pf_compiler *compiler, const struct pf_planned *planned);

/* The path on the host of a path in the root. */
const char *pf_on_host(const struct pf_compiler *compiler, const char *path, char ret[PATH_MAX]);

/* Makes a path of the caller's absolute. Returns 0 or -errno, which blames `field`. */
int pf_compile_absolute(struct pf_compiler *compiler, const char *field, const char *path,
			char ret[PATH_MAX]);

/* What is told and kept of its changes. pf_compile_changes_check() returns 0 or -errno. */
int pf_compile_changes_check(struct pf_compiler *compiler);
void pf_compile_changes(struct pf_compiler *compiler);

/* How a detached container is found. pf_compile_control_check() returns 0 or -errno. */
int pf_compile_control_check(struct pf_compiler *compiler);
void pf_compile_control(struct pf_compiler *compiler);
void pf_compile_control_free(struct pf_compiler *compiler);

/* What a container must not see of that, in the host's root, or where a bind shows it. */
void pf_compile_hide_host(struct pf_compiler *compiler);
void pf_compile_hide_bind(struct pf_compiler *compiler, const char *source, const char *dest);

/* Adds the operations that put 0, 1 and 2 in place and, where some of them are the caller's, keep
 * the command from pushing input into these. */
void pf_compile_stdio(struct pf_encoder *encoder, int has_terminal, int own_stderr);

/* Adds where the command starts, and the command; `home` is its HOME, or NULL. Returns 0 or -errno
 * with *compiler->error filled in. */
int pf_compile_command(struct pf_compiler *compiler, const char *home);

#endif
