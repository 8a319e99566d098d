/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes a lock that signal handlers also take. While a thread holds the lock, it blocks all
 * signals: a handler on the same thread would wait for the lock for ever.
 */
#ifndef PF_HANDLER_LOCK_H
#define PF_HANDLER_LOCK_H

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

static inline void pf_handler_lock(atomic_flag *lock, sigset_t *ret_mask)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, ret_mask);
	while (atomic_flag_test_and_set(lock))
		sched_yield();
}

static inline void pf_handler_unlock(atomic_flag *lock, const sigset_t *mask)
{
	atomic_flag_clear(lock);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

#endif
