/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the lines of id maps come from, and who may write them. */
#ifndef PF_ID_SOURCE_H
#define PF_ID_SOURCE_H

#include "identity.h"
#include "subids.h"

/* The name of the caller in subuid(5), a number where it has none; static. */
const char *pf_caller_name(void);

/* Reads the caller's ranges of one kind. Returns 0 or -errno with *reterr filled in. */
int pf_id_source_read(enum pf_id_kind kind, struct pf_subids *ret, struct pflask_error *reterr);

/* Each fills in the maps of an identity: as --user-map says; the caller as root and its
 * subordinate ids from 1 on, or for root 65536 free ids (--user-map=auto); the caller's
 * subordinate ids from 0 on. Return 0 or -errno with *reterr filled in. */
int pf_id_source_asked(const pflask_spec *spec, struct pf_identity *identity,
		       struct pflask_error *reterr);
int pf_id_source_auto(const pflask_spec *spec, struct pf_identity *identity,
		      struct pflask_error *reterr);
int pf_id_source_ranges(struct pf_identity *identity, struct pflask_error *reterr);

/* Decides who writes the maps: the monitor, or newuidmap(1) and newgidmap(1), which judge them; and
 * refuses a user who is somebody else. */
int pf_id_source_writer(const pflask_spec *spec, struct pf_identity *identity,
			struct pflask_error *reterr);

/* Adds the remedy where newuidmap(1) or newgidmap(1) has refused maps for ids that the caller does
 * not have; none where the caller has them all. */
void pf_id_source_hint(const struct pf_id_map map[2], struct pflask_error *reterr);

#endif
