/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers a container with systemd-machined(8): by Varlink if machined has a socket for Varlink,
 * else by the system bus. machined moves init to a scope of its own, and forgets the container when
 * the scope is empty.
 */
#ifndef PF_REGISTER_H
#define PF_REGISTER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/net/rtnl.h"
#include "common/spec_defaults.h"

#define PF_MACHINE_PREFIX "pflask-"
#define PF_MACHINE_NAME (PF_MOST_machine + 1)

/* The facts that machined gets about a container. */
struct pf_machine {
	char name[PF_MACHINE_NAME];
	const char *root; /* absolute path in UTF-8, or "" */
	pid_t leader;
	int kill_signal; /* signal by which systemd ends the scope; 0: SIGTERM */
	const int32_t *links;
	size_t link_count;
};

/* The limits of a wait for machined. */
struct pf_patience {
	int64_t end;        /* time of pf_now_msec() */
	const int *is_over; /* not 0: stop waiting; a signal handler may change it */
};

/* Returns the milliseconds until the next look at the clock and at is_over, or 0 if the wait is
 * over. */
int pf_patience_left(const struct pf_patience *patience);

/* Returns why the wait is over: -ETIMEDOUT or -EINTR. */
int pf_patience_end(const struct pf_patience *patience);

/* Tells whether the caller's machined runs, or can be started. Does not ask machined. For an
 * ordinary user, this is the user's own machined: the system's machined refuses ordinary users. */
int pf_has_machined(void);

/* Registers a container. Returns 0; or returns -errno, and sets `why` to the reason or to "".
 * -ENOENT: there is no machined; -EEXIST: another machine has the name; -EPERM: the caller may not
 * register; -ETIMEDOUT: no answer; -EINTR: is_over was set. */
int pf_register(const struct pf_machine *machine, const struct pf_patience *patience,
		char why[PF_RTNL_TEXT]);

#endif
