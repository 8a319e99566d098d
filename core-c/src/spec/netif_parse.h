/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses the field `netif`: "KIND:FIELD...:OPTION...". "\:" stands for a colon within a FIELD. The
 * colons of IPv6 addresses and hardware addresses in options need no backslash.
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
	/* Address of the host that accepts connections; "": every address. */
	char address[INET6_ADDRSTRLEN];
	uint32_t host, container;
	int is_udp;
};

struct pf_netif {
	const char *text; /* the parsed text, for errors */
	enum pf_netif_kind kind;
	char *outer;        /* DEV, MASTER, OUTSIDE or PATH; NULL if the kind has none */
	char *name;         /* name of the interface in the container, or NULL */
	char *mode;         /* mode of a macvlan or ipvlan, else NULL */
	char *bridge, *mac; /* bridge for the host's end, and hardware address; each may be NULL */
	uint32_t mtu;       /* mtu in bytes; 0: not set */
	int up;
	struct pf_strings addresses; /* addresses of the interface, "ADDRESS/PREFIX" */
	struct pf_strings gateways;
	struct pf_port *ports; /* forwarded ports */
	size_t port_count;
};

/* Parses an interface without looking at the system. Returns 0, or -errno with an error that names
 * `text`. In both cases, pf_netif_clear() frees *ret. */
int pf_netif_parse(const char *text, struct pf_netif *ret, struct pflask_error *reterr);
void pf_netif_clear(struct pf_netif *netif);

#endif
