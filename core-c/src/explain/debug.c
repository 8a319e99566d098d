/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the lines of PFLASK_DEBUG (debug.h). */
#define _GNU_SOURCE
#include "debug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/protocol/plan.h"
#include "print.h"
#include "src/base/numbers.h"

static const char message_names[][12] = {
#define PF_MESSAGE(name) [PF_MESSAGE_##name] = #name,
#include "defs/messages.def"
};

static const char process_names[][8] = {[PF_CALLER] = "caller",
					[PF_MONITOR] = "monitor",
					[PF_INIT] = "init",
					[PF_MAKER] = "maker",
					[PF_COMMAND] = "command"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int pf_debug_is_on(void)
{
	const char *value = secure_getenv("PFLASK_DEBUG");

	return value && strcmp(value, "1") == 0;
}

static void print_step(const char *process, const char *step, int number)
{
	dprintf(STDERR_FILENO, "pflask: %s: %s: %s\n", process, step,
		number ? pf_errno_text(number) : "0");
}

void pf_debug_caller(const char *step, int number)
{
	print_step("caller", step, number);
}

void pf_debug_operation(const void *plan, uint32_t index, int number)
{
	char text[4096];
	const struct pf_op *op = pf_plan_op(plan, index);

	pf_print_op(plan, op, text, sizeof(text));
	print_step(pf_side_name(op), text, number);
}

/* Writes a name in lower case. The name is ASCII, so the locale does not matter. */
static void lower(const char *name, char ret[sizeof(message_names[0])])
{
	for (; *name; name++)
		*ret++ = (char)(*name + 'a' - 'A');
	*ret = '\0';
}

void pf_debug_message(uint32_t from, uint32_t to, uint32_t type)
{
	char name[sizeof(message_names[0])];

	lower(message_names[type], name);
	dprintf(STDERR_FILENO, "pflask: wire: %s -> %s: %s\n", process_names[from],
		process_names[to], name);
}

/* Checks the numbers in the message: the command's user can trace the process that becomes the
 * command, and can change them. */
int pf_debug_told(const void *plan, const struct pf_message *message)
{
	const struct pf_step *step = &message->body.step;
	const struct pf_passed *passed = &message->body.passed;

	if (message->type == PF_MESSAGE_STEP) {
		if (step->index >= 0 && (uint32_t)step->index < pf_plan_count(plan))
			pf_debug_operation(plan, (uint32_t)step->index, step->number);
		return 1;
	}
	if (message->type != PF_MESSAGE_PASSED)
		return 0;
	if (passed->from < COUNT(process_names) && passed->to < COUNT(process_names) &&
	    passed->type > PF_MESSAGE_NONE && passed->type < PF_MESSAGE_COUNT)
		pf_debug_message(passed->from, passed->to, passed->type);
	return 1;
}
