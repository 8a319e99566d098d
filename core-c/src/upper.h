/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether directories can be the upper and the work directory of an overlay. */
#ifndef PF_UPPER_H
#define PF_UPPER_H

/* Says why a directory can not be an upper directory: a sentence's end, static; NULL: it can. */
const char *pf_upper_problem(const char *path);

/* Says why a directory can not be the work directory of an upper one. */
const char *pf_work_problem(const char *path, const char *upper);

/* Tells whether a directory has entries. */
int pf_has_entries(const char *path);

#endif
