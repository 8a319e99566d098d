/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses mounts (mount_parse.h). */
#define _GNU_SOURCE
#include "mount_parse.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "src/base/error.h"
#include "src/base/string_list.h"

static const struct {
	char name[8], fields[4];
	char usage[36];
	enum pf_mount_type type;
	uint64_t set;
} types[] = {
#define PF_MOUNT(type, name, fields, words, attributes, text) \
	{name, fields, name ":" words, PF_MOUNT_##type, attributes},
#include "defs/mounts.def"
};

/* The names of all mount types, each after a comma. */
static const char names[] =
#define PF_MOUNT(type, name, fields, words, attributes, text) ", " name
#include "defs/mounts.def"
	;

static const struct {
	char name[12];
	uint32_t set, clear;
} flags[] = {
#define PF_MOUNT_FLAG(name, set, clear) {#name, set, clear},
#include "defs/mounts.def"
};

static const struct {
	char name[12];
	uint32_t flags;
} propagations[] = {
#define PF_MOUNT_PROPAGATION(name, flags) {#name, flags},
#include "defs/mounts.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TYPES COUNT(types)
/* Maximum size of one option for the file system; pflask-init has room for 127 characters. */
#define MOST_DATA 100
/* Maximum size of all options for the file system; the compiler has room for PATH_MAX. */
#define MOST_ALL_DATA 1024

static int refuse(struct pflask_error *reterr, const char *text, const char *why)
{
	return pf_error_field(reterr, "mount", 0, "%s: %s", text, why);
}

static int parse_mode(const char *text, mode_t *ret)
{
	mode_t mode = 0;

	if (*text == '\0')
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '7' || mode > 0777)
			return -EINVAL;
		mode = mode << 3 | (mode_t)(*text - '0');
	}
	*ret = mode;
	return 0;
}

/* Tells whether a text is a size as in tmpfs(5): a number, optionally followed by k, m, g or %. */
static int is_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits < 16 &&
	       (text[digits] == '\0' || (strchr("kKmMgG%", text[digits]) && !text[digits + 1]));
}

static int take_idmap(struct pf_mount *mount, const char *value)
{
	(void)value;
	mount->idmap = 1;
	return 0;
}

static int take_mode(struct pf_mount *mount, const char *value)
{
	mount->has_mode = 1;
	return parse_mode(value, &mount->mode);
}

static int take_size(struct pf_mount *mount, const char *value)
{
	if (!is_size(value))
		return -EINVAL;
	free(mount->size);
	mount->size = strdup(value);
	return mount->size ? 0 : -ENOMEM;
}

/* Adds an option for the file system itself, which the kernel checks. */
static int take_data(struct pf_mount *mount, const char *value)
{
	char *all = NULL;

	if (!*value || *value == '=' || strlen(value) > MOST_DATA)
		return -EINVAL;
	if (mount->data && strlen(mount->data) + strlen(value) > MOST_ALL_DATA)
		return -E2BIG;
	if (asprintf(&all, "%s,%s", mount->data ? mount->data : "", value) < 0)
		return -ENOMEM;
	free(mount->data);
	mount->data = all;
	return 0;
}

/* The options that apply to one mount type only. A value follows the name after '='. */
static const struct {
	char name[12];
	enum pf_mount_type type;
	int has_value;
	int (*take)(struct pf_mount *mount, const char *value);
	const char *wanted, *example;
} options[] = {
#define PF_MOUNT_OPTION(name, type, value, wanted, example) \
	{#name, PF_MOUNT_##type, sizeof(value) > 1, take_##name, wanted, example},
#include "defs/mounts.def"
};

/* Tells whether an option contradicts the mount type or an earlier option. */
static int contradicts(const struct pf_mount *mount, uint64_t asked, size_t flag)
{
	return (mount->type == PF_MOUNT_BIND &&
		(flags[flag].clear & MOUNT_ATTR_RDONLY & mount->set) != 0) ||
	       (asked & (flags[flag].set | flags[flag].clear)) != 0;
}

/* Returns the index of an option that belongs to a type, or -1. */
static int find_option(enum pf_mount_type type, const char *option)
{
	size_t length = strcspn(option, "=");

	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].type == type && strlen(options[i].name) == length &&
		    strncmp(options[i].name, option, length) == 0 &&
		    (option[length] == '=') == options[i].has_value)
			return (int)i;
	return -1;
}

/* Sets the propagation of a mount. Returns 0, -EEXIST, or -EINVAL if the option is not a
 * propagation. */
static int apply_propagation(struct pf_mount *mount, const char *option)
{
	for (size_t i = 0; i < COUNT(propagations); i++) {
		if (strcmp(propagations[i].name, option) != 0)
			continue;
		if (mount->propagation)
			return -EEXIST;
		mount->propagation = propagations[i].flags;
		return 0;
	}
	return -EINVAL;
}

/* Tells whether an option is a flag, or "r" and a flag. */
static int is_flag(const char *option, const char *flag)
{
	return strcmp(option, flag) == 0 || (*option == 'r' && strcmp(option + 1, flag) == 0);
}

/* To set one of the atime attributes, the kernel requires that all of them are cleared. */
static int apply_option(struct pf_mount *mount, const char *option, uint64_t *asked)
{
	for (size_t i = 0; i < COUNT(flags); i++) {
		const uint64_t set = flags[i].set, clear = flags[i].clear;
		if (!is_flag(option, flags[i].name))
			continue;
		if (contradicts(mount, *asked, i))
			return -EEXIST;
		*asked |= set | clear;
		mount->set = (mount->set & ~clear) | set;
		mount->clear = (mount->clear & ~set) | clear;
		return 0;
	}
	int done = apply_propagation(mount, option);
	if (done != -EINVAL)
		return done;
	int found = find_option(mount->type, option);
	if (found < 0)
		return -EINVAL;
	int r = options[found].take(mount,
				    option + strcspn(option, "=") + options[found].has_value);
	return r == -EINVAL ? -EDOM : r;
}

static int refuse_option(const struct pf_mount *mount, const char *option, int why,
			 struct pflask_error *reterr)
{
	int found = find_option(mount->type, option);

	if (why == -EDOM) {
		int r = pf_error_field(reterr, "mount", 0, "%s: %s: must be %s", mount->text,
				       option, options[found].wanted);
		pf_error_hint(reterr, "{mount=tmp:%s:%s}", mount->dest, options[found].example);
		return r;
	}
	return pf_error_field(reterr, "mount", 0, "%s: %s: %s", mount->text, option,
			      why == -EEXIST  ? "contradicts the type or another option"
			      : why == -E2BIG ? "more than 1024 characters of data= in all"
					      : "unknown option of this type");
}

static int apply_options(struct pf_mount *mount, char *text, struct pflask_error *reterr)
{
	char *rest = text;
	uint64_t asked = 0;

	for (char *option; (option = strsep(&rest, ","));) {
		int r = apply_option(mount, option, &asked);
		if (r < 0)
			return refuse_option(mount, option, r, reterr);
	}
	return 0;
}

/* Removes "//", "/./" and a slash at the end from a path, in place. */
static void tidy_path(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		size_t length = strcspn(++from, "/");
		if (length > 0 && !(length == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, length);
			to += length;
		}
		from += length;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

static int take_fields(struct pf_mount *mount, const char *kinds, struct pf_strings *fields)
{
	for (size_t i = 0; kinds[i] && i + 1 < fields->count; i++) {
		char *field = fields->items[i + 1];
		char **place = kinds[i] == 's'   ? &mount->source
			       : kinds[i] == 'd' ? &mount->dest
						 : &mount->workdir;
		if (kinds[i] == 'm') {
			if (parse_mode(field, &mount->mode) < 0)
				return -EINVAL;
			continue;
		}
		if (*field == '\0')
			return -EINVAL;
		*place = strdup(field);
		if (!*place)
			return -ENOMEM;
	}
	return 0;
}

static int parse_fields(struct pf_mount *mount, size_t type, struct pf_strings *fields,
			struct pflask_error *reterr)
{
	const char *kinds = types[type].fields;
	int has_options = strstr(types[type].usage, "[:OPTIONS]") != NULL;
	size_t most = 1 + strlen(kinds) + (size_t)has_options;
	size_t least = 1 + strcspn(kinds, "m");

	if (fields->count < least || fields->count > most ||
	    take_fields(mount, kinds, fields) < 0) {
		int r = refuse(reterr, mount->text, "wrong number of fields, or an empty field");
		pf_error_hint(reterr, "{mount=%s}", types[type].usage);
		return r;
	}
	if (*mount->dest != '/')
		return pf_error_field(reterr, "mount", 0, "%s: '%s' is not an absolute path",
				      mount->text, mount->dest);
	tidy_path(mount->dest);
	if (has_options && fields->count == most)
		return apply_options(mount, fields->items[most - 1], reterr);
	return 0;
}

int pf_mount_parse(const char *text, struct pf_mount *ret, struct pflask_error *reterr)
{
	PF_CLEANUP_STRINGS struct pf_strings fields = {0};

	*ret = (struct pf_mount){.text = text};
	if (pf_strings_split(text, NULL, &fields) < 0)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	for (size_t i = 0; i < TYPES; i++) {
		if (strcmp(types[i].name, fields.items[0]) != 0)
			continue;
		ret->type = types[i].type;
		ret->set = types[i].set;
		ret->mode = ret->type == PF_MOUNT_TMP ? 01777 : 0755;
		return parse_fields(ret, i, &fields, reterr);
	}
	int r = refuse(reterr, text, "unknown type of mount");
	if (*text == '/') /* HOST:DEST without a type, as in other programs */
		pf_error_hint(reterr, "{mount=bind:%s}", text);
	else
		pf_error_hint(reterr, "types: %s", names + strlen(", "));
	return r;
}

void pf_mount_clear(struct pf_mount *mount)
{
	free(mount->source);
	free(mount->dest);
	free(mount->workdir);
	free(mount->size);
	free(mount->data);
	*mount = (struct pf_mount){0};
}
