/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses a network interface of a spec, "KIND:FIELD...:OPTION...". A colon inside a field is
 * written "\:". The colons of IPv6 and hardware addresses in options need no backslash.
 */
#ifndef PF_NETIF_PARSE_H
#define PF_NETIF_PARSE_H

#include <netinet/in.h>
#include <stdint.h>

#include "pflask.h"
#include "src/base/string_list.h"

#define PF_PORTS 128 /* maximum number of forwarded ports */

enum pf_netif_kind {
#define PF_NETIF(kind, name, fields, shape, options, text) PF_NETIF_##kind,
#include "defs/netifs.def"
	PF_NETIF_KINDS
};

/* A port of the host that is forwarded to a port of the container. */
struct pf_port {
	char address[INET6_ADDRSTRLEN]; /* an address of the host; "": every address */
	uint32_t host, container;
	int is_udp;
};

struct pf_netif {
	const char *text; /* the text that was parsed */
	enum pf_netif_kind kind;
	char *outer;        /* DEV, MASTER, OUTSIDE or PATH; else NULL */
	char *name;         /* name of the interface in the container; else NULL */
	char *mode;         /* mode of a macvlan or ipvlan; else NULL */
	char *bridge, *mac; /* each may be NULL */
	uint32_t mtu;       /* in bytes; 0: not set */
	int up;
	struct pf_strings addresses; /* "ADDRESS/PREFIX" */
	struct pf_strings gateways;
	struct pf_port *ports; /* array of port_count ports */
	size_t port_count;
};

/* Parses an interface without looking at the system. Returns 0, or -errno with an error that names
 * `text`. In both cases, pf_netif_clear() frees *ret. */
int pf_netif_parse(const char *text, struct pf_netif *ret, struct pflask_error *reterr);
void pf_netif_clear(struct pf_netif *netif);

#endif
