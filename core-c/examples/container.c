/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a container beside other work: poll(2) waits for the container and for its output.
 *
 *	container ROOT DIRECTORY
 *
 * ROOT becomes the root directory of the container, and DIRECTORY its /data. The container has a
 * network of its own.
 *	cc container.c $(pkg-config --cflags --libs pflask)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pflask.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char script[] = "cat /data/greeting; ls /sys/class/net; cat; exit 3";
static struct pflask_error error;

static void must(int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s\n", error.message);
	exit(1);
}

static pflask_plan *make_plan(const char *root, const char *directory)
{
	pflask_spec *spec = pflask_spec_new();
	pflask_plan *plan;
	char mount[4096];

	snprintf(mount, sizeof(mount), "bind-ro:%s:/data", directory);
	must(pflask_spec_set(spec, "chroot", root, &error, sizeof(error)));
	must(pflask_spec_set(spec, "mount", mount, &error, sizeof(error)));
	must(pflask_spec_set(spec, "netns", "yes", &error, sizeof(error)));
	must(pflask_spec_set(spec, "command", "/bin/sh", &error, sizeof(error)));
	must(pflask_spec_set(spec, "command", "-c", &error, sizeof(error)));
	must(pflask_spec_set(spec, "command", script, &error, sizeof(error)));
	must(pflask_plan_make(spec, &plan, &error, sizeof(error)));
	pflask_spec_free(spec);
	return plan;
}

/* Copies some bytes. Returns 0 at the end of the file. */
static int copy(int from, int to)
{
	char bytes[4096];
	ssize_t count = read(from, bytes, sizeof(bytes));

	return count > 0 && write(to, bytes, (size_t)count) == count;
}

/* Reads the bytes of a bell, which mean nothing. */
static void drop(int bell)
{
	char bytes[64];

	if (read(bell, bytes, sizeof(bytes)) < 0)
		perror("read");
}

/* Takes the news of the container until the container has ended and all of its output is read. */
static void run_loop(pflask_container *container, int output)
{
	enum { BELL, OUTPUT };
	struct pollfd fds[] = {{pflask_fd(container), POLLIN, 0}, {output, POLLIN, 0}};
	int bell = fds[BELL].fd, news, timeout_ms = -1;

	while (fds[BELL].fd >= 0 || fds[OUTPUT].fd >= 0) { /* poll(2) ignores -1 */
		poll(fds, 2, timeout_ms);
		if (fds[OUTPUT].revents && !copy(output, STDOUT_FILENO))
			fds[OUTPUT].fd = -1;
		if (fds[BELL].fd < 0)
			continue;
		if (fds[BELL].revents)
			drop(bell);
		must(news = pflask_step(container, &timeout_ms, &error, sizeof(error)));
		if (news == PFLASK_STEP_STARTED)
			fputs("started\n", stderr);
		if (news == PFLASK_STEP_ENDED)
			fds[BELL].fd = -1;
	}
	close(bell);
}

int main(int count, char **words)
{
	int input[2], output[2];
	struct pflask_exit ended;
	pflask_container *container;
	pflask_plan *plan;

	if (count != 3)
		return 2;
	plan = make_plan(words[1], words[2]);
	if (pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0)
		return 1;
	must(pflask_start(plan, input[0], output[1], STDERR_FILENO, PFLASK_NOWAIT, &container,
			  &error, sizeof(error)));
	close(input[0]);
	close(output[1]);
	dprintf(input[1], "from outside\n");
	close(input[1]);
	run_loop(container, output[0]);
	must(pflask_wait(container, 0, &ended, sizeof(ended)));
	fprintf(stderr, "exit code %d\n", ended.code);
	pflask_close(container);
	pflask_plan_free(plan);
	return 0;
}
