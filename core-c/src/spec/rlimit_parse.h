/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses limits of resources: NAME=SOFT[:HARD]. */
#ifndef PF_RLIMIT_PARSE_H
#define PF_RLIMIT_PARSE_H

#include <stdint.h>
#include <sys/resource.h>

#include "src/base/string_list.h"

struct pflask_error;

#define PF_RESOURCES RLIMIT_NLIMITS

/* The limits of a resource. The numbers of resources are those of setrlimit(2). */
struct pf_rlimit {
	const char *text; /* the field; NULL: the limits stay as they are */
	uint64_t soft, hard;
};

/* Parses the fields of a spec. The last field for a resource counts. Returns 0, or -EINVAL with an
 * error for the field. */
int pf_rlimits_parse(const struct pf_strings *fields, struct pf_rlimit ret[PF_RESOURCES],
		     struct pflask_error *reterr);

#endif
