/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the operations that the compiler makes from the network fields of a spec. */
#define _GNU_SOURCE
#include "child.h"
#include "plans.h"

#include <errno.h>
#include <linux/sched.h>

/* A spec without a user namespace. The plan of such a spec does not depend on the user. */
#define WORDS(...) ((const char *const[]){"userns", "no", "command", "true", __VA_ARGS__, NULL})
#define NETIF(text) WORDS("netif", text)

static void the_namespace_comes_with_what_is_in_it(void **state)
{
	(void)state;
	assert_true(has_line(WORDS("hostname", "a"), "clone       mnt pid ipc uts cgroup"));
	assert_true(has_line(NETIF("host"), "clone       mnt pid ipc uts cgroup"));
	assert_true(has_line(WORDS("netns", "no", "netif", "host"),
			     "clone       mnt pid ipc uts cgroup"));
	assert_true(has_line(WORDS("netns", "yes"), "clone       mnt pid ipc uts net cgroup"));
	assert_true(has_line(NETIF("lo:a"), "clone       mnt pid ipc uts net cgroup"));
	expect_lines(WORDS("netns", "yes"), "link_up", "keyring", "link_up lo\n");
}

static void interfaces_are_made_outside_and_set_up_inside(void **state)
{
	(void)state;
	expect_lines(NETIF("veth:pft0:eth0:mtu=1400:addr=10.0.0.2/24:gw=10.0.0.1"), "veth",
		     "propagation", "veth pft0 eth0 '' 1400 1\n");
	expect_lines(NETIF("veth:pft0:eth0:mtu=1400:addr=10.0.0.2/24:gw=10.0.0.1"), "await",
		     "keyring",
		     "await\nlink_up eth0\naddress eth0 10.0.0.2/24\nroute eth0 10.0.0.1\n");
	expect_lines(NETIF("veth:pft0:eth0"), "veth", "propagation", "veth pft0 eth0 '' 0 0\n");
	expect_lines(NETIF("veth:pft0:eth0:bridge=lo"), "veth", "propagation",
		     "veth pft0 eth0 lo 0 1\n");
	expect_lines(NETIF("macvlan:lo:a:vepa"), "macvlan", "propagation", "macvlan lo a vepa\n");
	expect_lines(NETIF("ipvlan:lo:a"), "ipvlan", "propagation", "ipvlan lo a l3\n");
	expect_lines(NETIF("lo:a:mtu=1400:mac=02:00:00:00:00:01:up"), "link_move", "propagation",
		     "link_move lo a\n");
	expect_lines(NETIF("lo:a:mtu=1400:mac=02:00:00:00:00:01:up"), "await", "keyring",
		     "await\nlink_mac a 02:00:00:00:00:01\nlink_mtu a 1400\nlink_up a\n");
}

static void several_keep_their_order(void **state)
{
	const char *const *words = WORDS("netif", "lo:a:up", "netif", "macvlan:lo:b:up", "netif",
					 "ipvlan:lo:c:addr=::2/64");

	(void)state;
	expect_lines(words, "link_move", "propagation",
		     "link_move lo a\nmacvlan lo b bridge\nipvlan lo c l3\n");
	expect_lines(words, "await", "keyring", "await\nlink_up a\nlink_up b\naddress c ::2/64\n");
}

/* The error of an operation names the interface that needs the operation. */
static void operations_know_their_interface(void **state)
{
	void *plan = compiled(WORDS("netif", "lo:a", "netif", "macvlan:lo:b:addr=10.0.0.1/24"));
	int found = 0;

	(void)state;
	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const struct pf_origin *origin = pf_origins_find(&plan_origins, i, EIO);
		int is_first = strcmp(name_of(plan, i), "link_move") == 0;
		if (!is_first && strcmp(name_of(plan, i), "address") != 0)
			continue;
		assert_non_null(origin);
		assert_string_equal(origin->field, "netif");
		assert_string_equal(origin->text,
				    is_first ? "lo:a" : "macvlan:lo:b:addr=10.0.0.1/24");
		found++;
	}
	assert_int_equal(found, 2);
	free(plan);
}

static void a_namespace_is_entered_before_the_clone(void **state)
{
	(void)state;
	expect_lines(NETIF("ns:/proc/self/ns/net"), "netns", "propagation",
		     "netns /proc/self/ns/net\nclone mnt pid ipc uts cgroup\n");
	expect_error(NETIF("ns:/no/such"), ENOENT, "netif", "/no/such: No such file", "");
	expect_error(NETIF("ns:/proc/self/ns/uts"), EINVAL, "netif", "not a network namespace", "");
	expect_error(NETIF("ns:/dev/null"), EINVAL, "netif", "not a network namespace", "");
}

static void missing_and_used_names(void **state)
{
	static const char missing[] = "no such network interface";

	(void)state;
	expect_error(NETIF("pft-none:a"), ENODEV, "netif", missing, "ip link");
	expect_error(NETIF("macvlan:pft-none:a"), ENODEV, "netif", missing, "");
	expect_error(NETIF("veth:pft0:a:bridge=pft-none"), ENODEV, "netif", missing, "");
	expect_error(NETIF("veth:lo:a"), EEXIST, "netif", "the host already has this interface",
		     "");
	expect_error(NETIF("veth:pft0:lo"), EEXIST, "netif",
		     "the container already has this interface", "");
	expect_error(WORDS("netif", "lo:a", "netif", "macvlan:lo:a"), EEXIST, "netif",
		     "another interface of the container has this name", "");
	expect_error(WORDS("netif", "veth:pft0:a", "netif", "veth:pft0:b"), EEXIST, "netif",
		     "in use by another interface of the container", "");
	expect_error(WORDS("netif", "lo:a", "netif", "lo:b"), EEXIST, "netif",
		     "in use by another interface of the container", "");
}

static void contradictions(void **state)
{
	(void)state;
	expect_error(WORDS("netif", "host", "netif", "lo:a"), EINVAL, "netif",
		     "host: contradicts lo:a", "");
	expect_error(WORDS("netif", "lo:a", "netif", "ns:/proc/self/ns/net"), EINVAL, "netif",
		     "contradicts lo:a", "");
	expect_error(WORDS("netns", "yes", "netif", "host"), EINVAL, "netif",
		     "contradicts a new network namespace", "");
	expect_error(WORDS("netns", "no", "netif", "lo:a"), EINVAL, "netif",
		     "contradicts {netns=no}", "");
	expect_error(NETIF("x"), EINVAL, "netif", "unknown kind of interface", "veth");
}

/* --- pasta and slirp4netns: the test has its own /etc and PATH --- */

static void install(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/%s", name);
	child_write(path, "");
	assert_int_equal(chmod(path, 0755), 0);
}

static void have(const char *program)
{
	child_cover_etc();
	assert_int_equal(setenv("PATH", "/tmp", 1), 0);
	child_write("/etc/resolv.conf", "# a comment\nnameserver 127.0.0.53\nsearch a.b c\n"
					"searching x\n options\ndomain d\n"
					"options edns0 timeout:1");
	if (program)
		install(program);
}

static void pasta_forwards_what_was_asked_for(void)
{
	have("pasta");
	install("slirp4netns");
	expect_lines(NETIF("pasta:tcp=8080-80:udp=53-5353:tcp=1-2"), "port", "propagation",
		     "port tcp '*' 8080 80\nport udp '*' 53 5353\nport tcp '*' 1 2\n"
		     "pasta /tmp/pasta pasta --config-net --quiet --no-netns-quit --no-map-gw "
		     "--dns-forward 169.254.1.1 -T none -U none -t 8080:80 -t 1:2 -u 53:5353 "
		     "--runas 0 --netns-only --netns $NET\n");
	expect_lines(NETIF("pasta"), "pasta", "propagation",
		     "pasta /tmp/pasta pasta --config-net --quiet --no-netns-quit --no-map-gw "
		     "--dns-forward 169.254.1.1 -T none -U none -t none -u none --runas 0 "
		     "--netns-only --netns $NET\n");
	expect_error(WORDS("netif", "pasta", "netif", "pasta"), EEXIST, "netif", "given twice", "");
}

/* pasta enters the container's user namespace. pasta gets the pid of a process in that
 * namespace. */
static void pasta_enters_a_user_namespace(void)
{
	have("pasta");
	assert_true(has_line((const char *const[]){"userMap", "0:0:1", "netif", "pasta", NULL},
			     "-T none -U none -t none -u none --runas 0 $PID"));
}

static void slirp4netns_takes_its_place(void)
{
	have("slirp4netns");
	expect_lines(NETIF("pasta"), "slirp4netns", "propagation",
		     "slirp4netns /tmp/slirp4netns slirp4netns --configure --mtu=65520 "
		     "--disable-host-loopback --ready-fd=3 $PID tap0\n");
	expect_error(NETIF("pasta:tcp=1-1"), ENOENT, "netif", "ports require pasta",
		     "apt install passt");
}

static void neither_is_there(void)
{
	have(NULL);
	expect_error(NETIF("pasta"), ENOENT, "netif", "neither pasta nor slirp4netns",
		     "apt install passt");
}

static void names_are_resolved_inside(void)
{
	have("pasta");
	assert_int_equal(chdir("/"), 0);
	expect_lines(NETIF("pasta"), "text", "pivot_root",
		     "text /etc/resolv.conf $'nameserver 169.254.1.1\\x0asearch a.b c\\x0adomain "
		     "d\\x0aoptions edns0 timeout:1\\x0a'\n");
	assert_true(has_line(NETIF("pasta"), "files"));
	assert_int_equal(unlink("/etc/resolv.conf"), 0);
	expect_names(NETIF("pasta"),
		     "clone pasta propagation mount ping_groups mount renew link_up "
		     "await keyring fork session stdio guard_input umask environ chdir exec");
	assert_int_equal(mkdir("/tmp/root", 0755), 0);
	expect_lines(WORDS("chroot", "/tmp/root", "netif", "pasta"), "text", "pivot_root",
		     "text /etc/resolv.conf $'nameserver 169.254.1.1\\x0a'\n");
	expect_names(WORDS("mountns", "no", "netif", "pasta"),
		     "clone pasta ping_groups link_up await keyring fork session stdio guard_input "
		     "umask "
		     "environ chdir exec");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_namespace_comes_with_what_is_in_it),
	cmocka_unit_test(interfaces_are_made_outside_and_set_up_inside),
	cmocka_unit_test(several_keep_their_order),
	cmocka_unit_test(operations_know_their_interface),
	cmocka_unit_test(a_namespace_is_entered_before_the_clone),
	cmocka_unit_test(missing_and_used_names),
	cmocka_unit_test(contradictions),
	IN_CHILD(pasta_forwards_what_was_asked_for),
	IN_CHILD(pasta_enters_a_user_namespace),
	IN_CHILD(slirp4netns_takes_its_place),
	IN_CHILD(neither_is_there),
	IN_CHILD(names_are_resolved_inside),
};

UNIT_MAIN(tests)
