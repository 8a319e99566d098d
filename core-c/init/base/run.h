/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a process of pflask-init while it executes a plan. The process has one thread and
 * allocates no memory. init is a fork of the monitor, and gets a copy of the state. The large
 * members come last, so that few pages are touched before the fork. A touched page costs a copy
 * after the fork.
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

/* A file system that pflask itself has mounted, and the path of its mount point. */
struct pf_own_mount {
	const char *path; /* the mount point; NULL: covered by another mount */
	int fd;
	uint64_t id, inode; /* id of the mount, inode of its root directory (statx(2)) */
};

/* An interface that the monitor has made and must delete. */
struct pf_made_link {
	int32_t index;
	int is_inside; /* `index` belongs to the namespace of the container, not of the host */
	pid_t deleter; /* process that deletes the interface; 0: no such process */
};

/* The state of init, and of every process that joins the container. */
struct pf_inside {
	int stdio[3];                 /* the caller's descriptors for the command; -1: none */
	int is_background;            /* another job has set the modes of the caller's terminal */
	int root;                     /* directory in which paths of the plan are resolved */
	uint64_t root_id, root_inode; /* id of the root's mount, inode of `root` (statx(2)) */
	int is_root_own;              /* pflask itself has made the file system of the root */
	int own_mount_count;
	int on_top;            /* number of trees that are attached to the top of the old root */
	int builds_skeleton;   /* missing paths become parts of the root, not mount points */
	int scratch;           /* directory for upper and work directories, or -1 */
	int files;             /* tmpfs for files that were read from descriptors, or -1 */
	int covers[2];         /* mounts of /dev/null and of an empty directory, or -1 */
	int pty_slave;         /* slave of the container's terminal, or -1 */
	int may_go;            /* the monitor's GO came before init waited for GO */
	int is_announced;      /* the steps of pf_announce_exec() are done */
	ino_t last_made_inode; /* inode that the maker made last */
	int used_mount_point_count;
	/* Locked mount points that the monitor has not yet received. */
	int used_mount_points[PF_USED_MOUNT_POINTS];
	char **environ;
	char **shells;               /* shells to try for the operation `login`, or NULL */
	int source[PF_PLAN_SOURCES]; /* descriptors by the numbers of the plan, or 0 */
	struct pf_own_mount own_mounts[PF_PLAN_MOUNTS];
};

/* The state of the monitor. Init closes its copies of the descriptors. */
struct pf_outside {
	int caller_socket;
	int bell; /* the bell (caller.h), or -1 */
	int caller_pidfd;
	int parent_pidfd; /* pidfd of the caller's parent, with which the container ends; or -1 */
	pid_t caller_pid;
	int report_socket;
	int init_socket;
	pid_t init_pid; /* pid in the monitor's pid namespace */
	int init_pidfd;
	pid_t maker_pid; /* pid of the maker; 0: no maker */
	uint64_t namespaces;
	int changes_list_fd; /* descriptor for the list of changes, or -1 */
	enum pf_changes_format changes_format;
	int changes_copy_fd;      /* directory for a copy of the changes, or -1 */
	int manifest_fd;          /* manifest of the trial, or -1 */
	int userns;               /* the container's user namespace, or -1 */
	int netns;                /* the container's network namespace, if it was opened; or -1 */
	int host_netns;           /* the host's network namespace */
	pid_t net_supervisor;     /* supervisor of the network program (op_pasta.c); 0: none */
	int lifeline;             /* the supervisor ends when this pipe closes */
	int has_lost_net_program; /* the network program ended before the container did */
	int made_link_count, deleted_link_count;
	int moved_link_count;
	int unreturned_errno;        /* error of the first interface that was not restored; or 0 */
	const char *unreturned_link; /* name on the host of the interface that was not restored */
	uint64_t early_signals;      /* signals of the caller for the loop of the monitor */
	int kill_signal;             /* signal sent in place of TERM, INT and HUP; 0: none */
	int64_t kill_msec;           /* time from an end signal to SIGKILL; -1: no SIGKILL */
	int spares_handler;          /* no SIGKILL if pid 1 handles the signal */
	int64_t timeout_msec;        /* time from the execution of the command to TERM; 0: none */
	int64_t timeout_kill_msec;   /* time from TERM of the timeout to SIGKILL */
	int64_t setup_msec;          /* time for the set-up; 0: endless */
	int32_t timeout_index;       /* index of the operation `timeout` */
	struct pf_detached_state detached;
	int scope;                 /* the cgroup that machined has made for init; -1: not needed */
	pid_t scope_keeper;        /* process that keeps the scope (op_scope.c); 0: none */
	struct pf_cgroups cgroups; /* the container's own cgroups */
};

/* The state of each process that executes operations of a container's plan. */
struct pf_run {
	char *plan;         /* private, writable mapping of the checked plan */
	int report_socket;  /* init's end of the report socket, which closes at execve(2) */
	int monitor_socket; /* init's end of the socket for the container's whole life */
	int mark;           /* pipe to the caller or client, for a byte just before execve(2) */
	char *title; /* memory of argv[0] and argv[1], into which the process writes its name */
	size_t title_size;
	const int *debug;         /* socket for reports of steps (debug.h); NULL: no reports */
	int32_t index;            /* index of the current operation */
	uint32_t detail;          /* enum pf_detail */
	char text[PF_RTNL_TEXT];  /* error text of the kernel or of a program, or "" */
	int children;             /* /proc/PID/task/TID/children of this process, or -1 */
	int maker_socket;         /* socket to the maker (mount_point_maker.h), or -1 */
	struct rlimit open_files; /* RLIMIT_NOFILE of the command, from the plan or the caller */
	struct pf_outside outside;
	struct pf_inside inside;
	struct pf_made_link made_links[PF_LINKS_MAX];
	struct pf_moved_link moved_links[PF_LINKS_MAX];
};

#endif
