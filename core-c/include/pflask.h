/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpflask: run a command, or boot a system, inside Linux namespaces.
 *
 * A spec describes the wanted container. A plan is the flat list of operations that make the
 * container. A container is a running plan. A spec and a plan are data: they need no privilege and
 * change nothing.
 *
 *	pflask_spec *spec = pflask_spec_new();
 *	pflask_spec_set(spec, "chroot", "/srv/debian", &error, sizeof(error));
 *	pflask_spec_set(spec, "command", "/bin/ls", &error, sizeof(error));
 *	pflask_spec_set(spec, "command", "-l", &error, sizeof(error));
 *	pflask_plan_make(spec, &plan, &error, sizeof(error));
 *	pflask_run(plan, 0, 1, 2, &ended, sizeof(ended), &error, sizeof(error));
 *
 * Errors: every function that can fail returns 0 (or a count) on success and -errno on failure. The
 * library writes parameters named ret* only on success, and reterr only on failure. reterr may be
 * NULL; error_size is then ignored.
 * Structures: a function that fills in a structure takes the size of the structure, such as
 * sizeof(struct pflask_error), in the next argument. The library writes at most that many bytes,
 * and writes zeros to members that only the program's header has. Later versions of the library add
 * members only at the end, so that a program works with a library that is older or newer than the
 * program's header. If the size is 0, or less than the size of the structure in ABI 2, a function
 * does nothing and returns -EINVAL.
 * Threads: different handles are independent. Several threads may use one handle of a container in
 * pflask_wait(), pflask_kill(), pflask_info() and pflask_interrupt() at the same time, also while
 * one thread is in pflask_attach(), pflask_logs() or pflask_end(). During every other function,
 * above all pflask_close(), no other thread may use the handle.
 * Signals and children: the library has signal handlers only while a container is in the
 * foreground: from pflask_start() or pflask_exec() with PFLASK_FOREGROUND to pflask_close(), and in
 * pflask_run(), pflask_attach() and pflask_logs(). Only one container of a process may be in the
 * foreground at a time. The library never handles SIGCHLD. The monitor is a child of the calling
 * process. Only pflask_close(), pflask_run() and, after the monitor has ended, pflask_step() reap
 * the monitor (waitpid(2)).
 * fork(2): a container belongs to the process that started or opened it. In a forked child of that
 * process, a handle is a copy: pflask_close() frees only the copy, pflask_info() and
 * pflask_terminal() work, and the functions that need the monitor return -ECHILD. The container
 * ends with the process that started it, even if a forked child still runs.
 * Descriptors: every descriptor that the library makes is close-on-exec. The sealed memfd of
 * pflask-init stays open from the first pflask_start() on, for all containers of the process. A
 * plan holds descriptors of the files and directories that its spec names (pflask_plan_make()).
 */
#ifndef PFLASK_H
#define PFLASK_H

#include <stdint.h>

/* The handles, the errors, and the structures that functions fill in. */
#include "pflask/types.h"
/* A spec and its fields; a plan. */
#include "pflask/spec.h"
/* A container: its start, its end, and its terminal. */
#include "pflask/container.h"
/* Detached containers. */
#include "pflask/detached.h"

/** The version of the binary interface (ABI) that these headers declare. A new function, a new
 * value or a new member at the end of a structure does not change this number. Any other change
 * raises the number. */
#define PFLASK_ABI 4

/** The version of these headers; pflask_version() returns the version of the library. */
#define PFLASK_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/** Returns PFLASK_ABI of the loaded library. */
uint32_t pflask_abi(void);

/** Returns the version of the library, "MAJOR.MINOR.PATCH", in static memory. */
const char *pflask_version(void);

#ifdef __cplusplus
}
#endif
#endif
