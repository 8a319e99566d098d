/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses texts that describe network interfaces into values for the kernel. */
#ifndef PF_LINK_PARSE_H
#define PF_LINK_PARSE_H

#include <stdint.h>

#define PF_LINKS_MAX 1024 /* maximum number of interfaces of a container */
#define PF_MAC 6          /* bytes of an Ethernet address */

/* An IPv4 or IPv6 address in network byte order. */
struct pf_ip {
	unsigned char family; /* AF_INET or AF_INET6 */
	unsigned char prefix; /* length of the network prefix in bits */
	unsigned char size;   /* size of the address in bytes: 4 or 16 */
	unsigned char bytes[16];
};

/* Parses "ADDRESS/PREFIX" if `has_prefix` is set, else "ADDRESS", with a prefix of all bits.
 * Returns 0 or -EINVAL. */
int pf_ip_parse(const char *text, int has_prefix, struct pf_ip *ret);

/* Parses "02:00:00:00:00:01". Returns 0, -EINVAL, or -EADDRNOTAVAIL for an address that no
 * interface can have (multicast, or all zero). */
int pf_mac_parse(const char *text, unsigned char ret[PF_MAC]);

/* Tells whether a name is valid for an interface (dev_valid_name() in net/core/dev.c). Refuses a
 * '%', which the kernel would replace with a number. */
int pf_is_link_name(const char *name);

/* Returns the kernel's number for a mode of macvlan or ipvlan, or -EINVAL. */
int pf_link_mode(const char *kind, const char *mode);

#endif
