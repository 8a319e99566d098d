/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container by Varlink (varlink.org): one request and one reply, each a line of JSON
 * that ends with NUL. */
#ifndef PF_VARLINK_H
#define PF_VARLINK_H

#include "register.h"

/* Registers a container over the Varlink socket at `path`. After a return of 0, init is in its
 * scope. Returns as pf_register() does, or -EOPNOTSUPP if this version of machined cannot make a
 * scope. */
int pf_register_by_varlink(const char *path, const struct pf_machine *machine,
			   const struct pf_patience *patience, char why[PF_RTNL_TEXT]);

#endif
