/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads kept ends (kept.h). */
#define _GNU_SOURCE
#include "kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/limits.h"
#include "common/protocol/control_dir.h"
#include "common/protocol/kept_end.h"
#include "common/protocol/message_check.h"
#include "common/sys.h"
#include "control_dirs.h"
#include "src/base/end_text.h"
#include "src/ids/id_map.h"

/* A function that is called for each kept end. Returns 0, or -errno to stop. */
typedef int visit_end(int directory, const char *file, struct pf_kept *kept, void *context);

/* A search for the file in which a monitor has recorded how its container ended. */
struct search {
	const char *name; /* name of the container, or NULL to search by pid only */
	int pid;          /* pid of the monitor or the leader, or 0 to search by name only */
	int count;
	struct pf_kept *latest;
};

struct records {
	struct pflask_record *items;
	int count;
};

void pf_kept_close(struct pf_kept *kept)
{
	pf_drop_fd(&kept->fd);
}

static int take(struct pf_kept *kept, void *to, size_t size)
{
	if (size > kept->left)
		return -EBADMSG;
	ssize_t n = read(kept->fd, to, size);
	if (n != (ssize_t)size)
		return n < 0 ? -errno : -EBADMSG;
	kept->left -= size;
	return 0;
}

/* Reads a message. If `buffer` is NULL, refuses a message with bytes. Returns 0 or -errno. */
static int take_message(struct pf_kept *kept, struct pf_message *ret, char *buffer)
{
	int r = take(kept, ret, offsetof(struct pf_message, body));

	if (r < 0)
		return r;
	if (!pf_message_fits(ret, buffer != NULL))
		return -EBADMSG;
	r = take(kept, ret->type == PF_MESSAGE_OUTPUT ? (void *)buffer : &ret->body, ret->length);
	if (r < 0)
		return r;
	return ret->type == PF_MESSAGE_OUTPUT || pf_message_is_sound(ret) ? 0 : -EBADMSG;
}

int pf_kept_next(struct pf_kept *kept, struct pf_message *ret, char *buffer)
{
	if (kept->left == 0)
		return 0;
	int r = take_message(kept, ret, buffer);
	if (r == 0 && ret->type != PF_MESSAGE_OUTPUT && ret->type != PF_MESSAGE_MISSED)
		r = -EBADMSG;
	return r < 0 ? r : 1;
}

/* Reads the parts of a kept end before the output. */
static int take_head(struct pf_kept *kept)
{
	struct pf_end_header header;
	struct pf_message message;
	int r = take(kept, &header, sizeof(header));

	if (r == 0 && (header.magic != PF_END_MAGIC || header.version != PF_CONTROL_VERSION))
		r = -EBADMSG;
	if (r == 0)
		r = take_message(kept, &message, NULL);
	if (r == 0 && (message.type != PF_MESSAGE_RECORD || message.body.record.ended == 0))
		r = -EBADMSG;
	if (r < 0)
		return r;
	kept->has_log = header.has_log != 0;
	kept->record = message.body.record;
	r = take_message(kept, &message, NULL);
	if (r == 0 && message.type != PF_MESSAGE_EXITED)
		r = -EBADMSG;
	if (r < 0)
		return r;
	kept->exit = message.body.exited;
	kept->exit.typed_signal = 0;
	return 0;
}

int pf_kept_read(int fd, struct pf_kept *ret)
{
	struct stat status;

	*ret = (struct pf_kept){.fd = fd};
	if (fstat(fd, &status) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	ret->left = (uint64_t)status.st_size;
	return take_head(ret);
}

/* Completes the record of an ended container. Takes the user and the name from the directory and
 * the file name, because the contents may be forged. Takes the end from the message EXITED. */
static void complete(struct pf_kept *kept, const char *file, uid_t uid)
{
	struct pflask_record *record = &kept->record;
	uint32_t number;

	record->uid = uid;
	record->clients = 0;
	record->reason = kept->exit.reason;
	record->status = pf_end_status(&kept->exit);
	pf_end_text(&kept->exit, record->end);
	snprintf(record->name, sizeof(record->name), "%.*s",
		 (int)(strlen(file) - strlen(PF_END_SUFFIX)), file);
	if (pf_id_parse(record->name, &number) == 0)
		record->name[0] = '\0';
}

/* Opens the file of a kept end. Never blocks, even on a fifo or a device, and does not enter
 * another mount. */
static int open_end(int directory, const char *file, uid_t uid, struct pf_kept *ret)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	const uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
	struct stat status;

	*ret = (struct pf_kept){.fd = -1};
	PF_CLEANUP_FD int fd = pf_openat2(directory, file, flags, resolve);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_uid != uid)
		return -ESRCH;
	int r = pf_kept_read(fd, ret);
	ret->fd = -1;
	if (r < 0)
		return -ESRCH;
	ret->fd = pf_steal_fd(&fd);
	complete(ret, file, uid);
	return 0;
}

static int is_end(const char *file)
{
	size_t length = strlen(file), suffix = strlen(PF_END_SUFFIX);

	return length > suffix && length < PF_CONTROL_FILE &&
	       strcmp(file + length - suffix, PF_END_SUFFIX) == 0;
}

/* Calls `visit` for the kept ends in a directory. Takes ownership of the descriptor. */
static int visit_directory(int directory, const struct pf_control_dir *place, visit_end *visit,
			   void *context)
{
	size_t most = place->uid == geteuid() ? SIZE_MAX : PF_LIMIT_entries;
	const struct dirent *entry;
	DIR *open = fdopendir(directory);
	struct pf_kept kept;
	int r = 0;

	if (!open) {
		close(directory);
		return -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < most && (entry = readdir(open)); i++) {
		if (!is_end(entry->d_name) ||
		    open_end(directory, entry->d_name, place->uid, &kept) < 0)
			continue;
		r = visit(directory, entry->d_name, &kept, context);
		pf_kept_close(&kept);
	}
	closedir(open);
	return r;
}

/* Calls `visit` for the kept ends in all directories; with `file`, only for this file name. Clears
 * `dirs`. */
static int visit_all(struct pf_control_dirs *dirs, const char *file, visit_end *visit,
		     void *context)
{
	struct pf_kept kept;
	int r = 0;

	for (size_t i = 0; r == 0 && i < dirs->count; i++) {
		const struct pf_control_dir *place = &dirs->items[i];
		int directory = pf_control_dir_open(place->path, place->uid, 0);
		if (directory >= 0 && !file) {
			r = visit_directory(directory, place, visit, context);
			continue;
		}
		if (directory >= 0 && open_end(directory, file, place->uid, &kept) == 0) {
			r = visit(directory, file, &kept, context);
			pf_kept_close(&kept);
		}
		pf_drop_fd(&directory);
	}
	pf_control_dirs_clear(dirs);
	return r;
}

static int is_wanted(const struct search *search, const struct pflask_record *record)
{
	return search->name || record->monitor_pid == search->pid ||
	       record->leader_pid == search->pid;
}

static int keep_latest(int directory, const char *file, struct pf_kept *kept, void *context)
{
	struct search *search = context;
	struct pf_kept *latest = search->latest;

	(void)directory;
	(void)file;
	if (!is_wanted(search, &kept->record) ||
	    (latest->fd >= 0 && latest->record.ended >= kept->record.ended))
		return 0;
	pf_kept_close(latest);
	*latest = *kept;
	kept->fd = -1;
	return 0;
}

static int remove_end(int directory, const char *file, struct pf_kept *kept, void *context)
{
	struct search *search = context;

	if (is_wanted(search, &kept->record) && unlinkat(directory, file, 0) == 0)
		search->count++;
	return 0;
}

/* Calls `visit` for the kept ends of a container. */
static int visit_container(uid_t uid, const char *name, visit_end *visit, struct search *search)
{
	char file[PF_CONTROL_FILE];
	struct pf_control_dirs dirs;
	uint32_t pid;
	int is_pid = pf_id_parse(name, &pid) == 0 && pid > 0 && pid <= INT_MAX;

	search->name = is_pid ? NULL : name;
	search->pid = is_pid ? (int)pid : 0;
	if (strchr(name, '/') ||
	    snprintf(file, sizeof(file), "%s" PF_END_SUFFIX, name) >= (int)sizeof(file))
		return -ESRCH;
	int r = pf_control_dirs_of_user(uid, &dirs);
	if (r < 0) {
		pf_control_dirs_clear(&dirs);
		return r;
	}
	return visit_all(&dirs, is_pid ? NULL : file, visit, search);
}

int pf_kept_find(uid_t uid, const char *name, struct pf_kept *ret)
{
	struct search search = {.latest = ret};

	*ret = (struct pf_kept){.fd = -1};
	int r = visit_container(uid, name, keep_latest, &search);
	return r == 0 && ret->fd < 0 ? -ESRCH : r;
}

/* Also removes the control directories that become empty. */
int pf_kept_remove(uid_t uid, const char *name)
{
	struct search search = {.latest = NULL};
	struct pf_control_dirs dirs;
	int r = visit_container(uid, name, remove_end, &search);

	if (r == 0 && uid == geteuid() && pf_control_dirs_of_user(uid, &dirs) == 0) {
		for (size_t i = 0; i < dirs.count; i++)
			rmdir(dirs.items[i].path);
		pf_control_dirs_clear(&dirs);
	}
	return r == 0 && search.count == 0 ? -ESRCH : r;
}

static int add_record(int directory, const char *file, struct pf_kept *kept, void *context)
{
	struct records *records = context;
	struct pflask_record *items =
		realloc(records->items, ((size_t)records->count + 1) * sizeof(*items));

	(void)directory;
	(void)file;
	if (!items)
		return -ENOMEM;
	items[records->count++] = kept->record;
	records->items = items;
	return 0;
}

int pf_kept_all(struct pflask_record **ret)
{
	struct records records = {0};
	struct pf_control_dirs dirs;
	int r = pf_control_dirs_list(PF_CONTROL_DIRS_ALL, &dirs);

	if (r < 0)
		pf_control_dirs_clear(&dirs);
	else
		r = visit_all(&dirs, NULL, add_record, &records);
	if (r < 0) {
		free(records.items);
		return r;
	}
	*ret = records.items;
	return records.count;
}
