/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the texts that describe network interfaces into the kernel's values. */
#ifndef PF_INTERFACE_TEXT_H
#define PF_INTERFACE_TEXT_H

#include <stdint.h>

#define PF_LINKS 1024 /* most interfaces of a container */
#define PF_MAC 6      /* bytes of an Ethernet address */

/* An IPv4 or IPv6 address in network byte order. */
struct pf_ip {
	unsigned char family; /* AF_INET or AF_INET6 */
	unsigned char prefix; /* bits of the network */
	unsigned char size;   /* number of bytes: 4 or 16 */
	unsigned char bytes[16];
};

/* Parses "ADDRESS/PREFIX" with `has_prefix`, else "ADDRESS", whose prefix covers all bits. Returns
 * 0 or -EINVAL. */
int pf_ip_parse(const char *text, int has_prefix, struct pf_ip *ret);

/* Parses "02:00:00:00:00:01". Returns 0, -EINVAL, or -EADDRNOTAVAIL for an address that no
 * interface can have (multicast, or all zero). */
int pf_mac_parse(const char *text, unsigned char ret[PF_MAC]);

/* Tells whether the kernel accepts a name for an interface (dev_valid_name() in net/core/dev.c),
 * and uses the name unchanged: the kernel replaces a '%' by a number. */
int pf_is_link_name(const char *name);

/* Returns the kernel's number for a mode of macvlan or ipvlan, or -EINVAL. */
int pf_link_mode(const char *kind, const char *mode);

#endif
