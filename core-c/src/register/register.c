/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container with machined, by Varlink or by D-Bus (register.h). */
#define _GNU_SOURCE
#include "register.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bus.h"
#include "common/clock.h"
#include "varlink.h"

/* Path of machined's socket, below the runtime directory. */
#define VARLINK "systemd/machine/io.systemd.Machine"
#define SLICE_MSEC 100

int pf_patience_left(const struct pf_patience *patience)
{
	int64_t left = patience->end - pf_now_msec();

	if (left <= 0 || *(const volatile int *)patience->is_over)
		return 0;
	return left < SLICE_MSEC ? (int)left : SLICE_MSEC;
}

int pf_patience_end(const struct pf_patience *patience)
{
	return *(const volatile int *)patience->is_over ? -EINTR : -ETIMEDOUT;
}

/* Finds the Varlink socket of the user's machined, or of the system's machined. Returns whether the
 * socket exists. */
static int find_socket(int is_of_user, char ret[PATH_MAX])
{
	const char *directory = is_of_user ? secure_getenv("XDG_RUNTIME_DIR") : "/run";

	if (!directory || snprintf(ret, PATH_MAX, "%s/%s", directory, VARLINK) >= PATH_MAX)
		return 0;
	return access(ret, F_OK) == 0;
}

/* Tells whether machined can be reached over the system bus, which starts machined if it does not
 * run. */
static int is_on_bus(void)
{
	return access(PF_BUS_SOCKET, F_OK) == 0 &&
	       access("/usr/share/dbus-1/system-services/org.freedesktop.machine1.service", F_OK) ==
		       0;
}

int pf_has_machined(void)
{
	char path[PATH_MAX];
	int is_root = geteuid() == 0;

	return find_socket(!is_root, path) || (is_root && is_on_bus());
}

/* Tells whether a container must be registered over the bus. The Varlink method has no argument for
 * the signal by which systemd ends the scope. A booted system does not end on SIGTERM, so systemd
 * would kill it after 90 s. */
static int prefers_bus(const struct pf_machine *machine)
{
	return machine->kill_signal && is_on_bus();
}

int pf_register(const struct pf_machine *machine, const struct pf_patience *patience,
		char why[PF_RTNL_TEXT])
{
	char path[PATH_MAX];
	int r = -EOPNOTSUPP;

	*why = '\0';
	if ((geteuid() != 0 && find_socket(1, path)) ||
	    (!prefers_bus(machine) && find_socket(0, path)))
		r = pf_register_by_varlink(path, machine, patience, why);
	/* The first version of machined with Varlink cannot make a scope. */
	return r == -EOPNOTSUPP ? pf_register_by_bus(machine, patience, why) : r;
}
