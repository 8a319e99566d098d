/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the limits of a container (defs/cgroups.def), and the field `cgroup`, which has texts that
 * pflask writes to cgroup files. */
#ifndef PF_LIMIT_PARSE_H
#define PF_LIMIT_PARSE_H

#include <stdint.h>

#include "pflask.h"
#include "src/base/string_list.h"

enum pf_limit_word {
#define PF_CGROUP_LIMIT(word, kind, value, controller1, file1, controller2, file2, text) \
	PF_LIMIT_WORD_##word,
#include "defs/cgroups.def"
	PF_LIMIT_WORDS
};

enum pf_rate {
#define PF_CGROUP_RATE(word, file1, text) PF_RATE_##word,
#include "defs/cgroups.def"
	PF_RATES
};

#define PF_NO_LIMIT UINT64_MAX /* the value "max" */

/* A limit. `text` is the part of the field that sets the limit: "memory=512M". */
struct pf_limit {
	const char *text;
	enum pf_limit_word word;
	/* Bytes, a number, or microseconds of each period; or PF_NO_LIMIT. */
	uint64_t value;
	char *device;             /* path of the disk, or NULL */
	uint64_t rates[PF_RATES]; /* rate limits of the disk; 0: no limit */
};

/* A controller that the container needs, and the texts to write to its cgroup files, in this order.
 * `field` and `text` are the field of the spec and its value, for errors. */
struct pf_cgroup_wish {
	const char *field, *text;
	char *controller;
	struct pf_strings files, values; /* names of cgroup files, and the text for each */
	/* Hierarchy that has the controller; set by the compiler. */
	int hierarchy;
};

/* Splits a list at its commas. "\," stands for a comma within an element. Returns 0 or -ENOMEM. */
int pf_commas_split(const char *text, struct pf_strings *ret);

/* Parses one limit, WORD=VALUE. Returns 0, or -errno with *reterr filled in. In both cases,
 * the caller must free *ret by pf_limit_clear(). */
int pf_limit_parse(const char *text, struct pf_limit *ret, struct pflask_error *reterr);
void pf_limit_clear(struct pf_limit *limit);

/* Returns the controller that enforces a limit in version 1 or 2 of cgroups. */
const char *pf_limit_controller(const struct pf_limit *limit, int version);

/* Finds the cgroup files and texts of a limit, for a version of cgroups. `memory` is the memory
 * limit, or NULL. Returns 0, or -errno with *reterr filled in. In both cases,
 * pf_cgroup_wish_clear() frees *ret. */
int pf_limit_wish(const struct pf_limit *limit, const struct pf_limit *memory, int version,
		  struct pf_cgroup_wish *ret, struct pflask_error *reterr);

/* Parses one element of `cgroup`: CONTROLLER[:KEY=VALUE,...]. Returns as pf_limit_wish() does. */
int pf_cgroup_wish_parse(const char *text, struct pf_cgroup_wish *ret, struct pflask_error *reterr);
void pf_cgroup_wish_clear(struct pf_cgroup_wish *wish);

#endif
