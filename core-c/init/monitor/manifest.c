/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the manifest of a trial (manifest.h). */
#define _GNU_SOURCE
#include "manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "changes_child.h"
#include "common/cleanup.h"
#include "common/protocol/plan.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "init/changes/put.h"
#include "init/root/op_take.h"
#include "init/root/trial.h"
#include "op_trial.h"

#define VERSION 1

static void put_text(struct pf_output *out, const char *field, const char *text)
{
	pf_output_put_string(out, field);
	pf_output_put_string(out, "\"");
	pf_put_escaped(out, text, 1);
	pf_output_put_string(out, "\"");
}

void pf_put_now(struct pf_output *out, const char *field)
{
	struct timespec now;

	/* File systems use this clock for the ctime of files. */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	pf_output_put_string(out, field);
	pf_output_put_string(out, "\"");
	pf_put_time(out, &now);
	pf_output_put_string(out, "\"");
}

/* Writes the name of an overlay's upper directory in the directory of the trial. Returns 0 if the
 * upper directory is not there: the overlay is a skeleton, or a mount of the user. */
static int name_of_upper(const struct monitor *monitor, int32_t index, char ret[PF_TRIAL_NAME])
{
	const struct pf_op *op = pf_plan_op(monitor->run.plan, (uint32_t)index);
	const struct pf_op *work = op->code == PF_OP_overlay
					   ? pf_find_layer(&monitor->run, index, op->arg[2], 1)
					   : NULL;

	if (work && pf_trials.is_continued)
		pf_trial_name(pf_trials.own.numbers[index] - 1, 0, ret);
	else if (work)
		strcpy(ret, pf_arg_string(&monitor->run, work, 1));
	return work != NULL;
}

void pf_put_command(struct pf_output *out, const struct pf_run *run)
{
	const void *plan = run->plan;
	const struct pf_op *op = pf_plan_find(plan, PF_OP_exec);

	pf_output_put_string(out, ",\"command\":[");
	for (const uint64_t *at = op ? pf_plan_list(plan, op->arg[1]) : NULL; at && *at; at++)
		put_text(out, at == pf_plan_list(plan, op->arg[1]) ? "" : ",",
			 pf_plan_string(plan, *at));
	pf_output_put_string(out, "]");
}

static int begin(const struct monitor *monitor)
{
	struct pf_output out = {.fd = monitor->run.outside.manifest_fd};

	pf_put_number(&out, "{\"version\":", VERSION);
	pf_put_now(&out, ",\"began\":");
	pf_put_ids(&out, &monitor->run);
	pf_put_command(&out, &monitor->run);
	pf_output_put_string(&out, "}\n");
	pf_put_trials(&out);
	return pf_output_flush(&out);
}

/* Creates the manifest in the directory of the trial, which this monitor has locked. Returns 0 or
 * -errno. */
static int make(struct monitor *monitor)
{
	const struct pf_op *scratch = pf_plan_find(monitor->run.plan, PF_OP_scratch_in);
	const int32_t count = (int32_t)pf_plan_count(monitor->run.plan);
	const struct pf_op *layer =
		scratch ? pf_find_layer(&monitor->run, count, scratch->arg[0], 0) : NULL;
	int directory = layer ? pf_taken_fd(pf_arg_string(&monitor->run, layer, 1)) : -1;

	if (directory < 0)
		return 0;
	monitor->run.outside.manifest_fd =
		openat(directory, "manifest",
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);
	int r = monitor->run.outside.manifest_fd < 0 ? -errno : begin(monitor);
	/* Removes a manifest without a first line: no other container could use such a
	 * directory. */
	if (r < 0 && monitor->run.outside.manifest_fd >= 0)
		unlinkat(directory, "manifest", 0);
	return r;
}

/* Tells whether the manifest already has a line about this overlay, from an earlier command of the
 * trial. */
static int is_in_manifest(int32_t index)
{
	return pf_trials.is_continued && pf_trials.own.numbers[index] <= pf_trials.own.new_from;
}

int pf_manifest_add(struct monitor *monitor, const struct overlay *overlay)
{
	char upper[PF_TRIAL_NAME];
	struct stat status;

	if (!name_of_upper(monitor, overlay->index, upper) || is_in_manifest(overlay->index))
		return 0;
	int r = monitor->run.outside.manifest_fd < 0 ? make(monitor) : 0;
	if (r < 0 || monitor->run.outside.manifest_fd < 0)
		return r;
	const struct pf_op *op = pf_plan_op(monitor->run.plan, (uint32_t)overlay->index);
	const struct pf_op *layer = pf_find_layer(&monitor->run, overlay->index, op->arg[1], 0);
	struct pf_output out = {.fd = monitor->run.outside.manifest_fd};
	put_text(&out, "{\"overlay\":", pf_arg_string(&monitor->run, op, 0));
	put_text(&out, ",\"upper\":", upper);
	const int lower = overlay->host >= 0 ? overlay->host : overlay->lowerdir;
	if (layer && fstat(lower, &status) == 0) {
		if (layer->code == PF_OP_idmap_source || layer->code == PF_OP_idmap_mount)
			pf_output_put_string(&out, ",\"idmapped\":true");
		put_text(&out, ",\"lower\":", pf_arg_string(&monitor->run, layer, 1));
		pf_put_identity(&out, &status);
	}
	pf_output_put_string(&out, "}\n");
	return pf_output_flush(&out);
}

static void put_failed(const struct pf_overlay *overlay, int fd, int error, const char *below)
{
	struct pf_output out = {.fd = fd};

	pf_put_number(&out, "{\"errno\":", (uint64_t)-error);
	pf_output_put_string(&out, ",\"failed\":\"");
	pf_put_escaped(&out, overlay->path, 1);
	pf_put_escaped(&out, below, 1);
	pf_output_put_string(&out, "\"}\n");
	pf_output_flush(&out);
}

/* Writes a line about each overlay of an earlier command that this container does not have, because
 * its lower directory was removed during the start. */
static void put_missing(const struct monitor *monitor)
{
	size_t next = 0;

	for (int32_t i = 0; i < (int32_t)pf_plan_count(monitor->run.plan); i++) {
		const struct pf_op *op = pf_plan_op(monitor->run.plan, (uint32_t)i);
		while (next < monitor->overlay_count && monitor->overlays[next].index < i)
			next++;
		int is_there = next < monitor->overlay_count && monitor->overlays[next].index == i;
		if (!pf_trials.own.numbers[i] || !is_in_manifest(i) || is_there)
			continue;
		const struct pf_overlay overlay = {.path = pf_arg_string(&monitor->run, op, 0)};
		put_failed(&overlay, monitor->run.outside.manifest_fd, -ENOENT, "");
	}
}

/* Opens the layers of an overlay above trials of --lower. Returns 0 or -errno. */
static int open_layers(const struct monitor *monitor, size_t i, struct pf_overlay *overlay)
{
	const struct overlay *stored = &monitor->overlays[i];

	for (unsigned j = 0; j < pf_trials.below_count; j++) {
		const struct pf_trial *trial = &pf_trials.below[j];
		int fd = pf_open_upper(trial, trial->fd, stored->index);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		overlay->layers[overlay->layer_count++] = (struct pf_layer){fd, j + 1};
	}
	int host = pf_dup(stored->host, 0);
	if (host < 0)
		return host;
	overlay->layers[overlay->layer_count++] = (struct pf_layer){host, 0};
	return 0;
}

/* Lists the changes of one overlay. Returns 0, or -errno if a write failed. */
static int list_overlay(const struct monitor *monitor, size_t i)
{
	const int fd = monitor->run.outside.manifest_fd;
	const int32_t index = monitor->overlays[i].index;
	struct pf_overlay overlay = pf_stored_overlay(monitor, i);
	char name[PF_TRIAL_NAME];
	const char *failed = "";

	if (!overlay.is_skeleton && !name_of_upper(monitor, index, name))
		return 0;
	int r = monitor->overlays[i].host < 0 ? 0 : open_layers(monitor, i, &overlay);
	if (r == 0)
		r = pf_list_changes(&overlay, PF_CHANGES_MANIFEST, fd, &failed);
	for (size_t j = 0; j < overlay.layer_count; j++)
		close(overlay.layers[j].fd);
	/* The list has a line about each path that could not be examined. */
	if (r == 0 || !failed || *failed)
		return failed ? 0 : r;
	put_failed(&overlay, fd, r, failed);
	return 0;
}

int pf_manifest_list(const struct monitor *monitor)
{
	int error = 0;

	for (size_t i = 0; i < monitor->overlay_count && error == 0; i++)
		error = list_overlay(monitor, i);
	if (pf_trials.is_continued)
		put_missing(monitor);
	return error;
}

int pf_manifest_end(const struct monitor *monitor, const struct pflask_exit *end)
{
	struct pf_output out = {.fd = monitor->run.outside.manifest_fd};

	pf_put_now(&out, "{\"ended\":");
	if (end->signal)
		pf_put_number(&out, ",\"signal\":", (uint64_t)end->signal);
	else
		pf_put_number(&out, ",\"code\":", (uint64_t)end->code);
	pf_output_put_string(&out, "}\n");
	return pf_output_flush(&out);
}
