/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a process of pflask-init that executes a plan. The process has one thread, and
 * allocates no memory. Init is a fork of the monitor, and gets a copy of the state. The large
 * members are last: fewer pages are then touched before the fork, and each touched page must be
 * copied after the fork.
 */
#ifndef PF_RUN_H
#define PF_RUN_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/cgroup.h"
#include "common/net/link_parse.h"
#include "common/protocol/plan.h"
#include "common/protocol/wire.h"
#include "detached_state.h"

#define PF_USED_MOUNT_POINTS 16

/* A file system that pflask itself has mounted in the container. */
struct pf_own_mount {
	const char *path; /* path of the mount point; NULL: another mount covers this mount */
	int fd;
	uint64_t id, inode; /* mount id, and inode of the root directory (statx(2)) */
};

/* An interface that the monitor has made, and must delete at the end. */
struct pf_made_link {
	int32_t index;
	/* `index` is an index in the container's network namespace, not on the host */
	int is_inside;
	pid_t deleter; /* pid of the process that deletes the interface, or 0 */
};

/* The state of init and of a joiner (core-c/init/join). */
struct pf_inside {
	/* The caller's descriptors for 0, 1 and 2 of the command, or -1. */
	int stdio[3];
	/* The caller runs in the background, and another job has set its terminal's modes. */
	int is_background;
	int root;                     /* directory against which paths of the plan are resolved */
	uint64_t root_id, root_inode; /* mount id and inode of `root` (statx(2)) */
	int is_root_own;              /* pflask itself has mounted the file system of `root` */
	int own_mount_count;
	/* Number of mount trees that are attached on top of the old root (op_mount.h). */
	int on_top;
	/* A missing path is made as a part of the ephemeral root, not as a mount point. */
	int builds_skeleton;
	int scratch; /* directory for the upper and work directories of overlays, or -1 */
	int files;   /* tmpfs for the files that pflask makes (op_file.c), or -1 */
	/* Mounts of /dev/null and of an empty directory, which hide paths; or -1. */
	int covers[2];
	int pty_slave;         /* pty slave of the container's terminal, or -1 */
	int may_go;            /* the monitor has sent GO before init waited for GO */
	int is_announced;      /* pf_announce_exec() has been called */
	ino_t last_made_inode; /* inode number of the file that the maker made last */
	int used_mount_point_count;
	/* Descriptors of locked mount points that were not yet sent to the monitor. */
	int used_mount_points[PF_USED_MOUNT_POINTS];
	char **environ;
	char **shells; /* login shells to try for the operation `login`, or NULL */
	/* Open sources and layers, by their number in the plan; 0: none. */
	int source[PF_PLAN_SOURCES];
	struct pf_own_mount own_mounts[PF_PLAN_MOUNTS];
};

/* The state that only the monitor uses. Init closes its copies of these descriptors. */
struct pf_outside {
	int caller_socket;
	int bell; /* the monitor's end of the bell (caller.h), or -1 */
	int caller_pidfd;
	int parent_pidfd; /* pidfd of the caller's parent (--die-with-parent), or -1 */
	pid_t caller_pid;
	int report_socket;
	int init_socket;
	pid_t init_pid; /* pid of init in the monitor's pid namespace */
	int init_pidfd;
	pid_t maker_pid; /* pid of the maker (mount_point_maker.h), or 0 */
	uint64_t namespaces;
	int changes_list_fd; /* file for the list of changes (--changes), or -1 */
	enum pf_changes_format changes_format;
	int changes_copy_fd; /* directory for the copy of the changes (--keep), or -1 */
	int manifest_fd;     /* manifest of the trial (manifest.h), or -1 */
	int userns;          /* user namespace of the container, or -1 */
	/* Network namespace of the container, or -1 if it was not opened. */
	int netns;
	int host_netns; /* network namespace of the host */
	/* The pid of the supervisor of pasta or slirp4netns (op_pasta.c), or 0. */
	pid_t net_supervisor;
	int lifeline;             /* pipe whose closing tells the supervisor to end */
	int has_lost_net_program; /* pasta or slirp4netns has ended before the container */
	int made_link_count, deleted_link_count;
	int moved_link_count;
	/* The errno for the first interface that could not be returned to the host, or 0. */
	int unreturned_errno;
	const char *unreturned_link; /* name of this interface on the host */
	/* Signals of the caller that came before the monitor's main loop; bit N-1 is signal N. */
	uint64_t early_signals;
	/* Signal that replaces TERM, INT and HUP for the command; 0: none. */
	int kill_signal;
	/* Milliseconds from a signal that asks for the end to SIGKILL; -1: no SIGKILL. */
	int64_t kill_msec;
	int spares_handler;   /* do not send SIGKILL if pid 1 handles the signal */
	int64_t timeout_msec; /* time limit of the command in milliseconds; 0: no limit */
	/* Milliseconds from the SIGTERM at the time limit to SIGKILL. */
	int64_t timeout_kill_msec;
	int64_t setup_msec;    /* time limit of the set-up in milliseconds; 0: no limit */
	int32_t timeout_index; /* index of the operation `timeout` in the plan */
	struct pf_detached_state detached;
	int scope;                 /* cgroup of the scope that systemd made for init, or -1 */
	pid_t scope_keeper;        /* pid of the process that keeps the scope (op_scope.c), or 0 */
	struct pf_cgroups cgroups; /* the container's own cgroups */
};

/* The state of a process that executes operations of a plan. */
struct pf_run {
	char *plan; /* the checked plan, in a private and writable mapping */
	/* Init's end of the socket for reports of the set-up; closes at execve(2). */
	int report_socket;
	int monitor_socket; /* init's end of the socket that lasts until the end of the container */
	/* Pipe that gets a byte just before execve(2); shows the caller or client that the command
	 * may have run. */
	int mark;
	char *title; /* memory of argv[0] and argv[1], which pf_set_process_name() overwrites */
	size_t title_size;
	const int *debug;         /* socket for reports of steps (debug.h), or NULL */
	int32_t index;            /* index of the current operation in the plan */
	uint32_t detail;          /* enum pf_detail */
	char text[PF_RTNL_TEXT];  /* error text of the kernel or of a program, or "" */
	int children;             /* the file /proc/PID/task/TID/children of this process, or -1 */
	int maker_socket;         /* socket to the maker (mount_point_maker.h), or -1 */
	struct rlimit open_files; /* RLIMIT_NOFILE of the command */
	struct pf_outside outside;
	struct pf_inside inside;
	struct pf_made_link made_links[PF_LINKS_MAX];
	struct pf_moved_link moved_links[PF_LINKS_MAX];
};

#endif
