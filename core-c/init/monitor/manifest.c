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
#include "init/base/run_plan.h"
#include "init/changes/put.h"
#include "init/root/op_take.h"

#define VERSION 1

static void put_text(struct pf_output *out, const char *field, const char *text)
{
	pf_output_put_string(out, field);
	pf_output_put_string(out, "\"");
	pf_put_escaped(out, text, 1);
	pf_output_put_string(out, "\"");
}

static void put_now(struct pf_output *out, const char *field)
{
	struct timespec now;

	/* File systems take the ctime from this clock. */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	pf_output_put_string(out, field);
	pf_output_put_string(out, "\"");
	pf_put_time(out, &now);
	pf_output_put_string(out, "\"");
}

/* Returns the last operation before `end` that makes or opens layer `number`, or NULL if there is
 * no such operation. */
static const struct pf_op *find_layer(const struct monitor *monitor, int32_t end, uint64_t number,
				      int is_work)
{
	while (--end >= 0) {
		const struct pf_op *op = pf_plan_op(monitor->run.plan, (uint32_t)end);
		switch (op->code) {
		case PF_OP_work:
			if (is_work && op->arg[0] == number)
				return op;
			break;
		case PF_OP_layer:
		case PF_OP_layer_entry:
		case PF_OP_source_idle:
		case PF_OP_idmap_source:
		case PF_OP_idmap_mount:
			if (!is_work && op->arg[0] == number)
				return op;
			break;
		}
	}
	return NULL;
}

static const char *path_of_layer(const struct monitor *monitor, int32_t end, uint64_t number,
				 int is_work)
{
	const struct pf_op *op = find_layer(monitor, end, number, is_work);

	return op ? pf_arg_string(&monitor->run, op, 1) : NULL;
}

/* Returns the name of the upper directory, or NULL if the directory of the trial does not have the
 * changes of the overlay, because the overlay is a skeleton or belongs to a mount of the user. */
static const char *name_of_upper(const struct monitor *monitor, const struct overlay *overlay)
{
	const struct pf_op *op = pf_plan_op(monitor->run.plan, (uint32_t)overlay->index);

	return op->code == PF_OP_overlay ? path_of_layer(monitor, overlay->index, op->arg[2], 1)
					 : NULL;
}

static void put_command(struct pf_output *out, const struct monitor *monitor)
{
	const void *plan = monitor->run.plan;
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
	put_now(&out, ",\"began\":");
	pf_put_number(&out, ",\"uid\":", geteuid());
	pf_output_put_string(&out, monitor->run.outside.userns < 0 ? ",\"userns\":false"
								   : ",\"userns\":true");
	put_command(&out, monitor);
	pf_output_put_string(&out, "}\n");
	return pf_output_flush(&out);
}

/* Makes the manifest in the taken directory that keeps the changes. Returns 0 or -errno. */
static int make(struct monitor *monitor)
{
	const struct pf_op *scratch = pf_plan_find(monitor->run.plan, PF_OP_scratch_in);
	const int32_t count = (int32_t)pf_plan_count(monitor->run.plan);
	const char *path = scratch ? path_of_layer(monitor, count, scratch->arg[0], 0) : NULL;
	int directory = path ? pf_taken_fd(path) : -1;

	if (directory < 0)
		return 0;
	monitor->run.outside.manifest_fd =
		openat(directory, "manifest",
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);
	return monitor->run.outside.manifest_fd < 0 ? -errno : begin(monitor);
}

int pf_manifest_add(struct monitor *monitor, const struct overlay *overlay)
{
	const char *upper = name_of_upper(monitor, overlay);
	struct stat status;

	if (!upper)
		return 0;
	int r = monitor->run.outside.manifest_fd < 0 ? make(monitor) : 0;
	if (r < 0 || monitor->run.outside.manifest_fd < 0)
		return r;
	const struct pf_op *op = pf_plan_op(monitor->run.plan, (uint32_t)overlay->index);
	const struct pf_op *layer = find_layer(monitor, overlay->index, op->arg[1], 0);
	struct pf_output out = {.fd = monitor->run.outside.manifest_fd};
	put_text(&out, "{\"overlay\":", pf_arg_string(&monitor->run, op, 0));
	put_text(&out, ",\"upper\":", upper);
	if (layer && fstat(overlay->lowerdir, &status) == 0) {
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

int pf_manifest_list(const struct monitor *monitor)
{
	const int fd = monitor->run.outside.manifest_fd;
	int error = 0;

	for (size_t i = 0; i < monitor->overlay_count && error == 0; i++) {
		const struct pf_overlay overlay = pf_stored_overlay(monitor, i);
		const char *failed;
		if (!overlay.is_skeleton && !name_of_upper(monitor, &monitor->overlays[i]))
			continue;
		int r = pf_list_changes(&overlay, PF_CHANGES_MANIFEST, fd, &failed);
		if (r < 0 && failed)
			put_failed(&overlay, fd, r, failed);
		else
			error = r;
	}
	return error;
}

void pf_manifest_end(const struct monitor *monitor, const struct pflask_exit *end)
{
	struct pf_output out = {.fd = monitor->run.outside.manifest_fd};

	put_now(&out, "{\"ended\":");
	if (end->signal)
		pf_put_number(&out, ",\"signal\":", (uint64_t)end->signal);
	else
		pf_put_number(&out, ",\"code\":", (uint64_t)end->code);
	pf_output_put_string(&out, "}\n");
	pf_output_flush(&out);
}
