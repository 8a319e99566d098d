/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What netif of a spec asks for: "KIND:FIELD...:OPTION...". A "\:" in a field is a colon; those of
 * IPv6 and hardware addresses in options need no backslash.
 */
#ifndef PF_NETIF_PARSE_H
#define PF_NETIF_PARSE_H

#include <stdint.h>

#include "pflask.h"
#include "src/base/string_list.h"

#define PF_PORTS 64 /* of one protocol, at most */

enum pf_netif_kind {
	PF_NETIF_HOST,
	PF_NETIF_NS,
	PF_NETIF_PASTA,
	PF_NETIF_MOVED,
	PF_NETIF_MACVLAN,
	PF_NETIF_IPVLAN,
	PF_NETIF_VETH
};

struct pf_netif_spec {
	const char *text; /* as it was asked for */
	enum pf_netif_kind kind;
	char *outer;        /* DEV, MASTER, OUTSIDE or PATH; else NULL */
	char *name;         /* of the interface inside; else NULL */
	char *mode;         /* of a macvlan or ipvlan; else NULL */
	char *bridge, *mac; /* or NULL */
	uint32_t mtu;       /* or 0 */
	int up;
	struct pf_strings addresses; /* "ADDRESS/PREFIX" */
	struct pf_strings gateways;
	struct pf_strings tcp, udp; /* "HOST:CONTAINER", ports */
};

/* Parses an interface. Returns 0 or -errno with *reterr naming `text`; pf_netif_spec_clear() frees
 * what *ret holds in both cases. Looks at nothing outside `text`. */
int pf_netif_spec_parse(const char *text, struct pf_netif_spec *ret, struct pflask_error *reterr);
void pf_netif_spec_clear(struct pf_netif_spec *netif);

#endif
