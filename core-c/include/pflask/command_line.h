/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions for the program of a command line. Include pflask.h. */
#ifndef PFLASK_COMMAND_LINE_H
#define PFLASK_COMMAND_LINE_H

#include <stdint.h>

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reports of a command line: lines on stderr that begin with `program`, and events as JSON on
 * status_fd, unless status_fd is -1. `typed` has the typed options by field, in lines
 * FIELD<TAB>OPTION. `words` has the words for texts in braces, in lines NAME[=VALUE]<TAB>WORDS, in
 * which * stands for any value. The first line that fits counts. `typed` and `words` may be NULL.
 * libpflask(3) describes both. */

/**
 * Reports an error: "PROGRAM: [OPTION: ]MESSAGE" and "hint: HINT" on stderr, and the event "error".
 * OPTION is the typed option of the error's field. If the operation is "write" and the errno EPIPE,
 * prints nothing on stderr: the reader of standard output has closed the pipe.
 * Returns the exit status: 127 for PFLASK_NOT_FOUND, 126 for PFLASK_NOT_EXECUTABLE, else 125.
 * Returns -EINVAL if error_size is too small.
 */
int pflask_report_error(const char *program, const char *typed, const char *words, int status_fd,
			const struct pflask_error *error, uint32_t error_size);

/** Reports a mistake on the command line, "OPTION: WHY", as pflask_report_error() does. hint: NULL
 * stands for "PROGRAM --help", and "" for no hint. Returns the exit status, 125. */
int pflask_report_mistake(const char *program, int status_fd, const char *option, const char *why,
			  const char *hint);

/** Reports on stderr the limits that a plan leaves out (pflask_plan_left_out()), if any. typed is
 * as in pflask_report_error(). Returns 1 if there are such limits, else 0. */
int pflask_report_plan(const char *program, const char *typed, const pflask_plan *plan);

/** Reports on stderr that a system is about to boot, if standard input is a terminal and the plan
 * boots a system that is not detached: the users of its root directory who can log in, and the key
 * that ends the container. Call the function before the start. typed and words are as in
 * pflask_report_error(). Returns 1 if there is such a system, else 0. */
int pflask_report_boot(const char *program, const char *typed, const char *words,
		       const pflask_plan *plan);

/** Writes the event "started". Returns 0, or -errno. After an error, the caller must write no more
 * events. */
int pflask_report_started(const char *program, int status_fd, const pflask_container *container);

/**
 * Reports the end of a container: its errors on stderr, and the event "exited". flags: enum
 * pflask_report_flags. With PFLASK_PASS_ON, if SIGINT ended the command, the function raises SIGINT
 * for the calling process. A shell that received the same ^C stops its loop or script only if the
 * shell sees that SIGINT ended the process. If exit->typed_signal is set, the function instead
 * sends this signal to the whole process group, because a terminal in raw mode has sent no signal.
 * SIGQUIT never ends the calling process: a core dump would write its memory to a file. Call the
 * function after pflask_close(), when signals act on the program again.
 * If the process still runs, returns the exit status: the exit code; 128 plus the number of the
 * signal; 0 for PFLASK_POWEROFF, 124 for PFLASK_TIMEOUT, 133 for PFLASK_REBOOT, 137 for
 * PFLASK_LOST. After an error, the status is 125 if it would otherwise be 0, or if output could not
 * be written. Returns -EINVAL if exit_size is too small.
 */
int pflask_report_exit(const char *program, const char *typed, int status_fd,
		       const struct pflask_exit *exit, uint32_t exit_size, uint32_t flags);

/**
 * Returns the size of a terminal as rows << 16 | columns, or -errno (-ENOTTY: fd is no terminal).
 */
int pflask_terminal_size(int fd);

/** Returns the soft RLIMIT_NOFILE of the calling program's parent process, or -errno. A language
 * runtime that raises its own limit, such as Bun, sets `openFiles` to this value. */
int pflask_parent_open_files(void);

#ifdef __cplusplus
}
#endif
#endif
