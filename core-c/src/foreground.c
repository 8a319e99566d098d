/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals in the foreground (foreground.h). They belong to the whole process, so one container can
 * have them at a time. A handler may run on any thread of the program, at any moment: it reads
 * what was written before it was installed, sends one datagram, and changes a terminal.
 */
#define _GNU_SOURCE
#include "foreground.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

/* What changes the terminal, where nothing is forwarded. */
static const int followed[] = {SIGCONT, SIGWINCH};

static const int forwarded[] = {SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,
				SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};

/* What would end or stop the program with its terminal left raw, unless it is forwarded. */
static const int fatal[] = {SIGTERM, SIGINT,    SIGHUP,  SIGQUIT, SIGUSR1, SIGUSR2, SIGABRT,
			    SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGPOLL, SIGTRAP, SIGSEGV,
			    SIGBUS,  SIGILL,    SIGFPE,  SIGSYS,  SIGTSTP};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static pid_t owner; /* a fork has the handlers too, but not the terminal */
static atomic_flag taken = ATOMIC_FLAG_INIT;
static pflask_container *_Atomic current;
static _Atomic int handlers;   /* that run just now, on any thread */
static _Atomic uint64_t early; /* signals that came before there was a current one, N at bit N-1 */
static struct pf_terminal *_Atomic raw_terminal;
static struct sigaction before[COUNT(forwarded)];
static struct sigaction before_raw[COUNT(fatal)];
static struct sigaction before_pipe;

/* Does what an ignored signal is not asked to do: installs nothing over it. */
static void install(int number, void (*handler)(int), struct sigaction *ret_before)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigfillset(&action.sa_mask);
	sigaction(number, NULL, ret_before);
	if (ret_before->sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

static struct pf_terminal *own_terminal(void)
{
	return owner == getpid() ? raw_terminal : NULL;
}

/* Does what the signal would have done, an end or what a handler of the program does. Returns where
 * the program goes on. */
static void do_as_before(int number)
{
	struct sigaction ours = {0};
	sigset_t only, all;

	sigemptyset(&only);
	sigaddset(&only, number);
	for (size_t i = 0; i < COUNT(fatal); i++)
		if (fatal[i] == number)
			sigaction(number, &before_raw[i], &ours);
	pthread_sigmask(SIG_UNBLOCK, &only, &all);
	raise(number);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	sigaction(number, &ours, NULL);
}

/* Changes the caller's terminal, which goes on to be there as long as a handler runs. */
static void change_terminal(void (*change)(struct pf_terminal *terminal))
{
	atomic_fetch_add(&handlers, 1);
	struct pf_terminal *terminal = own_terminal();

	if (terminal)
		change(terminal);
	atomic_fetch_sub(&handlers, 1);
}

/* Ends or stops the program as the signal would have, with the terminal as it was. */
static void on_fatal(int number)
{
	int saved = errno;

	change_terminal(pf_terminal_restore);
	if (number == SIGTSTP) {
		kill(getpid(), SIGSTOP);
	} else {
		do_as_before(number);
		change_terminal(pf_terminal_raw);
	}
	errno = saved;
}

static uint64_t bit_of(int number)
{
	return 1ull << (number - 1);
}

static int ends_programs(int number)
{
	return number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT;
}

/* When the command has ended there is nobody to forward it to: the program, which may wait for a
 * reader of what there was to say, gets it as it would without a container. */
static void hand_back(int number)
{
	struct pf_terminal *terminal = own_terminal();

	if (terminal)
		pf_terminal_restore(terminal);
	for (size_t i = 0; i < COUNT(forwarded); i++)
		if (forwarded[i] == number)
			sigaction(number, &before[i], NULL);
	raise(number);
}

/* Another thread may keep one more signal just now: whoever of the two sees both sends them. */
static void forward_early(pflask_container *container)
{
	uint64_t kept = atomic_exchange(&early, 0);

	for (size_t i = 0; i < COUNT(forwarded); i++)
		if (kept & bit_of(forwarded[i]))
			pf_kill(container, forwarded[i]);
}

/* Returns what pf_kill() says, or 0 where the signal waits for a container. */
static int forward(int number)
{
	if (number == SIGWINCH)
		return 0;
	pflask_container *container = current;
	if (container)
		return pf_kill(container, number);
	atomic_fetch_or(&early, bit_of(number));
	container = current;
	if (container)
		forward_early(container);
	return 0;
}

static void on_forwarded(int number)
{
	int saved = errno;

	atomic_fetch_add(&handlers, 1);
	struct pf_terminal *terminal = own_terminal();

	if (number == SIGCONT && terminal && pf_terminal_is_ours(terminal))
		pf_terminal_raw(terminal);
	if ((number == SIGWINCH || number == SIGCONT) && terminal)
		pf_terminal_copy_size(terminal);
	int r = forward(number);
	atomic_fetch_sub(&handlers, 1);
	if ((r == -ESRCH || r == -ECHILD) && ends_programs(number))
		hand_back(number);
	errno = saved;
}

int pf_foreground_take(pflask_container *container)
{
	if (atomic_flag_test_and_set(&taken))
		return -EBUSY;
	container->foreground = 1;
	early = 0;
	for (size_t i = 0; i < COUNT(forwarded); i++)
		install(forwarded[i], on_forwarded, &before[i]);
	return 0;
}

void pf_foreground_forward(pflask_container *container)
{
	if (!container->foreground)
		return;
	current = container;
	forward_early(container);
}

void pf_foreground_give_back(pflask_container *container)
{
	for (size_t i = 0; i < COUNT(forwarded); i++)
		sigaction(forwarded[i], &before[i], NULL);
	current = NULL;
	while (handlers > 0) /* another thread may have looked at the container before */
		sched_yield();
	container->foreground = 0;
	atomic_flag_clear(&taken);
}

/* A handler of the program's, as Bun has one for SIGINT and SIGTERM, may end the program too. */
static int is_to_be_caught(int number, void (*handler)(int))
{
	return handler == SIG_DFL || (ends_programs(number) && handler != on_forwarded);
}

void pf_foreground_raw(struct pf_terminal *terminal)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	owner = getpid();
	raw_terminal = terminal;
	for (size_t i = 0; i < COUNT(fatal); i++) {
		sigaction(fatal[i], NULL, &before_raw[i]);
		if (is_to_be_caught(fatal[i], before_raw[i].sa_handler))
			install(fatal[i], on_fatal, &before_raw[i]);
	}
	sigaction(SIGPIPE, &ignore, &before_pipe); /* the write says EPIPE */
	pf_terminal_raw(terminal);
	pf_terminal_copy_size(terminal);
}

int pf_foreground_attach(struct pf_terminal *terminal)
{
	if (atomic_flag_test_and_set(&taken))
		return -EBUSY;
	raw_terminal = terminal;
	for (size_t i = 0; i < COUNT(followed); i++)
		install(followed[i], on_forwarded, &before[i]);
	pf_foreground_raw(terminal);
	return 0;
}

void pf_foreground_leave(void)
{
	pf_foreground_plain();
	for (size_t i = 0; i < COUNT(followed); i++)
		sigaction(followed[i], &before[i], NULL);
	while (handlers > 0) /* another thread may have looked at the terminal before */
		sched_yield();
	atomic_flag_clear(&taken);
}

void pf_foreground_plain(void)
{
	struct pf_terminal *terminal = raw_terminal;

	raw_terminal = NULL;
	pf_terminal_restore(terminal);
	for (size_t i = 0; i < COUNT(fatal); i++)
		sigaction(fatal[i], &before_raw[i], NULL);
	sigaction(SIGPIPE, &before_pipe, NULL);
}
