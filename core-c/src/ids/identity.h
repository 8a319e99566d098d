/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides the identity of a container: its user namespace, its id maps, and the ids of its
 * command. */
#ifndef PF_IDENTITY_H
#define PF_IDENTITY_H

#include <stdint.h>

#include "common/passwd.h"
#include "id_map.h"
#include "src/base/string_list.h"
#include "src/spec/spec.h"

struct pf_identity {
	int has_new_userns; /* the container gets a user namespace of its own */
	/* The container runs in a user namespace, its own or that of pflask. */
	int is_in_userns;
	/* Path of newuidmap and newgidmap; NULL: the monitor writes the map. */
	char *map_program[2];
	/* The gid map is written without privilege, so setgroups(2) must be denied
	 * (CVE-2014-8989). */
	int deny_setgroups;
	uint32_t init[2]; /* uid and gid of init inside: 0, or the first mapped id */

	int has_user; /* the command does not run with the ids of init, but with those below */
	uint32_t id[2];
	struct pf_strings groups;  /* supplementary groups, in decimal */
	int has_named_groups;      /* the user named `groups`, so that each group is required */
	int knows_user;            /* the three members below were looked up */
	char *name, *home, *shell; /* for the command's user; NULL: unknown */

	/* The uid map and the gid map. The maps are large, so they are last. */
	struct pf_id_map map[2];
};

/* Tells whether a capability of the calling process is effective. */
int pf_has_capability(int capability);

/* Tells whether the inheritable set of the calling process has capabilities. */
int pf_has_inheritable(void);

/* Tells whether the calling process may make namespaces without a user namespace. */
int pf_is_privileged(void);

/* Decides the identity of a container. `files` has the container's root directory, or -1 for the
 * host's root. Returns 0, or -errno with *reterr filled in. In both cases, pf_identity_clear()
 * frees *ret. */
int pf_identity(const pflask_spec *spec, const struct pf_passwd_files *files,
		struct pf_identity *ret, struct pflask_error *reterr);
/* Returns the uid of the command inside the container. */
uint32_t pf_identity_uid(const struct pf_identity *identity);

/* Finds the ids that root of the container has on the host. Returns 1, or 0 if the container makes
 * no user namespace, or maps no root. */
int pf_identity_root(const struct pf_identity *identity, uint32_t *ret_uid, uint32_t *ret_gid);

/* Looks up name, home and shell of the command's user, if this was not done before, in the files
 * that pf_user_find() searches. */
void pf_identity_look_up_user(struct pf_identity *identity, const struct pf_passwd_files *files);

void pf_identity_clear(struct pf_identity *identity);

#endif
