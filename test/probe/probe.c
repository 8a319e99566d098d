/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The payload of the live tests. The probe examines a container from the inside, and behaves as a
 * hostile or an unusual program.
 *
 * 	probe VERB [WORD...] [+ VERB [WORD...]]...
 *
 * Verbs run one after the other. Each verb prints lines of the form "name value", which
 * test/lib/probe.ts reads. The probe is static and needs only the kernel, so a root directory that
 * contains only the probe is a whole system.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

static const struct verb *const tables[] = {
	call_verbs,    fact_verbs,     file_verbs,   fuse_verbs,   fuzz_verbs,
	hamper_verbs,  impostor_verbs, input_verbs,  moment_verbs, net_verbs,
	process_verbs, pry_verbs,      reach_verbs,  refuse_verbs, signal_verbs,
	socket_verbs,  start_verbs,    stream_verbs, trace_verbs,  watch_verbs,
};

static const struct {
	int number;
	const char *name;
} errors[] = {
	{EPERM, "EPERM"},
	{ENOENT, "ENOENT"},
	{ESRCH, "ESRCH"},
	{EIO, "EIO"},
	{ENXIO, "ENXIO"},
	{EBADF, "EBADF"},
	{ECHILD, "ECHILD"},
	{EACCES, "EACCES"},
	{EBUSY, "EBUSY"},
	{EEXIST, "EEXIST"},
	{ENODEV, "ENODEV"},
	{ENOTDIR, "ENOTDIR"},
	{EISDIR, "EISDIR"},
	{EINVAL, "EINVAL"},
	{ENOTTY, "ENOTTY"},
	{ETXTBSY, "ETXTBSY"},
	{EROFS, "EROFS"},
	{EPIPE, "EPIPE"},
	{ELOOP, "ELOOP"},
	{ENOSYS, "ENOSYS"},
	{EXDEV, "EXDEV"},
	{ENOKEY, "ENOKEY"},
	{EAGAIN, "EAGAIN"},
	{EOPNOTSUPP, "EOPNOTSUPP"},
	{ENOSPC, "ENOSPC"},
	{EDQUOT, "EDQUOT"},
	{EKEYREVOKED, "EKEYREVOKED"},
	{ECONNREFUSED, "ECONNREFUSED"},
	{EMSGSIZE, "EMSGSIZE"},
	{ECONNRESET, "ECONNRESET"},
	{ENOTCONN, "ENOTCONN"},
};

const char *outcome(long result)
{
	static char other[16];

	if (result >= 0)
		return "ok";
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == errno)
			return errors[i].name;
	snprintf(other, sizeof(other), "E%d", errno);
	return other;
}

_Noreturn void misused(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "probe: %s\n", what);
	exit(99);
}

int flushed(void)
{
	return fflush(stdout) != 0 || ferror(stdout);
}

long number(const char *word)
{
	char *end;
	long value;

	if (!word)
		misused("a number is missing");
	value = strtol(word, &end, 0);
	if (end == word || *end)
		misused(word);
	return value;
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct verb *verb = tables[i]; verb->name; verb++)
			if (strcmp(verb->name, name) == 0)
				return verb;
	misused(name);
}

int main(int argc, char **argv)
{
	int status = 0, first = 1;

	if (argc <= 1)
		printf("argv0 %s\n", argc ? argv[0] : "(none)");
	while (first < argc) {
		const struct verb *verb = find(argv[first]);
		int end = first;

		while (end < argc && (verb->takes_rest || strcmp(argv[end], "+") != 0))
			end++;
		if (end < argc)
			argv[end] = NULL;
		status |= verb->run(end - first, argv + first);
		first = end + 1;
	}
	return flushed() | status;
}
