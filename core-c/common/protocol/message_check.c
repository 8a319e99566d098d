/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the values in messages (message_check.h). */
#define _GNU_SOURCE
#include "message_check.h"

#include <sched.h>
#include <string.h>
#include <sys/wait.h>

#include "common/limits.h"
#include "plan.h"

#define MOST_ERRNO 4095 /* largest errno that the kernel returns (MAX_ERRNO) */
#define MOST_SIGNAL 64
#define MOST_CODE 255
#define MOST_USEC UINT64_C(253402300799999999) /* latest valid time: the end of the year 9999 */

#define IS_TEXT(array) (memchr((array), '\0', sizeof(array)) != NULL)

static int is_within(int32_t number, int32_t least, int32_t most)
{
	return number >= least && number <= most;
}

static int is_errno_or_0(int32_t number)
{
	return is_within(number, 0, MOST_ERRNO);
}

static int is_ready_sound(const struct pf_ready *ready)
{
	const uint32_t namespaces = 0
#define PF_NAMESPACE(name, flag, field) | (uint32_t)(flag)
#include "defs/namespaces.def"
		;

	return ready->monitor_pid > 0 && ready->init_pid > 0 && ready->leader_pid > 0 &&
	       is_errno_or_0(ready->keyring_errno) && (ready->namespaces & ~namespaces) == 0;
}

/* Checks the index of the failed operation. An index below -1 means an operation that is not in the
 * client's plan: -2 - N stands for the operation code N (core-c/init/join/join.c). */
static int is_failed_sound(const struct pf_failed *failed)
{
	return failed->index >= -1 - PF_OP_COUNT && is_within(failed->number, 1, MOST_ERRNO) &&
	       failed->detail <= PF_DETAIL_TEXT && IS_TEXT(failed->text);
}

/* Tells whether an exit reason means that a signal ended the command. */
static int is_by_signal(int32_t reason)
{
	return reason == PFLASK_SIGNALED || reason == PFLASK_OOM || reason == PFLASK_SECCOMP ||
	       reason == PFLASK_KILLED;
}

static int is_exit_sound(const struct pflask_exit *end)
{
	return is_within(end->reason, PFLASK_EXITED, PFLASK_KILLED) &&
	       is_within(end->code, 0, MOST_CODE) &&
	       is_within(end->signal, is_by_signal(end->reason), MOST_SIGNAL) &&
	       is_errno_or_0(end->output_errno) && is_errno_or_0(end->changes_errno) &&
	       is_errno_or_0(end->keep_errno) && is_errno_or_0(end->link_errno) &&
	       IS_TEXT(end->changes_path) && IS_TEXT(end->keep_path) && IS_TEXT(end->link) &&
	       IS_TEXT(end->network) && is_within(end->has_io, 0, 1) && end->timeout_msec >= 0 &&
	       is_errno_or_0(end->end_errno) && is_errno_or_0(end->log_errno) &&
	       is_errno_or_0(end->lost_errno);
}

/* Checks that the status of wait(2) has an existing signal: the status has room for higher
 * numbers. */
static int is_status_sound(int status)
{
	return WIFEXITED(status) ||
	       (WIFSIGNALED(status) && is_within(WTERMSIG(status), 1, MOST_SIGNAL));
}

static int is_record_sound(const struct pflask_record *record)
{
	return record->monitor_pid > 0 && record->leader_pid >= 0 &&
	       record->clients <= PF_LIMIT_clients && record->started <= MOST_USEC &&
	       IS_TEXT(record->name) && IS_TEXT(record->command) && IS_TEXT(record->root) &&
	       IS_TEXT(record->ports) && record->ended <= MOST_USEC && IS_TEXT(record->end);
}

static int is_register_sound(const struct pf_register *request)
{
	return request->monitor_pid > 0 && request->init_pid > 0 &&
	       request->link_count <= PF_REGISTER_LINKS;
}

int pf_message_is_sound(const struct pf_message *message)
{
	switch ((enum pf_message_type)message->type) {
	case PF_MESSAGE_SIGNAL:
		return is_within(message->body.signal.number, 1, MOST_SIGNAL);
	case PF_MESSAGE_READY:
		return is_ready_sound(&message->body.ready);
	case PF_MESSAGE_FAILED:
		return is_failed_sound(&message->body.failed);
	case PF_MESSAGE_SKIPPED:
		return is_errno_or_0(message->body.skipped.number);
	case PF_MESSAGE_REGISTER:
		return is_register_sound(&message->body.machine);
	case PF_MESSAGE_REGISTERED:
		return is_errno_or_0(message->body.registered.number) &&
		       IS_TEXT(message->body.registered.text);
	case PF_MESSAGE_EXITED:
	case PF_MESSAGE_STOPPED:
		return is_exit_sound(&message->body.exited);
	case PF_MESSAGE_DETACHED:
		return message->body.detached.pid > 0;
	case PF_MESSAGE_STATUS:
		return is_status_sound(message->body.status.status);
	case PF_MESSAGE_DONE:
		return is_errno_or_0(message->body.done.number);
	case PF_MESSAGE_RECORD:
		return is_record_sound(&message->body.record);
	case PF_MESSAGE_MISSED:
		return pf_ecma48_is_sound(&message->body.missed.parser) &&
		       pf_modes_is_sound(&message->body.missed.modes);
	default:
		return 1;
	}
}
