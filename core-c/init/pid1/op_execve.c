/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations that execute the command. */
#define _GNU_SOURCE
#include "op_execve.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/base/await_monitor.h"
#include "init/base/run_plan.h"
#include "init/root/path.h"

static int same_name(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return strncmp(a, b, length) == 0 && b[length] == '=';
}

static size_t count_of(char *const *list)
{
	size_t count = 0;

	while (list[count])
		count++;
	return count;
}

/* Returns a hash of the name of a variable (FNV-1a). */
static uint32_t hash_of(const char *variable)
{
	uint32_t hash = 2166136261u;

	for (; *variable && *variable != '='; variable++)
		hash = (hash ^ (unsigned char)*variable) * 16777619u;
	return hash;
}

/* Returns the slot of a variable in a hash table of 2^n slots. A used slot has the index in `all`
 * plus 1. A slot of 0 is free: the table has no variable of this name. */
static uint32_t *slot_of(uint32_t *table, size_t slots, char *const *all, const char *variable)
{
	size_t slot = hash_of(variable) & (slots - 1);

	while (table[slot] && !same_name(variable, all[table[slot] - 1]))
		slot = (slot + 1) & (slots - 1);
	return &table[slot];
}

/* The hash table keeps this fast for tens of thousands of variables. */
int pf_add_variables(struct pf_run *run, char **added)
{
	char **own = run->inside.environ;
	size_t kept = count_of(own), most = kept + count_of(added), count = 0, slots = 2;

	while (slots < 2 * most)
		slots *= 2;
	const size_t size = (most + 1) * sizeof(*own), more = slots * sizeof(uint32_t);
	char **all =
		mmap(NULL, size + more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return -errno;
	uint32_t *table = (uint32_t *)(all + most + 1);
	for (; count < kept; count++) {
		all[count] = own[count];
		uint32_t *slot = slot_of(table, slots, all, own[count]);
		*slot = *slot ? *slot : (uint32_t)count + 1;
	}
	for (; *added; added++) {
		uint32_t *slot = slot_of(table, slots, all, *added);
		if (!*slot)
			*slot = (uint32_t)++count;
		all[*slot - 1] = *added;
	}
	run->inside.environ = all;
	return 0;
}

static const char *path_variable(char **environment)
{
	for (; *environment; environment++)
		if (strncmp(*environment, "PATH=", 5) == 0)
			return *environment + 5;
	return "/bin:/usr/bin";
}

/* Executes one file. Returns only on failure, with -errno. ENOENT for an existing file means that
 * its interpreter (#! line, ELF header) is missing (execve(2)). */
static int try(struct pf_run *run, const char *file, char **argv)
{
	execve(file, argv, run->inside.environ);
	int r = -errno;
	if (r == -ENOENT && faccessat(AT_FDCWD, file, F_OK, 0) == 0)
		run->detail = PF_DETAIL_INTERPRETER;
	return r;
}

/* Executes the first file that is found in PATH, like execvp(3). Continues the search after ENOENT,
 * ENOTDIR and EACCES. If a file was found but not executable, returns -EACCES. */
static int search(struct pf_run *run, const char *name, char **argv)
{
	const char *path = path_variable(run->inside.environ);
	int result = -ENOENT;

	for (;;) {
		char file[PATH_MAX];
		size_t length = strcspn(path, ":");
		if (length + strlen(name) + 2 <= sizeof(file)) {
			memcpy(file, path, length);
			strcpy(file + length, length ? "/" : "");
			strcat(file, name);
			int r = try(run, file, argv);
			if (r != -ENOENT && r != -ENOTDIR && r != -EACCES)
				return r;
			if (r == -EACCES || run->detail)
				result = r;
			if (run->detail)
				return r;
		}
		if (path[length] == '\0')
			return result;
		path += length + 1;
	}
}

/* Writes a byte to the pipe `mark`: the caller then knows that the command may have run, even if
 * the monitor is killed before it reports the execution. */
static int set_mark(const struct pf_run *run)
{
	return run->mark >= 0 && write(run->mark, "", 1) < 0 ? -errno : 0;
}

int pf_announce_exec(struct pf_run *run)
{
	struct pf_message message;
	sigset_t none;

	if (run->inside.is_announced)
		return 0;
	run->inside.is_announced = 1;
	int r = pf_send_used_mount_points(run);
	if (r < 0)
		return r;
	if (setrlimit(RLIMIT_NOFILE, &run->open_files) < 0)
		return -errno;
	r = set_mark(run);
	if (r < 0)
		return r;
	pf_message_init(&message, PF_MESSAGE_EXEC);
	r = pf_send(run->report_socket, &message, NULL, 0);
	if (r < 0)
		return r;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Last, because a change of ids clears the parent-death signal (prctl(2)). */
	pf_die_with_parent(run);
	return 0;
}

int pf_op_exec(struct pf_run *run, const struct pf_op *op)
{
	const char *file = pf_arg_string(run, op, 0);
	char **argv = pf_arg_list(run, op, 1);
	int r = pf_announce_exec(run);

	if (r < 0)
		return r;
	if (*file == '\0')
		return -ENOENT;
	return strchr(file, '/') ? try(run, file, argv) : search(run, file, argv);
}

int pf_op_shells(struct pf_run *run, const struct pf_op *op)
{
	run->inside.shells = pf_arg_list(run, op, 0);
	return 0;
}

/* SHELL=PATH, for the shell that is tried. */
static char shell_variable[PATH_MAX + 8];

/* Executes a shell as a login shell: with a dash before argv[0]. Returns only on failure, with
 * -errno. */
static int try_shell(struct pf_run *run, const char *file)
{
	char name[NAME_MAX + 2] = "-", *argv[] = {name, NULL};
	const char *slash = strrchr(file, '/');

	if (!slash || strlen(slash + 1) > NAME_MAX || strlen(file) >= PATH_MAX)
		return -ENOENT;
	strcpy(name + 1, slash + 1);
	strcpy(stpcpy(shell_variable, "SHELL="), file);
	run->detail = 0;
	return try(run, file, argv);
}

int pf_op_login(struct pf_run *run, const struct pf_op *op)
{
	static char *added[] = {shell_variable, NULL};
	int r = pf_announce_exec(run);

	if (r == 0 && !run->inside.shells)
		return -EBADMSG;
	if (r == 0 && !op->arg[0])
		r = pf_add_variables(run, added);
	for (char **shell = run->inside.shells; r <= 0 && *shell; shell++)
		r = try_shell(run, *shell);
	return r;
}
