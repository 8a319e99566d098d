/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the manifest of a trial: the file `manifest` in the directory of --ephemeral=DIR, which
 * describes the container and its changes (docs/trial.md). Later steps of the trial need no other
 * record of the container.
 */
#ifndef PF_MANIFEST_H
#define PF_MANIFEST_H

#include "common/output.h"
#include "monitor.h"

/* Writes the lines about an overlay whose changes are in the directory of the trial. Does nothing
 * for any other overlay. The first call creates the manifest with the ids of the monitor, and
 * writes the lines about the container.
 * Creates no manifest in a directory that the caller cannot read. Returns 0 or -errno. */
int pf_manifest_add(struct monitor *monitor, const struct overlay *overlay);

/* Writes a line for each change. Returns 0 or -errno. */
int pf_manifest_list(const struct monitor *monitor);

/* Writes the last line, which describes the end of the container. Returns 0 or -errno. */
int pf_manifest_end(const struct monitor *monitor, const struct pflask_exit *end);

/* Write parts of a line: the present time, and the command. */
void pf_put_now(struct pf_output *out, const char *field);
void pf_put_command(struct pf_output *out, const struct pf_run *run);

#endif
