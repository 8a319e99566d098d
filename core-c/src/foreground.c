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

#include "signals.h"

/* What changes the terminal, where nothing is forwarded. */
static const int followed[] = {SIGCONT, SIGWINCH};

static const int forwarded[] = {SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,
				SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};

/* What would end the program with its terminal left raw, unless it is forwarded. */
static const int fatal[] = {SIGTERM, SIGINT,  SIGHUP,    SIGQUIT, SIGUSR1, SIGUSR2,
			    SIGABRT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGPOLL,
			    SIGTRAP, SIGSEGV, SIGBUS,    SIGILL,  SIGFPE,  SIGSYS};

/* What stops the program, and the command with it. */
static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static pid_t owner; /* a fork has the handlers too, but not the terminal */
static atomic_flag taken = ATOMIC_FLAG_INIT;
static pflask_container *_Atomic current;
static _Atomic int handlers;    /* that run just now, on any thread */
static _Atomic uint64_t early;  /* signals that came before there was a current one */
static _Atomic int is_stopping; /* the handler that stops the program does what SIGCONT asks for */
static struct pf_terminal *_Atomic raw_terminal;
static struct sigaction before[COUNT(forwarded)];
static struct sigaction before_raw[COUNT(fatal)];
static struct sigaction before_stops[COUNT(stops)];
static struct sigaction before_pipe;

static void handle(int number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

/* A signal that is ignored stays ignored. */
static void install(int number, void (*handler)(int), struct sigaction *ret_before)
{
	sigaction(number, NULL, ret_before);
	if (ret_before->sa_handler != SIG_IGN)
		handle(number, handler);
}

/* The same, and a handler of the program stays, too. */
static void install_over_default(int number, void (*handler)(int), struct sigaction *ret_before)
{
	sigaction(number, NULL, ret_before);
	if (ret_before->sa_handler == SIG_DFL)
		handle(number, handler);
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

/* Ends the program as the signal would have, with the terminal as it was. */
static void on_fatal(int number)
{
	int saved = errno;

	change_terminal(pf_terminal_restore);
	do_as_before(number);
	change_terminal(pf_terminal_take);
	errno = saved;
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

	for (int number = 1; number <= 64; number++)
		if (kept & pf_signal_bit(number))
			pf_kill(container, number);
}

static void keep_early(int number)
{
	uint64_t kept = early;

	while (!atomic_compare_exchange_weak(
		&early, &kept, pf_signals_beside(kept, number) | pf_signal_bit(number)))
		;
}

/* Returns what pf_kill() says, or 0 where the signal waits for a container. */
static int forward(int number)
{
	if (number == SIGWINCH)
		return 0;
	pflask_container *container = current;
	if (container)
		return pf_kill(container, number);
	keep_early(number);
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

	if (number == SIGWINCH && terminal)
		pf_terminal_copy_size(terminal);
	int r = forward(number);
	atomic_fetch_sub(&handlers, 1);
	if ((r == -ESRCH || r == -ECHILD) && pf_asks_for_end(number))
		hand_back(number);
	errno = saved;
}

/* Does what is needed when the program goes on, whatever has stopped it. */
static void go_on(void)
{
	struct pf_terminal *terminal = own_terminal();

	if (terminal)
		pf_terminal_take(terminal);
	forward(SIGCONT);
}

static void on_continue(int number)
{
	int saved = errno;

	(void)number;
	atomic_fetch_add(&handlers, 1);
	if (!is_stopping)
		go_on();
	atomic_fetch_sub(&handlers, 1);
	errno = saved;
}

/* Stops the program as the signal would have, and returns when it goes on. The kernel does not stop
 * a process group whose session has no shell that could continue it (an orphaned one), so the
 * signal is sent once more with its default action. */
static void stop_program(int number)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	struct sigaction own;
	sigset_t let, mask;

	sigemptyset(&let);
	sigaddset(&let, number);
	sigaddset(&let, SIGCONT);
	sigaction(number, &standard, &own);
	sigprocmask(SIG_UNBLOCK, &let, &mask);
	raise(number);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(number, &own, NULL);
}

/* The command is in a session of its own, where the terminal does not stop it, and the kernel would
 * not do so either: SIGSTOP always stops. */
static void on_stop(int number)
{
	int saved = errno;

	atomic_fetch_add(&handlers, 1);
	struct pf_terminal *terminal = own_terminal();

	is_stopping = 1;
	if (terminal)
		pf_terminal_restore(terminal);
	forward(SIGSTOP);
	stop_program(number);
	is_stopping = 0;
	go_on();
	atomic_fetch_sub(&handlers, 1);
	errno = saved;
}

static void install_stops(void)
{
	for (size_t i = 0; i < COUNT(stops); i++)
		install_over_default(stops[i], on_stop, &before_stops[i]);
}

static void remove_stops(void)
{
	for (size_t i = 0; i < COUNT(stops); i++)
		sigaction(stops[i], &before_stops[i], NULL);
}

static void (*handler_of(int number))(int)
{
	return number == SIGCONT ? on_continue : on_forwarded;
}

int pf_foreground_take(pflask_container *container)
{
	if (atomic_flag_test_and_set(&taken))
		return -EBUSY;
	container->foreground = 1;
	early = 0;
	for (size_t i = 0; i < COUNT(forwarded); i++)
		install(forwarded[i], handler_of(forwarded[i]), &before[i]);
	install_stops();
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
	remove_stops();
	current = NULL;
	while (handlers > 0) /* another thread may have looked at the container before */
		sched_yield();
	container->foreground = 0;
	atomic_flag_clear(&taken);
}

/* A handler of the program's, as Bun has one for SIGINT and SIGTERM, may end the program too. */
static int is_to_be_caught(int number, void (*handler)(int))
{
	return handler == SIG_DFL || (pf_asks_for_end(number) && handler != on_forwarded);
}

void pf_foreground_raw(struct pf_terminal *terminal)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	owner = getpid();
	raw_terminal = terminal;
	for (size_t i = 0; i < COUNT(fatal); i++) {
		sigaction(fatal[i], NULL, &before_raw[i]);
		if (is_to_be_caught(fatal[i], before_raw[i].sa_handler))
			handle(fatal[i], on_fatal);
	}
	sigaction(SIGPIPE, &ignore, &before_pipe); /* the write says EPIPE */
	pf_terminal_take(terminal);
}

int pf_foreground_attach(struct pf_terminal *terminal)
{
	if (atomic_flag_test_and_set(&taken))
		return -EBUSY;
	raw_terminal = terminal;
	for (size_t i = 0; i < COUNT(followed); i++)
		install(followed[i], handler_of(followed[i]), &before[i]);
	install_stops();
	pf_foreground_raw(terminal);
	return 0;
}

void pf_foreground_leave(void)
{
	pf_foreground_plain();
	for (size_t i = 0; i < COUNT(followed); i++)
		sigaction(followed[i], &before[i], NULL);
	remove_stops();
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
