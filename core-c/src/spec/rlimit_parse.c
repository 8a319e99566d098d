/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses resource limits (rlimit_parse.h). */
#define _GNU_SOURCE
#include "rlimit_parse.h"

#include <string.h>
#include <strings.h>

#include "common/protocol/plan.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

/* Reads a number or the word "unlimited". Returns the rest of the text, or NULL. */
static const char *read_value(const char *text, uint64_t *ret)
{
	static const char word[] = "unlimited";
	const char *digit = text;
	uint64_t value = 0;

	if (strncasecmp(text, word, strlen(word)) == 0) {
		*ret = PF_UNLIMITED;
		return text + strlen(word);
	}
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		uint64_t last = (uint64_t)(*digit - '0');
		if (value > (UINT64_MAX - last) / 10)
			return NULL;
		value = value * 10 + last;
	}
	*ret = value;
	return digit > text ? digit : NULL;
}

/* Makes an error for an rlimit field, with an example of a correct field as the remedy. Returns
 * -EINVAL. */
static int refuse(const char *field, const char *why, struct pflask_error *reterr)
{
	int r = pf_error_field(reterr, "rlimit", 0, "%s: %s", field, why);

	pf_error_hint(reterr, "{rlimit=nofile=1024:4096}");
	return r;
}

/* Makes the error for an unknown resource. `prefix` is the number of characters before its name. */
static int refuse_name(const char *field, size_t prefix, struct pflask_error *reterr)
{
	const char *name = field + prefix;
	const char *near = pf_nearest_name(pf_resource_name, name, strcspn(name, "="));
	int r = refuse(field, "no such limit", reterr);

	if (near)
		pf_error_hint(reterr, "{rlimit=%s%s}", near, strchr(name, '='));
	else
		pf_error_hint(reterr, "{rlimit=nofile=1024}; man 2 setrlimit lists the names");
	return r;
}

static int parse(const char *field, struct pf_rlimit ret[PF_RESOURCES], struct pflask_error *reterr)
{
	static const char shape[] = "must be NAME=SOFT or NAME=SOFT:HARD, with a number or "
				    "unlimited";
	const char *equals = strchr(field, '=');
	struct pf_rlimit limit = {.text = field};

	if (!equals)
		return refuse(field, shape, reterr);
	size_t length = (size_t)(equals - field);
	size_t prefix = pf_prefix_length(field, "rlimit_");
	int resource = pf_named(pf_resource_name, field + prefix, length - prefix);
	if (resource < 0)
		return refuse_name(field, prefix, reterr);
	const char *rest = read_value(equals + 1, &limit.soft);
	limit.hard = limit.soft;
	if (rest && *rest == ':')
		rest = read_value(rest + 1, &limit.hard);
	if (!rest || *rest)
		return refuse(field, shape, reterr);
	if (limit.soft > limit.hard)
		return refuse(field, "the soft limit is higher than the hard limit", reterr);
	ret[resource] = limit;
	return 0;
}

int pf_rlimits_parse(const struct pf_strings *fields, struct pf_rlimit ret[PF_RESOURCES],
		     struct pflask_error *reterr)
{
	for (size_t i = 0; i < fields->count; i++) {
		int r = parse(fields->items[i], ret, reterr);
		if (r < 0)
			return r;
	}
	return 0;
}
