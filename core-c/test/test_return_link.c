/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests that interfaces of the host return to the host, even if the container has changed them.
 * Each test has two network namespaces: one for the host, with a veth pair p0 and p1, and one for
 * the container.
 */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <net/if.h>

#include "common/net/return_link.h"

static int host, inside;

static void sh(const char *commands)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-euc", commands, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void sh_inside(const char *commands)
{
	assert_int_equal(setns(inside, CLONE_NEWNET), 0);
	sh(commands);
	assert_int_equal(setns(host, CLONE_NEWNET), 0);
}

/* Makes both namespaces, and moves p0. Records the state before and after the move, as the monitor
 * does. */
static struct pf_moved_link move(int is_known)
{
	struct pf_moved_link moved = {.name = "p0", .inside = "eth0"};
	struct pf_rtnl rtnl;

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	inside = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	host = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	sh("ip link add p0 address 02:00:00:00:00:07 mtu 1300 up type veth peer name p1");
	assert_int_equal(pf_rtnl_open(&rtnl), 0);
	assert_int_equal(pf_rtnl_read_link(&rtnl, pf_rtnl_link_index(&rtnl, "p0"), &moved.before),
			 0);
	close(rtnl.fd);
	char command[64];
	snprintf(command, sizeof(command), "ip link set p0 netns /proc/%d/fd/%d", getpid(), inside);
	sh(command);
	sh_inside("ip link set p0 name eth0");
	assert_int_equal(setns(inside, CLONE_NEWNET), 0);
	moved.index = is_known ? (int32_t)if_nametoindex("eth0") : 0;
	assert_int_equal(setns(host, CLONE_NEWNET), 0);
	assert_int_equal(if_nametoindex("p0"), 0);
	return moved;
}

/* Checks that p0 is back in its original state. */
static void expect_back(void)
{
	struct pf_rtnl rtnl;
	struct pf_link_state link;
	static const unsigned char mac[] = {2, 0, 0, 0, 0, 7};

	assert_int_equal(pf_rtnl_open(&rtnl), 0);
	int index = pf_rtnl_link_index(&rtnl, "p0");
	assert_true(index > 0);
	assert_int_equal(pf_rtnl_read_link(&rtnl, index, &link), 0);
	assert_memory_equal(link.mac, mac, sizeof(mac));
	assert_int_equal(link.mtu, 1300);
	assert_true(link.flags & IFF_UP);
	close(rtnl.fd);
}

static void moved_completely(void)
{
	const struct pf_moved_link moved = move(1);

	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	expect_back();
}

static void moved_without_a_known_index(void)
{
	const struct pf_moved_link moved = move(0);

	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	expect_back();
}

static void half_moved(void)
{
	const struct pf_moved_link moved = move(0);

	sh_inside("ip link set eth0 name p0");
	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	expect_back();
}

static void not_moved_at_all(void)
{
	struct pf_moved_link moved = move(1);

	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	moved.index = 0;
	sh_inside("ip link add eth0 type veth peer name eth1");
	assert_int_equal(pf_return_link(&moved, inside, host), -ENODEV);
	expect_back();
	assert_int_equal(if_nametoindex("eth0"), 0);
}

static void renamed_and_changed(void)
{
	const struct pf_moved_link moved = move(1);

	sh_inside("ip link set eth0 name x; ip link set x address 02:00:00:00:00:08 mtu 1400 up;"
		  "ip addr add 10.0.0.1/24 dev x; ip link add br0 type bridge;"
		  "ip link set x master br0");
	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	expect_back();
}

static void with_a_name_that_another_interface_inside_has(void)
{
	const struct pf_moved_link moved = move(1);

	sh_inside("ip link add p0 type veth peer name p1");
	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	expect_back();
}

static void with_a_name_that_the_host_has(void)
{
	const struct pf_moved_link moved = move(1);

	sh_inside("ip link set eth0 name p1");
	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	expect_back();
}

static void with_alternative_names_in_the_way(void)
{
	const struct pf_moved_link moved = move(1);

	sh_inside("ip link property add dev eth0 altname p0 altname p1 altname lo2");
	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	expect_back();
}

static void with_alternative_names_of_its_own(void)
{
	const struct pf_moved_link moved = move(1);

	sh_inside("ip link property add dev eth0 altname slot7");
	assert_int_equal(pf_return_link(&moved, inside, host), 0);
	expect_back();
	assert_int_equal(if_nametoindex("slot7"), if_nametoindex("p0"));
}

static void with_its_name_in_use_on_the_host(void)
{
	const struct pf_moved_link moved = move(1);
	int taken;

	sh("ip link set p1 name p0");
	taken = (int)if_nametoindex("p0");
	assert_int_equal(pf_return_link(&moved, inside, host), -EEXIST);
	assert_int_equal(if_nametoindex("p0"), taken);
	assert_true(if_nametoindex("dev0") > 0 || if_nametoindex("dev1") > 0);
}

static void deleted_inside(void)
{
	const struct pf_moved_link moved = move(1);

	sh_inside("ip link del eth0");
	assert_int_equal(pf_return_link(&moved, inside, host), -ENODEV);
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(moved_completely),
	IN_CHILD(moved_without_a_known_index),
	IN_CHILD(half_moved),
	IN_CHILD(not_moved_at_all),
	IN_CHILD(renamed_and_changed),
	IN_CHILD(with_a_name_that_another_interface_inside_has),
	IN_CHILD(with_a_name_that_the_host_has),
	IN_CHILD(with_alternative_names_in_the_way),
	IN_CHILD(with_alternative_names_of_its_own),
	IN_CHILD(with_its_name_in_use_on_the_host),
	IN_CHILD(deleted_inside),
};

UNIT_MAIN(tests)
