/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container by Varlink (varlink.h). */
#define _GNU_SOURCE
#include "varlink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/proc_path.h"
#include "peer.h"
#include "src/base/written.h"
#include "src/explain/json.h"

#define REPLY 4096
#define CGROUPS 8192

static char *make_request(const struct pf_machine *machine)
{
	struct pf_written written;
	FILE *out = pf_write_begin(&written);

	if (!out)
		return NULL;
	fprintf(out,
		"{\"method\":\"io.systemd.Machine.Register\",\"parameters\":{\"name\":\"%s\","
		"\"service\":\"pflask\",\"class\":\"container\",\"leader\":%d,"
		"\"allocateUnit\":true",
		machine->name, (int)machine->leader);
	if (*machine->root) {
		fputs(",\"rootDirectory\":", out);
		pf_json_string(out, machine->root);
	}
	for (size_t i = 0; i < machine->link_count; i++)
		fprintf(out, "%s%d", i ? "," : ",\"ifIndices\":[", (int)machine->links[i]);
	fputs(machine->link_count ? "]}}" : "}}", out);
	return pf_write_take(&written);
}

static int send_request(int fd, const struct pf_machine *machine)
{
	char *request = make_request(machine);

	if (!request)
		return -ENOMEM;
	int r = pf_peer_send(fd, request, strlen(request) + 1);
	free(request);
	return r;
}

/* Receives the reply, up to its NUL. */
static int receive(int fd, const struct pf_patience *patience, char ret[REPLY])
{
	for (size_t used = 0;;) {
		int n = pf_peer_receive(fd, ret + used, REPLY - used, patience);
		if (n < 0)
			return n;
		if (memchr(ret + used, '\0', (size_t)n))
			return 0;
		used += (size_t)n;
	}
}

/* Copies the name of the error in a reply. Returns 0 if the reply has no error. */
static int error_in(const char *reply, char ret[PF_RTNL_TEXT])
{
	const char *at = strstr(reply, "\"error\"");

	if (!at)
		return 0;
	at += strlen("\"error\"");
	at += strspn(at, " :\"");
	snprintf(ret, PF_RTNL_TEXT, "%.*s", (int)strcspn(at, "\""), at);
	return 1;
}

static int check_reply(const char *reply, char why[PF_RTNL_TEXT])
{
	size_t size = strlen(reply);

	if (error_in(reply, why))
		return pf_peer_errno(why);
	return size >= 2 && reply[0] == '{' && reply[size - 1] == '}' ? 0 : -EBADMSG;
}

static size_t read_cgroups(pid_t pid, char ret[CGROUPS])
{
	PF_CLEANUP_FD int fd = pf_proc_open(pid, "cgroup", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, ret, CGROUPS);

	return n < 0 ? 0 : (size_t)n;
}

/* Waits until init is in its scope, because machined replies before systemd has made the scope. */
static int await_scope(pid_t leader, const char *before, size_t size,
		       const struct pf_patience *patience)
{
	char now[CGROUPS];

	while (pf_patience_left(patience) > 0) {
		if (read_cgroups(leader, now) != size || memcmp(now, before, size) != 0)
			return 0;
		poll(NULL, 0, 1);
	}
	return pf_patience_end(patience);
}

int pf_register_by_varlink(const char *path, const struct pf_machine *machine,
			   const struct pf_patience *patience, char why[PF_RTNL_TEXT])
{
	char reply[REPLY], before[CGROUPS];
	size_t size = read_cgroups(machine->leader, before);
	PF_CLEANUP_FD int fd = pf_peer_connect(path, why);

	if (fd == -ECONNREFUSED || fd == -ENOENT)
		return -EOPNOTSUPP; /* the socket is left over from a machined that has ended */
	if (fd < 0)
		return fd;
	int r = send_request(fd, machine);
	if (r == 0)
		r = receive(fd, patience, reply);
	if (r == 0)
		r = check_reply(reply, why);
	return r < 0 ? r : await_scope(machine->leader, before, size, patience);
}
