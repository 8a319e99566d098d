/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeping what a container changed: a copy of the upper directory of an overlay. */
#ifndef PF_COPY_H
#define PF_COPY_H

#include "report.h"

/*
 * Copies what is in the upper directory of a layer to an empty directory, with types, modes,
 * owners, times, extended attributes, holes and hard links of regular files (-EMLINK: more than
 * there is room to remember). Whiteouts and opaque directories stay what they are: the copy is an
 * upper directory. Left out are labels of SELinux, and what overlayfs notes of inodes. The
 * directory of the caller's, for the root itself, keeps its mode and owner: with 0700 nobody else
 * on the host gets at what a container made setuid, or a device.
 *
 * Returns 0 or -errno. What can not be made (a device without privilege: EPERM) is left out, and
 * the first such error is returned at the end with *reterr_path (in static memory; below
 * layer->path); a full disk ends it at once. The caller ignores or blocks SIGXFSZ.
 */
int pf_keep(const struct pf_layer *layer, int dest, const char **reterr_path);

#endif
