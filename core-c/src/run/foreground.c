/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forwards signals in the foreground (foreground.h). Signals belong to the whole process, so only
 * one container at a time can have the signals. A handler may run on any thread, at any moment, and
 * on several threads at the same time. A handler reads only atomic variables, and data that was
 * written before the handler was installed. A handler sends SIGCONT and datagrams to the monitor,
 * and changes a terminal. The thread that restores the signals of the program waits until no
 * handler runs. A lock protects the actions of signals.
 */
#define _GNU_SOURCE
#include "foreground.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "common/signals.h"
#include "src/terminal/handler_lock.h"

/* Signals about the terminal, which have a handler even if the program forwards no signals. */
static const int followed[] = {SIGCONT, SIGWINCH};

static const int forwarded[] = {SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,
				SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};

/* Signals that end the program if it does not forward them. Their handler resets the terminal,
 * which would otherwise stay in raw mode. */
static const int fatal[] = {SIGTERM, SIGINT,  SIGHUP,    SIGQUIT, SIGUSR1, SIGUSR2,
			    SIGABRT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGPOLL,
			    SIGTRAP, SIGSEGV, SIGBUS,    SIGILL,  SIGFPE,  SIGSYS};

/* Signals that stop the program together with the command. */
static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The pid of the process that set the handlers; a forked child inherits the handlers. */
static pid_t owner;
static atomic_flag taken = ATOMIC_FLAG_INIT;
static pflask_container *_Atomic current;
static _Atomic int handlers; /* number of running handlers, on all threads */
/* Signals that came before `current` was set; bit N-1 is signal N. */
static _Atomic uint64_t early;
static _Atomic int is_stopping; /* on_stop() runs, and does the work of SIGCONT, too */
static struct pf_terminal *_Atomic raw_terminal;

static atomic_flag lock = ATOMIC_FLAG_INIT; /* protects the variables below, and signal actions */
static uint64_t ours;                       /* signals that have a handler of this file */
/* For each signal, the number of threads in act_as_before(). */
static int let_through[65];
static struct sigaction before[COUNT(forwarded)];
static struct sigaction before_raw[COUNT(fatal)];
static int caught[COUNT(fatal)]; /* the signal has the handler on_fatal() */
static struct sigaction before_stops[COUNT(stops)];
static struct sigaction before_pipe;

static void on_stop(int number);

/* Takes the lock. Does nothing in a forked child: the thread that holds the lock may not exist
 * there, and the child would wait for ever. */
static void lock_signals(sigset_t *ret_mask)
{
	if (owner == getpid())
		pf_handler_lock(&lock, ret_mask);
	else
		pthread_sigmask(SIG_BLOCK, NULL, ret_mask);
}

static void unlock_signals(const sigset_t *mask)
{
	if (owner == getpid())
		pf_handler_unlock(&lock, mask);
}

static void handle(int number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

/* Sets a handler. The caller of this and of the following functions, up to uninstall(), must hold
 * the lock. */
static void take_over(int number, void (*handler)(int))
{
	handle(number, handler);
	ours |= pf_signal_bit(number);
}

/* Sets a handler, if the signal is not ignored. */
static void install(int number, void (*handler)(int), struct sigaction *ret_before)
{
	sigaction(number, NULL, ret_before);
	if (ret_before->sa_handler != SIG_IGN)
		take_over(number, handler);
}

/* Sets a handler, if the signal has its default action. */
static void install_over_default(int number, void (*handler)(int), struct sigaction *ret_before)
{
	sigaction(number, NULL, ret_before);
	if (ret_before->sa_handler == SIG_DFL)
		take_over(number, handler);
}

static void uninstall(int number, const struct sigaction *as_before)
{
	if (ours & pf_signal_bit(number))
		sigaction(number, as_before, NULL);
	ours &= ~pf_signal_bit(number);
}

static void uninstall_all(const int *numbers, const struct sigaction *as_before, size_t count)
{
	sigset_t mask;

	lock_signals(&mask);
	for (size_t i = 0; i < count; i++)
		uninstall(numbers[i], &as_before[i]);
	unlock_signals(&mask);
}

/* Begins a handler. The returned terminal is valid until leave(), which ends the handler. */
static struct pf_terminal *enter(void)
{
	atomic_fetch_add(&handlers, 1);
	return owner == getpid() ? raw_terminal : NULL;
}

static void leave(int saved_errno)
{
	errno = saved_errno;
	atomic_fetch_sub(&handlers, 1);
}

/* Waits until no handler runs on another thread. After that, no handler uses old data. */
static void wait_for_handlers(void)
{
	while (owner == getpid() && handlers > 0)
		sched_yield();
}

/* Raises a signal with the action that it had before: the end of the program, a stop, or a handler
 * of the program. Returns if the program continues. Meanwhile, the handler of this file is not
 * installed; the last thread that leaves this function installs it again, if the program's signals
 * were not restored meanwhile. */
static void act_as_before(int number, void (*handler)(int), const struct sigaction *as_before)
{
	sigset_t let, mask, before_let;

	sigemptyset(&let);
	sigaddset(&let, number);
	sigaddset(&let, SIGCONT);
	lock_signals(&mask);
	if (let_through[number]++ == 0)
		sigaction(number, as_before, NULL);
	unlock_signals(&mask);
	pthread_sigmask(SIG_UNBLOCK, &let, &before_let);
	raise(number);
	pthread_sigmask(SIG_SETMASK, &before_let, NULL);
	lock_signals(&mask);
	if (--let_through[number] == 0 && ours & pf_signal_bit(number))
		handle(number, handler);
	unlock_signals(&mask);
}

/* Restores the terminal, and raises the signal with its former action, which ends the program or is
 * a handler of the program. If the program continues, takes the terminal again. */
static void on_fatal(int number)
{
	int saved = errno;
	struct pf_terminal *terminal = enter();

	if (terminal)
		pf_terminal_restore(terminal);
	for (size_t i = 0; i < COUNT(fatal); i++)
		if (fatal[i] == number)
			act_as_before(number, on_fatal, &before_raw[i]);
	if (terminal)
		pf_terminal_retake(terminal);
	leave(saved);
}

/* Raises a signal for the program itself, because the command has ended. The signal is blocked
 * while the handler runs, and afterwards acts as it would without a container. So it can end a
 * program that still waits for a reader of its output. */
static void hand_back(int number, struct pf_terminal *terminal)
{
	sigset_t mask;

	if (terminal)
		pf_terminal_restore(terminal);
	lock_signals(&mask);
	for (size_t i = 0; i < COUNT(forwarded); i++)
		if (forwarded[i] == number)
			uninstall(number, &before[i]);
	unlock_signals(&mask);
	raise(number);
}

/* Sends the signals that were kept. A handler on another thread that keeps a signal meanwhile calls
 * this function, too, so no signal stays unsent. */
static void forward_early(pflask_container *container)
{
	uint64_t kept = atomic_exchange(&early, 0);

	for (int number; (number = pf_take_signal(&kept)) > 0;)
		pf_kill(container, number);
}

static void keep_early(int number)
{
	uint64_t kept = early;

	while (!atomic_compare_exchange_weak(&early, &kept, pf_add_signal(kept, number)))
		;
}

/* Sends a signal to the container, and returns the result of pf_kill(). Before there is a
 * container, keeps the signal and returns 0. Does nothing for SIGWINCH, and returns 0. */
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
	struct pf_terminal *terminal = enter();

	if (number == SIGWINCH && terminal)
		pf_terminal_copy_size(terminal);
	int r = forward(number);
	if ((r == -ESRCH || r == -ECHILD) && pf_is_end_signal(number))
		hand_back(number, terminal);
	leave(saved);
}

/* Handles SIGCONT: takes the terminal again, and continues the command. */
static void on_continue(int number)
{
	int saved = errno;
	struct pf_terminal *terminal = enter();

	if (!is_stopping) {
		if (terminal)
			pf_terminal_take(terminal);
		forward(number);
	}
	leave(saved);
}

/* Stops the command and the program, and returns when the program continues. The command gets
 * SIGSTOP, because the stop signals of a terminal have no effect in its own session. The program
 * raises the original signal, which the kernel ignores in an orphaned process group: if no shell
 * could continue the program, it does not stop. */
static void stop_all(int number, struct pf_terminal *terminal)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};

	if (terminal)
		pf_terminal_restore(terminal);
	forward(SIGSTOP);
	act_as_before(number, on_stop, &standard);
	is_stopping = 0;
	if (terminal)
		pf_terminal_retake(terminal);
	forward(SIGCONT);
}

/* Stops the command and the program. If several threads get a stop signal, only the first does the
 * work. */
static void on_stop(int number)
{
	int saved = errno;
	struct pf_terminal *terminal = enter();

	if (!atomic_exchange(&is_stopping, 1))
		stop_all(number, terminal);
	leave(saved);
}

static void install_stops(void)
{
	for (size_t i = 0; i < COUNT(stops); i++)
		install_over_default(stops[i], on_stop, &before_stops[i]);
}

static void (*handler_of(int number))(int)
{
	return number == SIGCONT ? on_continue : on_forwarded;
}

int pf_foreground_take(pflask_container *container)
{
	sigset_t mask;

	if (atomic_flag_test_and_set(&taken))
		return -EBUSY;
	container->is_foreground = 1;
	early = 0;
	owner = getpid();
	lock_signals(&mask);
	for (size_t i = 0; i < COUNT(forwarded); i++)
		install(forwarded[i], handler_of(forwarded[i]), &before[i]);
	install_stops();
	unlock_signals(&mask);
	return 0;
}

void pf_foreground_forward(pflask_container *container)
{
	if (!container->is_foreground)
		return;
	current = container;
	forward_early(container);
}

void pf_foreground_restore(pflask_container *container)
{
	uninstall_all(forwarded, before, COUNT(forwarded));
	uninstall_all(stops, before_stops, COUNT(stops));
	current = NULL;
	wait_for_handlers();
	container->is_foreground = 0;
	atomic_flag_clear(&taken);
}

/* Tells whether a signal may end the program: it is not forwarded, or a handler of the program may
 * end the program, as Bun's handlers of SIGINT and SIGTERM do. */
static int ends_program(int number, void (*handler)(int))
{
	return !(ours & pf_signal_bit(number)) && (handler == SIG_DFL || pf_is_end_signal(number));
}

/* Installs on_fatal(). The caller holds the lock. */
static void install_fatal(void)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < COUNT(fatal); i++) {
		sigaction(fatal[i], NULL, &before_raw[i]);
		caught[i] = ends_program(fatal[i], before_raw[i].sa_handler);
		if (caught[i])
			take_over(fatal[i], on_fatal);
	}
	sigaction(SIGPIPE, &ignore, &before_pipe); /* so that write(2) returns EPIPE */
}

void pf_foreground_raw(struct pf_terminal *terminal)
{
	sigset_t mask;

	owner = getpid();
	raw_terminal = terminal;
	lock_signals(&mask);
	install_fatal();
	unlock_signals(&mask);
	pf_terminal_take(terminal);
}

int pf_foreground_attach(struct pf_terminal *terminal)
{
	sigset_t mask;

	if (atomic_flag_test_and_set(&taken))
		return -EBUSY;
	owner = getpid();
	raw_terminal = terminal;
	lock_signals(&mask);
	for (size_t i = 0; i < COUNT(followed); i++)
		install(followed[i], handler_of(followed[i]), &before[i]);
	install_stops();
	unlock_signals(&mask);
	pf_foreground_raw(terminal);
	return 0;
}

void pf_foreground_leave(void)
{
	pf_foreground_plain();
	uninstall_all(followed, before, COUNT(followed));
	uninstall_all(stops, before_stops, COUNT(stops));
	wait_for_handlers();
	atomic_flag_clear(&taken);
}

/* Restores the terminal before the signals, so that a signal in between finds the terminal
 * restored. */
void pf_foreground_plain(void)
{
	sigset_t mask;

	pf_terminal_restore(raw_terminal);
	lock_signals(&mask);
	for (size_t i = 0; i < COUNT(fatal); i++)
		if (caught[i])
			uninstall(fatal[i], &before_raw[i]);
	sigaction(SIGPIPE, &before_pipe, NULL);
	unlock_signals(&mask);
	raw_terminal = NULL;
	wait_for_handlers();
}
