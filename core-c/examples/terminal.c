/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts a container with a terminal in the background, and attaches to the terminal.
 *
 *	terminal ROOT
 *
 * ROOT becomes the root directory of the container. Ctrl-Space detaches: the container goes on, and
 * "pflask --attach=PID" attaches again.
 *	cc terminal.c $(pkg-config --cflags --libs pflask)
 */
#include <pflask.h>
#include <stdio.h>
#include <stdlib.h>

enum { CTRL_SPACE = 0 };

static struct pflask_error error;

static int must(int result)
{
	if (result < 0) {
		fprintf(stderr, "%s\n", error.message);
		exit(1);
	}
	return result;
}

static pflask_plan *make_plan(const char *root)
{
	static const char *const fields[][2] = {
		{"detach", "yes"},
		{"terminal", "yes"},
		{"command", "/bin/sh"},
		{"command", "-c"},
		{"command", "read line; echo you typed $line; exit 4"},
	};
	pflask_spec *spec = pflask_spec_new();
	pflask_plan *plan;

	must(pflask_spec_set(spec, "chroot", root, &error, sizeof(error)));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		must(pflask_spec_set(spec, fields[i][0], fields[i][1], &error, sizeof(error)));
	must(pflask_plan_make(spec, &plan, &error, sizeof(error)));
	pflask_spec_free(spec);
	return plan;
}

/* Starts a container in the background. Returns the pid of the monitor, which is a name of the
 * container. */
static int start(const char *root)
{
	struct pflask_info info;
	pflask_container *container;
	pflask_plan *plan = make_plan(root);

	must(pflask_start(plan, -1, -1, -1, 0, &container, &error, sizeof(error)));
	must(pflask_info(container, &info, sizeof(info)));
	pflask_close(container); /* the container goes on */
	pflask_plan_free(plan);
	return info.monitor_pid;
}

int main(int count, char **words)
{
	char which[16];
	struct pflask_exit ended;
	pflask_container *container;

	if (count != 2)
		return 2;
	snprintf(which, sizeof(which), "%d", start(words[1]));
	must(pflask_open(which, 0, &container, &error, sizeof(error)));
	if (must(pflask_attach(container, 0, 1, CTRL_SPACE, &ended, sizeof(ended), &error,
			       sizeof(error))) == 0)
		fprintf(stderr, "exit code %d\n", ended.code);
	else
		fprintf(stderr, "detached from %s\n", which);
	pflask_close(container);
	return 0;
}
