/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the field `rlimit`, limits of setrlimit(2): NAME=SOFT[:HARD]. */
#ifndef PF_RLIMIT_PARSE_H
#define PF_RLIMIT_PARSE_H

#include <stdint.h>
#include <sys/resource.h>

#include "src/base/string_list.h"

struct pflask_error;

#define PF_RESOURCES RLIMIT_NLIMITS

/* The soft and the hard limit of a resource. The index of a resource is its number in
 * setrlimit(2). */
struct pf_rlimit {
	const char *text; /* the field that sets the limits; NULL: the limits stay unchanged */
	uint64_t soft, hard;
};

/* Parses the fields `rlimit` of a spec. The last field for a resource counts. Returns 0, or -EINVAL
 * with an error for the field. */
int pf_rlimits_parse(const struct pf_strings *fields, struct pf_rlimit ret[PF_RESOURCES],
		     struct pflask_error *reterr);

#endif
