/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maker: a child of the monitor that makes missing mount points when init asks for them, and
 * removes them after the end of the container, even if the monitor is killed. It exists only if
 * mount points are missing. It runs as the container's root user, who owns the mount points.
 *
 * The maker works with descriptors and never with paths, because the owner of the root directory
 * may have put any file on a path.
 */
#ifndef PF_MOUNT_POINT_MAKER_H
#define PF_MOUNT_POINT_MAKER_H

#include "init/base/run.h"

#define PF_MADE_MOUNT_POINTS_MAX 16384

/* In the monitor: starts the maker, and sends init a socket to the maker. The maker begins to
 * remove mount points when init has ended and run->maker_socket is closed. Returns 0 or -errno. */
int pf_start_mount_point_maker(struct pf_run *run);

/* In init: asks the maker to make `name` in the directory `parent`. The type in `mode` says what to
 * make: a directory, an empty file or, with S_IFLNK, the symbolic link of the current operation.
 * With a mode of 0, asks the maker to adopt an existing `name` that another maker has made. Returns
 * an O_PATH descriptor or -errno. */
int pf_ask_maker(struct pf_run *run, int parent, const char *name, mode_t mode);

/* Tells whether an open file or directory has no maker's mark (user.pflask.made). */
int pf_is_unmarked(int opened);

/* Tells whether the file or directory of an O_PATH descriptor was made by a maker, and may be
 * removed. A maker sets a mark (user.pflask.made) on what it makes, if the file system has extended
 * attributes. The mark counts only if the user of the calling process owns the file, and no other
 * id may write to it. */
int pf_has_maker_mark(int fd);

/* Removes the maker's mark from a file or directory, so that no maker removes the file. */
void pf_remove_maker_mark(int fd);

#endif
