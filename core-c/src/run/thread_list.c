/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Closes descriptors and containers that a thread has left open (thread_list.h). A worker of Bun
 * that is terminated runs no more JavaScript, but its thread ends like any other, and runs
 * close_all(). All lists share one pthread key, because a process has at most 1024 keys.
 */
#define _GNU_SOURCE
#include "thread_list.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "container.h"
#include "src/explain/command_line.h"

/* Weak symbols, because an older glibc has these functions only in libpthread
 * (register_thread.c). */
#pragma weak pthread_key_create
#pragma weak pthread_setspecific
#if defined(__GLIBC__) && defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#elif defined(__GLIBC__) && defined(__aarch64__)
#define OLDEST "GLIBC_2.17"
#endif
#ifdef OLDEST
__asm__(".symver pthread_key_create, pthread_key_create@" OLDEST);
__asm__(".symver pthread_setspecific, pthread_setspecific@" OLDEST);
#endif

#define SIZE (PFLASK_THREAD_LIST * sizeof(int64_t))

static atomic_uint key_and_one; /* the pthread key plus 1; 0: not made yet */

/* Closes all descriptors and containers in a list. Bun has already closed the bells, and a monitor
 * kills its container when the bell is closed. So all containers end at the same time. */
static void close_all(void *data)
{
	int64_t *list = data;

	for (int64_t i = list[0]; i > 0; i--)
		if (list[i] < 0)
			close((int)(-1 - list[i]));
		else
			pf_close((pflask_container *)(uintptr_t)(list[i] & ~INT64_C(1)));
	munmap(list, SIZE);
}

int64_t *pf_thread_list(void)
{
	pthread_key_t made;

	/* Two threads may each make a key at the same time; either key serves. */
	if (!key_and_one) {
		if (!pthread_key_create || pthread_key_create(&made, close_all) != 0)
			return NULL;
		key_and_one = made + 1;
	}
	int64_t *list = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (list == MAP_FAILED)
		return NULL;
	if (pthread_setspecific(key_and_one - 1, list) == 0)
		return list;
	close_all(list);
	return NULL;
}
