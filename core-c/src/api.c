/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines the public functions of the library; pflask.h has their contracts. All public functions
 * are in this file. It copies structures from and to the caller, whose structures may have the size
 * of another version. The caller may pass NULL for the error, but the other files always get a
 * structure for the error.
 */
#define _GNU_SOURCE
#pragma GCC visibility push(default)
#include "pflask.h"
#include "src/explain/command_line.h"
#pragma GCC visibility pop

#include <errno.h>
#include <stdlib.h>

#include "common/protocol/plan.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/base/parent_open_files.h"
#include "src/base/struct_size.h"
#include "src/compile/compile.h"
#include "src/detached/attach.h"
#include "src/detached/end.h"
#include "src/detached/exec.h"
#include "src/detached/open.h"
#include "src/explain/print.h"
#include "src/explain/print_json.h"
#include "src/explain/report_boot.h"
#include "src/explain/report_error.h"
#include "src/explain/report_exit.h"
#include "src/find/request.h"
#include "src/host/nss.h"
#include "src/run/container.h"
#include "src/run/relay.h"
#include "src/run/step.h"
#include "src/run/thread_list.h"
#include "src/spec/spec.h"
#include "src/terminal/terminal.h"

/* Begins a public function that fills in a structure of the caller. If `size`, the size of this
 * structure, is less than `least`, fills in *error and returns -EINVAL. */
static int begin(struct pflask_error *error, const struct pflask_error *reterr, uint32_t error_size,
		 uint32_t size, uint32_t least)
{
	int r = pf_error_begin(error, reterr, error_size);

	return r < 0 ? r : pf_check_struct_size(size, least, error);
}

/* If `r` is not negative, copies the result of a container to the caller's structure. Returns
 * `r`. */
static int give_exit(int r, struct pflask_exit *ret, uint32_t exit_size,
		     const struct pflask_exit *end)
{
	if (r >= 0)
		pf_copy_to_caller(ret, exit_size, end, sizeof(*end));
	return r;
}

uint32_t pflask_abi(void)
{
	return PFLASK_ABI;
}

const char *pflask_version(void)
{
	return PFLASK_VERSION;
}

pflask_spec *pflask_spec_new(void)
{
	return pf_spec_new();
}

pflask_spec *pflask_spec_free(pflask_spec *spec)
{
	return pf_spec_free(spec);
}

int pflask_spec_set(pflask_spec *spec, const char *field, const char *value,
		    struct pflask_error *reterr, uint32_t error_size)
{
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = pf_spec_set(spec, field, value, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

static int make_plan(const pflask_spec *spec, pflask_plan **ret, struct pflask_error *reterr)
{
	pflask_plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	int size = pf_compile(spec, &plan->data, &plan->origins, &plan->fds, &plan->notes, reterr);
	if (size < 0) {
		pflask_plan_free(plan);
		return size;
	}
	if (pf_accounts_are_partial()) {
		pflask_plan_free(plan);
		return pf_error_internal(reterr, ENOSYS,
					 "accounts: this library cannot ask all sources");
	}
	plan->size = (size_t)size;
	plan->escape_key = pf_spec_escape_key(spec);
	*ret = plan;
	return 0;
}

int pflask_plan_make(const pflask_spec *spec, pflask_plan **ret, struct pflask_error *reterr,
		     uint32_t error_size)
{
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = make_plan(spec, ret, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

pflask_plan *pflask_plan_free(pflask_plan *plan)
{
	if (plan) {
		free(plan->data);
		pf_origins_clear(&plan->origins);
		pf_plan_fds_clear(&plan->fds);
		free(plan->text);
		free(plan->json);
		pf_plan_notes_clear(&plan->notes);
	}
	free(plan);
	return NULL;
}

const char *pflask_plan_text(pflask_plan *plan, int format)
{
	if (format == PFLASK_PLAN_JSON) {
		if (!plan->json)
			plan->json = pf_print_plan_json(plan->data, &plan->origins);
		return plan->json;
	}
	if (!plan->text)
		plan->text = pf_print_plan(plan->data);
	return plan->text;
}

const char *pflask_plan_left_out(const pflask_plan *plan)
{
	return plan->notes.left_out ? plan->notes.left_out : "";
}

int pflask_start(const pflask_plan *plan, int stdin_fd, int stdout_fd, int stderr_fd,
		 uint32_t flags, pflask_container **ret, struct pflask_error *reterr,
		 uint32_t error_size)
{
	const int stdio[3] = {stdin_fd, stdout_fd, stderr_fd};
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = pf_start(plan, stdio, flags, ret, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

static int run_plan(const pflask_plan *plan, const int stdio[3], struct pflask_exit *ret,
		    struct pflask_error *reterr)
{
	pflask_container *container;

	if (pf_plan_find(plan->data, PF_OP_control))
		return pf_error_field(reterr, "detach", EINVAL, "cannot run in the foreground");
	int r = pf_start(plan, stdio, PFLASK_FOREGROUND, &container, reterr);
	if (r < 0)
		return r;
	r = pf_relay(container, stdio[0], stdio[1], ret);
	pf_close(container);
	return r < 0 ? pf_error_internal(reterr, -r, "monitor: %s", pf_errno_text(-r)) : 0;
}

int pflask_run(const pflask_plan *plan, int stdin_fd, int stdout_fd, int stderr_fd,
	       struct pflask_exit *ret, uint32_t exit_size, struct pflask_error *reterr,
	       uint32_t error_size)
{
	const int stdio[3] = {stdin_fd, stdout_fd, stderr_fd};
	struct pflask_error error;
	struct pflask_exit end;
	int r = begin(&error, reterr, error_size, exit_size, PF_LEAST_EXIT);

	if (r == 0)
		r = run_plan(plan, stdio, &end, &error);
	r = give_exit(r, ret, exit_size, &end);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_info(const pflask_container *container, struct pflask_info *ret, uint32_t info_size)
{
	if (info_size < PF_LEAST_INFO)
		return -EINVAL;
	pf_copy_to_caller(ret, info_size, &container->info, sizeof(container->info));
	return 0;
}

int pflask_terminal(const pflask_container *container)
{
	return container->pty_master >= 0 ? container->pty_master : -ENOTTY;
}

int pflask_fd(pflask_container *container)
{
	return pf_take_bell(container);
}

int pflask_step(pflask_container *container, int *ret_timeout_ms, struct pflask_error *reterr,
		uint32_t error_size)
{
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = pf_step(container, ret_timeout_ms, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_resize(const pflask_container *container, int rows, int cols)
{
	if (container->is_detached)
		return pf_resize(container, rows, cols);
	return container->pty_master < 0 ? -ENOTTY
					 : pf_terminal_resize(container->pty_master, rows, cols);
}

int pflask_kill(pflask_container *container, int signal)
{
	return pf_kill(container, signal);
}

int pflask_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret,
		uint32_t exit_size)
{
	struct pflask_exit end;
	int r = exit_size < PF_LEAST_EXIT ? -EINVAL : pf_wait(container, timeout_ms, &end);

	return give_exit(r, ret, exit_size, &end);
}

pflask_container *pflask_close(pflask_container *container)
{
	return pf_close(container);
}

int pflask_open(const char *which, uint32_t flags, pflask_container **ret,
		struct pflask_error *reterr, uint32_t error_size)
{
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = pf_open_container(which, flags, ret, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_record(const pflask_container *container, struct pflask_record *ret,
		  uint32_t record_size)
{
	const struct pf_opened *opened = container->opened;

	if (!opened || record_size < PF_LEAST_RECORD)
		return -EINVAL;
	if (container->pending)
		return -EINPROGRESS;
	pf_copy_to_caller(ret, record_size, &opened->record, sizeof(opened->record));
	return 0;
}

int pflask_interrupt(pflask_container *container)
{
	return pf_interrupt(container);
}

int pflask_list(int all, struct pflask_record *ret, uint32_t capacity, uint32_t record_size,
		struct pflask_error *reterr, uint32_t error_size)
{
	struct pflask_error error;
	struct pflask_record *records = NULL;
	int r = begin(&error, reterr, error_size, record_size, PF_LEAST_RECORD);

	if (r == 0)
		r = pf_list(all, &records, &error);
	for (uint32_t i = 0; r > 0 && i < (uint32_t)r && i < capacity; i++)
		pf_copy_to_caller((char *)ret + (size_t)i * record_size, record_size, &records[i],
				  sizeof(*records));
	free(records);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_forget(const char *which, struct pflask_error *reterr, uint32_t error_size)
{
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = pf_forget(which, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_attach(pflask_container *container, int in_fd, int out_fd, int detach_key,
		  struct pflask_exit *ret, uint32_t exit_size, struct pflask_error *reterr,
		  uint32_t error_size)
{
	struct pflask_error error;
	struct pflask_exit end;
	int r = begin(&error, reterr, error_size, exit_size, PF_LEAST_EXIT);

	if (r == 0)
		r = pf_attach(container, in_fd, out_fd, detach_key, &end, &error);
	r = give_exit(r, ret, exit_size, &end);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_logs(pflask_container *container, int out_fd, int follow, struct pflask_error *reterr,
		uint32_t error_size)
{
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = pf_logs(container, out_fd, follow, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_end(pflask_container *container, int signal, int kill_after_ms,
	       struct pflask_error *reterr, uint32_t error_size)
{
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = pf_end(container, signal, kill_after_ms, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_exec(const pflask_container *container, const pflask_spec *spec, int stdin_fd,
		int stdout_fd, int stderr_fd, uint32_t flags, pflask_container **ret,
		struct pflask_error *reterr, uint32_t error_size)
{
	const int stdio[3] = {stdin_fd, stdout_fd, stderr_fd};
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r == 0)
		r = pf_exec(container, spec, stdio, flags, ret, &error);
	return pf_error_give(r, &error, reterr, error_size);
}

int pflask_report_error(const char *program, const char *typed, const char *words, int status_fd,
			const struct pflask_error *error, uint32_t error_size)
{
	const struct pf_reporter to = {program, status_fd, {typed, words}};
	struct pflask_error known;

	if (error_size < PF_LEAST_ERROR)
		return -EINVAL;
	pf_take(&known, sizeof(known), error, error_size);
	return pf_report_error(&to, &known);
}

int pflask_report_mistake(const char *program, int status_fd, const char *option, const char *why,
			  const char *hint)
{
	const struct pf_reporter to = {.program = program, .status_fd = status_fd};

	return pf_report_mistake(&to, option, why, hint);
}

void pflask_report_plan(const char *program, const char *typed, const char *words,
			const pflask_plan *plan)
{
	const struct pf_reporter to = {program, -1, {typed, words}};

	pf_report_left_out(&to, plan->notes.left_out);
	pf_report_boot(&to, &plan->notes, plan->escape_key);
}

int pflask_report_started(const char *program, int status_fd, const pflask_container *container)
{
	const struct pf_reporter to = {.program = program, .status_fd = status_fd};

	return pf_report_started(&to, &container->info, container->left_out,
				 container->pty_master >= 0);
}

int pflask_report_exit(const char *program, const char *typed, int status_fd,
		       const struct pflask_exit *exit, uint32_t exit_size, uint32_t flags)
{
	const struct pf_reporter to = {program, status_fd, {.typed = typed}};
	struct pflask_exit known;

	if (exit_size < PF_LEAST_EXIT)
		return -EINVAL;
	pf_take(&known, sizeof(known), exit, exit_size);
	int status = pf_report_exit(&to, &known, flags);
	if (flags & PFLASK_PASS_ON)
		pf_pass_on(&known);
	return status;
}

int pflask_terminal_size(int fd)
{
	return pf_terminal_size(fd);
}

int pflask_parent_open_files(void)
{
	return pf_parent_open_files();
}

int64_t *pflask_thread_list(void)
{
	return pf_thread_list();
}
