/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces of the host that a container has for a while. */
#ifndef PF_GIVE_BACK_H
#define PF_GIVE_BACK_H

#include "rtnl.h"

/* An interface of the host that the container has, and what it was. */
struct pf_moved {
	char name[16];         /* on the host */
	char inside[16];       /* what it is called at first */
	struct pf_link before; /* on the host */
	int32_t index;         /* inside; 0: not known yet */
};

/* Brings an interface back, with the name, the hardware address, the mtu and the state that it had,
 * whatever the container has made of it. Its addresses it lost when it was moved, as the kernel has
 * it. The descriptors stand for the two network namespaces; the calling thread enters them for a
 * moment. Returns 0, -EEXIST where somebody has taken its name meanwhile and it is back as "devN",
 * -ENODEV where the container has it no more, or -errno. */
int pf_moved_return(const struct pf_moved *moved, int inside, int host);

#endif
