/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The container's own cgroups: one of version 2, and one for each hierarchy of version 1 that the
 * container uses. All these cgroups have one name. The monitor makes and removes the cgroups. If
 * the monitor is killed, the caller or the next monitor removes the cgroups.
 */
#ifndef PF_CGROUP_H
#define PF_CGROUP_H

#include <sys/types.h>

#define PF_CGROUP_NAME 64
#define PF_CGROUP_PREFIX "pflask-"
/* Name of the inner cgroup, which is in the cgroup that has the limits. */
#define PF_CGROUP_INNER "container"
#define PF_CGROUP_V2 "cgroup2" /* names the hierarchy of version 2 in a plan */
#define PF_CGROUP_ALL "all"    /* names all controllers of a cgroup in a plan */
#define PF_CGROUPS 16

/* The cgroups of a container, in the order in which they are made. */
struct pf_cgroups {
	int count;
	int final;           /* index in `fds` of the version 2 cgroup that contains init, or -1 */
	int fds[PF_CGROUPS]; /* directories of the container's cgroups */
	/* For each cgroup, the directory of its parent; -1: the parent is an earlier cgroup of this
	 * list. */
	int parents[PF_CGROUPS];
	char name[PF_CGROUP_NAME];
};

/* Kills the processes in the cgroups of a freezer of version 1. A process that the freezer has
 * frozen does not die by a signal alone. */
void pf_cgroups_kill_frozen(const struct pf_cgroups *cgroups);

/* Kills the processes in all cgroups of a container, and removes the cgroups with everything below
 * them. Gives up a cgroup after two seconds. */
void pf_cgroups_remove(const struct pf_cgroups *cgroups);

/* Writes the name of a container's cgroup: a copy of `pattern`, with the monitor's pid in place of
 * a final "$PID". Outside the first pid namespace, the number of the pid namespace follows. */
void pf_cgroup_name(const char *pattern, pid_t monitor, char ret[PF_CGROUP_NAME]);

/* Opens the version 2 cgroup that a process of the container is in, which may be a cgroup that the
 * container itself has made. Returns a close-on-exec descriptor, -EEXIST if the calling process is
 * in the same cgroup, or another -errno. */
int pf_cgroup_open_of(pid_t pid, const struct pf_cgroups *cgroups);

/* Makes a cgroup. Returns a close-on-exec descriptor of the cgroup or -errno. */
int pf_cgroup_make(int parent, const char *name);

/* Writes a text to a file of a cgroup. Returns 0 or -errno. */
int pf_cgroup_write(int cgroup, const char *file, const char *text);

/* Removes the empty cgroups that killed monitors have left. The containers died with their
 * monitors. */
void pf_cgroup_remove_stale(int parent);

#endif
