/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations for containers that continue a trial, or lie above trials of --lower (op_trial.h). The
 * monitor trusts nothing in the directories of the trials, because another user may own a directory
 * if the container has a user namespace.
 */
#define _GNU_SOURCE
#include "op_trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/protocol/directory_lock.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "init/changes/put.h"
#include "init/root/op_mount.h"
#include "init/root/op_take.h"
#include "init/root/trial.h"
#include "manifest.h"

/* Name of the previous manifest, until the command of this container is executed. */
#define EARLIER "manifest.earlier"

static const char own_directory[] = "is the directory of this container";
static const char in_use[] = "in use by another pflask";

/* Tells whether the manifest is still the file that the monitor has read: another container that
 * continues the trial replaces the file. */
static int is_current(const struct pf_trial *trial)
{
	struct stat now;

	return fstatat(trial->fd, "manifest", &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_dev == trial->manifest.st_dev && now.st_ino == trial->manifest.st_ino;
}

/* Locks the manifest of a trial, against --apply, --revert and other containers. */
static int lock(struct pf_run *run, const struct pf_trial *trial, int kind)
{
	if (flock(trial->manifest_fd, kind | LOCK_NB) == 0)
		return is_current(trial) ? 0 : pf_refuse_trial(run, EADDRINUSE, "", in_use);
	return errno == EWOULDBLOCK ? pf_refuse_trial(run, EADDRINUSE, "", in_use) : -errno;
}

/* --- going on --------------------------------------------------------------------------------- */

/* Returns the number in the name of an upper or a work directory, or -1 for any other name. */
static int64_t number_of(const char *name)
{
	const size_t length = strncmp(name, "upper", 5) == 0 ? 5 : 4;
	int64_t number = 0;

	if (length == 4 && strncmp(name, "work", 4) != 0)
		return -1;
	name += length;
	if (*name == '\0')
		return 0;
	if (*name++ != '-' || *name < '1' || *name > '9')
		return -1;
	for (; *name >= '0' && *name <= '9' && number < PF_PLAN_MAX; name++)
		number = number * 10 + *name - '0';
	return *name ? -1 : number;
}

static int check_entry(struct pf_run *run, struct pf_trial *trial, const char *name)
{
	int64_t number = number_of(name);
	struct stat status;

	/* An --apply that failed before its first change has left an empty journal, or `undo`
	 * without a journal. */
	if (strcmp(name, "journal") == 0 &&
	    (fstatat(trial->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || status.st_size > 0))
		return pf_refuse_trial(run, EALREADY, "", "the trial was applied");
	if (number >= trial->new_from)
		trial->new_from = (uint32_t)number + 1;
	if (number >= 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strcmp(name, "journal") == 0 || strcmp(name, "undo") == 0 ||
	    strcmp(name, "manifest") == 0 || strcmp(name, EARLIER) == 0)
		return 0;
	return pf_refuse_trial(run, ENOTEMPTY, name, "is no part of a trial");
}

/* Checks that the directory has only entries of a trial. If an earlier start has left an upper
 * directory, its number is not used again. Reads through the descriptor that has the lock: closing
 * another descriptor of the directory would release the monitor's lock (op_take.c). */
static int check_entries(struct pf_run *run, struct pf_trial *trial)
{
	char entries[2048] __attribute__((aligned(8)));
	long n = lseek(trial->fd, 0, SEEK_SET) < 0 ? -1 : 1;
	int r = 0;

	while (r == 0 && n > 0 &&
	       (n = syscall(SYS_getdents64, trial->fd, entries, sizeof(entries))) > 0)
		for (long i = 0; r == 0 && i < n;) {
			const struct dirent *entry = (void *)(entries + i);
			i += entry->d_reclen;
			r = check_entry(run, trial, entry->d_name);
		}
	return n < 0 ? -errno : r;
}

/* Writes the lines before the changes: those of the previous manifest, and a line about this
 * command. */
static int write_head(const struct pf_run *run, const struct pf_trial *trial, int fd)
{
	struct pf_output out = {.fd = fd};
	const char *line = trial->head, *rest;

	while ((rest = pf_trial_line(pf_next_line(line), "{\"continued\":")))
		line = rest;
	rest = pf_next_line(line);
	if (!rest)
		rest = trial->head + trial->head_size;
	pf_output_put(&out, trial->head, (size_t)(rest - trial->head));
	pf_put_now(&out, "{\"continued\":");
	pf_put_command(&out, run);
	pf_output_put_string(&out, "}\n");
	pf_output_put_string(&out, rest);
	return pf_output_flush(&out);
}

/* Replaces the manifest with a manifest that has no changes and no last line, and so is incomplete
 * while the command runs. If the start fails, the previous manifest is restored. */
static int replace_manifest(struct pf_run *run, const struct pf_trial *trial)
{
	if (unlinkat(trial->fd, EARLIER, 0) < 0 && errno != ENOENT)
		return -errno;
	PF_CLEANUP_FD int fd =
		openat(trial->fd, EARLIER,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : write_head(run, trial, fd);
	if (r == 0)
		r = pf_renameat2(trial->fd, EARLIER, trial->fd, "manifest", RENAME_EXCHANGE);
	if (r == 0)
		run->outside.manifest_fd = pf_steal_fd(&fd);
	return r;
}

void pf_settle_trial(struct pf_run *run, int has_failed)
{
	const int fd = pf_trials.own.fd;

	if (!pf_trials.is_continued)
		return;
	if (has_failed)
		pf_renameat2(fd, EARLIER, fd, "manifest", 0);
	else
		unlinkat(fd, EARLIER, 0);
	if (has_failed)
		pf_drop_fd(&run->outside.manifest_fd);
	pf_trials.is_continued = !has_failed;
}

/* --- stacking --------------------------------------------------------------------------------- */

/* Tells whether a manifest is complete: whether it has its last line. */
static int is_complete(const struct pf_trial *trial)
{
	char text[256];
	const off_t size = trial->manifest.st_size;
	const off_t from = size > (off_t)sizeof(text) ? size - (off_t)sizeof(text) : 0;
	ssize_t n = pread(trial->manifest_fd, text, sizeof(text), from);
	ssize_t at = n - 1;

	if (n <= 0 || text[n - 1] != '\n')
		return 0;
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return n - at > 10 && strncmp(text + at, "{\"ended\":\"", 10) == 0;
}

/* Writes the line about a trial of --lower. A later start recognizes the manifest of that trial by
 * its mtime. The ctime is no help: a start that fails renames the manifest, which changes the
 * ctime. */
static void put_trial(struct pf_output *out, const struct pf_trial *trial)
{
	pf_output_put_string(out, "{\"trial\":\"");
	pf_put_escaped(out, trial->path, 1);
	pf_put_number(out, "\",\"device\":\"", trial->manifest.st_dev);
	pf_put_number(out, "\",\"inode\":\"", trial->manifest.st_ino);
	pf_output_put_string(out, "\",\"mtime\":\"");
	pf_put_time(out, &trial->manifest.st_mtim);
	pf_output_put_string(out, "\"}\n");
}

void pf_put_trials(struct pf_output *out)
{
	for (size_t i = 0; i < pf_trials.below_count; i++)
		put_trial(out, &pf_trials.below[i]);
}

static int open_below(struct pf_run *run, struct pf_trial *trial)
{
	struct stat status;

	trial->fd = pf_openat2(AT_FDCWD, trial->path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (trial->fd < 0)
		return trial->fd;
	if (fstat(trial->fd, &status) < 0)
		return -errno;
	trial->same[0] = status.st_dev;
	trial->same[1] = status.st_ino;
	if (pf_has_taken(trial->fd))
		return pf_refuse_trial(run, EINVAL, "", own_directory);
	int r = pf_read_trial(run, trial);
	if (r == 0)
		r = lock(run, trial, LOCK_SH);
	if (r == 0 && pf_is_taken(trial->fd))
		r = pf_refuse_trial(run, EADDRINUSE, "", in_use);
	if (r == 0 && !is_complete(trial))
		r = pf_refuse_trial(run, EINPROGRESS, "",
				    "the trial has not ended, or pflask was killed");
	return r == 0 ? pf_match_trial(run, trial) : r;
}

/* Adds the trial that a line of a manifest names to the trials below this container. */
static int add_line(struct pf_run *run, const char *line)
{
	struct pf_output expected = {.fd = -1};
	char why[sizeof(run->text)];

	if (pf_trials.below_count == PF_TRIALS)
		return pf_refuse_trial(run, E2BIG, "", "more than 8 trials lie below each other");
	struct pf_trial *trial = &pf_trials.below[pf_trials.below_count];
	if (pf_read_path(strchr(line, ':') + 2, trial->path) < 0)
		return pf_refuse_trial(run, EINVAL, "manifest", "is damaged");
	int r = open_below(run, trial);
	put_trial(&expected, trial);
	if (r == 0 && (expected.error || strncmp(line, expected.buffer, expected.used) != 0))
		r = pf_refuse_trial(run, ESTALE, "", "has changed since the trial above it");
	pf_trials.below_count += r == 0;
	if (r == 0 || run->detail != PF_DETAIL_TEXT)
		return r;
	strcpy(why, run->text);
	return pf_refuse_trial(run, -r, trial->path, why);
}

/* Adds all trials that are below a trial, from the lines of its manifest. */
static int add_lines(struct pf_run *run, const struct pf_trial *trial)
{
	static const char start[] = "{\"trial\":\"";
	int r = 0;

	for (const char *line = pf_trial_line(trial->head, start); line && r == 0;
	     line = pf_trial_line(pf_next_line(line), start))
		r = add_line(run, line);
	return r;
}

/* --- operations ------------------------------------------------------------------------------- */

int pf_op_resume(struct pf_run *run, const struct pf_op *op)
{
	struct pf_trial *own = &pf_trials.own;

	own->fd = pf_taken_fd(pf_arg_string(run, op, 0));
	if (own->fd < 0)
		return -EACCES;
	int r = pf_read_trial(run, own);
	if (r == 0)
		r = lock(run, own, LOCK_EX);
	/* The check is under the lock, so no --apply can make the journal after the check. */
	if (r == 0)
		r = check_entries(run, own);
	if (r == 0)
		r = pf_match_trial(run, own);
	if (r == 0)
		r = add_lines(run, own);
	if (r < 0)
		return r;
	pf_number_overlays(run, own);
	r = replace_manifest(run, own);
	pf_trials.is_continued = r == 0;
	return r;
}

int pf_op_stack(struct pf_run *run, const struct pf_op *op)
{
	struct pf_trial *nearest = &pf_trials.below[0];

	if (pf_trials.is_continued) {
		struct stat own;
		if (fstat(pf_trials.own.fd, &own) == 0 && own.st_dev == op->arg[1] &&
		    own.st_ino == op->arg[2])
			return pf_refuse_trial(run, EINVAL, "", own_directory);
		if (pf_trials.below_count > 0 && nearest->same[0] == op->arg[1] &&
		    nearest->same[1] == op->arg[2])
			return 0;
		return pf_refuse_trial(run, EINVAL, "",
				       "the trial of --ephemeral does not lie above this trial");
	}
	strcpy(nearest->path, pf_arg_string(run, op, 0));
	int r = open_below(run, nearest);
	if (r == 0 && (nearest->same[0] != op->arg[1] || nearest->same[1] != op->arg[2]))
		r = -ESTALE;
	pf_trials.below_count = r == 0;
	return r == 0 ? add_lines(run, nearest) : r;
}
