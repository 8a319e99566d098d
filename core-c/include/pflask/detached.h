/* SPDX-License-Identifier: BSD-2-Clause */
/* Detached containers. Include pflask.h. */
#ifndef PFLASK_DETACHED_H
#define PFLASK_DETACHED_H

#include <stdint.h>

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Detached containers. `which` names a container of the calling user by its name, or by the decimal
 * pid of its monitor or its leader. Root names a container of another user as USER/NAME or
 * USER/PID. USER is a name or a number. A monitor and its client must have the same user, pid,
 * mount and cgroup namespaces and the same root directory.
 * Errors, with the field "which": -ESRCH if there is no such container (any more); -EPERM if an
 * ordinary user names another user, or if the process that listens for the container's clients runs
 * in other namespaces.
 * The end of a container with a name, or with `keepLog`, is kept, with the output that was kept:
 * until a container with the same name has started, until pflask_forget(), until 64 more containers
 * have ended, or until a reboot. pflask_wait_for() and pflask_logs() answer from it, and so does
 * pflask_wait_open(). The other functions tell in their error that the container has ended.
 */

/** Finds a detached container. The strings of the record come from the monitor, and may have any
 * byte. Returns 0 or -errno. */
int pflask_find(const char *which, struct pflask_record *ret, uint32_t record_size,
		struct pflask_error *reterr, uint32_t error_size);

/**
 * Lists the detached containers of the calling user in the order of their start. If root calls,
 * lists the containers of all users. Removes the remains of the caller's killed containers. Waits
 * at most one second for the answers of all monitors together. Writes at most `capacity` records to
 * *ret, an array of structures of `record_size` bytes each. Returns the number of containers, which
 * may be more than `capacity`, or -errno.
 */
int pflask_list(struct pflask_record *ret, uint32_t capacity, uint32_t record_size,
		struct pflask_error *reterr, uint32_t error_size);

/** Finds the kept end of a container, as pflask_find() finds a container that runs. */
int pflask_find_ended(const char *which, struct pflask_record *ret, uint32_t record_size,
		      struct pflask_error *reterr, uint32_t error_size);

/** Lists the kept ends, as pflask_list() lists the containers that run. */
int pflask_list_ended(struct pflask_record *ret, uint32_t capacity, uint32_t record_size,
		      struct pflask_error *reterr, uint32_t error_size);

/** Removes the kept end of a container. Returns 0 or -errno (-EBUSY: the container runs). */
int pflask_forget(const char *which, struct pflask_error *reterr, uint32_t error_size);

/**
 * Connects two descriptors to the terminal of a detached container. out_fd gets the kept output and
 * all further output. Input from in_fd goes to the terminal. If in_fd is a terminal, puts it into
 * raw mode, and gives its size to the container's terminal. Typing detach_key (a byte, or -1 for
 * none) at this terminal detaches. If the key is a control character, the key also detaches if the
 * terminal sends an escape sequence for the key. If in_fd is no terminal, the function continues
 * after the end of the input. Signals of the calling process keep their meaning. If out_fd is a
 * terminal, the kept output comes without sequences that the terminal would answer or act on. The
 * modes that the container has set there are reset at the end, or when a signal ends or stops the
 * process. Returns 0 with *ret filled in when the container has ended. Returns 1 if the container
 * still runs: the key was typed, the terminal was hung up, or out_fd cannot be written to
 * (ret->output_errno is then not 0, except after EPIPE). Returns -errno on failure (-ENOTTY: the
 * container has no terminal; -EBUSY: another container is in the foreground).
 */
int pflask_attach(const char *which, int in_fd, int out_fd, int detach_key, struct pflask_exit *ret,
		  uint32_t exit_size, struct pflask_error *reterr, uint32_t error_size);

/** Writes the kept output of a container to a descriptor. With `follow`, also writes new output,
 * until the container ends. A terminal does not get sequences that it would answer or act on, and
 * its modes are restored at the end. If out_fd is a pipe without a reader, this is no error.
 * Without `follow`, it is an error if the monitor sends nothing for 30 seconds. Returns 0 or -errno
 * (-EBUSY: another container is in the foreground). */
int pflask_logs(const char *which, int out_fd, int follow, struct pflask_error *reterr,
		uint32_t error_size);

/** Sends a signal, as pflask_kill() does. Signal 0 stands for the signal that asks the command to
 * end: TERM, or the container's killSignal. Returns 0 or -errno. */
int pflask_send(const char *which, int signal, struct pflask_error *reterr, uint32_t error_size);

/** Waits for the end of a container. timeout_ms: -1 waits for ever. Returns 0 with *ret filled in,
 * -ETIMEDOUT, or -errno. */
int pflask_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret, uint32_t exit_size,
		    struct pflask_error *reterr, uint32_t error_size);

/** Begins to wait for the end of a container. Returns a descriptor, which can be read when the
 * container has ended (poll(2)), or -errno. The end is not lost if the container ends before
 * pflask_wait_read(). The caller closes the descriptor. */
int pflask_wait_open(const char *which, struct pflask_error *reterr, uint32_t error_size);

/** Waits by a descriptor of pflask_wait_open(), as pflask_wait_for() does. */
int pflask_wait_read(int fd, const char *which, int timeout_ms, struct pflask_exit *ret,
		     uint32_t exit_size, struct pflask_error *reterr, uint32_t error_size);

/**
 * Ends a container: sends a signal as pflask_send() does, waits for the end, and kills a container
 * that has not ended kill_after_ms later. With kill_after_ms -1, the time is the default of
 * `killAfter` if signal is 0; with any other signal, the function only sends the signal. Returns 0
 * or -errno (-ETIMEDOUT: the container has not ended 30 seconds after it was killed).
 */
int pflask_end(const char *which, int signal, int kill_after_ms, struct pflask_error *reterr,
	       uint32_t error_size);

/**
 * Runs a command in a detached container. The command gets the namespaces, cgroup, root, user,
 * environment and limits of the container's leader. Uses only these fields of the spec: command,
 * user, chdir, setenv, terminal, ownStderr, rows, cols, timeout and killAfter. If the spec has a
 * user, looks up this user in the passwd and group files of the container's root. The command then
 * gets HOME, USER, LOGNAME and SHELL of this user. Descriptors and flags are as for pflask_start().
 * The container's monitor, a process of the container's user, gets the three descriptors, the
 * arguments and the variables, and passes them to the command. With terminal, the monitor gets no
 * descriptor, or with ownStderr only the third. With PFLASK_FOREGROUND, the function passes a pipe
 * in place of each descriptor that is a terminal, and pflask_foreground() relays between the
 * terminal and the pipe; such a descriptor must stay open until pflask_close(). The handle works as
 * for a container, with pflask_foreground(), pflask_wait() and pflask_kill(). The command is killed
 * when its caller ends. Returns 0 or -errno.
 */
int pflask_exec(const char *which, const pflask_spec *spec, int stdin_fd, int stdout_fd,
		int stderr_fd, uint32_t flags, pflask_container **ret, struct pflask_error *reterr,
		uint32_t error_size);

#ifdef __cplusplus
}
#endif
#endif
