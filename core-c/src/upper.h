/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether directories can be the upper and the work directory of an overlay. */
#ifndef PF_UPPER_H
#define PF_UPPER_H

#include "host_path.h"

/* Says why a directory can not be an upper directory: a sentence's end, static; NULL: it can. */
const char *pf_upper_problem(int directory);

/* Says why a directory can not be the work directory of an upper one. */
const char *pf_work_problem(const struct pf_host_path *work, const struct pf_host_path *upper);

/* Tells whether a directory has entries. */
int pf_has_entries(int directory);

#endif
