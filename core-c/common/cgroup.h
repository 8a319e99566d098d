/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Manages the container's own cgroup (cgroup2), below the cgroup of its monitor. The monitor makes
 * and removes the cgroup. If the monitor is killed, the caller or the next monitor removes the
 * cgroup.
 */
#ifndef PF_CGROUP_H
#define PF_CGROUP_H

#include <sys/types.h>

#define PF_CGROUP_NAME 64
#define PF_CGROUP_PREFIX "pflask-"

/* Writes the name of a container's cgroup: `pattern`, in which the monitor's pid replaces a "$PID"
 * at the end. */
void pf_cgroup_name(const char *pattern, pid_t monitor, char ret[PF_CGROUP_NAME]);

/* Opens the directory of the calling process's cgroup. Returns a close-on-exec descriptor or -errno
 * (-ENODEV: the kernel has no cgroup2). */
int pf_cgroup_open_own(void);

/* Opens the directory of another process's cgroup. Returns a close-on-exec descriptor, -EEXIST if
 * both processes are in one cgroup, or another -errno. */
int pf_cgroup_open_other(pid_t pid);

/* Makes a cgroup. Returns a close-on-exec descriptor of the cgroup or -errno. */
int pf_cgroup_make(int parent, const char *name);

/* Kills the processes of a cgroup, and removes the cgroup with everything below it. Gives up after
 * two seconds. */
void pf_cgroup_remove(int parent, const char *name);

/* Removes the empty cgroups that killed monitors have left. The containers died with their
 * monitors. */
void pf_cgroup_remove_stale(int parent);

#endif
