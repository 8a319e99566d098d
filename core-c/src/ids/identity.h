/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a container is: its user namespace, the maps of it, and the ids of the command. */
#ifndef PF_IDENTITY_H
#define PF_IDENTITY_H

#include <stdint.h>

#include "common/login.h"
#include "id_map.h"
#include "src/base/string_list.h"
#include "src/spec/spec.h"

struct pf_identity {
	int userns;              /* a user namespace is made */
	int confined;            /* it runs in one: that, or the one that pflask runs in */
	struct pf_id_map map[2]; /* of the one it runs in, by enum pf_id_kind */
	char *helper[2];         /* path of newuidmap or newgidmap; NULL: written directly */
	int deny_setgroups;      /* the gid map is written without privilege (CVE-2014-8989) */
	uint32_t init[2];        /* what init becomes inside: 0, or the first id of the map */

	int has_user; /* the command has ids of its own, below */
	uint32_t id[2];
	struct pf_strings groups;  /* other groups, decimal */
	int knows_login;           /* the three below have been looked for */
	char *name, *home, *shell; /* of the command's user; NULL: not known */
};

/* Tells whether the calling process may make namespaces without a user namespace. */
int pf_is_privileged(void);

/* Decides who a container is. `files` has its root directory, or -1: the host's. Returns 0 or
 * -errno with *reterr filled in; pf_identity_clear() frees what *ret holds in both cases. */
int pf_identity(const pflask_spec *spec, const struct pf_login_files *files,
		struct pf_identity *ret, struct pflask_error *reterr);
/* Returns the uid of the command, inside. */
uint32_t pf_identity_uid(const struct pf_identity *identity);

/* Looks for name, home and shell of the command's user, if that has not been done, where
 * pf_user_find() does. */
void pf_identity_login(struct pf_identity *identity, const struct pf_login_files *files);

void pf_identity_clear(struct pf_identity *identity);

#endif
