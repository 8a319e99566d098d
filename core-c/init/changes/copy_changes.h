/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the changes of a container: copies the upper directory of an overlay. */
#ifndef PF_COPY_CHANGES_H
#define PF_COPY_CHANGES_H

#include "list_changes.h"

/*
 * Copies the contents of an overlay's upper directory to an empty directory, with types, modes,
 * owners, times, extended attributes, holes, and hard links of regular files. Returns -EMLINK if
 * there are too many hard links. Whiteouts and opaque directories are copied unchanged, so the copy
 * is an upper directory, too. Labels of SELinux, and attributes that describe inodes for overlayfs,
 * are left out. The destination keeps its mode and owner: with mode 0700, no other user of the host
 * can reach a set-user-ID file or a device that the container made.
 *
 * Returns 0 or -errno. An entry that cannot be made is left out, for example a device without the
 * necessary privilege (EPERM). The first such error is returned at the end, with its path below
 * overlay->path in *reterr_path (static memory). A full disk ends the copy immediately. The caller
 * must ignore or block SIGXFSZ.
 */
int pf_copy_changes(const struct pf_overlay *overlay, int dest, const char **reterr_path);

#endif
