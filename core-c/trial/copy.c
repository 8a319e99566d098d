/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies files (copy.h). */
#define _GNU_SOURCE
#include "copy.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "data.h"
#include "files.h"

#define PATH_FLAGS (O_PATH | O_NOFOLLOW)

/* Where a copy comes from, and where it gets its name. */
struct job {
	int from;
	const char *from_name;
	int to;
	const char *to_name;
	enum pf_surplus surplus;
	int with_tree;
};

static int copy_new(struct pf_copier *copier, const struct job *job);

int pf_risk_of_mode(mode_t mode)
{
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return PFLASK_TRIAL_DEVICES;
	return S_ISREG(mode) && mode & (S_ISUID | S_ISGID) ? PFLASK_TRIAL_SETUID : 0;
}

void pf_end_copier(struct pf_copier *copier)
{
	for (size_t i = 0; i < copier->link_count; i++)
		free(copier->links[i].path);
	free(copier->links);
	free(copier->room);
	pf_text_free(&copier->path);
	memset(copier, 0, sizeof(*copier));
}

/* Sets the mode of an open file, which may be open with O_PATH. */
static int set_mode(int fd, mode_t mode)
{
	char path[PF_FD_PATH];

	if (fchmod(fd, mode & 07777) == 0)
		return 0;
	pf_path_of_fd(fd, path);
	return pf_checked(PF_CALL_CHMOD, chmod(path, mode & 07777));
}

/* Gives a copy the owner, the attributes, the mode and the times of the original. A change of owner
 * clears setuid bits and capabilities, so the owner comes first. The mode may forbid the owner to
 * write, so the attributes come before the mode. Uses only the descriptor of the copy: another user
 * who can write to the directory can put another file in the place of the copy. */
static int finish(struct pf_copier *copier, int from, int to, const struct stat *status,
		  enum pf_surplus surplus)
{
	const struct timespec times[2] = {status->st_atim, status->st_mtim};

	if (!copier->room)
		copier->room = malloc(3 * PF_ATTRIBUTES);
	if (!copier->room)
		return PF_NO_MEMORY;
	struct stat now;
	const int is_risky = pf_risk_of_mode(status->st_mode) & copier->refused;
	if (is_risky)
		return pf_fault_of(PF_CALL_RISK, is_risky);
	int r = pf_status_of(to, &now);
	if (r < 0)
		return r;
	/* Reading the owner is faster than setting the owner. */
	if ((now.st_uid != status->st_uid || now.st_gid != status->st_gid) &&
	    fchownat(to, "", status->st_uid, status->st_gid, AT_EMPTY_PATH) < 0)
		return pf_fault(PF_CALL_CHOWN);
	const int has_capabilities = !(copier->refused & PFLASK_TRIAL_SETUID);
	r = pf_copy_attributes(from, to, copier->trial->notes, surplus, has_capabilities,
			       copier->room);
	if (r >= 0 && !S_ISLNK(status->st_mode))
		r = set_mode(to, status->st_mode);
	if (r < 0)
		return r;
	return pf_checked(PF_CALL_UTIMENS, utimensat(to, "", times, AT_EMPTY_PATH));
}

int pf_copy_directory_status(struct pf_copier *copier, struct pf_place from, struct pf_place to,
			     const struct pf_node *node)
{
	PF_CLEANUP_FD int source = pf_open_below(from.root, from.path, PATH_FLAGS);
	struct stat status;

	if (source < 0)
		return source;
	PF_CLEANUP_FD int target = pf_open_below(to.root, to.path, O_PATH | O_DIRECTORY);
	int r = target < 0 ? target : pf_status_of(target, &status);
	if (r < 0)
		return r;
	const struct pf_node found = pf_node_of(&status);
	if (!pf_is_node(&found, node))
		return PF_IS_OTHER;
	r = pf_status_of(source, &status);
	return r < 0 ? r : finish(copier, source, target, &status, PF_SURPLUS_OWN);
}

static struct pf_link *find_link(struct pf_copier *copier, const struct stat *status)
{
	for (size_t i = copier->link_count; i-- > 0;)
		if (copier->links[i].inode == status->st_ino &&
		    copier->links[i].device == status->st_dev)
			return &copier->links[i];
	return NULL;
}

/* Remembers a copy, for further names. */
static int add_link(struct pf_copier *copier, const struct stat *status, int to)
{
	struct stat copy;
	int r = pf_status_of(to, &copy);

	if (r < 0)
		return r;
	if (copier->link_count == copier->link_room) {
		const size_t room = copier->link_room ? 2 * copier->link_room : 16;
		struct pf_link *links = realloc(copier->links, room * sizeof(*links));
		if (!links)
			return PF_NO_MEMORY;
		copier->links = links;
		copier->link_room = room;
	}
	char *path = copier->path.failed ? NULL : strdup(pf_text_of(&copier->path));
	if (!path)
		return PF_NO_MEMORY;
	copier->links[copier->link_count++] = (struct pf_link){
		status->st_dev, status->st_ino, copy.st_dev, copy.st_ino, copier->root, path};
	return 0;
}

/* Gives the first copy of a file another name. Another user can have put another file in the place
 * of the first copy. */
static int link_copy(const struct pf_link *link, const struct job *job)
{
	PF_CLEANUP_FD int fd = pf_open_below(link->root, link->path, PATH_FLAGS);
	struct stat status;
	char path[PF_FD_PATH];
	int r = fd < 0 ? fd : pf_status_of(fd, &status);

	if (r < 0)
		return r;
	if (status.st_ino != link->to_inode || status.st_dev != link->to_device)
		return pf_fault_of(PF_CALL_OPEN, EINVAL);
	pf_path_of_fd(fd, path);
	return pf_checked(PF_CALL_LINK,
			  linkat(AT_FDCWD, path, job->to, job->to_name, AT_SYMLINK_FOLLOW));
}

static int copy_file(struct pf_copier *copier, const struct job *job)
{
	struct stat status;
	PF_CLEANUP_FD int from = pf_open_file(job->from, job->from_name, &status);

	if (from < 0)
		return from;
	const struct pf_link *link = status.st_nlink > 1 ? find_link(copier, &status) : NULL;
	if (link)
		return link_copy(link, job);
	PF_CLEANUP_FD int to = openat(job->to, job->to_name,
				      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return pf_fault(PF_CALL_OPEN);
	int r = pf_copy_data(from, to, status.st_size);
	if (r >= 0)
		r = finish(copier, from, to, &status, job->surplus);
	if (r >= 0 && status.st_nlink > 1)
		r = add_link(copier, &status, to);
	return r;
}

static int copy_entries(struct pf_copier *copier, int from, int to)
{
	struct pf_names names;
	const size_t length = copier->path.size;
	int r = pf_list_names(from, &names);

	for (size_t i = 0; r >= 0 && i < names.count; i++) {
		const char *name = names.names[i];
		const struct job job = {from, name, to, name, PF_SURPLUS_INHERITED, 1};
		pf_text_put(&copier->path, "/");
		pf_text_put(&copier->path, name);
		r = copy_new(copier, &job);
		copier->path.size = length;
		if (copier->path.bytes)
			copier->path.bytes[length] = '\0';
	}
	pf_free_names(&names);
	return r;
}

static int copy_directory(struct pf_copier *copier, const struct job *job)
{
	struct stat status;
	struct pf_node node;
	const int flags = O_RDONLY | O_DIRECTORY;
	int r = pf_make_directory(job->to, job->to_name, &node);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int from =
		pf_open_below(job->from, job->from_name, job->with_tree ? flags : PATH_FLAGS);
	if (from < 0)
		return from;
	PF_CLEANUP_FD int to = pf_open_below(job->to, job->to_name, flags | O_NOFOLLOW);
	r = to < 0 ? to : pf_status_of(to, &status);
	const struct pf_node found = pf_node_of(&status);
	if (r >= 0 && !pf_is_node(&found, &node))
		return PF_IS_OTHER;
	if (r >= 0)
		r = pf_status_of(from, &status);
	if (r >= 0 && job->with_tree)
		r = copy_entries(copier, from, to);
	return r < 0 ? r : finish(copier, from, to, &status, PF_SURPLUS_OWN);
}

static int make_link(int from, const struct job *job)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(from, "", target, sizeof(target) - 1);

	if (length < 0)
		return pf_fault(PF_CALL_READLINK);
	target[length] = '\0';
	return pf_checked(PF_CALL_SYMLINK, symlinkat(target, job->to, job->to_name));
}

/* Copies a symbolic link, a device, a FIFO or a socket. */
static int copy_special(struct pf_copier *copier, const struct job *job, int from,
			const struct stat *status)
{
	const int risk = pf_risk_of_mode(status->st_mode) & copier->refused;
	struct stat copy;

	if (risk)
		return pf_fault_of(PF_CALL_RISK, risk);
	int r = S_ISLNK(status->st_mode)
			? make_link(from, job)
			: pf_checked(PF_CALL_MKNOD, mknodat(job->to, job->to_name, status->st_mode,
							    status->st_rdev));
	if (r < 0)
		return r;
	PF_CLEANUP_FD int to = pf_open_below(job->to, job->to_name, PATH_FLAGS);
	r = to < 0 ? to : pf_status_of(to, &copy);
	if (r < 0)
		return r;
	/* Another user can have put another file there. */
	if ((copy.st_mode & S_IFMT) != (status->st_mode & S_IFMT))
		return pf_fault_of(PF_CALL_OPEN, EINVAL);
	return finish(copier, from, to, status, PF_SURPLUS_INHERITED);
}

/* Copies an entry to a new name in a directory. Opens only files and directories, because opening a
 * device can change the device. */
static int copy_new(struct pf_copier *copier, const struct job *job)
{
	struct stat status;

	if (fstatat(job->from, job->from_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return pf_fault(PF_CALL_STAT);
	if (S_ISREG(status.st_mode))
		return copy_file(copier, job);
	if (S_ISDIR(status.st_mode))
		return copy_directory(copier, job);
	PF_CLEANUP_FD int from = pf_open_below(job->from, job->from_name, PATH_FLAGS);
	int r = from < 0 ? from : pf_status_of(from, &status);
	return r < 0 ? r : copy_special(copier, job, from, &status);
}

int pf_copy(struct pf_copier *copier, struct pf_place from, struct pf_place to,
	    const char *temporary, int with_tree)
{
	struct pf_parent *parent;
	const char *name;
	size_t length;
	struct job job = {.with_tree = with_tree};

	job.to = pf_parent_of(copier->trial, to, &name, &parent);
	if (job.to < 0)
		return job.to;
	job.to_name = temporary ? temporary : name;
	job.surplus = pf_inherits(parent) ? PF_SURPLUS_INHERITED : PF_SURPLUS_NONE;
	copier->root = to.root;
	pf_last_name(to.path, &length);
	pf_text_clear(&copier->path);
	pf_text_add(&copier->path, to.path, length);
	if (length > 0)
		pf_text_put(&copier->path, "/");
	pf_text_put(&copier->path, job.to_name);
	job.from = pf_parent_of(copier->trial, from, &job.from_name, &parent);
	if (job.from < 0)
		return job.from;
	int r = copy_new(copier, &job);
	if (pf_number_of(r) != EEXIST)
		return r;
	r = pf_remove_tree(job.to, job.to_name);
	return r < 0 ? r : copy_new(copier, &job);
}
