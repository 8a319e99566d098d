/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses network interfaces (netif_parse.h). */
#define _GNU_SOURCE
#include "netif_parse.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/net/link_parse.h"
#include "src/base/error.h"

#define MAX_PORT 65535
#define MIN_MTU 68 /* smallest mtu, which every IPv4 host accepts (RFC 791) */
#define MAX_MTU 65535

static const struct {
	char name[12], fields[4], shape[48], options[28];
} kinds[PF_NETIF_KINDS] = {
#define PF_NETIF(kind, name, fields, shape, options, text) {name, fields, shape, options},
#include "defs/netifs.def"
};

static const struct {
	char kind[8], name[12];
} modes[] = {
#define PF_NETIF_MODE(kind, name, number) {#kind, #name},
#include "defs/netifs.def"
};

/* The names of all kinds of interfaces, each after a comma. */
static const char names[] =
#define PF_NETIF(kind, name, fields, shape, options, text) ", " name
#include "defs/netifs.def"
	;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int copy(char **place, const char *text)
{
	if (*place)
		return -EEXIST;
	*place = strdup(text);
	return *place ? 0 : -ENOMEM;
}

static int parse_number(const char *text, uint32_t most, uint32_t *ret)
{
	uint32_t value = 0;

	if (*text == '\0' || strlen(text) > 6)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (uint32_t)(*text - '0');
	}
	*ret = value;
	return value > 0 && value <= most ? 0 : -EINVAL;
}

static int take_up(struct pf_netif *netif, const char *value)
{
	(void)value;
	netif->up = 1;
	return 0;
}

/* Handles the option for an address. Refuses the unspecified address, which the kernel accepts but
 * ignores. */
static int take_addr(struct pf_netif *netif, const char *value)
{
	static const unsigned char unspecified[sizeof(((struct pf_ip *)0)->bytes)];
	struct pf_ip ip;
	int r = pf_ip_parse(value, 1, &ip);

	if (r == 0 && memcmp(ip.bytes, unspecified, ip.size) == 0)
		return -EINVAL;
	return r < 0 ? r : pf_strings_add(&netif->addresses, value);
}

/* Handles the option for a gateway. A route needs an interface that is up, so also brings it up. */
static int take_gw(struct pf_netif *netif, const char *value)
{
	struct pf_ip ip;
	int r = pf_ip_parse(value, 0, &ip);

	netif->up = 1;
	return r < 0 ? r : pf_strings_add(&netif->gateways, value);
}

static int take_mac(struct pf_netif *netif, const char *value)
{
	unsigned char mac[PF_MAC];
	int r = pf_mac_parse(value, mac);

	return r < 0 ? r : copy(&netif->mac, value);
}

static int take_mtu(struct pf_netif *netif, const char *value)
{
	if (netif->mtu)
		return -EEXIST;
	int r = parse_number(value, MAX_MTU, &netif->mtu);
	return r < 0 ? r : netif->mtu < MIN_MTU ? -EINVAL : 0;
}

static int take_bridge(struct pf_netif *netif, const char *value)
{
	return pf_is_link_name(value) ? copy(&netif->bridge, value) : -EINVAL;
}

/* Parses an optional ADDRESS/ at the start of a text. Returns the rest, or NULL. */
static const char *parse_port_address(const char *text, struct pf_port *port)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : 0;
	struct pf_ip ip;

	if (!slash)
		return text;
	if (size >= sizeof(port->address))
		return NULL;
	memcpy(port->address, text, size);
	return pf_ip_parse(port->address, 0, &ip) == 0 ? slash + 1 : NULL;
}

/* Handles the option for a forwarded port: [ADDRESS/]HOST-CONTAINER or, as in other programs,
 * HOST:CONTAINER. */
static int take_port(struct pf_netif *netif, int is_udp, const char *value)
{
	struct pf_port port = {.is_udp = is_udp};
	const char *numbers = parse_port_address(value, &port);
	size_t length = numbers ? strcspn(numbers, "-:") : 0;
	char first[8] = "";

	if (netif->port_count == PF_PORTS)
		return -E2BIG;
	if (length == 0 || !numbers[length] || length >= sizeof(first))
		return -EINVAL;
	memcpy(first, numbers, length);
	if (parse_number(first, MAX_PORT, &port.host) < 0 ||
	    parse_number(numbers + length + 1, MAX_PORT, &port.container) < 0)
		return -EINVAL;
	size_t size = (netif->port_count + 1) * sizeof(*netif->ports);
	struct pf_port *ports = realloc(netif->ports, size);
	if (!ports)
		return -ENOMEM;
	ports[netif->port_count++] = port;
	netif->ports = ports;
	return 0;
}

static int take_tcp(struct pf_netif *netif, const char *value)
{
	return take_port(netif, 0, value);
}

static int take_udp(struct pf_netif *netif, const char *value)
{
	return take_port(netif, 1, value);
}

/* The options of interfaces. With `has_colons`, the value may have colons. */
static const struct {
	char name[8];
	int has_value, has_colons;
	int (*take)(struct pf_netif *netif, const char *value);
	char wanted[88];
} options[] = {
#define PF_NETIF_OPTION(name, value, has_colons, wanted) \
	{#name, sizeof(value) > 1, has_colons, take_##name, wanted},
#include "defs/netifs.def"
};

/* Returns the index of the option that a piece of the field begins with, even if it is malformed;
 * or -1. */
static int find_option(const char *piece)
{
	size_t length = strcspn(piece, "=");

	for (size_t i = 0; i < COUNT(options); i++)
		if (strlen(options[i].name) == length &&
		    strncmp(piece, options[i].name, length) == 0)
			return (int)i;
	return -1;
}

/* Tells whether the colon between `piece` and `rest` belongs to a value. The values of this option
 * must be allowed to have colons, and the text up to the next colon must consist of characters of
 * addresses and ports. No name of an option consists of such characters. */
static int is_in_value(const char *piece, const char *rest)
{
	int option = find_option(piece);

	return option >= 0 && options[option].has_colons && strchr(piece, '=') &&
	       strspn(rest, "0123456789abcdefABCDEF./-") == strcspn(rest, ":\\");
}

/* Tells whether a list of words includes a word. */
static int has_word(const char *words, const char *word)
{
	for (size_t length = strlen(word); *words;) {
		size_t next = strcspn(words, " ");
		if (next == length && strncmp(words, word, length) == 0)
			return 1;
		words += next + (words[next] == ' ');
	}
	return 0;
}

static int wrong(struct pflask_error *reterr, const struct pf_netif *netif, const char *what,
		 const char *why)
{
	return pf_error_field(reterr, "netif", 0, "%s: %s: %s", netif->text, what, why);
}

/* Returns the default mode of a kind of interface, or NULL if the kind has no modes. */
static const char *default_mode(size_t kind)
{
	for (size_t i = 0; i < COUNT(modes); i++)
		if (strcmp(modes[i].kind, kinds[kind].name) == 0)
			return modes[i].name;
	return NULL;
}

/* Adds the syntax of a kind of interface, with its modes and options, as a remedy. */
static void hint_shape(size_t kind, struct pflask_error *reterr)
{
	char words[128] = "";
	int is_link = strchr(kinds[kind].fields, 'n') != NULL;

	for (size_t i = 0; i < COUNT(modes); i++)
		if (strcmp(modes[i].kind, kinds[kind].name) == 0)
			strcat(strcat(words, *words ? " " : "; modes: "), modes[i].name);
	if (*kinds[kind].options)
		strcat(strcat(words, "; options: "), kinds[kind].options);
	pf_error_hint(reterr, "{netif=%s%s}%s", kinds[kind].shape, is_link ? "[:OPTION...]" : "",
		      words);
}

static int apply_option(struct pf_netif *netif, size_t kind, const char *piece,
			struct pflask_error *reterr)
{
	int option = find_option(piece);

	if (option < 0 || !has_word(kinds[kind].options, options[option].name)) {
		int r = wrong(reterr, netif, piece,
			      default_mode(kind) ? "unknown mode or option of this kind"
						 : "unknown option of this kind");
		hint_shape(kind, reterr);
		return r;
	}
	const char *equals = strchr(piece, '=');
	if ((equals != NULL) != options[option].has_value)
		return wrong(reterr, netif, piece,
			     equals ? "does not take a value" : "requires a value");
	int r = options[option].take(netif, equals ? equals + 1 : "");
	if (r == -ENOMEM)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	if (r == -EEXIST)
		return wrong(reterr, netif, piece, "given twice");
	return r < 0 ? pf_error_field(reterr, "netif", 0, "%s: %s: must be %s", netif->text, piece,
				      options[option].wanted)
		     : 0;
}

static int check_name(const struct pf_netif *netif, const char *name, struct pflask_error *reterr)
{
	if (strlen(name) >= IF_NAMESIZE)
		return pf_error_field(reterr, "netif", 0,
				      "%s: %s: must be at most %d characters long", netif->text,
				      name, IF_NAMESIZE - 1);
	if (!pf_is_link_name(name))
		return wrong(reterr, netif, name, "not a valid name of an interface");
	return 0;
}

static int take_field(struct pf_netif *netif, char field, const char *text,
		      struct pflask_error *reterr)
{
	char **place = field == 'n' ? &netif->name : &netif->outer;
	int r = field == 'o' || field == 'n' ? check_name(netif, text, reterr) : 0;

	if (r < 0)
		return r;
	return copy(place, text) < 0 ? pf_error_internal(reterr, ENOMEM, "out of memory") : 0;
}

static int parse_pieces(struct pf_netif *netif, size_t kind, char **pieces,
			struct pflask_error *reterr)
{
	const char *mode = default_mode(kind);

	for (const char *field = kinds[kind].fields; *field; field++, pieces++) {
		if (!*pieces || !**pieces) {
			int r = pf_error_field(reterr, "netif", 0, "%s: a field is missing",
					       netif->text);
			hint_shape(kind, reterr);
			return r;
		}
		int r = take_field(netif, *field, *pieces, reterr);
		if (r < 0)
			return r;
	}
	if (mode && *pieces && pf_link_mode(kinds[kind].name, *pieces) >= 0)
		mode = *pieces++;
	if (mode && copy(&netif->mode, mode) < 0)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	for (; *pieces; pieces++) {
		int r = apply_option(netif, kind, *pieces, reterr);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Tells whether a text without a kind is DEV:NAME[:OPTION...]: DEV is an interface of the host, and
 * only options follow. */
static int is_moved(const struct pf_strings *pieces)
{
	if (pieces->count < 2)
		return 0;
	for (size_t i = 2; i < pieces->count; i++)
		if (find_option(pieces->items[i]) < 0)
			return 0;
	return 1;
}

int pf_netif_parse(const char *text, struct pf_netif *ret, struct pflask_error *reterr)
{
	PF_CLEANUP_STRINGS struct pf_strings pieces = {0};

	*ret = (struct pf_netif){.text = text};
	if (pf_strings_split(text, is_in_value, &pieces) < 0)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	for (size_t i = 0; i < PF_NETIF_KINDS; i++) {
		if (i == PF_NETIF_MOVED || strcmp(kinds[i].name, pieces.items[0]) != 0)
			continue;
		ret->kind = (enum pf_netif_kind)i;
		return parse_pieces(ret, i, pieces.items + 1, reterr);
	}
	if (is_moved(&pieces)) {
		ret->kind = PF_NETIF_MOVED;
		return parse_pieces(ret, PF_NETIF_MOVED, pieces.items, reterr);
	}
	int r = pf_error_field(reterr, "netif", 0, "%s: unknown kind of interface", text);
	if (strcmp(text, "none") == 0)
		pf_error_hint(reterr, "{netns=yes}");
	else
		pf_error_hint(reterr, "kinds: %s", names + strlen(", "));
	return r;
}

void pf_netif_clear(struct pf_netif *netif)
{
	free(netif->outer);
	free(netif->name);
	free(netif->mode);
	free(netif->bridge);
	free(netif->mac);
	pf_strings_clear(&netif->addresses);
	pf_strings_clear(&netif->gateways);
	free(netif->ports);
	*netif = (struct pf_netif){0};
}
