/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves interfaces back to the host (return_link.h). */
#define _GNU_SOURCE
#include "return_link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>

#include "common/cleanup.h"

/* The interface flags that users can set (netdevice(7)). */
#define STATE (IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_MULTICAST | IFF_NOARP | IFF_DYNAMIC)

/* Begins a change of an interface. The flags in `mask` get their values from `flags`. */
static void begin(struct pf_rtnl_message *message, int32_t index, unsigned flags, unsigned mask)
{
	const struct ifinfomsg info = {.ifi_index = index, .ifi_flags = flags, .ifi_change = mask};

	pf_rtnl_begin(message, RTM_SETLINK, 0, &info, sizeof(info));
}

static int32_t find_inside(struct pf_rtnl *rtnl, const struct pf_moved_link *moved)
{
	if (moved->index)
		return moved->index;
	int index = pf_rtnl_link_index(rtnl, moved->inside);
	return index > 0 ? index : pf_rtnl_link_index(rtnl, moved->name);
}

/* Deletes the alternative names of an interface. The kernel does not move an interface if the
 * destination already has one of these names. */
static void delete_other_names(struct pf_rtnl *rtnl, int32_t index)
{
	char name[PF_RTNL_NAME];
	struct pf_rtnl_message message;
	const struct ifinfomsg info = {.ifi_index = index};
	int r = 0;

	while (r == 0 && pf_rtnl_link_altname(rtnl, index, name) > 0) {
		pf_rtnl_begin(&message, RTM_DELLINKPROP, 0, &info, sizeof(info));
		uint32_t list = pf_rtnl_nest(&message, IFLA_PROP_LIST);
		pf_rtnl_put_string(&message, IFLA_ALT_IFNAME, name);
		pf_rtnl_end(&message, list);
		r = pf_rtnl_request(rtnl, &message);
	}
}

static int rename_inside(struct pf_rtnl *rtnl, const struct pf_moved_link *moved, int32_t index)
{
	struct pf_rtnl_message message;

	begin(&message, index, 0, 0);
	pf_rtnl_put_string(&message, IFLA_IFNAME, moved->name);
	return pf_rtnl_request(rtnl, &message);
}

static int move_out(struct pf_rtnl *rtnl, int32_t index, int host, const char *name)
{
	struct pf_rtnl_message message;

	begin(&message, index, 0, 0);
	pf_rtnl_put_u32(&message, IFLA_NET_NS_FD, (uint32_t)host);
	pf_rtnl_put_string(&message, IFLA_IFNAME, name);
	return pf_rtnl_request(rtnl, &message);
}

/* Moves an interface to the host. First renames the interface inside the container, so that the
 * host never sees the name that the container used. If another interface in the container already
 * has the host name, the rename fails, and the move sets the name instead. Deletes the alternative
 * names of the interface only if they prevent the rename or the move. */
static int take_out(const struct pf_moved_link *moved, int inside, int host, const char *name)
{
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	int r = pf_rtnl_open_in(inside, &rtnl);

	if (r < 0)
		return r;
	int32_t index = find_inside(&rtnl, moved);
	if (index <= 0)
		return -ENODEV;
	/* Before Linux 6.2, only an interface that is down can be renamed. */
	begin(&message, index, 0, IFF_UP);
	pf_rtnl_request(&rtnl, &message);
	if (rename_inside(&rtnl, moved, index) == -EEXIST &&
	    pf_rtnl_link_index(&rtnl, moved->name) == index) {
		delete_other_names(&rtnl, index);
		rename_inside(&rtnl, moved, index);
	}
	r = move_out(&rtnl, index, host, name);
	if (r != -EEXIST)
		return r;
	delete_other_names(&rtnl, index);
	return move_out(&rtnl, index, host, name);
}

/* Restores the hardware address, the mtu and the flags. Each change has its own request: if the
 * driver refuses one change, the other changes still take effect. */
static void restore(struct pf_rtnl *rtnl, const struct pf_moved_link *moved, int32_t index)
{
	struct pf_rtnl_message message;

	begin(&message, index, 0, 0);
	pf_rtnl_put(&message, IFLA_ADDRESS, moved->before.mac, moved->before.mac_size);
	if (moved->before.mac_size > 0)
		pf_rtnl_request(rtnl, &message);
	begin(&message, index, 0, 0);
	pf_rtnl_put_u32(&message, IFLA_MTU, moved->before.mtu);
	pf_rtnl_request(rtnl, &message);
	begin(&message, index, moved->before.flags & STATE, STATE);
	pf_rtnl_request(rtnl, &message);
}

int pf_return_link(const struct pf_moved_link *moved, int inside, int host)
{
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	int r = pf_rtnl_open_in(host, &rtnl);

	if (r < 0)
		return r;
	int32_t holder = pf_rtnl_link_index(&rtnl, moved->name), is_taken = holder > 0;
	if (!moved->index && holder == moved->before.index)
		return -ENODEV; /* the interface never reached the container */
	r = take_out(moved, inside, host, is_taken ? "dev%d" : moved->name);
	if (r < 0 || is_taken)
		return r < 0 ? r : -EEXIST;
	restore(&rtnl, moved, pf_rtnl_link_index(&rtnl, moved->name));
	return 0;
}
