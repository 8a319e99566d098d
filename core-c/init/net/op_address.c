/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of init on the interfaces of its own network namespace. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>

#include "init/base/run_plan.h"
#include "links.h"

/* Opens a socket and finds an interface. Returns its index or -errno. */
static int open_link(const char *name, struct pf_rtnl *ret)
{
	int r = pf_rtnl_open(ret);

	return r < 0 ? r : pf_rtnl_link_index(ret, name);
}

/* Brings an interface up if `up` is set, or sets an attribute of an interface. */
static int change(struct pf_run *run, const char *name, unsigned up, int type, const void *data,
		  size_t size)
{
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	int index = open_link(name, &rtnl);
	const struct ifinfomsg info = {.ifi_index = index, .ifi_flags = up, .ifi_change = up};

	if (index < 0)
		return index;
	pf_rtnl_begin(&message, RTM_SETLINK, 0, &info, sizeof(info));
	if (size > 0)
		pf_rtnl_put(&message, type, data, size);
	return pf_link_request(run, &rtnl, &message);
}

int pf_op_link_mac(struct pf_run *run, const struct pf_op *op)
{
	unsigned char mac[PF_MAC];
	int r = pf_mac_parse(pf_arg_string(run, op, 1), mac);

	return r < 0 ? r
		     : change(run, pf_arg_string(run, op, 0), 0, IFLA_ADDRESS, mac, sizeof(mac));
}

int pf_op_link_mtu(struct pf_run *run, const struct pf_op *op)
{
	uint32_t mtu = (uint32_t)op->arg[1];

	return change(run, pf_arg_string(run, op, 0), 0, IFLA_MTU, &mtu, sizeof(mtu));
}

int pf_op_link_up(struct pf_run *run, const struct pf_op *op)
{
	return change(run, pf_arg_string(run, op, 0), IFF_UP, 0, NULL, 0);
}

/* Opens an rtnetlink socket for an operation on an address, finds the interface, and parses the
 * address. Returns the index of the interface or -errno. */
static int open_for(const struct pf_run *run, const struct pf_op *op, int has_prefix,
		    struct pf_rtnl *ret, struct pf_ip *ret_ip)
{
	int index = open_link(pf_arg_string(run, op, 0), ret);
	int r = index < 0 ? index : pf_ip_parse(pf_arg_string(run, op, 1), has_prefix, ret_ip);

	return r < 0 ? r : index;
}

/* Adds an address to an interface. With IFA_F_NODAD, an IPv6 address is usable immediately.
 * Otherwise the kernel first searches a second long for another host with this address (duplicate
 * address detection). */
int pf_op_address(struct pf_run *run, const struct pf_op *op)
{
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	struct pf_ip ip;
	int index = open_for(run, op, 1, &rtnl, &ip);

	if (index < 0)
		return index;
	const struct ifaddrmsg info = {.ifa_family = ip.family,
				       .ifa_prefixlen = ip.prefix,
				       .ifa_flags = ip.family == AF_INET6 ? IFA_F_NODAD : 0,
				       .ifa_index = (uint32_t)index};
	pf_rtnl_begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	pf_rtnl_put(&message, IFA_LOCAL, ip.bytes, ip.size);
	pf_rtnl_put(&message, IFA_ADDRESS, ip.bytes, ip.size);
	return pf_link_request(run, &rtnl, &message);
}

int pf_op_route(struct pf_run *run, const struct pf_op *op)
{
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};
	struct pf_ip ip;
	int index = open_for(run, op, 0, &rtnl, &ip);

	if (index < 0)
		return index;
	const struct rtmsg info = {.rtm_family = ip.family,
				   .rtm_table = RT_TABLE_MAIN,
				   .rtm_protocol = RTPROT_STATIC,
				   .rtm_scope = RT_SCOPE_UNIVERSE,
				   .rtm_type = RTN_UNICAST};
	pf_rtnl_begin(&message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	pf_rtnl_put(&message, RTA_GATEWAY, ip.bytes, ip.size);
	pf_rtnl_put_u32(&message, RTA_OIF, (uint32_t)index);
	return pf_link_request(run, &rtnl, &message);
}
