/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests how addresses, names and modes of interfaces are parsed and printed. */
#define _GNU_SOURCE
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>

#include "common/net/link_parse.h"

static void an_address_with_its_prefix(void **state)
{
	static const struct {
		const char *text;
		int family, prefix, size;
	} cases[] = {
		{"10.0.0.2/24", AF_INET, 24, 4},
		{"0.0.0.0/0", AF_INET, 0, 4},
		{"10.0.0.2/32", AF_INET, 32, 4},
		{"fd00::1/64", AF_INET6, 64, 16},
		{"::/0", AF_INET6, 0, 16},
		{"::1/128", AF_INET6, 128, 16},
		{"::ffff:1.2.3.4/96", AF_INET6, 96, 16},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		char back[INET6_ADDRSTRLEN + 8];
		struct pf_ip ip;
		assert_int_equal(pf_ip_parse(cases[i].text, 1, &ip), 0);
		assert_int_equal(ip.family, cases[i].family);
		assert_int_equal(ip.prefix, cases[i].prefix);
		assert_int_equal(ip.size, cases[i].size);
		assert_non_null(inet_ntop(ip.family, ip.bytes, back, sizeof(back)));
		snprintf(back + strlen(back), 8, "/%d", ip.prefix);
		assert_string_equal(back, cases[i].text);
	}
}

static void an_address_alone(void **state)
{
	struct pf_ip ip;

	(void)state;
	assert_int_equal(pf_ip_parse("10.0.0.1", 0, &ip), 0);
	assert_int_equal(ip.prefix, 32);
	assert_int_equal(pf_ip_parse("fe80::1", 0, &ip), 0);
	assert_int_equal(ip.prefix, 128);
}

static void invalid_addresses(void **state)
{
	static const char *const with[] = {
		"",
		"/",
		"/24",
		"10.0.0.2",
		"10.0.0.2/",
		"10.0.0.2/33",
		"10.0.0.2/-1",
		"10.0.0.2/ 24",
		"10.0.0.2/024x",
		"10.0.0/24",
		"10.0.0.256/24",
		"fd00::1",
		"fd00::1/129",
		"fd00::1::2/64",
		"fd00::g/64",
		"10.0.0.2/24/24",
		"[fd00::1]/64",
		"fe80::1%lo/64",
		"10.0.0.2/0x10",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64",
		"10.0.0.2/4294967320",
	};
	static const char *const without[] = {"", "10.0.0.1/24", "x", "10.0.0.1 ", "fe80::1%lo"};
	struct pf_ip ip;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(with); i++)
		assert_int_equal(pf_ip_parse(with[i], 1, &ip), -EINVAL);
	for (size_t i = 0; i < UNIT_COUNT(without); i++)
		assert_int_equal(pf_ip_parse(without[i], 0, &ip), -EINVAL);
}

static void a_hardware_address(void **state)
{
	static const unsigned char wanted[PF_MAC] = {0x02, 0xab, 0xCD, 0x00, 0x09, 0xff};
	static const char *const malformed[] = {
		"",
		"02",
		"02:ab:cd:00:09",
		"02:ab:cd:00:09:ff:00",
		"02-ab-cd-00-09-ff",
		"02:ab:cd:00:09:fg",
		"02:ab:cd:00:09f",
		"2:ab:cd:00:09:ff0",
		"02:ab:cd:00:09:f ",
		"0x:ab:cd:00:09:ff",
	};
	unsigned char mac[PF_MAC];

	(void)state;
	assert_int_equal(pf_mac_parse("02:ab:CD:00:09:ff", mac), 0);
	assert_memory_equal(mac, wanted, PF_MAC);
	for (size_t i = 0; i < UNIT_COUNT(malformed); i++)
		assert_int_equal(pf_mac_parse(malformed[i], mac), -EINVAL);
	assert_int_equal(pf_mac_parse("00:00:00:00:00:00", mac), -EADDRNOTAVAIL);
	assert_int_equal(pf_mac_parse("01:00:00:00:00:01", mac), -EADDRNOTAVAIL);
	assert_int_equal(pf_mac_parse("ff:ff:ff:ff:ff:ff", mac), -EADDRNOTAVAIL);
}

static void a_valid_name_of_an_interface(void **state)
{
	static const char *const good[] = {
		"a", "eth0", "0", "...", "eth0.5", "a-b_c@d", "fifteen_letters", "\303\251"};
	static const char *const bad[] = {
		"",     ".",     "..", "sixteen_letters_", "a/b",  "a:b", "a b", "a\tb",
		"a\nb", "eth%d", "%",  "a\001b",           "a\177"};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(good); i++)
		assert_true(pf_is_link_name(good[i]));
	for (size_t i = 0; i < UNIT_COUNT(bad); i++)
		assert_false(pf_is_link_name(bad[i]));
}

static void modes(void **state)
{
	(void)state;
	assert_int_equal(pf_link_mode("macvlan", "bridge"), MACVLAN_MODE_BRIDGE);
	assert_int_equal(pf_link_mode("macvlan", "private"), MACVLAN_MODE_PRIVATE);
	assert_int_equal(pf_link_mode("macvlan", "vepa"), MACVLAN_MODE_VEPA);
	assert_int_equal(pf_link_mode("macvlan", "passthru"), MACVLAN_MODE_PASSTHRU);
	assert_int_equal(pf_link_mode("ipvlan", "l2"), IPVLAN_MODE_L2);
	assert_int_equal(pf_link_mode("ipvlan", "l3"), IPVLAN_MODE_L3);
	assert_int_equal(pf_link_mode("ipvlan", "l3s"), IPVLAN_MODE_L3S);
	assert_int_equal(pf_link_mode("ipvlan", "bridge"), -EINVAL);
	assert_int_equal(pf_link_mode("macvlan", "l2"), -EINVAL);
	assert_int_equal(pf_link_mode("macvlan", ""), -EINVAL);
	assert_int_equal(pf_link_mode("veth", "bridge"), -EINVAL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_address_with_its_prefix),
	cmocka_unit_test(an_address_alone),
	cmocka_unit_test(invalid_addresses),
	cmocka_unit_test(a_hardware_address),
	cmocka_unit_test(a_valid_name_of_an_interface),
	cmocka_unit_test(modes),
};

UNIT_MAIN(tests)
