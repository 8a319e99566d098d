/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses mounts (mount_parse.h). */
#define _GNU_SOURCE
#include "mount_parse.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/string_list.h"

/* The fields of each type in order: s source, d dest, w work, m mode. Options follow. A type that
 * mounts nothing has no options. */
static const struct {
	char name[8], fields[4];
	const char *usage;
	enum pf_mount_type type;
	uint64_t set;
	int has_options;
} types[] = {
	{"bind", "sd", "bind:HOST:DEST[:OPTIONS]", PF_MOUNT_BIND, 0, 1},
	{"bind-ro", "sd", "bind-ro:HOST:DEST[:OPTIONS]", PF_MOUNT_BIND, MOUNT_ATTR_RDONLY, 1},
	{"overlay", "sdw", "overlay:UPPER:DEST:WORK[:OPTIONS]", PF_MOUNT_OVERLAY, 0, 1},
	{"tmp", "d", "tmp:DEST[:OPTIONS]", PF_MOUNT_TMP, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 1},
	{"proc", "d", "proc:DEST[:OPTIONS]", PF_MOUNT_PROC,
	 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 1},
	{"dev", "d", "dev:DEST[:OPTIONS]", PF_MOUNT_DEV, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 1},
	{"mqueue", "d", "mqueue:DEST[:OPTIONS]", PF_MOUNT_MQUEUE,
	 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 1},
	{"symlink", "sd", "symlink:TARGET:DEST", PF_MOUNT_SYMLINK, 0, 0},
	{"dir", "dm", "dir:DEST[:MODE]", PF_MOUNT_DIR, 0, 0},
	{"file", "sd", "file:HOST_FD:DEST[:OPTIONS]", PF_MOUNT_FILE, MOUNT_ATTR_NODEV, 1},
};

static const struct {
	char name[8];
	uint64_t set, clear;
} flags[] = {
	{"ro", MOUNT_ATTR_RDONLY, 0},     {"rw", 0, MOUNT_ATTR_RDONLY},
	{"nosuid", MOUNT_ATTR_NOSUID, 0}, {"suid", 0, MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV, 0},   {"dev", 0, MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC, 0}, {"exec", 0, MOUNT_ATTR_NOEXEC},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TYPES COUNT(types)

static int wrong(struct pflask_error *reterr, const char *text, const char *why)
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

/* Tells whether a text is a size as in tmpfs(5): a number, which k, m, g or % may follow. */
static int is_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits < 16 &&
	       (text[digits] == '\0' || (strchr("kKmMgG%", text[digits]) && !text[digits + 1]));
}

/* Tells whether an option contradicts the type or an earlier option. */
static int contradicts(const struct pf_mount_spec *mount, uint64_t asked, size_t flag)
{
	return (flags[flag].clear & MOUNT_ATTR_RDONLY & mount->set) != 0 ||
	       (asked & (flags[flag].set | flags[flag].clear)) != 0;
}

static int apply_option(struct pf_mount_spec *mount, const char *option, uint64_t *asked)
{
	for (size_t i = 0; i < COUNT(flags); i++) {
		if (strcmp(flags[i].name, option) != 0)
			continue;
		if (contradicts(mount, *asked, i))
			return -EEXIST;
		*asked |= flags[i].set | flags[i].clear;
		mount->set = (mount->set | flags[i].set) & ~flags[i].clear;
		mount->clear = (mount->clear | flags[i].clear) & ~flags[i].set;
		return 0;
	}
	if (strcmp(option, "idmap") == 0 && mount->type == PF_MOUNT_BIND) {
		mount->idmap = 1;
		return 0;
	}
	if (strncmp(option, "mode=", 5) == 0 && mount->type == PF_MOUNT_TMP)
		return parse_mode(option + 5, &mount->mode) < 0 ? -EDOM : 0;
	if (strncmp(option, "size=", 5) == 0 && mount->type == PF_MOUNT_TMP) {
		if (!is_size(option + 5))
			return -EDOM;
		free(mount->size);
		mount->size = strdup(option + 5);
		return mount->size ? 0 : -ENOMEM;
	}
	return -EINVAL;
}

static int refuse_option(const struct pf_mount_spec *mount, const char *option, int why,
			 struct pflask_error *reterr)
{
	int is_mode = strncmp(option, "mode=", 5) == 0;

	if (why == -EDOM) {
		int r = pf_error_field(reterr, "mount", 0, "%s: %s: is not %s", mount->text, option,
				       is_mode ? "mode=OCTAL, 0 to 7777"
					       : "size=NUMBER, with k, m, g or % after it or not");
		pf_error_hint(reterr, "{mount=tmp:%s:%s}", mount->dest,
			      is_mode ? "mode=1777" : "size=64m");
		return r;
	}
	return pf_error_field(reterr, "mount", 0, "%s: %s: %s", mount->text, option,
			      why == -EEXIST ? "contradicts another part of it"
					     : "no such option of this type");
}

static int apply_options(struct pf_mount_spec *mount, char *options, struct pflask_error *reterr)
{
	char *rest = options;
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

static int take_fields(struct pf_mount_spec *mount, const char *kinds, struct pf_strings *fields)
{
	for (size_t i = 0; kinds[i] && i + 1 < fields->count; i++) {
		char *field = fields->items[i + 1];
		char **place = kinds[i] == 's'   ? &mount->source
			       : kinds[i] == 'd' ? &mount->dest
						 : &mount->work;
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

static int parse_fields(struct pf_mount_spec *mount, size_t type, struct pf_strings *fields,
			struct pflask_error *reterr)
{
	const char *kinds = types[type].fields;
	size_t most = 1 + strlen(kinds) + (size_t)types[type].has_options;
	size_t least = 1 + strcspn(kinds, "m");

	if (fields->count < least || fields->count > most ||
	    take_fields(mount, kinds, fields) < 0) {
		int r = wrong(reterr, mount->text, "wrong number of fields, or an empty one");
		pf_error_hint(reterr, "{mount=%s}", types[type].usage);
		return r;
	}
	if (*mount->dest != '/')
		return pf_error_field(reterr, "mount", 0, "%s: %s is not an absolute path",
				      mount->text, mount->dest);
	tidy_path(mount->dest);
	if (types[type].has_options && fields->count == most)
		return apply_options(mount, fields->items[most - 1], reterr);
	return 0;
}

int pf_mount_spec_parse(const char *text, struct pf_mount_spec *ret, struct pflask_error *reterr)
{
	PF_CLEANUP_STRINGS struct pf_strings fields = {0};

	*ret = (struct pf_mount_spec){.text = text};
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
	int r = wrong(reterr, text, "no such type of mount");
	pf_error_hint(
		reterr,
		"bind, bind-ro, overlay, tmp, proc, dev, mqueue, symlink, dir and file are types");
	return r;
}

void pf_mount_spec_clear(struct pf_mount_spec *mount)
{
	free(mount->source);
	free(mount->dest);
	free(mount->work);
	free(mount->size);
	*mount = (struct pf_mount_spec){0};
}
