/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls the functions of the library with structures of several sizes, and without a structure
 * for the error:
 *
 *	sizes COMMAND [ARGUMENT]...
 *
 * The command must end by itself with 0. The output has a line for each function and structure: the
 * result for each size, and whether the memory was written correctly.
 */
#include <errno.h>
#include <pflask.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sizes in ABI 2. */
enum { ERROR = 1344, EXIT = 608, INFO = 20, RECORD = 600 };
enum { UNTOUCHED = 0xa5, ROOM = 8192, BEYOND = 64 };

static char *sleeper[] = {"/bin/sleep", "1000", NULL};
static char **command;
static pflask_container *ended, *detached, *opened;
static char which[16];

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	printf("failed %s %d\n", what, result);
	exit(1);
}

static pflask_plan *plan_of(char **words, const char *flag, const char *other)
{
	pflask_spec *spec = pflask_spec_new();
	pflask_plan *plan;

	for (; *words; words++)
		must(pflask_spec_set(spec, "command", *words, NULL, 0), "command");
	if (flag)
		must(pflask_spec_set(spec, flag, "yes", NULL, 0), flag);
	if (other)
		must(pflask_spec_set(spec, other, "yes", NULL, 0), other);
	must(pflask_plan_make(spec, &plan, NULL, 0), "plan");
	pflask_spec_free(spec);
	return plan;
}

static pflask_container *start(char **words, const char *flag, const char *other)
{
	pflask_plan *plan = plan_of(words, flag, other);
	pflask_container *container;

	must(pflask_start(plan, 0, 1, 2, 0, &container, NULL, 0), "start");
	pflask_plan_free(plan);
	return container;
}

/* Writes the pid of a container's monitor as text. The functions accept this pid as the name of the
 * container. */
static void name(const pflask_container *container, char ret[16])
{
	struct pflask_info info;

	must(pflask_info(container, &info, sizeof(info)), "info");
	snprintf(ret, 16, "%d", info.monitor_pid);
}

/* Functions that succeed. */

static int run(void *ret, uint32_t size)
{
	pflask_plan *plan = plan_of(command, NULL, NULL);
	int r = pflask_run(plan, 0, 1, 2, ret, size, NULL, 0);

	pflask_plan_free(plan);
	return r;
}

static int info(void *ret, uint32_t size)
{
	return pflask_info(ended, ret, size);
}

static int wait_end(void *ret, uint32_t size)
{
	return pflask_wait(ended, -1, ret, size);
}

static int record(void *ret, uint32_t size)
{
	return pflask_record(opened, ret, size);
}

static int list(void *ret, uint32_t size)
{
	int count = pflask_list(0, ret, 1, size, NULL, 0);

	return count > 0 ? 0 : count;
}

static int attach(void *ret, uint32_t size)
{
	return pflask_attach(ended, 0, 1, -1, ret, size, NULL, 0);
}

/* Attaches with an output without a reader. The container runs on. */
static int attach_opened(void *ret, uint32_t size)
{
	pflask_container *container = start(sleeper, "detach", "terminal"), *other;
	char its_name[16];
	int pair[2];

	name(container, its_name);
	must(pflask_open(its_name, 0, &other, NULL, 0), "open");
	must(pipe(pair), "pipe");
	close(pair[0]);
	int r = pflask_attach(other, -1, pair[1], -1, ret, size, NULL, 0);
	must(pflask_kill(container, SIGKILL), "kill");
	pflask_close(other);
	pflask_close(container);
	close(pair[1]);
	return r == 1 ? 0 : r;
}

static int wait_opened(void *ret, uint32_t size)
{
	pflask_container *container = start(sleeper, "detach", NULL), *other;
	char its_name[16];

	name(container, its_name);
	must(pflask_open(its_name, 0, &other, NULL, 0), "open");
	must(pflask_kill(other, SIGKILL), "kill");
	int r = pflask_wait(other, -1, ret, size);
	pflask_close(other);
	pflask_close(container);
	return r;
}

/* Tells whether a function filled exactly `size` bytes, or no byte if it failed, and put zeros into
 * the bytes from `known` on. */
static int is_right(const unsigned char *memory, int result, uint32_t size, size_t known)
{
	size_t given = result < 0 ? 0 : size, untouched = 0;

	for (size_t i = known; i < given; i++)
		if (memory[i] != 0)
			return 0;
	for (size_t i = given; i < ROOM; i++)
		if (memory[i] != UNTOUCHED)
			return 0;
	for (size_t i = 0; i < given && i < 4; i++)
		untouched += memory[i] == UNTOUCHED;
	return given < 4 || untouched < 4; /* a pid can have the byte, too */
}

static void try_sizes(const char *function, int (*act)(void *, uint32_t), uint32_t least,
		      size_t known)
{
	const uint32_t sizes[] = {0, least - 1, least, (uint32_t)known, (uint32_t)known + BEYOND};
	unsigned char *memory = malloc(ROOM);
	int right = 1;

	printf("size.%s", function);
	fflush(stdout);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(memory, UNTOUCHED, ROOM);
		int r = act(memory, sizes[i]);
		right &= is_right(memory, r, sizes[i], known);
		printf(" %d", r);
	}
	printf(" %s\n", right ? "right" : "wrong");
	free(memory);
}

/* Functions that fail. Each function gets a structure for its error. */

static int fail_set(const char *field, const char *value, struct pflask_error *reterr,
		    uint32_t size)
{
	pflask_spec *spec = pflask_spec_new();
	int r = pflask_spec_set(spec, field, value, reterr, size);

	pflask_spec_free(spec);
	return r;
}

static int fail_field(struct pflask_error *reterr, uint32_t size)
{
	return fail_set("comand", "id", reterr, size);
}

static int fail_value(struct pflask_error *reterr, uint32_t size)
{
	return fail_set("rows", "many", reterr, size);
}

static int fail_plan(struct pflask_error *reterr, uint32_t size)
{
	pflask_spec *spec = pflask_spec_new();
	pflask_plan *plan;

	must(pflask_spec_set(spec, "chroot", "/no/such/root", NULL, 0), "chroot");
	int r = pflask_plan_make(spec, &plan, reterr, size);
	pflask_spec_free(spec);
	return r;
}

static int fail_start(struct pflask_error *reterr, uint32_t size)
{
	char *missing[] = {"/no/such/command", NULL};
	pflask_plan *plan = plan_of(missing, NULL, NULL);
	pflask_container *container;
	int r = pflask_start(plan, 0, 1, 2, 0, &container, reterr, size);

	pflask_plan_free(plan);
	return r;
}

static int fail_run(struct pflask_error *reterr, uint32_t size)
{
	char *missing[] = {"/no/such/command", NULL};
	pflask_plan *plan = plan_of(missing, NULL, NULL);
	struct pflask_exit end;
	int r = pflask_run(plan, 0, 1, 2, &end, sizeof(end), reterr, size);

	pflask_plan_free(plan);
	return r;
}

static int fail_open(struct pflask_error *reterr, uint32_t size)
{
	pflask_container *container;

	return pflask_open("no-such-name", 0, &container, reterr, size);
}

/* pflask_list() can fail only by a wrong size. */
static int fail_list(struct pflask_error *reterr, uint32_t size)
{
	return pflask_list(0, NULL, 0, 0, reterr, size);
}

static int fail_forget(struct pflask_error *reterr, uint32_t size)
{
	return pflask_forget("no-such-name", reterr, size);
}

static int fail_attach(struct pflask_error *reterr, uint32_t size)
{
	struct pflask_exit end;

	return pflask_attach(opened, 0, 1, -1, &end, sizeof(end), reterr, size);
}

static int fail_logs(struct pflask_error *reterr, uint32_t size)
{
	return pflask_logs(opened, 1, 0, reterr, size);
}

static int fail_end(struct pflask_error *reterr, uint32_t size)
{
	return pflask_end(opened, 65, -1, reterr, size);
}

static int fail_step(struct pflask_error *reterr, uint32_t size)
{
	pflask_container *container;
	int msec, r;

	must(pflask_open("no-such-name", PFLASK_NOWAIT, &container, NULL, 0), "open");
	while ((r = pflask_step(container, &msec, reterr, size)) == PFLASK_STEP_NONE)
		usleep((useconds_t)msec * 1000);
	pflask_close(container);
	return r;
}

static int fail_exec(struct pflask_error *reterr, uint32_t size)
{
	pflask_spec *spec = pflask_spec_new();
	pflask_container *container;

	must(pflask_spec_set(spec, "command", "/no/such/command", NULL, 0), "command");
	int r = pflask_exec(opened, spec, 0, 1, 2, 0, &container, reterr, size);
	pflask_spec_free(spec);
	return r;
}

static void try_errors(const char *function, int (*act)(struct pflask_error *, uint32_t))
{
	const uint32_t known = sizeof(struct pflask_error);
	const uint32_t sizes[] = {0, ERROR - 1, ERROR, known, known + BEYOND};
	unsigned char *memory = malloc(ROOM);
	struct pflask_error *error = (void *)memory;
	int right = 1;

	printf("error.%s", function);
	fflush(stdout);
	printf(" %d", act(NULL, 0));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(memory, UNTOUCHED, ROOM);
		int r = act(error, sizes[i]);
		right &= is_right(memory, sizes[i] < ERROR ? -1 : 0, sizes[i], known);
		printf(" %d", r);
	}
	printf(" %s %s\n", right ? "right" : "wrong", error->message);
	free(memory);
}

static void try_all(void)
{
	try_sizes("run", run, EXIT, sizeof(struct pflask_exit));
	try_sizes("info", info, INFO, sizeof(struct pflask_info));
	try_sizes("wait", wait_end, EXIT, sizeof(struct pflask_exit));
	try_sizes("attach", attach, EXIT, sizeof(struct pflask_exit));
	try_sizes("record", record, RECORD, sizeof(struct pflask_record));
	try_sizes("list", list, RECORD, sizeof(struct pflask_record));
	try_sizes("attach_opened", attach_opened, EXIT, sizeof(struct pflask_exit));
	try_sizes("wait_opened", wait_opened, EXIT, sizeof(struct pflask_exit));
	try_errors("field", fail_field);
	try_errors("value", fail_value);
	try_errors("plan_make", fail_plan);
	try_errors("start", fail_start);
	try_errors("run", fail_run);
	try_errors("open", fail_open);
	try_errors("step", fail_step);
	try_errors("list", fail_list);
	try_errors("forget", fail_forget);
	try_errors("attach", fail_attach);
	try_errors("logs", fail_logs);
	try_errors("end", fail_end);
	try_errors("exec", fail_exec);
}

/* Lists two containers. The distance between the records is the size that the caller passes. */
static void list_two(void)
{
	enum { STEP = sizeof(struct pflask_record) + BEYOND };
	pflask_container *second = start(sleeper, "detach", NULL);
	char *memory = calloc(3, STEP), its_name[16];
	int count = pflask_list(0, (void *)memory, 2, STEP, NULL, 0);
	const struct pflask_record *first = (void *)memory, *other = (void *)(memory + STEP);

	name(second, its_name);
	printf("list.two %d %d %d %d\n", count, first->monitor_pid == atoi(which),
	       other->monitor_pid == atoi(its_name), memory[2 * STEP] == 0);
	must(pflask_kill(second, SIGKILL), "kill");
	pflask_close(second);
	free(memory);
}

int main(int argc, char **argv)
{
	struct pflask_exit end;

	command = argv + (argc > 1);
	ended = start(command, NULL, NULL);
	must(pflask_wait(ended, -1, &end, sizeof(end)), "wait");
	detached = start(sleeper, "detach", NULL);
	name(detached, which);
	must(pflask_open(which, 0, &opened, NULL, 0), "open");
	try_all();
	list_two();
	must(pflask_end(opened, SIGKILL, 0, NULL, 0), "end");
	pflask_close(opened);
	pflask_close(detached);
	pflask_close(ended);
	return 0;
}
