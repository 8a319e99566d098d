/* SPDX-License-Identifier: BSD-2-Clause */
/* Returns interfaces that a container has borrowed from the host. */
#ifndef PF_GIVE_BACK_H
#define PF_GIVE_BACK_H

#include "rtnl.h"

/* An interface of the host that the container has, and its former state. */
struct pf_moved {
	char name[16];         /* on the host */
	char inside[16];       /* its first name in the container */
	struct pf_link before; /* its state on the host */
	int32_t index;         /* in the container; 0: not known yet */
};

/* Returns an interface to the host with its former name, hardware address, mtu and state, whatever
 * the container has changed. Its addresses are lost, because the kernel drops them when an
 * interface moves. `inside` and `host` are descriptors of the two network namespaces; the calling
 * thread enters them for a moment. Returns 0, -EEXIST where another interface has taken the name
 * meanwhile (the interface is back as "devN"), -ENODEV where the container no longer has the
 * interface, or another -errno. */
int pf_moved_return(const struct pf_moved *moved, int inside, int host);

#endif
