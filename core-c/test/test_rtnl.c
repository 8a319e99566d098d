/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests rtnetlink with a fake kernel and with the real kernel. The fake kernel is the other end of
 * a socket pair, and sends odd answers. The tests with the real kernel have their own network
 * namespace.
 */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "common/net/rtnl.h"

static const struct ifinfomsg nobody;

static void a_message_is_whole(void **state)
{
	static const unsigned char wanted[] = {
		44, 0, 0,  0,   16,  0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* header */
		0,  0, 0,  0,   0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* ifinfomsg */
		12, 0, 18, 128,                                       /* IFLA_LINKINFO */
		6,  0, 3,  0,   'v', 0, 0, 0,                         /* IFLA_IFNAME, padded */
	};
	struct pf_rtnl_message message;

	(void)state;
	memset(&message, 0xff, sizeof(message));
	pf_rtnl_begin(&message, RTM_NEWLINK, 0, &nobody, sizeof(nobody));
	uint32_t nest = pf_rtnl_nest(&message, IFLA_LINKINFO);
	pf_rtnl_put_string(&message, IFLA_IFNAME, "v");
	pf_rtnl_end(&message, nest);
	assert_false(message.too_long);
	assert_int_equal(message.header.nlmsg_len, 42);
	message.header.nlmsg_len = 44;
	message.bytes[nest] = 12;
	assert_memory_equal(message.bytes, wanted, sizeof(wanted));
	for (size_t i = sizeof(wanted); i < sizeof(message.bytes); i++)
		assert_int_equal(message.bytes[i], 0);
}

/* A message that does not fit is not sent, not even in part. */
static void a_message_is_bounded(void **state)
{
	static char large[PF_RTNL_SIZE];
	struct pf_rtnl_message message;
	struct pf_rtnl rtnl = {.fd = -1};

	(void)state;
	pf_rtnl_begin(&message, RTM_NEWLINK, 0, &nobody, sizeof(nobody));
	pf_rtnl_put(&message, IFLA_ADDRESS, large, sizeof(large) - 36);
	assert_false(message.too_long);
	pf_rtnl_put_u32(&message, IFLA_MTU, 1);
	assert_true(message.too_long);
	assert_int_equal(pf_rtnl_request(&rtnl, &message), -EMSGSIZE);
	pf_rtnl_begin(&message, RTM_NEWLINK, 0, &nobody, sizeof(nobody));
	assert_false(message.too_long);
	pf_rtnl_put(&message, IFLA_ADDRESS, large, sizeof(large));
	assert_int_equal(pf_rtnl_request(&rtnl, &message), -EMSGSIZE);
	pf_rtnl_begin(&message, RTM_NEWLINK, 0, &nobody, sizeof(nobody));
	pf_rtnl_put_raw(&message, large, ~(size_t)0 - 8);
	assert_int_equal(pf_rtnl_request(&rtnl, &message), -EMSGSIZE);
}

struct answer {
	struct nlmsghdr header;
	struct nlmsgerr error;
	char rest[256];
};

/* Sends a request to a fake kernel, which gives these answers. */
static int ask(const struct answer *answers, const size_t *sizes, size_t count, char *ret_text)
{
	const struct timeval patience = {.tv_usec = 1000};
	struct pf_rtnl_message message;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	struct pf_rtnl rtnl = {.fd = pair[0], .sequence = 6};
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(send(pair[1], &answers[i], sizes[i], 0), sizes[i]);
	pf_rtnl_begin(&message, RTM_SETLINK, 0, &nobody, sizeof(nobody));
	int r = pf_rtnl_request(&rtnl, &message);
	strcpy(ret_text, rtnl.text);
	close(pair[0]);
	close(pair[1]);
	return r;
}

/* Returns an error answer with a message text of `size` bytes. */
static struct answer refusal(const char *text, size_t size)
{
	struct answer answer = {.header = {.nlmsg_type = NLMSG_ERROR,
					   .nlmsg_flags = NLM_F_ACK_TLVS | NLM_F_CAPPED,
					   .nlmsg_seq = 7},
				.error = {.error = -EBUSY}};
	struct nlattr attribute = {.nla_len = (uint16_t)(sizeof(attribute) + size),
				   .nla_type = NLMSGERR_ATTR_MSG};

	answer.header.nlmsg_len = (uint32_t)(offsetof(struct answer, rest) + attribute.nla_len);
	memcpy(answer.rest, &attribute, sizeof(attribute));
	memcpy(answer.rest + sizeof(attribute), text, size);
	return answer;
}

static void the_error_text_of_the_kernel_is_kept(void **state)
{
	struct answer answer = refusal("no \033[2Jlink\n", 12);
	size_t size = answer.header.nlmsg_len;
	char text[PF_RTNL_TEXT];

	(void)state;
	assert_int_equal(ask(&answer, &size, 1, text), -EBUSY);
	assert_string_equal(text, "no ?[2Jlink?");
	answer = refusal("not ended", 9);
	size = answer.header.nlmsg_len;
	assert_int_equal(ask(&answer, &size, 1, text), -EBUSY);
	assert_string_equal(text, "not ended");
	answer.header.nlmsg_flags = 0;
	assert_int_equal(ask(&answer, &size, 1, text), -EBUSY);
	assert_string_equal(text, "");
}

static void a_success_says_nothing(void **state)
{
	struct answer answer = refusal("a warning", 9);
	size_t size = answer.header.nlmsg_len;
	char text[PF_RTNL_TEXT];

	(void)state;
	answer.error.error = 0;
	assert_int_equal(ask(&answer, &size, 1, text), 0);
	assert_string_equal(text, "");
}

static void an_answer_to_another_request_is_ignored(void **state)
{
	struct answer answers[] = {refusal("other", 5), refusal("ours", 4)};
	const size_t sizes[] = {answers[0].header.nlmsg_len, answers[1].header.nlmsg_len};
	char text[PF_RTNL_TEXT];

	(void)state;
	answers[0].header.nlmsg_seq = 6;
	assert_int_equal(ask(answers, sizes, 2, text), -EBUSY);
	assert_string_equal(text, "ours");
	assert_int_equal(ask(answers, sizes, 1, text), -ETIMEDOUT);
}

/* The reader never reads beyond an answer, even if the lengths in the answer are wrong. */
static void wrong_lengths(void **state)
{
	static const uint32_t lengths[] = {0, 1, 15, 16, 17, 20, 36, 37, 40, 44, 100, 4096, ~0u};
	char text[PF_RTNL_TEXT];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(lengths); i++) {
		for (size_t size = 1; size < 64; size++) {
			struct answer answer = refusal("0123456789", 10);
			answer.header.nlmsg_len = lengths[i];
			int r = ask(&answer, &size, 1, text);
			assert_true(r == -EBADMSG || r == -EBUSY || r == -ETIMEDOUT);
		}
		struct answer answer = refusal("0123456789", 10);
		size_t size = answer.header.nlmsg_len;
		answer.rest[0] = (char)lengths[i];
		answer.rest[1] = (char)(lengths[i] >> 8);
		assert_int_equal(ask(&answer, &size, 1, text), -EBUSY);
		assert_true(strlen(text) <= 10);
	}
}

/* --- with the real kernel --- */

static int make_veth(struct pf_rtnl *rtnl, const char *name, const char *peer)
{
	struct pf_rtnl_message message;

	pf_rtnl_begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &nobody, sizeof(nobody));
	pf_rtnl_put_string(&message, IFLA_IFNAME, name);
	uint32_t info = pf_rtnl_nest(&message, IFLA_LINKINFO);
	pf_rtnl_put_string(&message, IFLA_INFO_KIND, "veth");
	uint32_t data = pf_rtnl_nest(&message, IFLA_INFO_DATA);
	uint32_t nest = pf_rtnl_nest(&message, VETH_INFO_PEER);
	pf_rtnl_put_raw(&message, &nobody, sizeof(nobody));
	pf_rtnl_put_string(&message, IFLA_IFNAME, peer);
	pf_rtnl_end(&message, nest);
	pf_rtnl_end(&message, data);
	pf_rtnl_end(&message, info);
	return pf_rtnl_request(rtnl, &message);
}

static void links_are_made_and_seen(void)
{
	struct pf_rtnl rtnl;
	struct pf_link_state link;

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(pf_rtnl_open(&rtnl), 0);
	assert_int_equal(make_veth(&rtnl, "one", "two"), 0);
	int index = pf_rtnl_link_index(&rtnl, "one");
	assert_true(index > 0);
	assert_true(pf_rtnl_has_link(&rtnl, index));
	assert_false(pf_rtnl_has_link(&rtnl, index + 100));
	assert_int_equal(pf_rtnl_link_index(&rtnl, "three"), -ENODEV);
	assert_int_equal(pf_rtnl_link_index(&rtnl, "a name of more than fifteen letters"), -ENODEV);
	assert_int_equal(pf_rtnl_read_link(&rtnl, index, &link), 0);
	assert_int_equal(link.index, index);
	assert_int_equal(link.mtu, 1500);
	assert_int_equal(link.mac_size, 6);
	assert_false(link.flags & IFF_UP);
	assert_int_equal(pf_rtnl_read_link(&rtnl, index + 100, &link), -ENODEV);
	assert_int_equal(make_veth(&rtnl, "one", "three"), -EEXIST);
	assert_int_equal(make_veth(&rtnl, "a/b", "three"), -EINVAL);
	close(rtnl.fd);
}

static void errors_have_words(void)
{
	const struct rtmsg info = {.rtm_family = AF_INET,
				   .rtm_table = RT_TABLE_MAIN,
				   .rtm_protocol = RTPROT_STATIC,
				   .rtm_type = RTN_UNICAST};
	const unsigned char gateway[4] = {10, 0, 0, 1};
	struct pf_rtnl_message message;
	struct pf_rtnl rtnl;

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(pf_rtnl_open(&rtnl), 0);
	pf_rtnl_begin(&message, RTM_NEWROUTE, NLM_F_CREATE, &info, sizeof(info));
	pf_rtnl_put(&message, RTA_GATEWAY, gateway, sizeof(gateway));
	assert_int_equal(pf_rtnl_request(&rtnl, &message), -ENETUNREACH);
	assert_string_equal(rtnl.text, "Nexthop has invalid gateway");
	close(rtnl.fd);
}

static int add_name(struct pf_rtnl *rtnl, int32_t index, const char *name)
{
	const struct ifinfomsg info = {.ifi_index = index};
	struct pf_rtnl_message message;

	pf_rtnl_begin(&message, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	uint32_t list = pf_rtnl_nest(&message, IFLA_PROP_LIST);
	pf_rtnl_put_string(&message, IFLA_ALT_IFNAME, name);
	pf_rtnl_end(&message, list);
	return pf_rtnl_request(rtnl, &message);
}

/* An alternative name of an interface is found, even if not all names of the interface fit into the
 * kernel's answer. */
static void alternative_names_are_found(void)
{
	char name[PF_RTNL_NAME], wanted[PF_RTNL_NAME];
	struct pf_rtnl rtnl;
	int count = 0;

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(pf_rtnl_open(&rtnl), 0);
	assert_int_equal(make_veth(&rtnl, "one", "two"), 0);
	int index = pf_rtnl_link_index(&rtnl, "one");
	assert_int_equal(pf_rtnl_link_altname(&rtnl, index, name), 0);
	for (; count < 100; count++) {
		snprintf(wanted, sizeof(wanted), "%0*d", (int)sizeof(wanted) - 1, count);
		if (add_name(&rtnl, index, wanted) < 0)
			break;
	}
	assert_true(count > 50);
	assert_int_equal(pf_rtnl_link_altname(&rtnl, index, name), 1);
	assert_int_equal(strlen(name), sizeof(name) - 1);
	assert_int_equal(pf_rtnl_link_index(&rtnl, "two") > 0, 1);
	close(rtnl.fd);
}

static void a_socket_in_another_namespace(void)
{
	struct pf_rtnl rtnl;
	int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	int made = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pf_rtnl_open(&rtnl), 0);
	assert_int_equal(make_veth(&rtnl, "pft-one", "pft-two"), 0);
	close(rtnl.fd);
	assert_int_equal(setns(before, CLONE_NEWNET), 0);
	assert_int_equal(pf_rtnl_open_in(made, &rtnl), 0);
	assert_true(pf_rtnl_link_index(&rtnl, "pft-one") > 0);
	assert_int_equal(if_nametoindex("pft-one"), 0);
	close(rtnl.fd);
	assert_int_equal(pf_rtnl_open_in(-1, &rtnl), -EBADF);
	assert_int_equal(rtnl.fd, -1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_message_is_whole),
	cmocka_unit_test(a_message_is_bounded),
	cmocka_unit_test(the_error_text_of_the_kernel_is_kept),
	cmocka_unit_test(a_success_says_nothing),
	cmocka_unit_test(an_answer_to_another_request_is_ignored),
	cmocka_unit_test(wrong_lengths),
	IN_CHILD(links_are_made_and_seen),
	IN_CHILD(errors_have_words),
	IN_CHILD(alternative_names_are_found),
	IN_CHILD(a_socket_in_another_namespace),
};

UNIT_MAIN(tests)
