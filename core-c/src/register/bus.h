/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers a container by the system bus (D-Bus Specification). libpflask speaks the protocol
 * itself: a method call and its reply are less code than the use of a library. A library would also
 * be loaded at each start, and the static front of pflask cannot load a library.
 */
#ifndef PF_BUS_H
#define PF_BUS_H

#include "register.h"

#define PF_BUS_SOCKET "/run/dbus/system_bus_socket"

/* Registers a container. When the function returns 0, init is in its scope. Returns as
 * pf_register() does. */
int pf_register_by_bus(const struct pf_machine *machine, const struct pf_patience *patience,
		       char why[PF_RTNL_TEXT]);

#endif
