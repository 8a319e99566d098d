/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets and frees the fields of a spec. */
#define _GNU_SOURCE
#include "spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"

enum type { LIST, STRING, FLAG, NUMBER };

static const struct {
	char name[20];
	enum type type;
	unsigned int offset;
	uint64_t initial;
} fields[] = {
#define PF_ROW(name, type, initial) {#name, type, offsetof(struct pflask_spec, name), initial},
#define PF_FIELD(name, type) PF_ROW(name, type, 0)
#define PF_FLAG(name, standard, text) PF_ROW(name, FLAG, standard)
#define PF_NUMBER(name, unset, standard, least, most, unit, text) PF_ROW(name, NUMBER, unset)
#include "defs/spec.def"
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

pflask_spec *pf_spec_new(void)
{
	pflask_spec *spec = calloc(1, sizeof(*spec));

	if (!spec)
		return NULL;
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].type == FLAG || fields[i].type == NUMBER)
			*(uint64_t *)((char *)spec + fields[i].offset) = fields[i].initial;
	return spec;
}

pflask_spec *pf_spec_free(pflask_spec *spec)
{
	if (!spec)
		return NULL;
	for (size_t i = 0; i < FIELDS; i++) {
		void *place = (char *)spec + fields[i].offset;
		if (fields[i].type == LIST)
			pf_strings_clear(place);
		else if (fields[i].type == STRING)
			free(*(char **)place);
	}
	free(spec);
	return NULL;
}

static int replace(char **string, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*string);
	*string = copy;
	return 0;
}

static int set_flag(uint64_t *flag, const char *value)
{
	int yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return -EINVAL;
	*flag = (uint64_t)yes;
	return 0;
}

/* Parses decimal digits, without sign or blank. The maximum is 2^53, up to which integers in
 * JavaScript are exact. */
static int set_number(uint64_t *number, const char *value)
{
	uint64_t result = 0;

	if (*value == '\0')
		return -EINVAL;
	for (; *value; value++) {
		if (*value < '0' || *value > '9')
			return -EINVAL;
		result = result * 10 + (uint64_t)(*value - '0');
		if (result > 1ull << 53)
			return -EINVAL;
	}
	*number = result;
	return 0;
}

/* Sets a field by its row in the table. Returns 0, -EINVAL or -ENOMEM. */
static int set(pflask_spec *spec, size_t row, const char *value)
{
	void *place = (char *)spec + fields[row].offset;

	switch (fields[row].type) {
	case LIST:
		return pf_strings_add(place, value);
	case STRING:
		return replace(place, value);
	case FLAG:
		return set_flag(place, value);
	case NUMBER:
		return set_number(place, value);
	}
	return -EINVAL;
}

int pf_spec_set(pflask_spec *spec, const char *field, const char *value,
		struct pflask_error *reterr)
{
	size_t row = 0;

	while (row < FIELDS && strcmp(fields[row].name, field) != 0)
		row++;
	if (row == FIELDS) {
		pf_error_field(reterr, field, 0, "unknown field of a spec");
		return -ENOENT;
	}
	int r = value ? set(spec, row, value) : -EINVAL;
	if (r == -EINVAL)
		return pf_error_field(reterr, field, 0, "%s: invalid value",
				      value ? value : "NULL");
	return r < 0 ? pf_error_internal(reterr, -r, "spec: out of memory") : 0;
}
