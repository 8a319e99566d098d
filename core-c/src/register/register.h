/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers a container with systemd-machined(8): by Varlink, or over the system bus if machined
 * has no Varlink socket. machined moves init to a scope of its own, and forgets the container when
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

/* The description of a container for machined. */
struct pf_machine {
	char name[PF_MACHINE_NAME];
	const char *root; /* root directory, an absolute path in UTF-8; or "" */
	pid_t leader;
	int kill_signal; /* signal by which systemd ends the scope; 0: SIGTERM */
	const int32_t *links;
	size_t link_count;
};

/* The limits of a wait for machined: a time, and a variable of the caller. */
struct pf_patience {
	int64_t end;        /* time at which the wait ends, as from pf_now_msec() */
	const int *is_over; /* ends the wait when it is not 0; a signal handler may change it */
};

/* Returns the milliseconds to wait before the limits must be checked again, or 0 if the wait must
 * end. */
int pf_patience_left(const struct pf_patience *patience);

/* Returns why a wait has ended: -ETIMEDOUT or -EINTR. */
int pf_patience_end(const struct pf_patience *patience);

/* Tells whether machined runs, or can be started; does not connect to it. For an ordinary user,
 * this is the user's own machined, because the system's machined refuses ordinary users. */
int pf_has_machined(void);

/* Registers a container. Returns 0, or -errno with the reason or "" in `why`. -ENOENT: there is no
 * machined; -EEXIST: another machine has the name; -EPERM: the caller may not register; -ETIMEDOUT:
 * no answer; -EINTR: is_over was set. */
int pf_register(const struct pf_machine *machine, const struct pf_patience *patience,
		char why[PF_RTNL_TEXT]);

#endif
