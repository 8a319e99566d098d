/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the field `caps`: all, -all, +NAME, NAME, -NAME, separated by commas. */
#ifndef PF_CAPS_PARSE_H
#define PF_CAPS_PARSE_H

#include <stdint.h>

#include "src/base/string_list.h"

struct pflask_error;

/* The capabilities that the fields allow, grant and name (a set as in PF_CAP, plan.h). */
struct pf_caps {
	uint64_t allowed; /* allowed capabilities; all at first, and none after -all */
	uint64_t granted; /* capabilities that were named to be added */
	uint64_t named;   /* capabilities that were named, to be added or dropped */
};

/* Parses the fields `caps` of a spec. Returns 0, or -EINVAL with an error for the field. */
int pf_caps_parse(const struct pf_strings *fields, struct pf_caps *ret,
		  struct pflask_error *reterr);

#endif
