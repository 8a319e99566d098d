/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maker: a child of the monitor that makes missing mount points when init asks for them, and
 * removes them after the end of the container. The maker exists only if mount points are missing.
 * The maker has the ids of the container's root user, who owns the mount points, and outlives a
 * monitor that is killed.
 *
 * The maker uses no paths, because the owner of the root may have put any file on a path.
 */
#ifndef PF_MOUNT_POINT_MAKER_H
#define PF_MOUNT_POINT_MAKER_H

#include "init/base/run.h"

#define PF_MADE_MOUNT_POINTS_MAX 16384

/* For the monitor: starts the maker, and sends init the socket to the maker. The maker begins to
 * remove mount points when init has ended and run->maker_socket is closed. Returns 0 or -errno. */
int pf_start_mount_point_maker(struct pf_run *run);

/* For init: asks the maker to make `name` in a directory. The type in `mode` asks for a directory,
 * an empty file or, with S_IFLNK, the symbolic link of the current operation. With a mode of 0,
 * asks the maker to adopt an existing `name` that another maker made. Returns an O_PATH descriptor
 * or -errno. */
int pf_ask_maker(struct pf_run *run, int parent, const char *name, mode_t mode);

/* Tells whether an open file or directory has no mark of a maker. */
int pf_is_unmarked(int opened);

/* Tells whether a maker has made, and may remove, the file or directory of an O_PATH descriptor. A
 * maker marks directories and files if the file system has extended attributes. A mark counts only
 * if the user of the calling process is the owner, and no other id may write to the file or
 * directory. */
int pf_has_maker_mark(int fd);

/* Removes the mark of a file or directory, so that no maker removes the file or directory. */
void pf_remove_maker_mark(int fd);

#endif
