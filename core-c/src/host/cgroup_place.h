/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chooses where the cgroups of a container are made. In version 1, the place is the caller's own
 * cgroup. In version 2, a cgroup that has processes cannot give controllers to the cgroups below.
 * So the place may be a cgroup above the caller's cgroup (cgroups(7)).
 */
#ifndef PF_CGROUP_PLACE_H
#define PF_CGROUP_PLACE_H

#include <limits.h>

#define PF_CGROUP_LIST 128       /* room for names of controllers */
#define PF_CGROUP_MOVED "pflask" /* name of the cgroup for processes that must leave a cgroup */

struct pf_cgroup_place {
	char controllers[PF_CGROUP_LIST]; /* in version 1: "cpu,cpuacct"; in version 2: "" */
	char path[PATH_MAX];              /* the path in /proc/self/cgroup: "/user.slice" */
	int fd;                           /* the directory, or -1 */
	/* Only in version 2: */
	int is_missing; /* controllers must be enabled in the place first */
	int must_move;  /* the caller must first move from the place into a cgroup below */
};

/* Finds the hierarchy of version 1 that has a controller. Returns 1, or 0 if no hierarchy has the
 * controller. `table` is the text of /proc/self/cgroup. */
int pf_cgroup_find_v1(const char *table, const char *controller, struct pf_cgroup_place *ret);

/* Opens the caller's own cgroup of version 1, which pf_cgroup_find_v1() has found. Returns 0 or
 * -errno (-EACCES, -EROFS: the caller may not make cgroups there). */
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
