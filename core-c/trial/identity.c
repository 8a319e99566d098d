/* SPDX-License-Identifier: BSD-2-Clause */
/* Recognizes files (identity.h). */
#define _GNU_SOURCE
#include "identity.h"

#include <string.h>

#define NANOSECONDS 1000000000
#define DECIMALS 9

static const struct {
	const char *name;
	uint32_t type;
} types[] = {
	{"file", S_IFREG},  {"dir", S_IFDIR},  {"symlink", S_IFLNK}, {"char", S_IFCHR},
	{"block", S_IFBLK}, {"fifo", S_IFIFO}, {"socket", S_IFSOCK},
};

#define TYPES (sizeof(types) / sizeof(types[0]))

struct pf_identity pf_identity_of(const struct stat *status)
{
	struct pf_identity identity = {.known = PF_NOTHING};

	if (!status)
		return identity;
	return (struct pf_identity){
		.known = PF_FOUND,
		.mode = status->st_mode,
		.uid = status->st_uid,
		.gid = status->st_gid,
		.size = S_ISDIR(status->st_mode) ? 0 : (uint64_t)status->st_size,
		.inode = status->st_ino,
		.ctime = {status->st_ctim.tv_sec, status->st_ctim.tv_nsec},
	};
}

int pf_is_same(const struct pf_identity *one, const struct pf_identity *other)
{
	if (one->known != PF_FOUND || other->known != PF_FOUND)
		return one->known != PF_FOUND && other->known != PF_FOUND;
	return one->inode == other->inode && one->mode == other->mode && one->uid == other->uid &&
	       one->gid == other->gid &&
	       (S_ISDIR(one->mode) ||
		(one->size == other->size && one->ctime.sec == other->ctime.sec &&
		 one->ctime.nsec == other->ctime.nsec));
}

int pf_is_later(const struct pf_time *one, const struct pf_time *other)
{
	return one->sec != other->sec ? one->sec > other->sec : one->nsec > other->nsec;
}

/* Reads the digits of a number of at most 18 digits. Returns the end, or NULL. */
static const char *read_digits(const char *text, int64_t *ret)
{
	int count = 0;

	for (*ret = 0; text[count] >= '0' && text[count] <= '9'; count++) {
		if (count == 18)
			return NULL;
		*ret = *ret * 10 + (text[count] - '0');
	}
	return count > 0 ? text + count : NULL;
}

int pf_parse_time(const char *text, struct pf_time *ret)
{
	const int is_negative = *text == '-';
	const char *point = read_digits(text + is_negative, &ret->sec);

	if (!point || *point != '.')
		return 0;
	const char *end = read_digits(point + 1, &ret->nsec);
	if (!end || *end || end - point - 1 > DECIMALS)
		return 0;
	for (long i = end - point - 1; i < DECIMALS; i++)
		ret->nsec *= 10;
	if (is_negative)
		ret->sec = -ret->sec;
	return 1;
}

static int read_type(struct pf_json *json, uint32_t *mode)
{
	char *text;

	if (!pf_json_string(json, &text))
		return 0;
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(types[i].name, text) == 0) {
			*mode = (*mode & ~(uint32_t)S_IFMT) | types[i].type;
			return 1;
		}
	json->failed = 1;
	return 0;
}

/* Reads four digits in octal. */
static int read_mode(struct pf_json *json, uint32_t *mode)
{
	uint32_t value = 0;
	char *text;

	if (!pf_json_string(json, &text))
		return 0;
	const size_t length = strlen(text);
	for (size_t i = 0; i < length && length == 4; i++)
		if (text[i] >= '0' && text[i] <= '7')
			value = value << 3 | (uint32_t)(text[i] - '0');
		else
			json->failed = 1;
	json->failed |= length != 4;
	*mode = (*mode & S_IFMT) | value;
	return !json->failed;
}

static int read_id(struct pf_json *json, uint32_t *ret)
{
	uint64_t number = 0;
	int is = pf_json_number(json, UINT32_MAX, &number);

	*ret = (uint32_t)number;
	return is;
}

int pf_read_large(struct pf_json *json, uint64_t *ret)
{
	struct pf_json inside = {0};

	if (!pf_json_string(json, &inside.at))
		return 0;
	if (!pf_json_number(&inside, UINT64_MAX, ret) || !pf_json_end(&inside))
		json->failed = 1;
	return !json->failed;
}

static int read_time(struct pf_json *json, struct pf_time *ret)
{
	char *text;

	if (!pf_json_string(json, &text))
		return 0;
	if (!pf_parse_time(text, ret))
		json->failed = 1;
	return !json->failed;
}

/* Reads the number of a trial below. */
static int read_trial(struct pf_json *json, uint32_t *ret)
{
	uint64_t number = 0;
	int is = pf_json_number(json, PF_TRIALS, &number);

	*ret = (uint32_t)number;
	return is;
}

int pf_read_fact(struct pf_json *json, const char *name, struct pf_identity *ret)
{
	if (strcmp(name, "type") == 0)
		read_type(json, &ret->mode);
	else if (strcmp(name, "mode") == 0)
		read_mode(json, &ret->mode);
	else if (strcmp(name, "uid") == 0)
		read_id(json, &ret->uid);
	else if (strcmp(name, "gid") == 0)
		read_id(json, &ret->gid);
	else if (strcmp(name, "size") == 0)
		pf_json_number(json, INT64_MAX, &ret->size);
	else if (strcmp(name, "inode") == 0)
		pf_read_large(json, &ret->inode);
	else if (strcmp(name, "ctime") == 0)
		read_time(json, &ret->ctime);
	else
		return 0;
	return 1;
}

int pf_read_identity(struct pf_json *json, struct pf_identity *ret)
{
	int is_first = 1;
	const char *name;

	memset(ret, 0, sizeof(*ret));
	ret->known = PF_NOTHING;
	if (pf_json_null(json))
		return 1;
	ret->known = PF_FOUND;
	if (!pf_json_object(json))
		return 0;
	while (pf_json_member(json, &is_first, &name))
		if (strcmp(name, "trial") == 0)
			read_trial(json, &ret->trial);
		else if (!pf_read_fact(json, name, ret))
			pf_json_skip(json);
	if ((ret->mode & S_IFMT) == 0)
		json->failed = 1;
	return !json->failed;
}

void pf_put_fact(struct pf_text *text, const struct pf_identity *identity)
{
	const struct pf_time *time = &identity->ctime;
	size_t type = 0;

	if (identity->known != PF_FOUND) {
		pf_text_put(text, "null");
		return;
	}
	while (type < TYPES - 1 && types[type].type != (identity->mode & S_IFMT))
		type++;
	pf_text_put(text, "{\"type\":\"");
	pf_text_put(text, types[type].name);
	pf_text_put(text, "\",\"mode\":\"");
	pf_text_digits(text, identity->mode & 07777, 8, 4);
	pf_text_put(text, "\",\"uid\":");
	pf_text_number(text, identity->uid);
	pf_text_put(text, ",\"gid\":");
	pf_text_number(text, identity->gid);
	if (!S_ISDIR(identity->mode)) {
		pf_text_put(text, ",\"size\":");
		pf_text_number(text, identity->size);
	}
	pf_text_put(text, ",\"inode\":\"");
	pf_text_number(text, identity->inode);
	pf_text_put(text, time->sec < 0 ? "\",\"ctime\":\"-" : "\",\"ctime\":\"");
	pf_text_number(text, (uint64_t)(time->sec < 0 ? -time->sec : time->sec));
	pf_text_put(text, ".");
	pf_text_digits(text, (uint64_t)time->nsec, 10, DECIMALS);
	pf_text_put(text, "\"}");
}
