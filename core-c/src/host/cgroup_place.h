/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chooses the "place" of a container's cgroups: the parent cgroup in which they are made. In
 * version 1, the place is the caller's own cgroup. In version 2, a cgroup with processes cannot
 * enable controllers for its children (cgroups(7)), so the place may be an ancestor of the caller's
 * cgroup.
 */
#ifndef PF_CGROUP_PLACE_H
#define PF_CGROUP_PLACE_H

#include <limits.h>

#define PF_CGROUP_LIST 128 /* buffer size for a list of controller names */
/* Name of the child cgroup into which the caller and the monitor move. */
#define PF_CGROUP_MOVED "pflask"

struct pf_cgroup_place {
	/* Controllers of the hierarchy, "cpu,cpuacct"; "" in version 2. */
	char controllers[PF_CGROUP_LIST];
	/* Path of the cgroup as in /proc/self/cgroup, "/user.slice". */
	char path[PATH_MAX];
	int fd; /* directory of the cgroup, or -1 */
	/* The next two members are for version 2 only. */
	int is_missing; /* controllers must first be enabled in this cgroup */
	int must_move;  /* the caller must first move from this cgroup into a child */
};

/* Finds the hierarchy of version 1 that has a controller. Returns 1, or 0 if no hierarchy has the
 * controller. `table` is the text of /proc/self/cgroup. */
int pf_cgroup_find_v1(const char *table, const char *controller, struct pf_cgroup_place *ret);

/* Opens the caller's cgroup of version 1 that pf_cgroup_find_v1() has found. Returns 0 or -errno
 * (-EACCES, -EROFS: the caller may not make cgroups there). */
int pf_cgroup_open_v1(struct pf_cgroup_place *place);

/* Chooses a place in version 2 for a cgroup with some controllers, which are separated by blanks.
 * Returns 0 or -errno. ret->path then is the cgroup that was looked at last:
 *	-EACCES, -EROFS	the caller may not make cgroups in its own cgroup and above
 *	-ENOENT		no such cgroup has the controllers
 *	-EBUSY		the cgroup has the controllers, and processes
 *	-ENODEV		there is no version 2 */
int pf_cgroup_choose_v2(const char *table, const char *controllers, struct pf_cgroup_place *ret);

/* Tells whether a cgroup of version 2 already gives some controllers to the cgroups below. */
int pf_cgroup_gives(int cgroup, const char *controllers);

/* Chooses a place as pf_cgroup_choose_v2() does, in the hierarchy at the directory `top`. `own` is
 * the path of the caller's cgroup below `top`. */
int pf_cgroup_choose_below(int top, const char *own, const char *controllers,
			   struct pf_cgroup_place *ret);

#endif
