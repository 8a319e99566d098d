/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses the id maps of a container, and the program that writes them. */
#ifndef PF_CHOOSE_ID_MAP_H
#define PF_CHOOSE_ID_MAP_H

#include "identity.h"
#include "subids.h"

/* Returns the caller's user name for subuid(5), in static memory, or the uid as text if the caller
 * has no name. */
const char *pf_caller_name(void);

/* Reads the caller's subordinate ids of one kind. Returns 0, or -errno with *reterr filled in. */
int pf_read_own_subids(enum pf_id_kind kind, struct pf_subids *ret, struct pflask_error *reterr);

/* Fill in the uid map and the gid map of an identity. pf_choose_map_from_spec() uses the lines of
 * --user-map. pf_choose_map_auto() implements --user-map=auto: maps the caller to root, and the
 * caller's subordinate ids to 1 and up; if the caller is root, maps PF_LIMIT_ids free ids.
 * pf_choose_map_of_subids() maps the caller's subordinate ids to 0 and up. Return 0, or -errno with
 * *reterr filled in. */
int pf_choose_map_from_spec(const pflask_spec *spec, struct pf_identity *identity,
			    struct pflask_error *reterr);
int pf_choose_map_auto(const pflask_spec *spec, struct pf_identity *identity,
		       struct pflask_error *reterr);
int pf_choose_map_of_subids(const pflask_spec *spec, struct pf_identity *identity,
			    struct pflask_error *reterr);

/* Tells whether the caller may map all ids of the maps. Returns 1 if the caller's subordinate ids
 * are unknown, because newuidmap(1) checks them. */
int pf_may_map(const struct pf_identity *identity);

/* Refuses a map of --user-map that leaves out the owner of the root directory, if this owner is the
 * caller or one of the caller's subordinate ids: root of the container could then change no file of
 * this owner. Returns 0, or -errno with *reterr filled in. */
int pf_check_map_of_root(const pflask_spec *spec, int root, const struct pf_identity *identity,
			 struct pflask_error *reterr);

/* Decides who writes the maps: the monitor itself, or newuidmap(1) and newgidmap(1), which also
 * check the maps. Returns 0, or -errno with *reterr filled in. */
int pf_choose_map_writer(struct pf_identity *identity, struct pflask_error *reterr);

/* Adds a remedy after newuidmap(1) or newgidmap(1) has refused the maps, if the caller does not
 * have all their ids. */
void pf_hint_missing_ids(const struct pf_id_map map[2], struct pflask_error *reterr);

#endif
