/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses capabilities: all, -all, +NAME, NAME, -NAME, with commas between them. */
#ifndef PF_CAPS_PARSE_H
#define PF_CAPS_PARSE_H

#include <stdint.h>

#include "src/base/string_list.h"

struct pflask_error;

/* Sets of capabilities (PF_CAP in plan.h). */
struct pf_caps {
	uint64_t allowed; /* the allowed capabilities: all at first, none after -all */
	uint64_t granted; /* capabilities in `allowed` that were named */
	uint64_t named;   /* the capabilities that were named, added or dropped */
};

/* Parses the fields of a spec. Returns 0, or -EINVAL with an error for the field. */
int pf_caps_parse(const struct pf_strings *fields, struct pf_caps *ret,
		  struct pflask_error *reterr);

#endif
