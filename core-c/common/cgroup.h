/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cgroup of the container's own (cgroup2), below the one its monitor stands in. The monitor
 * makes and removes it; where the monitor was killed the caller does, or the next monitor.
 */
#ifndef PF_CGROUP_H
#define PF_CGROUP_H

#include <sys/types.h>

#define PF_CGROUP_NAME 64
#define PF_CGROUP_PREFIX "pflask-"

/* Writes the name of a container's cgroup: a "$PID" at the end of `pattern` is the monitor's. */
void pf_cgroup_name(const char *pattern, pid_t monitor, char ret[PF_CGROUP_NAME]);

/* Opens the directory of the cgroup that the calling process stands in. Returns a close-on-exec
 * descriptor or -errno (-ENODEV: the kernel has no cgroup2). */
int pf_cgroup_open_own(void);

/* Opens that of another process, unless it is the same, for which -EEXIST is returned. */
int pf_cgroup_open_other(pid_t pid);

/* Makes a cgroup. Returns a close-on-exec descriptor of it or -errno. */
int pf_cgroup_make(int parent, const char *name);

/* Kills what is in a cgroup and removes it with all below it, in a bounded time. */
void pf_cgroup_remove(int parent, const char *name);

/* Removes what monitors left that were killed, as far as nobody lives in it: their containers died
 * with them. */
void pf_cgroup_remove_stale(int parent);

#endif
