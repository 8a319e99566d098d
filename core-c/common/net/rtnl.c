/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends rtnetlink requests and reads the answers (rtnl.h). */
#define _GNU_SOURCE
#include "rtnl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/cleanup.h"

#define PATIENCE_SECONDS 30 /* time for an answer: the kernel answers immediately, or hangs */

int pf_rtnl_open(struct pf_rtnl *ret)
{
	const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	int on = 1;
	PF_CLEANUP_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	memset(ret, 0, sizeof(*ret));
	ret->fd = -1;
	if (fd < 0)
		return -errno;
	/* Request error texts without a copy of the request (netlink(7), Linux 4.12). */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	ret->fd = pf_steal_fd(&fd);
	return 0;
}

int pf_rtnl_open_in(int netns, struct pf_rtnl *ret)
{
	PF_CLEANUP_FD int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	ret->fd = -1;
	if (here < 0 || setns(netns, CLONE_NEWNET) < 0)
		return -errno;
	int r = pf_rtnl_open(ret);
	if (setns(here, CLONE_NEWNET) == 0)
		return r;
	r = -errno;
	pf_cleanup_fd(&ret->fd);
	ret->fd = -1;
	return r;
}

/* Extends a message by `size` zero bytes, aligned. Returns a pointer to the bytes, or NULL if the
 * message is full. */
static void *extend(struct pf_rtnl_message *message, size_t size)
{
	size_t used = NLMSG_ALIGN(message->header.nlmsg_len);

	if (size > PF_RTNL_SIZE || used + NLMSG_ALIGN(size) > PF_RTNL_SIZE) {
		message->too_long = 1;
		return NULL;
	}
	message->header.nlmsg_len = (uint32_t)(used + size);
	return message->bytes + used;
}

void pf_rtnl_put_raw(struct pf_rtnl_message *message, const void *data, size_t size)
{
	void *place = extend(message, size);

	if (place)
		memcpy(place, data, size);
}

void pf_rtnl_begin(struct pf_rtnl_message *message, int type, int flags, const void *body,
		   size_t size)
{
	memset(message, 0, sizeof(*message));
	message->header.nlmsg_len = NLMSG_HDRLEN;
	message->header.nlmsg_type = (uint16_t)type;
	message->header.nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST);
	pf_rtnl_put_raw(message, body, size);
}

void pf_rtnl_put(struct pf_rtnl_message *message, int type, const void *data, size_t size)
{
	struct rtattr *attribute = extend(message, RTA_LENGTH(size));

	if (!attribute)
		return;
	attribute->rta_type = (unsigned short)type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size > 0)
		memcpy(RTA_DATA(attribute), data, size);
}

void pf_rtnl_put_u32(struct pf_rtnl_message *message, int type, uint32_t value)
{
	pf_rtnl_put(message, type, &value, sizeof(value));
}

void pf_rtnl_put_string(struct pf_rtnl_message *message, int type, const char *text)
{
	pf_rtnl_put(message, type, text, strlen(text) + 1);
}

uint32_t pf_rtnl_nest(struct pf_rtnl_message *message, int type)
{
	uint32_t nest = NLMSG_ALIGN(message->header.nlmsg_len);

	pf_rtnl_put(message, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void pf_rtnl_end(struct pf_rtnl_message *message, uint32_t nest)
{
	struct rtattr *attribute = (void *)(message->bytes + nest);

	if (!message->too_long)
		attribute->rta_len = (unsigned short)(message->header.nlmsg_len - nest);
}

/* Returns the first attribute of a type between `at` and `end`, or NULL. *ret_size is the number of
 * the attribute's bytes before `end`. */
static const char *find(const char *at, const char *end, int type, size_t *ret_size)
{
	while (end - at >= (ptrdiff_t)sizeof(struct rtattr)) {
		const struct rtattr *attribute = (const void *)at;
		size_t size = attribute->rta_len, room = (size_t)(end - at);
		if (size < sizeof(*attribute))
			break;
		if (size > room)
			size = room;
		if ((attribute->rta_type & NLA_TYPE_MASK) == type) {
			*ret_size = size - sizeof(*attribute);
			return at + sizeof(*attribute);
		}
		at += RTA_ALIGN(size) < room ? RTA_ALIGN(size) : room;
	}
	return NULL;
}

/* Copies an error text of the kernel. Replaces every character that could control a terminal. */
static void take_text(struct pf_rtnl *rtnl, const char *text, size_t size)
{
	size_t n = 0;

	for (; n < size && n < PF_RTNL_TEXT - 1 && text[n]; n++)
		rtnl->text[n] = text[n] < ' ' || text[n] > '~' ? '?' : text[n];
	rtnl->text[n] = '\0';
}

/* Reads an error and its text. The attributes follow the error directly, because the answer has no
 * copy of the request (NETLINK_CAP_ACK). */
static int take_error(struct pf_rtnl *rtnl, const struct pf_rtnl_message *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(&message->header);
	const char *at = message->bytes + NLMSG_LENGTH(sizeof(*error));
	const char *end = message->bytes + message->header.nlmsg_len;
	size_t size;

	if (message->header.nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
		return -EBADMSG;
	if (!(message->header.nlmsg_flags & NLM_F_ACK_TLVS) || error->error == 0)
		return error->error;
	const char *text = find(at, end, NLMSGERR_ATTR_MSG, &size);
	if (text)
		take_text(rtnl, text, size);
	return error->error;
}

/* Receives the next answer of the kernel. Ignores messages from other senders. Returns 0 or
 * -errno. */
static int receive(const struct pf_rtnl *rtnl, struct pf_rtnl_message *ret)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		socklen_t length = sizeof(from);
		ssize_t n = recvfrom(rtnl->fd, ret->bytes, sizeof(ret->bytes), MSG_TRUNC,
				     (struct sockaddr *)&from, &length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (from.nl_pid != 0)
			continue;
		if ((size_t)n < NLMSG_HDRLEN || ret->header.nlmsg_len < NLMSG_HDRLEN ||
		    ret->header.nlmsg_len > (size_t)n)
			return -EBADMSG;
		if (ret->header.nlmsg_len > sizeof(ret->bytes))
			/* The kernel truncated the message. */
			ret->header.nlmsg_len = sizeof(ret->bytes);
		if (ret->header.nlmsg_seq == rtnl->sequence)
			return 0;
	}
}

static int send_request(struct pf_rtnl *rtnl, struct pf_rtnl_message *message)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	rtnl->text[0] = '\0';
	if (message->too_long)
		return -EMSGSIZE;
	message->header.nlmsg_seq = ++rtnl->sequence;
	ssize_t n = sendto(rtnl->fd, message->bytes, message->header.nlmsg_len, 0,
			   (struct sockaddr *)&kernel, sizeof(kernel));
	return n < 0 ? -errno : 0;
}

int pf_rtnl_request(struct pf_rtnl *rtnl, struct pf_rtnl_message *message)
{
	message->header.nlmsg_flags |= NLM_F_ACK;
	int r = send_request(rtnl, message);

	while (r == 0) {
		r = receive(rtnl, message);
		if (r == 0 && message->header.nlmsg_type == NLMSG_ERROR)
			return take_error(rtnl, message);
	}
	return r;
}

int pf_rtnl_link_index(const struct pf_rtnl *rtnl, const char *name)
{
	struct ifreq request = {0};

	if (strlen(name) >= sizeof(request.ifr_name))
		return -ENODEV;
	memcpy(request.ifr_name, name, strlen(name));
	return ioctl(rtnl->fd, SIOCGIFINDEX, &request) < 0 ? -errno : request.ifr_ifindex;
}

int pf_rtnl_has_link(const struct pf_rtnl *rtnl, int32_t index)
{
	struct ifreq request = {.ifr_ifindex = index};

	return ioctl(rtnl->fd, SIOCGIFNAME, &request) == 0;
}

/* Requests the description of an interface. Returns 0 or -errno. */
static int ask(struct pf_rtnl *rtnl, int32_t index, struct pf_rtnl_message *ret)
{
	const struct ifinfomsg info = {.ifi_index = index};

	pf_rtnl_begin(ret, RTM_GETLINK, 0, &info, sizeof(info));
	pf_rtnl_put_u32(ret, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	int r = send_request(rtnl, ret);
	if (r == 0)
		r = receive(rtnl, ret);
	if (r < 0)
		return r;
	if (ret->header.nlmsg_type == NLMSG_ERROR)
		return take_error(rtnl, ret);
	return ret->header.nlmsg_type == RTM_NEWLINK &&
			       ret->header.nlmsg_len >= NLMSG_SPACE(sizeof(info))
		       ? 0
		       : -EBADMSG;
}

/* Returns an attribute of the answer to ask(), or NULL. */
static const char *find_in_link(const struct pf_rtnl_message *message, int type, size_t *ret_size)
{
	return find(message->bytes + NLMSG_SPACE(sizeof(struct ifinfomsg)),
		    message->bytes + message->header.nlmsg_len, type, ret_size);
}

int pf_rtnl_read_link(struct pf_rtnl *rtnl, int32_t index, struct pf_link_state *ret)
{
	struct pf_rtnl_message message;
	const struct ifinfomsg *info = NLMSG_DATA(&message.header);
	size_t size;
	int r = ask(rtnl, index, &message);

	if (r < 0)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->index = info->ifi_index;
	ret->flags = info->ifi_flags;
	const char *mtu = find_in_link(&message, IFLA_MTU, &size);
	if (mtu && size == sizeof(ret->mtu))
		memcpy(&ret->mtu, mtu, size);
	const char *mac = find_in_link(&message, IFLA_ADDRESS, &size);
	if (mac && size <= sizeof(ret->mac)) {
		memcpy(ret->mac, mac, size);
		ret->mac_size = (uint32_t)size;
	}
	return 0;
}

int pf_rtnl_link_altname(struct pf_rtnl *rtnl, int32_t index, char ret[PF_RTNL_NAME])
{
	struct pf_rtnl_message message;
	size_t size;
	int r = ask(rtnl, index, &message);
	const char *list = r < 0 ? NULL : find_in_link(&message, IFLA_PROP_LIST, &size);
	const char *name = list ? find(list, list + size, IFLA_ALT_IFNAME, &size) : NULL;

	if (!name || size > PF_RTNL_NAME || strnlen(name, size) == size)
		return r;
	memcpy(ret, name, size);
	return 1;
}
