/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends requests of rtnetlink(7) and waits for the answer to each. Messages are zeroed and have a
 * maximum size. An incomplete message is never sent.
 */
#ifndef PF_RTNL_H
#define PF_RTNL_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

#define PF_RTNL_SIZE 4096 /* maximum size of a message in bytes */
#define PF_RTNL_TEXT 256  /* size of the kernel's error text, with its NUL */
#define PF_RTNL_NAME 128  /* buffer size for an alternative name of an interface (ALTIFNAMSIZ) */

struct pf_rtnl {
	int fd; /* the rtnetlink socket; pf_rtnl_close() closes the socket */
	uint32_t sequence;
	char text[PF_RTNL_TEXT]; /* error text of the kernel for the last request, or "" */
};

struct pf_rtnl_message {
	union {
		struct nlmsghdr header;
		char bytes[PF_RTNL_SIZE];
	};
	int too_long;
};

/* The state of an interface. */
struct pf_link_state {
	int32_t index;
	uint32_t flags, mtu;
	uint32_t mac_size;
	/* Hardware address; MAX_ADDR_LEN bytes, because not every interface is Ethernet. */
	unsigned char mac[32];
};

static inline void pf_rtnl_close(const struct pf_rtnl *rtnl)
{
	pf_cleanup_fd(&rtnl->fd);
}

#define PF_CLEANUP_RTNL __attribute__((cleanup(pf_rtnl_close)))

/* Opens a socket in the network namespace of the calling thread. pf_rtnl_open_in() opens the socket
 * in the namespace of a descriptor; the thread enters that namespace for a moment. Returns 0 or
 * -errno. */
int pf_rtnl_open(struct pf_rtnl *ret);
int pf_rtnl_open_in(int netns, struct pf_rtnl *ret);

/* Begins a request with its fixed part. The other functions add attributes. Attributes between
 * pf_rtnl_nest() and pf_rtnl_end() are part of the attribute that pf_rtnl_nest() begins. */
void pf_rtnl_begin(struct pf_rtnl_message *message, int type, int flags, const void *body,
		   size_t size);
void pf_rtnl_put(struct pf_rtnl_message *message, int type, const void *data, size_t size);
void pf_rtnl_put_u32(struct pf_rtnl_message *message, int type, uint32_t value);
void pf_rtnl_put_string(struct pf_rtnl_message *message, int type, const char *text);
uint32_t pf_rtnl_nest(struct pf_rtnl_message *message, int type);
void pf_rtnl_end(struct pf_rtnl_message *message, uint32_t nest);

/* Adds bytes that are not an attribute, such as the header of the peer in VETH_INFO_PEER. */
void pf_rtnl_put_raw(struct pf_rtnl_message *message, const void *data, size_t size);

/* Sends a request and waits for the kernel's answer. Returns 0, or -errno with rtnl->text set. */
int pf_rtnl_request(struct pf_rtnl *rtnl, struct pf_rtnl_message *message);

/* Returns the index of the interface `name` in the socket's namespace, or -errno. */
int pf_rtnl_link_index(const struct pf_rtnl *rtnl, const char *name);

/* Tells whether the socket's namespace has an interface with this index. Does not wait. */
int pf_rtnl_has_link(const struct pf_rtnl *rtnl, int32_t index);

/* Reads the state of an interface. Returns 0 or -errno. */
int pf_rtnl_read_link(struct pf_rtnl *rtnl, int32_t index, struct pf_link_state *ret);

/* Finds an alternative name of an interface. Returns 1, or 0 if the interface has no such name, or
 * -errno. */
int pf_rtnl_link_altname(struct pf_rtnl *rtnl, int32_t index, char ret[PF_RTNL_NAME]);

#endif
