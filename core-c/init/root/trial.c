/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the manifests of trials (trial.h). Only pflask writes manifests, so each line is compared
 * with the text that pflask would write. A manifest with any other text is refused.
 */
#define _GNU_SOURCE
#include "trial.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "init/changes/put.h"
#include "init/changes/walk.h"
#include "op_mount.h"

#define HEAD_MAX (16u << 20) /* maximum size of the lines before the changes */
#define OVERLAY "{\"overlay\":\""
#define CHUNK 65536u
#define HIDE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

struct pf_trials pf_trials;

int pf_refuse_trial(struct pf_run *run, int error, const char *what, const char *why)
{
	const char *const parts[] = {what, *what ? ": " : "", why};
	size_t used = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (const char *c = parts[i]; *c && used < sizeof(run->text) - 1; c++)
			run->text[used++] = *c;
	run->text[used] = '\0';
	run->detail = PF_DETAIL_TEXT;
	return -error;
}

/* --- lines ------------------------------------------------------------------------------------ */

static int begins(const char *line, const char *start)
{
	return strncmp(line, start, strlen(start)) == 0;
}

const char *pf_next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

const char *pf_trial_line(const char *line, const char *start)
{
	while (line && !begins(line, start))
		line = pf_next_line(line);
	return line;
}

static int hex_of(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Reads an escape that pf_put_escaped() has written. Returns the byte, or -1. *ret_is_raw tells
 * whether the byte is not part of a UTF-8 character. */
static int read_escape(const char *at, int *ret_is_raw)
{
	*ret_is_raw = begins(at, "\\udc");
	if (!*ret_is_raw && !begins(at, "\\u00"))
		return -1;
	int high = hex_of(at[4]), low = high < 0 ? -1 : hex_of(at[5]);
	return low < 0 ? -1 : high << 4 | low;
}

int pf_read_path(const char *from, char ret[PATH_MAX])
{
	size_t used = 0;

	for (const char *at = from; *at != '"'; at++) {
		int is_raw = 1, byte = (unsigned char)*at;
		if (*at == '\\') {
			byte = read_escape(at, &is_raw);
			at += 5;
		}
		if (byte <= 0 || byte == '\n' || used + 2 >= PATH_MAX)
			return -EINVAL;
		if (!is_raw && byte >= 0x80) /* a C1 control, a character of two bytes */
			ret[used++] = '\xc2';
		ret[used++] = (char)byte;
	}
	ret[used] = '\0';
	return 0;
}

/* Tells whether a text begins with the text that `expected` holds. */
static int is_as(const char *text, const struct pf_output *expected)
{
	return expected->error == 0 && strncmp(text, expected->buffer, expected->used) == 0;
}

/* --- the ids ---------------------------------------------------------------------------------- */

static int makes_userns(const struct pf_run *run)
{
	const struct pf_op *clone = pf_plan_find(run->plan, PF_OP_clone);

	return clone && clone->arg[0] & CLONE_NEWUSER;
}

/* Writes a line of an id map, INSIDE OUTSIDE COUNT, with colons. A blank of the line may be a NUL
 * already, because the operation that runs newuidmap(1) splits the line. */
static void put_map_line(struct pf_output *out, const char *line)
{
	for (int words = 0; words < 3; line++) {
		int is_end = *line == ' ' || *line == '\0';
		words += is_end;
		if (words < 3)
			pf_output_put(out, is_end ? ":" : line, 1);
	}
}

/* Writes the id maps as in --user-map, separated by blanks. */
static void put_maps(struct pf_output *out, const struct pf_run *run)
{
	const char *before = "";

	for (int32_t i = 0; i < (int32_t)pf_plan_count(run->plan); i++) {
		const struct pf_op *op = pf_plan_op(run->plan, (uint32_t)i);
		const int is_helped = op->code == PF_OP_newuidmap || op->code == PF_OP_newgidmap;
		const int is_user = op->code == PF_OP_newuidmap || op->code == PF_OP_uid_map;
		if (!is_helped && !is_user && op->code != PF_OP_gid_map)
			continue;
		/* The operation has run, and has replaced the offsets of the list with pointers. */
		const int is_done = i < run->index;
		for (const uint64_t *at = pf_plan_list(run->plan, op->arg[is_helped]); *at; at++) {
			pf_output_put_string(out, before);
			pf_output_put_string(out, is_user ? "u:" : "g:");
			put_map_line(out, is_done ? (const char *)(uintptr_t)*at
						  : pf_plan_string(run->plan, *at));
			before = " ";
		}
	}
}

void pf_put_ids(struct pf_output *out, const struct pf_run *run)
{
	const int has_userns = makes_userns(run);

	pf_put_number(out, ",\"uid\":", geteuid());
	pf_output_put_string(out, has_userns ? ",\"userns\":true,\"map\":\"" : ",\"userns\":false");
	if (!has_userns)
		return;
	put_maps(out, run);
	pf_output_put_string(out, "\"");
}

/* Checks that a trial belongs to the caller, and that its container had the same ids as this
 * container. */
static int check_ids(struct pf_run *run, const struct pf_trial *trial)
{
	static const char start[] = "{\"version\":1,\"began\":\"";
	struct pf_output expected = {.fd = -1};

	if (!begins(trial->head, start))
		return pf_refuse_trial(run, EINVAL, "manifest",
				       "is not from a pflask of this version");
	const char *at = trial->head + strlen(start);
	at += strspn(at, "0123456789.");
	pf_output_put_string(&expected, "\"");
	pf_put_ids(&expected, run);
	pf_output_put_string(&expected, ",\"command\":[");
	if (!is_as(at, &expected))
		return pf_refuse_trial(run, EINVAL, "",
				       "the ids of its container were mapped differently");
	return 0;
}

/* --- the manifest ----------------------------------------------------------------------------- */

/* Tells whether a line comes before the changes. */
static int is_head(const char *line)
{
	return begins(line, "{\"version\":") || begins(line, "{\"continued\":") ||
	       begins(line, "{\"trial\":") || begins(line, "{\"overlay\":");
}

/* Reads the lines of the manifest before the changes. Ignores a last line without a newline. */
static int read_head(struct pf_trial *trial)
{
	char *text = mmap(NULL, HEAD_MAX + 1, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t size = 0, complete = 0;
	const char *end = NULL;

	if (text == MAP_FAILED)
		return -errno;
	while (!end) {
		const size_t room = HEAD_MAX - size;
		ssize_t n = pread(trial->manifest_fd, text + size, room < CHUNK ? room : CHUNK,
				  (off_t)size);
		if (n < 0)
			return -errno;
		if (room == 0)
			return -EFBIG;
		if (n == 0)
			break;
		size += (size_t)n;
		while ((end = memchr(text + complete, '\n', size - complete)) &&
		       is_head(text + complete))
			complete = (size_t)(end + 1 - text);
	}
	text[complete] = '\0';
	trial->head = text;
	trial->head_size = complete;
	return strlen(text) == complete ? 0 : -EINVAL;
}

static int refuse_owner(struct pf_run *run, uid_t uid)
{
	char text[PF_DECIMAL_SIZE + 16] = "user ";

	pf_write_decimal(uid, text + strlen(text));
	return pf_refuse_trial(run, EINVAL, "belongs to another user", text);
}

/* Refuses a directory that another user could have filled. If the container has a user namespace,
 * the directory may belong to the container's root; the manifest must belong to the caller in any
 * case. */
static int check_owner(struct pf_run *run, const struct pf_trial *trial)
{
	struct stat directory;

	if (fstat(trial->fd, &directory) < 0)
		return -errno;
	if (!S_ISREG(trial->manifest.st_mode))
		return pf_refuse_trial(run, EINVAL, "manifest", "not a regular file");
	if (trial->manifest.st_uid != geteuid())
		return refuse_owner(run, trial->manifest.st_uid);
	if (directory.st_uid != geteuid() && !makes_userns(run))
		return refuse_owner(run, directory.st_uid);
	if ((directory.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH ||
	    trial->manifest.st_mode & (S_IWGRP | S_IWOTH))
		return pf_refuse_trial(run, EINVAL, "", "other users can write to it");
	return 0;
}

int pf_read_trial(struct pf_run *run, struct pf_trial *trial)
{
	trial->manifest_fd =
		pf_openat2(trial->fd, "manifest", O_RDONLY | O_NONBLOCK | O_NOFOLLOW, HIDE);
	if (trial->manifest_fd == -ENOENT)
		return pf_refuse_trial(run, EINVAL, "", "is no trial: has no manifest");
	if (trial->manifest_fd < 0)
		return trial->manifest_fd;
	if (fstat(trial->manifest_fd, &trial->manifest) < 0)
		return -errno;
	int r = check_owner(run, trial);
	if (r == 0)
		r = read_head(trial);
	return r == 0 ? check_ids(run, trial) : r;
}

/* --- the overlays ----------------------------------------------------------------------------- */

const struct pf_op *pf_find_layer(const struct pf_run *run, int32_t end, uint64_t number,
				  int is_work)
{
	while (--end >= 0) {
		const struct pf_op *op = pf_plan_op(run->plan, (uint32_t)end);
		switch (op->code) {
		case PF_OP_work:
			if (is_work && op->arg[0] == number)
				return op;
			break;
		case PF_OP_layer:
		case PF_OP_layer_entry:
		case PF_OP_source_idle:
		case PF_OP_idmap_source:
		case PF_OP_idmap_mount:
			if (!is_work && op->arg[0] == number)
				return op;
			break;
		}
	}
	return NULL;
}

/* Tells whether an operation is an overlay whose upper directory is in the directory of a trial. */
static int has_changes(const struct pf_run *run, int32_t index)
{
	const struct pf_op *op = pf_plan_op(run->plan, (uint32_t)index);
	const struct pf_op *before = index > 0 ? pf_plan_op(run->plan, (uint32_t)index - 1) : NULL;

	return op->code == PF_OP_overlay && before && before->code == PF_OP_work &&
	       before->arg[0] == op->arg[3];
}

/* Finds the overlay of this container that a line of a manifest describes. The search begins at
 * *index, because the overlays mostly have the same order in both. Returns the text after the mount
 * point, or NULL. */
static const char *find_overlay(const struct pf_run *run, const char *line, int32_t *index)
{
	const int32_t count = (int32_t)pf_plan_count(run->plan);

	for (int32_t i = 0; i < count; i++, *index = *index + 1 < count ? *index + 1 : 0) {
		struct pf_output expected;
		if (!has_changes(run, *index))
			continue;
		expected.fd = -1;
		expected.error = 0;
		expected.used = 0;
		pf_output_put_string(&expected, "{\"overlay\":\"");
		pf_put_escaped(&expected,
			       pf_arg_string(run, pf_plan_op(run->plan, (uint32_t)*index), 0), 1);
		pf_output_put_string(&expected, "\",\"upper\":\"upper");
		if (is_as(line, &expected))
			return line + expected.used;
	}
	return NULL;
}

/* Reads the number of an upper directory and the closing quotation mark. Returns the text after the
 * mark, or NULL. */
static const char *read_number(const char *at, uint32_t *ret)
{
	*ret = 0;
	if (*at == '-' && at[1] >= '1' && at[1] <= '9')
		for (at++; *at >= '0' && *at <= '9' && *ret < PF_PLAN_MAX; at++)
			*ret = *ret * 10 + (uint32_t)(*at - '0');
	return *at == '"' ? at + 1 : NULL;
}

/* Tells whether a line of a manifest names the lower directory of this container's overlay. */
static int has_lower(const struct pf_run *run, const char *rest, int32_t index)
{
	const struct pf_op *op = pf_plan_op(run->plan, (uint32_t)index);
	const struct pf_op *layer = pf_find_layer(run, index, op->arg[1], 0);
	const uint64_t any[2] = {0, 0};
	struct pf_output expected = {.fd = -1};
	struct stat status;

	if (!layer)
		return 0;
	const int is_mapped = layer->code == PF_OP_idmap_source || layer->code == PF_OP_idmap_mount;
	status.st_dev = layer->arg[2];
	status.st_ino = layer->arg[3];
	PF_CLEANUP_FD int fd = is_mapped && !layer->arg[2]
				       ? pf_open_same(pf_arg_string(run, layer, 1), any, 0)
				       : -1;
	if (fd >= 0 && fstat(fd, &status) < 0)
		return 0;
	pf_output_put_string(&expected,
			     is_mapped ? ",\"idmapped\":true,\"lower\":\"" : ",\"lower\":\"");
	pf_put_escaped(&expected, pf_arg_string(run, layer, 1), 1);
	pf_put_number(&expected, "\",\"device\":\"", status.st_dev);
	pf_output_put_string(&expected, "\",\"inode\":\"");
	/* An inode of 0 was not read, so as not to wait for the server of the file system. */
	if (status.st_ino)
		pf_put_number(&expected, "", status.st_ino);
	return is_as(rest, &expected);
}

/* Tells whether the upper directory with a number has changes, which would be lost. */
static int is_used(const struct pf_trial *trial, uint32_t number)
{
	char name[PF_TRIAL_NAME];

	pf_trial_name(number, 0, name);
	PF_CLEANUP_FD int fd = pf_openat2(trial->fd, name, O_RDONLY | O_DIRECTORY, HIDE);
	return fd < 0 ? fd != -ENOENT : pf_is_empty(fd) != 1;
}

/* Refuses the manifest because of a line about an overlay. The error names the overlay's mount
 * point. */
static int refuse_overlay(struct pf_run *run, const char *line, const char *why)
{
	char path[PATH_MAX];
	const char *start = strchr(line, ':');

	if (!start || start[1] != '"' || pf_read_path(start + 2, path) < 0)
		return pf_refuse_trial(run, EINVAL, "manifest", "is damaged");
	return pf_refuse_trial(run, EXDEV, path, why);
}

static int match_line(struct pf_run *run, struct pf_trial *trial, const char *line, int32_t *index)
{
	const char *name = find_overlay(run, line, index);
	const char *at = name ? name : strstr(line, "\",\"upper\":\"upper");
	uint32_t number;

	if (at && !name)
		at += strlen("\",\"upper\":\"upper");
	const char *rest = at ? read_number(at, &number) : NULL;
	if (!rest)
		return pf_refuse_trial(run, EINVAL, "manifest", "is damaged");
	if (number >= trial->new_from)
		trial->new_from = number + 1;
	if (!name)
		return is_used(trial, number)
			       ? refuse_overlay(run, line,
						"has changes, and is no part of this root")
			       : 0;
	if (!has_lower(run, rest, *index))
		return refuse_overlay(run, line, "was another directory of the host");
	trial->numbers[*index] = number + 1;
	return 0;
}

int pf_match_trial(struct pf_run *run, struct pf_trial *trial)
{
	const size_t size = pf_plan_count(run->plan) * sizeof(*trial->numbers);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *line = pf_trial_line(trial->head, OVERLAY);
	int32_t index = 0;
	int r = 0;

	if (memory == MAP_FAILED)
		return -errno;
	trial->numbers = memory;
	for (; line && r == 0; line = pf_trial_line(pf_next_line(line), OVERLAY))
		r = match_line(run, trial, line, &index);
	return r;
}

void pf_number_overlays(const struct pf_run *run, struct pf_trial *trial)
{
	uint32_t next = trial->new_from;

	for (int32_t i = 0; i < (int32_t)pf_plan_count(run->plan); i++)
		if (!trial->numbers[i] && has_changes(run, i))
			trial->numbers[i] = ++next;
}

/* --- the directories -------------------------------------------------------------------------- */

void pf_trial_name(uint32_t number, int is_work, char ret[PF_TRIAL_NAME])
{
	strcpy(ret, is_work ? "work" : "upper");
	if (number > 0) {
		strcat(ret, "-");
		pf_write_decimal(number, ret + strlen(ret));
	}
}

int pf_open_upper(const struct pf_trial *trial, int directory, int32_t overlay)
{
	char name[PF_TRIAL_NAME];

	if (!trial->numbers[overlay])
		return -ENOENT;
	pf_trial_name(trial->numbers[overlay] - 1, 0, name);
	return pf_openat2(directory, name, O_RDONLY | O_DIRECTORY, HIDE);
}
