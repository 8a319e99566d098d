/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks whether directories can be the upper and the work directory of an overlay. */
#ifndef PF_OVERLAY_CHECK_H
#define PF_OVERLAY_CHECK_H

#include "host_path.h"
#include "pflask.h"

/* Says why a directory cannot be an upper directory. Returns the end of a sentence, in `ret` or in
 * static memory, or NULL if there is no problem. `userxattr` is set for an overlay in a user
 * namespace. Such an overlay stores its metadata in attributes that begin with "user.". */
#define PF_UPPERDIR_TEXT 128
const char *pf_upperdir_problem(int directory, int userxattr, char ret[PF_UPPERDIR_TEXT]);

/* Says why a directory cannot hold the upper directories of a container. Besides the reasons of
 * pf_upperdir_problem(), refuses a directory in which every user can rename files: another user
 * could put other files in place of the changes. */
const char *pf_scratch_problem(int directory, int userxattr, char ret[PF_UPPERDIR_TEXT]);

/* If the user can solve a problem that one of the two functions has found, adds a hint to the error
 * about the problem. */
void pf_upperdir_hint(struct pflask_error *error, const char *problem);

/* Says why a directory cannot be the work directory for `upper`. Returns NULL if there is no
 * problem. */
const char *pf_workdir_problem(const struct pf_host_path *work, const struct pf_host_path *upper);

/* Tells whether a directory has entries. */
int pf_has_entries(int directory);

#endif
