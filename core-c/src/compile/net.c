/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the network of a container (net.h). */
#define _GNU_SOURCE
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/net/link_parse.h"
#include "pasta.h"
#include "src/base/error.h"

/* The highest group id that every kernel accepts in the range of groups for ping sockets. */
#define MOST_PING_GROUP ((uint32_t)INT32_MAX)

static int wrong(struct pf_compiler *compiler, const struct pf_netif *netif, int number,
		 const char *what, const char *why)
{
	return pf_error_field(compiler->error, "netif", number, "%s: %s: %s", netif->text, what,
			      why);
}

static int is_interface(const struct pf_netif *netif)
{
	return netif->name != NULL;
}

static int check_exists(struct pf_compiler *compiler, const struct pf_netif *netif,
			const char *name)
{
	if (if_nametoindex(name) > 0)
		return 0;
	int r = wrong(compiler, netif, ENODEV, name, "no such network interface");
	pf_error_hint(compiler->error, "ip link");
	return r;
}

/* Refuses the name of an existing interface, and a name that two interfaces of the spec would have
 * in the container or on the host. */
static int check_names(struct pf_compiler *compiler, size_t index)
{
	const struct pf_netif *netif = &compiler->netifs[index];

	if (strcmp(netif->name, "lo") == 0)
		return wrong(compiler, netif, EEXIST, netif->name,
			     "the container already has this interface");
	if (netif->kind == PF_NETIF_VETH && if_nametoindex(netif->outer) > 0)
		return wrong(compiler, netif, EEXIST, netif->outer,
			     "the host already has this interface");
	for (size_t i = 0; i < index; i++) {
		const struct pf_netif *other = &compiler->netifs[i];
		if (!is_interface(other))
			continue;
		if (strcmp(other->name, netif->name) == 0)
			return wrong(compiler, netif, EEXIST, netif->name,
				     "another interface of the container has this name");
		if (netif->kind == other->kind && strcmp(other->outer, netif->outer) == 0 &&
		    (netif->kind == PF_NETIF_VETH || netif->kind == PF_NETIF_MOVED))
			return wrong(compiler, netif, EEXIST, netif->outer,
				     "in use by another interface of the container");
	}
	return 0;
}

/* Replaces an alternative name of a host interface with its main name, under which the interface
 * returns to the host. */
static int name_moved(struct pf_compiler *compiler, struct pf_netif *netif)
{
	char name[IF_NAMESIZE];

	if (!if_indextoname(if_nametoindex(netif->outer), name) || strcmp(name, netif->outer) == 0)
		return 0;
	free(netif->outer);
	netif->outer = strdup(name);
	return netif->outer ? 0 : pf_error_internal(compiler->error, ENOMEM, "out of memory");
}

static int check_interface(struct pf_compiler *compiler, size_t index)
{
	struct pf_netif *netif = &compiler->netifs[index];
	int r = netif->kind == PF_NETIF_VETH ? 0 : check_exists(compiler, netif, netif->outer);

	if (r == 0 && netif->kind == PF_NETIF_MOVED)
		r = name_moved(compiler, netif);
	if (r == 0 && netif->bridge)
		r = check_exists(compiler, netif, netif->bridge);
	return r < 0 ? r : check_names(compiler, index);
}

static int check_namespace(struct pf_compiler *compiler, const struct pf_netif *netif)
{
	static const char directory[] = "/run/netns/"; /* the directory of ip-netns(8) */
	char path[PATH_MAX];
	int r = pf_open_field_path(compiler, "netif", netif->text, netif->outer,
				   O_RDONLY | O_NONBLOCK | O_NOCTTY, &compiler->joined_netns);

	if (r < 0) {
		snprintf(path, sizeof(path), "%s%s", directory, netif->outer);
		if (!strchr(netif->outer, '/') && access(path, F_OK) == 0)
			pf_error_hint(compiler->error, "{netif=ns:%s}", path);
		return r;
	}
	if (ioctl(compiler->joined_netns.fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return wrong(compiler, netif, EINVAL, netif->outer, "not a network namespace");
	return 0;
}

/* Refuses ns:PATH or `host` together with another netif field, and `host` together with a new
 * network namespace. */
static int check_alone(struct pf_compiler *compiler, size_t index)
{
	const struct pf_strings *list = &compiler->spec->netif;
	const struct pf_netif *netif = &compiler->netifs[index];

	if (list->count > 1)
		return pf_error_field(compiler->error, "netif", 0, "%s: contradicts %s",
				      netif->text, list->items[index == 0]);
	if (netif->kind == PF_NETIF_HOST && compiler->spec->netns == PF_YES)
		return pf_error_field(compiler->error, "netif", 0,
				      "%s: contradicts a new network namespace", netif->text);
	return 0;
}

static int check(struct pf_compiler *compiler, size_t index)
{
	const struct pf_netif *netif = &compiler->netifs[index];

	if (netif->kind != PF_NETIF_HOST && compiler->spec->netns == PF_NO)
		return pf_error_field(compiler->error, "netif", 0, "%s: contradicts {netns=no}",
				      netif->text);
	if (is_interface(netif))
		return check_interface(compiler, index);
	if (netif->kind == PF_NETIF_PASTA)
		return pf_compile_pasta_find(compiler, netif);
	int r = check_alone(compiler, index);
	return r == 0 && netif->kind == PF_NETIF_NS ? check_namespace(compiler, netif) : r;
}

int pf_compile_net_parse(struct pf_compiler *compiler)
{
	const struct pf_strings *list = &compiler->spec->netif;

	compiler->has_new_netns = compiler->spec->netns == PF_YES || list->count > 0;
	compiler->netifs = calloc(list->count + 1, sizeof(*compiler->netifs));
	if (!compiler->netifs)
		return pf_error_internal(compiler->error, ENOMEM, "out of memory");
	if (list->count > PF_LINKS_MAX)
		return pf_error_field(compiler->error, "netif", E2BIG,
				      "too many interfaces: %zu (at most %d)", list->count,
				      PF_LINKS_MAX);
	for (size_t i = 0; i < list->count; i++) {
		struct pf_netif *netif = &compiler->netifs[i];
		int r = pf_netif_parse(list->items[i], netif, compiler->error);
		if (r == 0)
			r = check(compiler, i);
		if (r < 0)
			return r;
		if (netif->kind == PF_NETIF_HOST || netif->kind == PF_NETIF_NS)
			compiler->has_new_netns = 0;
	}
	return 0;
}

void pf_compile_net_free(struct pf_compiler *compiler)
{
	for (size_t i = 0; compiler->netifs && i < compiler->spec->netif.count; i++)
		pf_netif_clear(&compiler->netifs[i]);
	free(compiler->netifs);
	free(compiler->net_program);
	pf_host_path_clear(&compiler->joined_netns);
}

void pf_compile_net_join(struct pf_compiler *compiler)
{
	uint32_t first = compiler->encoder.count;

	if (!compiler->joined_netns.path)
		return;
	PF_ENCODE(&compiler->encoder, netns, PF_S(compiler->netifs[0].outer),
		  PF_N(compiler->joined_netns.fd));
	pf_note_origin(compiler, first, "netif", compiler->netifs[0].text);
}

static void add_link(struct pf_compiler *compiler, const struct pf_netif *netif)
{
	struct pf_encoder *encoder = &compiler->encoder;

	if (netif->kind == PF_NETIF_VETH)
		PF_ENCODE(encoder, veth, PF_S(netif->outer), PF_S(netif->name), PF_S(netif->bridge),
			  PF_N(netif->mtu), PF_N(netif->up || netif->bridge));
	else if (netif->kind == PF_NETIF_MACVLAN)
		PF_ENCODE(encoder, macvlan, PF_S(netif->outer), PF_S(netif->name),
			  PF_S(netif->mode));
	else if (netif->kind == PF_NETIF_IPVLAN)
		PF_ENCODE(encoder, ipvlan, PF_S(netif->outer), PF_S(netif->name),
			  PF_S(netif->mode));
	else if (netif->kind == PF_NETIF_MOVED)
		PF_ENCODE(encoder, link_move, PF_S(netif->outer), PF_S(netif->name));
	else if (netif->kind == PF_NETIF_PASTA)
		pf_compile_pasta(compiler, netif);
}

void pf_compile_net_outside(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->spec->netif.count; i++) {
		uint32_t first = compiler->encoder.count;
		add_link(compiler, &compiler->netifs[i]);
		pf_note_origin(compiler, first, "netif", compiler->netifs[i].text);
	}
}

/* Adds the settings of an interface. The mtu of a veth pair is set by the monitor when it makes the
 * pair. */
static void add_settings(struct pf_compiler *compiler, const struct pf_netif *netif)
{
	struct pf_encoder *encoder = &compiler->encoder;

	if (netif->mac)
		PF_ENCODE(encoder, link_mac, PF_S(netif->name), PF_S(netif->mac));
	if (netif->mtu && netif->kind != PF_NETIF_VETH)
		PF_ENCODE(encoder, link_mtu, PF_S(netif->name), PF_N(netif->mtu));
	if (netif->up)
		PF_ENCODE(encoder, link_up, PF_S(netif->name));
	for (size_t i = 0; i < netif->addresses.count; i++)
		PF_ENCODE(encoder, address, PF_S(netif->name), PF_S(netif->addresses.items[i]));
	for (size_t i = 0; i < netif->gateways.count; i++)
		PF_ENCODE(encoder, route, PF_S(netif->name), PF_S(netif->gateways.items[i]));
}

int pf_compile_has_other_net(const struct pf_compiler *compiler)
{
	return compiler->has_new_netns || compiler->joined_netns.path;
}

static int by_outside(const void *a, const void *b)
{
	const struct pf_id_line *one = a, *other = b;

	return (one->outside > other->outside) - (one->outside < other->outside);
}

/* Finds the range of groups with the most groups of a map. The kernel takes the two ends of the
 * range as inside ids, but keeps the range as outside ids. So each end must be mapped, and the low
 * end must not be above the high end in either form. The function sorts the lines of the map by
 * outside ids, and examines each range from the first id of a line to the last id of the same or a
 * later line. The range must include the group `wanted`, if this is not NULL. Returns 0 if there is
 * no such range. */
static int find_widest(const struct pf_id_map *map, const uint32_t *wanted, uint32_t ret[2])
{
	struct pf_id_map sorted = *map;
	const struct pf_id_line *line = sorted.line;
	uint64_t most = 0;

	qsort(sorted.line, sorted.count, sizeof(*line), by_outside);
	for (size_t low = 0; low < sorted.count; low++) {
		uint64_t count = 0;
		int has_wanted = !wanted;
		for (size_t high = low; high < sorted.count; high++) {
			const struct pf_id_line *end = &line[high];
			count += end->count;
			has_wanted |= wanted && *wanted - end->inside < end->count;
			if (!has_wanted || count <= most || line[low].inside > end->inside ||
			    end->inside > MOST_PING_GROUP)
				continue;
			most = count;
			ret[0] = line[low].inside;
			ret[1] = end->inside + (end->count - 1);
		}
	}
	return most > 0;
}

/* Lets the command use ping sockets, if it has a user of its own. Any other command is root of the
 * container, who can ping without ping sockets. */
void pf_compile_ping_groups(struct pf_compiler *compiler)
{
	const struct pf_identity *identity = &compiler->identity;
	const struct pf_id_map *map = &identity->map[PF_GID];
	const uint32_t *wanted = identity->has_user ? &identity->id[PF_GID] : NULL;
	uint32_t range[2] = {0, MOST_PING_GROUP};

	if (!compiler->has_new_netns)
		return;
	if (identity->is_in_userns && map->count > 0 && !find_widest(map, wanted, range))
		return;
	PF_ENCODE(&compiler->encoder, ping_groups, PF_N(range[0]),
		  PF_N(range[1] > MOST_PING_GROUP ? MOST_PING_GROUP : range[1]));
}

void pf_compile_net(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;

	if (!compiler->has_new_netns)
		return;
	uint32_t lo = encoder->count;
	PF_ENCODE(encoder, link_up, PF_S("lo"));
	pf_note_origin(compiler, lo, compiler->spec->netif.count > 0 ? "netif" : "netns", "lo");
	if (compiler->spec->netif.count > 0 && !compiler->identity.has_new_userns)
		/* In a user namespace, the operation `setid` waits for the monitor. */
		PF_ENCODE(encoder, await);
	for (size_t i = 0; i < compiler->spec->netif.count; i++) {
		uint32_t first = encoder->count;
		add_settings(compiler, &compiler->netifs[i]);
		pf_note_origin(compiler, first, "netif", compiler->netifs[i].text);
	}
}
