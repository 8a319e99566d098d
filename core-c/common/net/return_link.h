/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves interfaces of the host from a container back to the host. */
#ifndef PF_RETURN_LINK_H
#define PF_RETURN_LINK_H

#include "rtnl.h"

/* A host interface that was moved into the container, and its former state on the host. */
struct pf_moved_link {
	char name[16];               /* name of the interface on the host */
	char inside[16];             /* first name of the interface in the container */
	struct pf_link_state before; /* state of the interface before the move */
	/* Interface index in the container, or 0 while the index is unknown. */
	int32_t index;
};

/* Moves an interface back to the host, and restores its name, hardware address, mtu and flags on
 * the host, whatever the container has changed. Its addresses are lost, because the kernel drops
 * addresses when an interface moves. `inside` and `host` are descriptors of the two network
 * namespaces. The calling thread enters these namespaces for a moment. Returns 0, or -ENODEV if the
 * container no longer has the interface. Returns -EEXIST if another interface of the host has got
 * the name meanwhile: the returned interface is then called "devN". Otherwise returns another
 * -errno. */
int pf_return_link(const struct pf_moved_link *moved, int inside, int host);

#endif
