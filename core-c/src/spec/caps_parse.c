/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses capabilities (caps_parse.h). */
#define _GNU_SOURCE
#include "caps_parse.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/id_parse.h"
#include "common/protocol/plan.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

/* A word of a caps field: the typed text, and the name without the sign and CAP_. */
struct word {
	const char *typed, *name;
	int length; /* length of the name */
	int has_prefix;
	char sign;
};

/* Returns the number of a capability, by name or number, or -1. */
static int number_of(const struct word *word)
{
	char end = word->name[word->length];
	uint32_t number;

	if (!word->has_prefix && pf_number_parse(word->name, end, PF_CAPS_COUNT - 1, &number))
		return (int)number;
	return pf_named(pf_capability_name, word->name, (size_t)word->length);
}

/* Makes an error for a word. Returns -EINVAL. */
static int refuse(const struct word *word, const char *why, struct pflask_error *reterr)
{
	const char *near = pf_nearest_name(pf_capability_name, word->name, (size_t)word->length);
	int r = pf_error_field(reterr, "caps", 0, "'%.*s': %s",
			       (int)(word->name - word->typed) + word->length, word->typed, why);

	if (near)
		pf_error_hint(reterr, "{caps=%c%s}", word->sign, near);
	else
		pf_error_hint(reterr, "{caps=-all,+net_raw}; man 7 capabilities lists the names");
	return r;
}

/* Applies a word to the capability sets. `is_first` is set for the first word of all fields. */
static int take(const struct word *word, int is_first, struct pf_caps *caps,
		struct pflask_error *reterr)
{
	if (!word->has_prefix && word->length == 3 && strncasecmp(word->name, "all", 3) == 0) {
		caps->allowed = word->sign == '-' ? 0 : UINT64_MAX;
		return is_first ? 0 : refuse(word, "must come first", reterr);
	}
	int number = number_of(word);
	if (number < 0)
		return refuse(word, "no such capability", reterr);
	caps->named |= PF_CAP(number);
	if (word->sign == '-') {
		caps->allowed &= ~PF_CAP(number);
		caps->granted &= ~PF_CAP(number);
	} else {
		caps->allowed |= PF_CAP(number);
		caps->granted |= PF_CAP(number);
	}
	return 0;
}

/* Reads a word. Returns the text after it: a comma, or the end. */
static const char *read_word(const char *text, struct word *ret)
{
	int has_sign = *text == '+' || *text == '-';

	ret->typed = text;
	ret->sign = has_sign ? *text : '+';
	text += has_sign;
	ret->name = text + pf_prefix_length(text, "cap_");
	ret->has_prefix = ret->name > text;
	text = ret->name;
	ret->length = (int)strcspn(text, ",");
	return text + ret->length;
}

int pf_caps_parse(const struct pf_strings *fields, struct pf_caps *ret, struct pflask_error *reterr)
{
	struct word word;
	int is_first = 1;

	*ret = (struct pf_caps){.allowed = UINT64_MAX};
	for (size_t i = 0; i < fields->count; i++) {
		const char *text = fields->items[i];
		do {
			text = read_word(text, &word);
			int r = take(&word, is_first, ret, reterr);
			if (r < 0)
				return r;
			is_first = 0;
		} while (*text++ == ',');
	}
	return 0;
}
