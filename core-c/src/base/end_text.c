/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes how a container ended (end_text.h). */
#define _GNU_SOURCE
#include "end_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "numbers.h"

#define LOST 137 /* exit status if the reason is unknown */

/* The first real-time signal that glibc leaves to programs. SIGRTMIN is another number in musl. */
#define RTMIN 34

/* A unit of time or size; `size` is its multiple of the smallest unit. */
struct unit {
	char name[8];
	uint64_t size;
};

int pf_end_status(const struct pflask_exit *end)
{
	enum { code, signal, none };
	const int members[] = {[code] = end->code, [signal] = end->signal, [none] = 0};

	switch (end->reason) {
#define PF_REASON(reason, word, base, member) \
	case PFLASK_##reason:                 \
		return (base) + members[member];
#include "defs/codes.def"
	default:
		return LOST;
	}
}

/* Writes a number in the largest unit that divides it. */
static const char *quantity(uint64_t number, const struct unit *units, char ret[32])
{
	while (units->size > 1 && number % units->size != 0)
		units++;
	snprintf(ret, 32, "%" PRIu64 "%s", number / units->size, units->name);
	return ret;
}

void pf_signal_text(int signal, char ret[PF_SIGNAL_TEXT])
{
	const char *name = signal == RTMIN ? "RTMIN" : pf_signal_name(signal);

	if (name)
		snprintf(ret, PF_SIGNAL_TEXT, "SIG%s", name);
	else
		snprintf(ret, PF_SIGNAL_TEXT, "%s%d", signal > RTMIN ? "SIGRTMIN+" : "",
			 signal > RTMIN ? signal - RTMIN : signal);
}

static const char *memory_limit(uint64_t limit, char ret[48])
{
	static const struct unit sizes[] = {
		{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}};
	char text[32];

	*ret = '\0';
	if (limit)
		snprintf(ret, 48, " (limit %s)", quantity(limit, sizes, text));
	return ret;
}

void pf_end_text(const struct pflask_exit *end, char ret[64])
{
	static const struct unit times[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
	char text[48];

	switch (end->reason) {
	case PFLASK_EXITED:
		snprintf(ret, 64, "exit %d", end->code);
		break;
	case PFLASK_SIGNALED:
	case PFLASK_KILLED:
		pf_signal_text(end->signal, text);
		snprintf(ret, 64, "killed: %.40s%s", text,
			 end->reason == PFLASK_KILLED ? " of pflask" : "");
		break;
	case PFLASK_OOM:
		snprintf(ret, 64, "killed: out of memory%.40s",
			 memory_limit(end->memory_limit, text));
		break;
	case PFLASK_SECCOMP:
		snprintf(ret, 64, "killed: forbidden system call (seccomp)");
		break;
	case PFLASK_TIMEOUT:
		snprintf(ret, 64, "timed out after %s",
			 quantity((uint64_t)end->timeout_msec, times, text));
		break;
	case PFLASK_POWEROFF:
	case PFLASK_REBOOT:
		snprintf(ret, 64, "%s", end->reason == PFLASK_REBOOT ? "reboot" : "power-off");
		break;
	default:
		snprintf(ret, 64, "lost: the monitor was killed");
	}
}
