/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process of pflask-init knows while it executes a plan. One thread, no allocation: init is a
 * fork of the monitor, and has a copy. What is large comes last: a page that is touched before a fork
 * is copied after it.
 */
#ifndef PF_RUN_H
#define PF_RUN_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "cgroup.h"
#include "detached.h"
#include "link.h"
#include "plan.h"
#include "wire.h"

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
	int32_t index;            /* of the operation at hand */
	uint32_t detail;          /* enum pf_detail */
	char text[PF_RTNL_TEXT];  /* what the kernel or a program says of an error, or "" */
	int children;             /* /proc/PID/task/TID/children of this process, or -1 */
	int maker;                /* socket to the maker (maker.h), or -1 */
	struct rlimit open_files; /* RLIMIT_NOFILE, before the monitor raised its own */
	struct pf_outside outside;
	struct pf_inside inside;
};

/* Handlers of the operations: return 0 or -errno; on failure nothing after them is executed. */
#define PF_OP(name, side, arguments, meaning) \
	int pf_op_##name(struct pf_run *run, const struct pf_op *op);
#include "ops.def"
#undef PF_OP

/* The string argument `i` of an operation. */
const char *pf_string(const struct pf_run *run, const struct pf_op *op, int i);

/* The list argument `i` of an operation, turned into an array of pointers in place: once only. */
char **pf_list(const struct pf_run *run, const struct pf_op *op, int i);

/* Executes one operation. Returns 0 or -errno. */
int pf_handle(struct pf_run *run, const struct pf_op *op);

/* Executes the operations of one side from run->index on. Returns 0 or -errno with run->index at
 * the operation that failed. */
int pf_execute(struct pf_run *run, enum pf_side side);

/* Tells the monitor that the operation at hand failed, or that it was optional and skipped. */
void pf_report_failed(const struct pf_run *run, int error);
void pf_report_skipped(const struct pf_run *run, int error);

/* Names the calling process in ps(1) and pidof(8), where `pflask` is the monitor alone; 15
 * characters at most (PR_SET_NAME(2const)). */
void pf_set_title(const struct pf_run *run, const char *name);

/* Waits until the monitor has done all that it does before init goes on. Ends the process where
 * that never happens. */
void pf_await_monitor(struct pf_run *run);

/* Opens a pty by the path of its multiplexer, of a size (0: what the caller's terminal has, or 24 x
 * 80), and sends its master to the monitor. Returns 0 or -errno. */
int pf_open_terminal(struct pf_run *run, const char *path, uint64_t rows, uint64_t cols);

/* Becomes ids of the container's user namespace, without other groups. Returns 0 or -errno. */
int pf_become(uid_t uid, gid_t gid);

/* Becomes a user of the container, with other groups (NULL: they stay as they are), and gives the
 * pty to the user; closes what is not the command's. Returns 0 or -errno. */
int pf_become_user(struct pf_run *run, uid_t uid, gid_t gid, const gid_t *groups, size_t count);

/* Makes the calling process die with its parent; a change of ids undoes it (prctl(2)). */
void pf_die_with_parent(const struct pf_run *run);

/* The life of init: executes its side of the plan. Never returns. */
_Noreturn void pf_init_main(struct pf_run *run);

/* The life of init after it has forked the command: reaps, forwards signals, reports how the
 * command ended. Never returns. */
_Noreturn void pf_reap(struct pf_run *run, pid_t command);

/* Makes the calling process adopt its orphaned descendants, and opens the list of its children,
 * for pf_kill_descendants(). Returns 0 or -errno. */
int pf_adopt_descendants(struct pf_run *run);

/* Kills every descendant, where there is no pid namespace to do it, and waits for all of them.
 * Does nothing in a process that has not adopted them. */
void pf_kill_descendants(const struct pf_run *run);

/* Removes the container's cgroup and all below it; does nothing where there is none. */
void pf_remove_cgroup(const struct pf_run *run);

#endif
