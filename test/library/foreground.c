/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs containers in the foreground:
 *	foreground late COMMAND...   closes a container while another thread handles a signal
 *	foreground taken WHICH       tries to execute commands in WHICH in the foreground, while
 *	                             another container already is in the foreground
 *	foreground stops COMMAND...  receives SIGTSTP on two threads at once, in an orphaned
 *	                             process group, where the kernel stops no process
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pflask.h"

enum { MOST_BLOCK = 4000, STEP = 16, BLOCKS = MOST_BLOCK / STEP, TRIES = 50 };

static struct pflask_error error;

static void must(int result)
{
	if (result >= 0)
		return;
	printf("failed %d %s\n", result, error.message);
	exit(1);
}

static pflask_container *start(char **words)
{
	pflask_spec *spec = pflask_spec_new();
	pflask_plan *plan;
	pflask_container *container;

	for (; *words; words++)
		must(pflask_spec_set(spec, "command", *words, &error, sizeof(error)));
	must(pflask_plan_make(spec, &plan, &error, sizeof(error)));
	must(pflask_start(plan, 0, 1, 2, PFLASK_FOREGROUND, &container, &error, sizeof(error)));
	pflask_plan_free(plan);
	pflask_spec_free(spec);
	return container;
}

static void *handle(void *nothing)
{
	pthread_kill(pthread_self(), SIGUSR1);
	return nothing;
}

/* Closes a container while the other thread handles a signal. Allocates the freed memory again, and
 * prints whether the other thread has written to this memory. */
static int late(char **words)
{
	static unsigned char *blocks[BLOCKS];
	struct pflask_exit end;
	pthread_t thread;
	pflask_container *container = start(words);
	int written = 0;

	pthread_create(&thread, NULL, handle, NULL);
	usleep(100000); /* strace(1) delays the handler */
	must(pflask_wait(container, -1, &end, sizeof(end)));
	pflask_close(container);
	for (size_t i = 1; i < BLOCKS; i++)
		blocks[i] = calloc(1, i * STEP);
	pthread_join(thread, NULL);
	for (size_t i = 1; i < BLOCKS; i++)
		for (size_t at = 0; at < i * STEP; at++)
			written += blocks[i][at] != 0;
	printf("written %d\n", written);
	return 0;
}

static int descriptors(void)
{
	DIR *open = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(open))
		count++;
	closedir(open);
	return count;
}

static int taken(char **words)
{
	char *sleeper[] = {"/bin/sleep", "1000", NULL};
	pflask_container *container = start(sleeper), *detached, *other;
	pflask_spec *spec = pflask_spec_new();
	int refused = 0;

	must(pflask_open(words[0], 0, &detached, &error, sizeof(error)));
	int before = descriptors();
	must(pflask_spec_set(spec, "command", "/bin/true", &error, sizeof(error)));
	for (int i = 0; i < TRIES; i++)
		refused += pflask_exec(detached, spec, 0, 1, 2, PFLASK_FOREGROUND, &other, &error,
				       sizeof(error)) < 0;
	printf("refused %d\nleaked %d\n", refused, descriptors() - before);
	pflask_spec_free(spec);
	pflask_close(detached);
	pflask_close(container);
	return 0;
}

static void *stop(void *after)
{
	usleep(*(const useconds_t *)after);
	pthread_kill(pthread_self(), SIGTSTP);
	return NULL;
}

/* Sends SIGTSTP to two threads. Prints whether the library still catches the signal afterwards, and
 * whether pflask_close() restores the default action. In the handlers, strace(1) delays each thread
 * before and after the change of the signal's action. */
static int stops(char **words)
{
	static const useconds_t after[2] = {0, 100000};
	pthread_t threads[2];
	struct sigaction now;
	pflask_container *container = start(words);

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, stop, (void *)&after[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	sigaction(SIGTSTP, NULL, &now);
	printf("caught %d\n", now.sa_handler != SIG_DFL);
	pflask_close(container);
	sigaction(SIGTSTP, NULL, &now);
	printf("given-back %d\n", now.sa_handler == SIG_DFL);
	return 0;
}

int main(int count, char **words)
{
	if (count > 2 && strcmp(words[1], "stops") == 0)
		return stops(words + 2);
	if (count > 2 && strcmp(words[1], "late") == 0)
		return late(words + 2);
	return count > 2 ? taken(words + 2) : 2;
}
