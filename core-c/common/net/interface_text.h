/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of network interfaces, as text, and what the kernel takes for it. */
#ifndef PF_INTERFACE_TEXT_H
#define PF_INTERFACE_TEXT_H

#include <stdint.h>

#define PF_LINKS 1024 /* interfaces of a container, at most */
#define PF_MAC 6      /* bytes of an Ethernet address */

/* An address of either family, network byte order. */
struct pf_ip {
	unsigned char family; /* AF_INET or AF_INET6 */
	unsigned char prefix; /* bits of the network */
	unsigned char size;   /* of bytes: 4 or 16 */
	unsigned char bytes[16];
};

/* Parses "ADDRESS/PREFIX", or without a prefix "ADDRESS", whose prefix is then all its bits.
 * Returns 0 or -EINVAL. */
int pf_ip_parse(const char *text, int has_prefix, struct pf_ip *ret);

/* Parses "02:00:00:00:00:01". Returns 0, -EINVAL, or -EADDRNOTAVAIL where no single interface can
 * have it (multicast, or all zero). */
int pf_mac_parse(const char *text, unsigned char ret[PF_MAC]);

/* Tells whether the kernel takes a name for an interface (dev_valid_name() in net/core/dev.c), and
 * takes it as it is: a '%' would stand for a number. */
int pf_is_link_name(const char *name);

/* Finds what the kernel calls a mode of macvlan or ipvlan. Returns it, or -EINVAL. */
int pf_link_mode(const char *kind, const char *mode);

#endif
