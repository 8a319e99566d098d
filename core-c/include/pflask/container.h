/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers. Include pflask.h. */
#ifndef PFLASK_CONTAINER_H
#define PFLASK_CONTAINER_H

#include <stdint.h>

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Starts a container and returns when its command has been executed.
 * stdin_fd, stdout_fd, stderr_fd: descriptors that the command gets as 0, 1 and 2, or -1 for no
 * descriptor. The caller keeps the descriptors. flags: enum pflask_start_flags.
 * With PFLASK_FOREGROUND, a command without a terminal of its own never gets a terminal as its
 * standard input. If stdin_fd is a terminal, the command gets a pipe instead, and pflask_attach()
 * relays from the terminal to the pipe. stdin_fd must then stay open until pflask_close().
 * A detached container with a terminal ignores the descriptors. Without a terminal, its command
 * gets the descriptors, but /dev/null replaces an input that is a terminal. The monitor of a
 * detached container is not a child of the calling process.
 * Returns 0 or -errno. On failure, nothing of the container is left.
 */
int pflask_start(const pflask_plan *plan, int stdin_fd, int stdout_fd, int stderr_fd,
		 uint32_t flags, pflask_container **ret, struct pflask_error *reterr,
		 uint32_t error_size);

/** Returns a descriptor that can be read when pflask_step() has news of a container that was
 * started or opened with PFLASK_NOWAIT, or of a command of pflask_exec() with this flag. The end of
 * file is news, too. The caller owns the descriptor, and must read and drop its bytes, which have
 * no meaning. A container of pflask_start() ends when the descriptor is closed, unless the
 * container is detached. Returns -EINVAL if the function was called before, or without
 * PFLASK_NOWAIT. */
int pflask_fd(pflask_container *container);

/**
 * Takes the news of a container, without waiting for any other process. A program calls the
 * function when the descriptor of pflask_fd() can be read, and after *ret_timeout_ms milliseconds,
 * even without news (-1: only with news). After the end of file, the descriptor stays readable. The
 * program must then keep calling the function until the container has ended: a monitor that was
 * killed may close the descriptor before the connection. A step does not wait for a monitor that
 * was killed, and not for the processes that this monitor has left: until they have ended, the
 * function returns PFLASK_STEP_NONE. If the spec asks for a registration with
 * systemd-machined, a thread of the library registers the container. This thread ends with the
 * registration. Returns enum pflask_step; or -errno if the container has not started, or was not
 * found. After an error or PFLASK_STEP_ENDED, pflask_close() does not wait. Before
 * PFLASK_STEP_STARTED, the functions that need a started container return -EINPROGRESS.
 */
int pflask_step(pflask_container *container, int *ret_timeout_ms, struct pflask_error *reterr,
		uint32_t error_size);

/** Sets the size of a container's terminal, in characters. The monitor of a detached container sets
 * the size, if the container has a terminal, and the function does not wait. Returns 0, -EINVAL (no
 * such size), -ENOTTY (the container is not detached, and has no terminal), or, for a detached
 * container, -ESRCH (the container has ended), -EAGAIN (the monitor is stopped, and too many
 * messages wait for the monitor), -EINPROGRESS (before PFLASK_STEP_STARTED), or -ECHILD (in a
 * forked child). */
int pflask_resize(const pflask_container *container, int rows, int cols);

/**
 * Runs a container in the foreground, from start to end: calls pflask_start() with
 * PFLASK_FOREGROUND, pflask_attach() and pflask_close(). Without a terminal, the command gets
 * the descriptors. With a terminal, the function relays between the descriptors and the terminal.
 * Refuses a detached container.
 * Returns 0 and fills *ret, or -errno.
 */
int pflask_run(const pflask_plan *plan, int stdin_fd, int stdout_fd, int stderr_fd,
	       struct pflask_exit *ret, uint32_t exit_size, struct pflask_error *reterr,
	       uint32_t error_size);

/** Fills in the actual state of a container. Returns 0, or -EINVAL (info_size is too small). */
int pflask_info(const pflask_container *container, struct pflask_info *ret, uint32_t info_size);

/** Returns the pty master of a container, or of a command of pflask_exec(). The handle owns the
 * descriptor. Returns -ENOTTY if there is no terminal, or if the monitor serves the terminal
 * (detach): pflask_attach() then connects to the terminal. */
int pflask_terminal(const pflask_container *container);

/**
 * Sends a signal to the command, without waiting. INT, QUIT, HUP, STOP and CONT go to the process
 * group of the command, as from a terminal or a shell. A booted init gets killSignal in place of
 * TERM, INT and HUP. CONT follows TERM, INT, HUP and QUIT, so that a stopped command ends, too. If
 * the command has a terminal and ignores TERM, HUP follows TERM: interactive shells ignore TERM.
 * KILL ends the whole container. Another thread may call the function while a thread waits. Returns
 * 0, -EINVAL (no such signal), -ESRCH (the container has ended), -EINPROGRESS (with PFLASK_NOWAIT,
 * pflask_step() still searches for the container: the signal was not sent), -EAGAIN (the monitor is
 * stopped, and too many signals wait for the monitor), or -ECHILD (in a forked child).
 */
int pflask_kill(pflask_container *container, int signal);

/**
 * Ends a container: sends a signal as pflask_kill() does, and waits for the end. If the container
 * has not ended after kill_after_ms milliseconds, kills the container. Signal 0 stands for the
 * signal that asks the command to end: TERM, or the container's killSignal. kill_after_ms may be
 * -1: with signal 0, the time is then the default of `killAfter`; with any other signal, the
 * function then only sends the signal. Returns 0 or -errno (-ESRCH: the container has ended;
 * -ETIMEDOUT: the container has not ended 30 seconds after it was killed).
 */
int pflask_end(pflask_container *container, int signal, int kill_after_ms,
	       struct pflask_error *reterr, uint32_t error_size);

/**
 * Waits for the end of a container. timeout_ms: -1 waits for ever, 0 does not wait. After the
 * monitor was killed, the processes of the container end by themselves. The function waits for them
 * only until its own timeout. Several threads may wait for one container. Returns 0 and fills *ret,
 * -ETIMEDOUT, -EINVAL (exit_size is too small), -EINPROGRESS (before PFLASK_STEP_STARTED), or
 * -ECHILD (in a forked child). May be called again after the end.
 */
int pflask_wait(pflask_container *container, int timeout_ms, struct pflask_exit *ret,
		uint32_t exit_size);

/**
 * Connects two descriptors to a container until the container ends.
 * A container of pflask_start(), or a command of pflask_exec(): forwards signals. If there is a
 * terminal, relays from in_fd to this terminal, and from this terminal to out_fd. Returns after all
 * output has been written. If pflask_start() or pflask_exec() has replaced a descriptor with a
 * pipe, relays between the descriptor and the pipe, and does not change the modes of the caller's
 * terminal. If out_fd is a terminal, resets the modes that the command has left on, unless the
 * command has ended with exit code 0. If output cannot be written to out_fd, hangs up the
 * container's terminal; ret->output_errno has the errno. detach_key has no meaning. A container of
 * pflask_open(): out_fd gets the kept output of the container's terminal and all further output.
 * Input from in_fd goes to the terminal. If in_fd is no terminal, the function continues after the
 * end of the input. If in_fd is a terminal, the user detaches by the key detach_key (a byte; -1: no
 * key). A terminal may send an escape sequence for a control character. This sequence detaches,
 * too. Signals of the calling process keep their meaning. If out_fd is a terminal, the kept output
 * comes without sequences that the terminal would answer or act on. The modes that the container
 * has set in this terminal are reset at the end, or when a signal ends or stops the process. If
 * in_fd is a terminal, puts this terminal into raw mode, and gives its size to the container's
 * terminal. While another job uses the terminal, does not read in_fd and does not change the
 * terminal's modes. If neither in_fd nor out_fd is a terminal, several threads may attach to
 * containers of pflask_open() at the same time. Returns 0 with *ret filled in when the container
 * has ended. Returns 1 if a container of pflask_open() still runs: the key was typed, the terminal
 * was hung up, or out_fd cannot be written to (ret->output_errno is then not 0, except after
 * EPIPE). Returns -errno on failure (-ENOTTY: the detached container has no terminal; -EBUSY:
 * another container is in the foreground; -EINTR: pflask_interrupt(); -ECHILD: in a forked child).
 */
int pflask_attach(pflask_container *container, int in_fd, int out_fd, int detach_key,
		  struct pflask_exit *ret, uint32_t exit_size, struct pflask_error *reterr,
		  uint32_t error_size);

/** Kills a container that still runs, waits for its end, and frees the handle; NULL is allowed.
 * Does not kill a detached container, and only closes the connection. Kills a command of
 * pflask_exec(). In a forked child, only frees the handle. Returns NULL. */
pflask_container *pflask_close(pflask_container *container);

#ifdef __cplusplus
}
#endif
#endif
