/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks whether directories can be the upper and the work directory of an overlay. */
#ifndef PF_OVERLAY_CHECK_H
#define PF_OVERLAY_CHECK_H

#include "host_path.h"
#include "pflask.h"

/* Describes why a directory cannot be an upper directory. Returns the end of a sentence, in `ret`
 * or in static memory, or NULL if there is no problem. `userxattr` is set for an overlay in a user
 * namespace, which stores its metadata in attributes that begin with "user.". */
#define PF_UPPERDIR_TEXT 128
const char *pf_upperdir_problem(int directory, int userxattr, char ret[PF_UPPERDIR_TEXT]);

/* Describes why a directory cannot hold the upper directories of a container, as
 * pf_upperdir_problem() does. Also refuses a directory in which every user can rename files,
 * because another user could replace the changes. */
const char *pf_scratch_problem(int directory, int userxattr, char ret[PF_UPPERDIR_TEXT]);

/* Adds a hint to the error about a problem from pf_upperdir_problem() or pf_scratch_problem(), if
 * the user can solve the problem. */
void pf_upperdir_hint(struct pflask_error *error, const char *problem);

/* Describes why a directory cannot be the work directory for `upper`. Returns NULL if there is no
 * problem. */
const char *pf_workdir_problem(const struct pf_host_path *work, const struct pf_host_path *upper);

/* Tells whether a directory has entries. */
int pf_has_entries(int directory);

#endif
