/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Declares private functions of the library, for pflask's own command line and for @pflask/runtime.
 * The header is not installed. The functions may change in each version: they have the symbol
 * version PFLASK_PRIVATE, and are not a part of the ABI.
 */
#ifndef PF_COMMAND_LINE_H
#define PF_COMMAND_LINE_H

#include <stdint.h>

#include "pflask.h"

/** Flags of pflask_report_exit(). */
enum pflask_report_flags {
	PFLASK_OF_EXEC = 1,   /**< pflask_exec() has started the command */
	PFLASK_PASS_ON = 2,   /**< raise SIGINT if SIGINT ended the command */
	PFLASK_STATS = 4,     /**< print the reason and the used resources on stderr, as text */
	PFLASK_STATS_JSON = 8 /**< print the event "exited" on stderr */
};

/*
 * Reports of a command line: lines on stderr that begin with `program`, and events as JSON on
 * status_fd, unless status_fd is -1. `typed` has a line FIELD<TAB>OPTION for each option that was
 * typed and sets a field of the spec. `words` has a line NAME[=VALUE]<TAB>WORDS for each text in
 * braces. In place of VALUE, * stands for any value; in WORDS, * stands for the value that was
 * found. The first line that fits counts, first in `typed`, then in `words`. `typed` and `words`
 * may be NULL. An escape stands for each invisible character, and for each byte that is not UTF-8.
 * The functions wait until all is written, and raise no SIGPIPE. If status_fd is a pipe without a
 * reader, this is no error. Any other failed write to status_fd is reported on stderr.
 */

/**
 * Reports an error: "PROGRAM: [OPTION: ]MESSAGE" and "hint: HINT" on stderr, and the event "error".
 * OPTION is the typed option of the error's field. If the operation is "write" and the errno is
 * EPIPE, prints nothing on stderr: the reader of standard output has closed the pipe. Returns the
 * exit status: 127 for PFLASK_NOT_FOUND, 126 for PFLASK_NOT_EXECUTABLE, else 125. Returns -EINVAL
 * if error_size is too small.
 */
int pflask_report_error(const char *program, const char *typed, const char *words, int status_fd,
			const struct pflask_error *error, uint32_t error_size);

/** Reports a mistake on the command line, "OPTION: WHY", as pflask_report_error() does. hint: NULL
 * stands for "PROGRAM --help", and "" for no hint. Returns the exit status, 125. */
int pflask_report_mistake(const char *program, int status_fd, const char *option, const char *why,
			  const char *hint);

/**
 * Reports on stderr, before a start, the limits that the plan leaves out (pflask_plan_left_out()).
 * If standard input is a terminal, and the plan boots a system that is not detached, also reports
 * who can log in to the system, and which key ends the container. typed and words mean the same as
 * for pflask_report_error().
 */
void pflask_report_plan(const char *program, const char *typed, const char *words,
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

/** Size of the list of a thread, in numbers. The kernel makes a page of the list when a number is
 * stored there. */
enum pflask_thread { PFLASK_THREAD_LIST = 1 << 20 };

/**
 * Makes a list for the calling thread to fill in. The first number is the count of the numbers that
 * follow. Each of these numbers is a descriptor, a handle, or 0. The number -1 - N stands for the
 * descriptor N. The address of a handle stands for a container that ends with the thread. This
 * address plus 1 stands for a container that outlives the thread. At the end of the thread, the
 * library closes all descriptors and handles in the list, and frees the list. Returns NULL on
 * failure. A thread has at most one list.
 */
int64_t *pflask_thread_list(void);

#endif
