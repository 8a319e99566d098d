/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the manifest of a trial: the file `manifest` in the directory that keeps the changes of an
 * ephemeral root. docs/trial.md describes the lines. With the manifest, later steps need no other
 * record of the container.
 */
#ifndef PF_MANIFEST_H
#define PF_MANIFEST_H

#include "common/output.h"
#include "monitor.h"

/* Writes the lines about the container and about a stored overlay, if the directory keeps the
 * changes of this overlay. The first call makes the manifest, with the ids of the monitor. Returns
 * 0 or -errno. Makes no manifest in a directory that the caller cannot read. */
int pf_manifest_add(struct monitor *monitor, const struct overlay *overlay);

/* Writes a line for each change. Returns 0 or -errno. */
int pf_manifest_list(const struct monitor *monitor);

/* Writes the last line, which describes the end of the container. Returns 0 or -errno. */
int pf_manifest_end(const struct monitor *monitor, const struct pflask_exit *end);

/* Write the members of a line that tell the current time and the command. */
void pf_put_now(struct pf_output *out, const char *field);
void pf_put_command(struct pf_output *out, const struct pf_run *run);

#endif
