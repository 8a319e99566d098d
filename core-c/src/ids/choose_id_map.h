/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses the lines of id maps, and the programs that write the maps. */
#ifndef PF_CHOOSE_ID_MAP_H
#define PF_CHOOSE_ID_MAP_H

#include "identity.h"
#include "subids.h"

/* Returns the caller's name for subuid(5), in static memory. If the caller has no name, returns the
 * uid as text. */
const char *pf_caller_name(void);

/* Reads the caller's subordinate ids of one kind. Returns 0, or -errno with *reterr filled in. */
int pf_read_own_subids(enum pf_id_kind kind, struct pf_subids *ret, struct pflask_error *reterr);

/* Fill in the maps of an identity. pf_choose_map_from_spec() uses the lines of --user-map.
 * pf_choose_map_auto() is for --user-map=auto: maps the caller to root, and the caller's
 * subordinate ids to 1 and up. If the caller is root, maps PF_LIMIT_ids free ids instead.
 * pf_choose_map_of_subids() maps the caller's subordinate ids to 0 and up. Return 0, or -errno with
 * *reterr filled in. */
int pf_choose_map_from_spec(const pflask_spec *spec, struct pf_identity *identity,
			    struct pflask_error *reterr);
int pf_choose_map_auto(const pflask_spec *spec, struct pf_identity *identity,
		       struct pflask_error *reterr);
int pf_choose_map_of_subids(const pflask_spec *spec, struct pf_identity *identity,
			    struct pflask_error *reterr);

/* Tells whether the caller has all ids of the maps. Returns 1 if the caller's ids are unknown,
 * because newuidmap(1) then decides. */
int pf_may_map(const struct pf_identity *identity);

/* Refuses a map of --user-map without the owner of the root directory, if this owner is the caller
 * or one of the caller's subordinate ids: root of the container could change no file of this owner.
 * Returns 0, or -errno with *reterr filled in. */
int pf_check_map_of_root(const pflask_spec *spec, int root, const struct pf_identity *identity,
			 struct pflask_error *reterr);

/* Decides who writes the maps: the monitor, or newuidmap(1) and newgidmap(1), which also check the
 * maps. Returns 0, or -errno with *reterr filled in. */
int pf_choose_map_writer(struct pf_identity *identity, struct pflask_error *reterr);

/* Adds a remedy after newuidmap(1) or newgidmap(1) has refused maps with ids that the caller does
 * not have. Adds nothing if the caller has all ids. */
void pf_hint_missing_ids(const struct pf_id_map map[2], struct pflask_error *reterr);

#endif
