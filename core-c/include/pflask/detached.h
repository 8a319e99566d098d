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
 * Errors, with the field "which": -ESRCH if there is no such container; -EPERM if an ordinary user
 * names another user, or if the process that listens for the container's clients runs in other
 * namespaces; -EHOSTDOWN if the monitor does not answer within a second, for instance because the
 * monitor is stopped.
 * The end of a container is kept, together with the kept output, if the container has a name or
 * `keepLog`. The kept end is removed when a container with the same name has started, by
 * pflask_forget(), when 64 more containers have ended, or by a reboot.
 */

/**
 * Opens a detached container, for pflask_info(), pflask_record(), pflask_wait(), pflask_kill(),
 * pflask_end(), pflask_attach(), pflask_logs() and pflask_exec(). If no such container runs, opens
 * the kept end of such a container: pflask_wait() and pflask_logs() then use the kept end, and
 * every other function fails, because the container has ended. The handle keeps the end of an
 * opened container: pflask_wait() returns the end even if the container and its kept end are gone.
 * flags: PFLASK_NOWAIT, PFLASK_RUNNING. With PFLASK_NOWAIT, pflask_step() searches for the
 * container, and reports its end without waiting. pflask_exec(), pflask_attach() and pflask_logs()
 * make a search of their own if they are called before this search. A program that calls only these
 * three functions therefore need not call pflask_step(). pflask_close() closes the connection, and
 * the container continues to run. Each open handle is one of at most 64 clients of the container.
 * Returns 0 or -errno.
 */
int pflask_open(const char *which, uint32_t flags, pflask_container **ret,
		struct pflask_error *reterr, uint32_t error_size);

/** Fills in the record that a container had when pflask_open() opened the container. The strings
 * come from the monitor, and may have any byte. Returns 0, -EINVAL (pflask_open() has not opened
 * the container, or record_size is too small), or -EINPROGRESS (before PFLASK_STEP_STARTED). */
int pflask_record(const pflask_container *container, struct pflask_record *ret,
		  uint32_t record_size);

/** Makes a running pflask_attach() or pflask_logs() return -EINTR. May be called on another thread,
 * or in a signal handler. If neither function runs, only the next call of one of these functions
 * returns -EINTR. Returns 0, or -EINVAL if pflask_open() has not opened the container. */
int pflask_interrupt(pflask_container *container);

/** Writes the kept output of a detached container's terminal to a descriptor. With `follow`, also
 * writes new output, until the container ends. If out_fd is a terminal, the function leaves out
 * sequences that the terminal would answer or act on, and restores the terminal's modes at the end.
 * A pipe without a reader is no error. Without `follow`, the function fails if the monitor sends
 * nothing for 30 seconds. Returns 0 or -errno (-EBUSY: another container is in the foreground;
 * -EINTR: pflask_interrupt()). */
int pflask_logs(pflask_container *container, int out_fd, int follow, struct pflask_error *reterr,
		uint32_t error_size);

/**
 * Runs a command in a container that the calling process has started by pflask_start(), or in a
 * detached container that pflask_open() has opened. The command gets the namespaces, cgroup, root,
 * user, environment and limits of the container's leader. Uses only these fields of the spec:
 * command, user, chdir, setenv, terminal, ownStderr, rows, cols, timeout and killAfter. If the spec
 * has a user, looks up this user in the passwd and group files of the container's root. The command
 * then gets HOME, USER, LOGNAME and SHELL of this user. pflask_start() describes the descriptors
 * and the flags. The container's monitor, a process of the container's user, gets the three
 * descriptors, the arguments and the variables, and passes them to the command. With terminal, the
 * monitor gets none of the three descriptors. With terminal and ownStderr, the monitor gets only
 * stderr_fd. With PFLASK_FOREGROUND, the function passes a pipe in place of each descriptor that is
 * a terminal, and pflask_attach() relays between the terminal and the pipe. The descriptor of the
 * terminal must stay open until pflask_close(). With PFLASK_NOWAIT, the function copies the
 * descriptors, and the program may free the spec immediately. With PFLASK_NOWAIT, the container may
 * still be starting, if the container is not detached. The command then waits for the start. *ret
 * is a handle for the command, which works with pflask_attach(), pflask_wait(), pflask_kill() and
 * pflask_step(). The handle of the command does not need the handle of the container. The command
 * is killed when its caller or the container ends. At most 64 commands run in a container at the
 * same time. Returns 0 or -errno.
 */
int pflask_exec(const pflask_container *container, const pflask_spec *spec, int stdin_fd,
		int stdout_fd, int stderr_fd, uint32_t flags, pflask_container **ret,
		struct pflask_error *reterr, uint32_t error_size);

/**
 * Lists the detached containers of the calling user in the order of their start. If `all` is not 0,
 * also lists the containers whose end is kept. For root, lists the containers of all users. If a
 * monitor of the caller was killed, removes what the monitor has left in the control directory.
 * Waits at most one second for the answers of all monitors together. *ret is an array of `capacity`
 * records. Each record has `record_size` bytes. Returns the number of containers, or -errno. If
 * this number is larger than `capacity`, the records of the last containers are left out.
 */
int pflask_list(int all, struct pflask_record *ret, uint32_t capacity, uint32_t record_size,
		struct pflask_error *reterr, uint32_t error_size);

/** Removes the kept end of a container. Returns 0 or -errno (-EBUSY: the container runs). */
int pflask_forget(const char *which, struct pflask_error *reterr, uint32_t error_size);

#ifdef __cplusplus
}
#endif
#endif
