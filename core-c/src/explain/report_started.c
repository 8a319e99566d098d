/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports the start of a container (report_exit.h). */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>

#include "json.h"
#include "report_error.h"
#include "report_exit.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

static const struct {
	uint32_t flag;
	char name[8];
} namespaces[] = {
#define PF_NAMESPACE(name, flag, field) {flag, #name},
#include "defs/namespaces.def"
};

static void put_namespaces(FILE *out, uint32_t flags)
{
	const char *separator = "";

	fputs("\"namespaces\":[", out);
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		if (!(flags & namespaces[i].flag))
			continue;
		fprintf(out, "%s\"%s\"", separator, namespaces[i].name);
		separator = ",";
	}
	fputc(']', out);
}

static void put_keyring(FILE *out, int number)
{
	char room[PF_NUMBER_TEXT];

	if (number == 0)
		fputs("true", out);
	else
		fprintf(out, "{\"errno\":\"%s\"}", pf_errno_name(number, room));
}

int pf_report_left_out(const struct pf_reporter *to, const char *left_out)
{
	struct pflask_error error;

	if (!left_out)
		return 0;
	pf_error_field(&error, "limitsBestEffort", 0,
		       "left out, because no cgroup can enforce it here: %s", left_out);
	pf_report_on_stderr(to, &error);
	return 1;
}

int pf_report_started(const struct pf_reporter *to, const struct pflask_info *info,
		      const char *left_out, int has_terminal)
{
	struct pf_line event;
	/* leader_pid is 0 if it is unknown. */
	const int is_silent = to->status_fd < 0 || info->leader_pid == 0;
	int r = is_silent ? 0 : pf_event_begin(&event, "started");

	if (is_silent || r < 0)
		return r;
	fprintf(event.out, ",\"pid\":{\"monitor\":%d,\"init\":%d,\"leader\":%d},\"enforced\":{",
		info->monitor_pid, info->init_pid, info->leader_pid);
	put_namespaces(event.out, info->namespaces);
	fputs(",\"keyring\":", event.out);
	put_keyring(event.out, info->keyring_errno);
	fprintf(event.out, ",\"pty\":%s}", has_terminal ? "true" : "false");
	if (left_out) {
		fputs(",\"leftOut\":", event.out);
		pf_json_string(event.out, left_out);
	}
	return pf_event_send(&event, to);
}
