/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the record of a detached container (record.h). */
#define _GNU_SOURCE
#include "record.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "common/decimal.h"
#include "common/protocol/plan.h"
#include "common/utf8.h"
#include "init/base/detached_state.h"

/* Buffer size for " tcp=ADDRESS/HOST-CONTAINER". */
#define PORT_TEXT (sizeof(" tcp=/-") + INET6_ADDRSTRLEN + 2 * PF_DECIMAL_SIZE)

/* Copies a string. Cuts off what does not fit, but never within a UTF-8 character. */
static void copy_text(char *to, size_t size, const char *from)
{
	size_t length = 0;

	while (from[length]) {
		int n = pf_utf8_length(from + length);
		size_t next = length + (n > 0 ? (size_t)n : 1);
		if (next >= size)
			break;
		length = next;
	}
	memcpy(to, from, length);
	to[length] = '\0';
}

static void copy_command(const struct monitor *monitor, char *to, size_t size)
{
	const void *plan = monitor->run.plan;
	const struct pf_op *op = pf_plan_find(plan, PF_OP_exec);
	const uint64_t *word = op ? pf_plan_list(plan, op->arg[1]) : NULL;

	if (!op)
		copy_text(to, size, "login shell");
	for (; word && *word && size > 1; word++) {
		copy_text(to, size, pf_plan_string(plan, *word));
		size_t length = strlen(to);
		to += length;
		size -= length;
		if (word[1] && size > 1) {
			*to++ = ' ';
			*to = '\0';
			size--;
		}
	}
}

/* Writes a forwarded port as in --netif: tcp=ADDRESS/HOST-CONTAINER. Returns the end of the
 * text. */
static char *write_port(char *to, const void *plan, const struct pf_op *op)
{
	const char *protocol = pf_plan_string(plan, op->arg[0]);
	const char *address = pf_plan_string(plan, op->arg[1]);

	to = stpcpy(stpcpy(to, *protocol == 't' ? "tcp" : "udp"), "=");
	if (*address != '*' && strlen(address) < INET6_ADDRSTRLEN)
		to = stpcpy(stpcpy(to, address), "/");
	to += pf_write_decimal(op->arg[2], to);
	*to++ = '-';
	return to + pf_write_decimal(op->arg[3], to);
}

/* Lists the forwarded ports, separated by spaces. Leaves out ports that do not fit. */
static void copy_ports(const void *plan, char *to, size_t size)
{
	char one[PORT_TEXT] = " ";
	size_t used = 0;

	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const struct pf_op *op = pf_plan_op(plan, i);
		if (op->code != PF_OP_port)
			continue;
		size_t length = (size_t)(write_port(one + 1, plan, op) - one);
		const char *from = used ? one : one + 1; /* without the first space */
		length -= used ? 0 : 1;
		if (used + length >= size)
			return;
		memcpy(to + used, from, length);
		used += length;
		to[used] = '\0';
	}
}

void pf_record_fill(const struct monitor *monitor, struct pflask_record *ret)
{
	const struct pf_detached_state *detached = &monitor->run.outside.detached;

	ret->monitor_pid = getpid();
	ret->leader_pid = monitor->is_ready ? monitor->leader_pid : 0;
	ret->uid = geteuid();
	ret->started = monitor->is_ready ? monitor->started_real_usec : 0;
	for (size_t i = 0; i < monitor->client_count; i++)
		ret->clients += monitor->clients[i].state == CLIENT_ATTACHED;
	copy_text(ret->name, sizeof(ret->name), detached->name);
	copy_text(ret->root, sizeof(ret->root), detached->root);
	copy_command(monitor, ret->command, sizeof(ret->command));
	copy_ports(monitor->run.plan, ret->ports, sizeof(ret->ports));
}
