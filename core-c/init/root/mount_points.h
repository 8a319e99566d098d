/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maker: a child of the monitor that makes the mount points that are missing, one by one as
 * init asks for them, and removes them after the end of the container. It is there only where
 * something is missing. It has the ids of the container's root, which what it makes belongs to, and
 * outlives the monitor, should that be killed.
 *
 * Nothing is named by a path, since whoever owns the root may have put anything there.
 */
#ifndef PF_MOUNT_POINTS_H
#define PF_MOUNT_POINTS_H

#include "init/base/run.h"

#define PF_MAKER_MOST 16384

/* For the monitor: starts the maker and tells init how to reach it. It goes to work on what is to
 * be removed when init has ended and run->maker is closed. Returns 0 or -errno. */
int pf_start_maker(struct pf_run *run);

/* For init: has `name` made in a directory, for the operation at hand: a directory, an empty file,
 * or, with S_IFLNK, the symbolic link of that operation; or, with mode 0, what a maker has made
 * before taken as made now. Returns a descriptor (O_PATH) of it, or -errno. */
int pf_make(struct pf_run *run, int parent, const char *name, mode_t mode);

/* Tells whether a maker has made what a descriptor (O_PATH) stands for, and may remove it: a maker
 * leaves a mark on directories and files, where the file system has extended attributes. A mark
 * counts only on a thing of the calling process's own user that no other id may write to. */
int pf_is_marked(int fd);

/* Removes the mark: no maker removes the thing any more. */
void pf_remove_mark(int fd);

#endif
