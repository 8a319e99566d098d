/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on network interfaces. The monitor, in the host's network namespace, makes and moves
 * interfaces. Init, in the container's network namespace, configures them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>

#include "common/decimal.h"
#include "init/base/await_monitor.h"
#include "init/base/run_plan.h"
#include "links.h"

#define MAKE (NLM_F_CREATE | NLM_F_EXCL)

int pf_op_netns(struct pf_run *run, const struct pf_op *op)
{
	(void)run;
	return setns((int)op->arg[1], CLONE_NEWNET) < 0 ? -errno : 0;
}

int pf_op_await(struct pf_run *run, const struct pf_op *op)
{
	(void)op;
	pf_await_monitor(run);
	return 0;
}

/* Opens the container's network namespace, and an rtnetlink socket in the host's network
 * namespace. */
static int open_host(struct pf_run *run, struct pf_rtnl *ret)
{
	int r = pf_open_netns(run);

	return r < 0 ? r : pf_rtnl_open(ret);
}

static void begin(struct pf_rtnl_message *message, int type, int flags, int32_t index, unsigned up)
{
	const struct ifinfomsg info = {.ifi_index = index, .ifi_flags = up, .ifi_change = up};

	pf_rtnl_begin(message, type, flags, &info, sizeof(info));
}

/* Adds the container's end of a veth pair to a request. This end has a header of its own
 * (VETH_INFO_PEER). The kernel makes this end directly in the container's network namespace. */
static void put_peer(struct pf_rtnl_message *message, int net, const char *name, uint32_t mtu)
{
	const struct ifinfomsg head = {0};
	uint32_t info = pf_rtnl_nest(message, IFLA_LINKINFO);

	pf_rtnl_put_string(message, IFLA_INFO_KIND, "veth");
	uint32_t data = pf_rtnl_nest(message, IFLA_INFO_DATA);
	uint32_t peer = pf_rtnl_nest(message, VETH_INFO_PEER);
	pf_rtnl_put_raw(message, &head, sizeof(head));
	pf_rtnl_put_string(message, IFLA_IFNAME, name);
	pf_rtnl_put_u32(message, IFLA_NET_NS_FD, (uint32_t)net);
	if (mtu)
		pf_rtnl_put_u32(message, IFLA_MTU, mtu);
	pf_rtnl_end(message, peer);
	pf_rtnl_end(message, data);
	pf_rtnl_end(message, info);
}

int pf_op_veth(struct pf_run *run, const struct pf_op *op)
{
	const char *outside = pf_arg_string(run, op, 0), *bridge = pf_arg_string(run, op, 2);
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	uint32_t mtu = (uint32_t)op->arg[3];
	int r = open_host(run, &rtnl);

	if (r < 0)
		return r;
	begin(&message, RTM_NEWLINK, MAKE, 0, op->arg[4] ? IFF_UP : 0);
	pf_rtnl_put_string(&message, IFLA_IFNAME, outside);
	if (mtu)
		pf_rtnl_put_u32(&message, IFLA_MTU, mtu);
	if (*bridge) {
		int master = pf_rtnl_link_index(&rtnl, bridge);
		if (master < 0)
			return master;
		pf_rtnl_put_u32(&message, IFLA_MASTER, (uint32_t)master);
	}
	put_peer(&message, run->outside.netns, pf_arg_string(run, op, 1), mtu);
	r = pf_link_request(run, &rtnl, &message);
	return r < 0 ? r : pf_note_made_link(run, pf_rtnl_link_index(&rtnl, outside), 0);
}

static void put_mode(struct pf_rtnl_message *message, const char *kind, int mode)
{
	const uint16_t half = (uint16_t)mode;
	uint32_t info = pf_rtnl_nest(message, IFLA_LINKINFO);

	pf_rtnl_put_string(message, IFLA_INFO_KIND, kind);
	uint32_t data = pf_rtnl_nest(message, IFLA_INFO_DATA);
	if (*kind == 'm')
		pf_rtnl_put_u32(message, IFLA_MACVLAN_MODE, (uint32_t)mode);
	else
		pf_rtnl_put(message, IFLA_IPVLAN_MODE, &half, sizeof(half));
	pf_rtnl_end(message, data);
	pf_rtnl_end(message, info);
}

/* Gives an interface in the container its final name, and records that the monitor has made the
 * interface. Returns 0 or -errno. */
static int name_inside(struct pf_run *run, const char *from, const char *name)
{
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	int r = pf_rtnl_open_in(run->outside.netns, &rtnl);

	if (r < 0)
		return r;
	int32_t index = pf_rtnl_link_index(&rtnl, from);
	r = pf_note_made_link(run, index, 1);
	if (r < 0)
		return r;
	begin(&message, RTM_SETLINK, 0, index, 0);
	pf_rtnl_put_string(&message, IFLA_IFNAME, name);
	return pf_link_request(run, &rtnl, &message);
}

/* Makes a macvlan or ipvlan interface directly in the container. The request has a temporary name
 * that no interface of the host has, because before Linux 6.14 the kernel looks the name up on the
 * host, too. The interface is then renamed in the container. */
static int make_above(struct pf_run *run, const struct pf_op *op, const char *kind)
{
	char name[32] = "pf-";
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	int mode = pf_link_mode(kind, pf_arg_string(run, op, 2)), r = open_host(run, &rtnl);

	if (r < 0)
		return r;
	int master = pf_rtnl_link_index(&rtnl, pf_arg_string(run, op, 0));
	if (master < 0 || mode < 0)
		return master < 0 ? master : mode;
	pf_write_decimal((uint64_t)run->outside.init_pid, name + 3);
	begin(&message, RTM_NEWLINK, MAKE, 0, 0);
	pf_rtnl_put_string(&message, IFLA_IFNAME, name);
	pf_rtnl_put_u32(&message, IFLA_LINK, (uint32_t)master);
	pf_rtnl_put_u32(&message, IFLA_NET_NS_FD, (uint32_t)run->outside.netns);
	put_mode(&message, kind, mode);
	r = pf_link_request(run, &rtnl, &message);
	return r < 0 ? r : name_inside(run, name, pf_arg_string(run, op, 1));
}

int pf_op_macvlan(struct pf_run *run, const struct pf_op *op)
{
	return make_above(run, op, "macvlan");
}

int pf_op_ipvlan(struct pf_run *run, const struct pf_op *op)
{
	return make_above(run, op, "ipvlan");
}

/* Finds a moved interface in the container, and records its index there. */
static int find_moved(struct pf_run *run, struct pf_moved_link *moved)
{
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	int r = pf_rtnl_open_in(run->outside.netns, &rtnl);

	if (r < 0)
		return r;
	r = pf_rtnl_link_index(&rtnl, moved->inside);
	moved->index = r;
	return r < 0 ? r : pf_note_moved_link(run, moved);
}

/* Moves an interface of the host into the container. Records the interface first, so that it
 * returns to the host even if the move fails half way. */
int pf_op_link_move(struct pf_run *run, const struct pf_op *op)
{
	const char *name = pf_arg_string(run, op, 0), *inside = pf_arg_string(run, op, 1);
	struct pf_moved_link moved = {.index = 0};
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	int r = open_host(run, &rtnl);

	if (r < 0)
		return r;
	int32_t index = pf_rtnl_link_index(&rtnl, name);
	if (index < 0 || strlen(inside) >= sizeof(moved.inside))
		return index < 0 ? index : -ENAMETOOLONG;
	strcpy(moved.name, name); /* the name belongs to an interface, so it fits */
	strcpy(moved.inside, inside);
	r = pf_rtnl_read_link(&rtnl, index, &moved.before);
	if (r == 0)
		r = pf_note_moved_link(run, &moved);
	if (r < 0)
		return r;
	begin(&message, RTM_SETLINK, 0, index, 0);
	pf_rtnl_put_u32(&message, IFLA_NET_NS_FD, (uint32_t)run->outside.netns);
	pf_rtnl_put_string(&message, IFLA_IFNAME, inside);
	r = pf_link_request(run, &rtnl, &message);
	return r < 0 ? r : find_moved(run, &moved);
}
