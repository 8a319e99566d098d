/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process of pflask-init knows while it executes a plan. One thread, no allocation: init is
 * a fork of the monitor, and has a copy. What is large comes last: a page that is touched before a
 * fork is copied after it.
 */
#ifndef PF_RUN_H
#define PF_RUN_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/cgroup.h"
#include "common/net/interface_text.h"
#include "common/protocol/plan.h"
#include "common/protocol/wire.h"
#include "detached.h"

#define PF_USED 16

/* A file system that pflask mounted itself, and the path it was mounted at. */
struct pf_mounted {
	const char *path; /* NULL: covered by another mount */
	int fd;
	uint64_t id, inode; /* of the mount and of its root, statx(2) */
};

/* An interface that was made, and is to be deleted. */
struct pf_link_made {
	int32_t index;
	int is_inside; /* the index is that of the container's namespace, not of the host's */
	pid_t deleter; /* process that deletes it; 0: it could not be started */
};

/* What init knows, and every process that joins the container. */
struct pf_inside {
	int stdio[3];      /* the caller's descriptors for the command; -1: none */
	int is_background; /* another job has the caller's terminal, in modes of its own */
	int root;          /* directory that paths of the plan are resolved in */
	uint64_t root_id, root_inode; /* of its mount and itself, statx(2) */
	int mounted_count;
	int on_top;          /* how many trees are attached to the top of the old root */
	int builds_skeleton; /* what is made is a part of the root, not a mount point */
	int scratch;         /* where upper and work directories are made, or -1 */
	int files;           /* tmpfs with the files that were read from descriptors, or -1 */
	int empty;           /* mount of an empty directory, for masks, or -1 */
	int pty;             /* slave of the container's terminal, or -1 */
	int may_go;          /* the monitor's word to go on has come, before it was waited for */
	ino_t made_inode;    /* inode of what the maker has made last */
	int used_count;
	int used[PF_USED]; /* mount points, locked, that the monitor does not have yet */
	char **environ;
	char **shells;               /* of `login`; or NULL */
	int source[PF_PLAN_SOURCES]; /* trees and layers of the host; 0: none */
	struct pf_mounted mounted[PF_PLAN_MOUNTS];
};

/* What the monitor knows: init closes the descriptors. */
struct pf_outside {
	int caller;
	int caller_pidfd;
	int report_in;
	int control_in;
	pid_t init_pid; /* as the monitor sees it */
	int init_pidfd;
	pid_t maker_pid; /* 0: there is none */
	uint64_t namespaces;
	int changes; /* where what has changed is listed at the end, or -1 */
	int changes_json;
	int keep;    /* where what has changed is copied to at the end, or -1 */
	int user_ns; /* the container's user namespace, or -1 */
	int cgroup;  /* the container's own, and the directory that holds it; or -1 */
	int cgroup_parent;
	char cgroup_name[PF_CGROUP_NAME];
	int net;      /* the container's network namespace where something was done in it; or -1 */
	int host_net; /* and the host's */
	pid_t keeper; /* of the program that translates for it; 0: there is none */
	int lifeline; /* the end of this is the keeper's */
	int lost_network; /* that program ended before the container did */
	int made_count, deleted_count;
	int moved_count;
	int link_errno;    /* why the first of them that did is not back as it was; or 0 */
	const char *link;  /* and its name on the host */
	int kill_signal;   /* what TERM, INT and HUP become; 0: themselves */
	int64_t kill_msec; /* grace of a pid 1; -1: the command is not pid 1 */
	struct pf_detached detached;
	struct pf_link_made made[PF_LINKS];
	struct pf_moved moved[PF_LINKS];
};

/* What each process of a container knows that executes operations of its plan. */
struct pf_run {
	char *plan;  /* private, writable mapping of the plan, checked */
	int report;  /* init's end: to the monitor, until the command is executed */
	int control; /* init's end: with the monitor, for the container's whole life */
	char *title; /* argv[0] to argv[1], overwritten to name the process */
	size_t title_size;
	const int *debug;         /* socket that steps are told to (debug.h); NULL: none */
	int32_t index;            /* of the operation at hand */
	uint32_t detail;          /* enum pf_detail */
	char text[PF_RTNL_TEXT];  /* what the kernel or a program says of an error, or "" */
	int children;             /* /proc/PID/task/TID/children of this process, or -1 */
	int maker;                /* socket to the maker (mount_points.h), or -1 */
	struct rlimit open_files; /* RLIMIT_NOFILE, before the monitor raised its own */
	struct pf_outside outside;
	struct pf_inside inside;
};

#endif
