/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers a container with machined over the system bus (D-Bus Specification). libpflask has its
 * own code for the protocol: a method call and its reply are less code than the use of a library,
 * which would be loaded at each start, and which the static front could not load.
 */
#ifndef PF_BUS_H
#define PF_BUS_H

#include "register.h"

#define PF_BUS_SOCKET "/run/dbus/system_bus_socket"

/* Registers a container. After a return of 0, init is in its scope. Returns as pf_register()
 * does. */
int pf_register_by_bus(const struct pf_machine *machine, const struct pf_patience *patience,
		       char why[PF_RTNL_TEXT]);

#endif
