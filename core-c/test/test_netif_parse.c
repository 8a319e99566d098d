/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the parser of --netif: every kind and option, and arbitrary input. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "src/spec/netif_parse.h"

/* Prints all fields of a parsed spec. */
static void describe(const struct pf_netif *netif, char *ret, size_t size)
{
	static const char *const kinds[] = {"moved", "macvlan", "ipvlan", "veth",
					    "pasta", "ns",      "host"};
	const struct pf_strings *const lists[] = {&netif->addresses, &netif->gateways};
	FILE *out = fmemopen(ret, size, "w");

	assert_non_null(out);
	fputs(kinds[netif->kind], out);
	const char *const fields[] = {netif->outer, netif->name, netif->mode, netif->bridge,
				      netif->mac};
	for (size_t i = 0; i < UNIT_COUNT(fields); i++)
		fprintf(out, " %s", fields[i] ? fields[i] : "-");
	fprintf(out, " %u%s", netif->mtu, netif->up ? " up" : "");
	for (size_t i = 0; i < UNIT_COUNT(lists); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			fprintf(out, " %c%s", "ag"[i], lists[i] -> items[j]);
	for (size_t i = 0; i < netif->port_count; i++) {
		const struct pf_port *port = &netif->ports[i];
		fprintf(out, " %c%s,%u:%u", "tu"[port->is_udp], port -> address, port -> host,
			port -> container);
	}
	fclose(out);
}

static void expect(const char *text, const char *wanted)
{
	struct pflask_error error = {0};
	struct pf_netif netif;
	char got[512];

	if (pf_netif_parse(text, &netif, &error) < 0)
		fail_msg("%s: %s", text, error.message);
	assert_ptr_equal(netif.text, text);
	describe(&netif, got, sizeof(got));
	assert_string_equal(got, wanted);
	pf_netif_clear(&netif);
}

/* Checks that a spec is refused. The error must have one line, with the spec and the reason, and
 * name the field. */
static void refuse(const char *text, const char *why)
{
	struct pflask_error error = {0};
	struct pf_netif netif;

	assert_int_equal(pf_netif_parse(text, &netif, &error), -EINVAL);
	assert_int_equal(error.code, PFLASK_INVALID);
	assert_string_equal(error.field, "netif");
	if (!strstr(error.message, why) || strncmp(error.message, text, strlen(text)) != 0)
		assert_string_equal(error.message, why);
	pf_netif_clear(&netif);
}

static void every_kind_has_its_fields(void **state)
{
	(void)state;
	expect("host", "host - - - - - 0");
	expect("ns:/run/netns/a", "ns /run/netns/a - - - - 0");
	expect("ns:a\\:b", "ns a:b - - - - 0");
	expect("pasta", "pasta - - - - - 0");
	expect("eth1:eth0", "moved eth1 eth0 - - - 0");
	expect("eth1:pasta", "moved eth1 pasta - - - 0");
	expect("macvlan:eth0:net0", "macvlan eth0 net0 bridge - - 0");
	expect("macvlan:eth0:net0:vepa", "macvlan eth0 net0 vepa - - 0");
	expect("macvlan:up:up:passthru:up", "macvlan up up passthru - - 0 up");
	expect("ipvlan:eth0:net0", "ipvlan eth0 net0 l3 - - 0");
	expect("ipvlan:eth0:net0:l2:mtu=1400", "ipvlan eth0 net0 l2 - - 1400");
	expect("veth:v0:eth0", "veth v0 eth0 - - - 0");
	expect("veth:v0:eth0:bridge=br0", "veth v0 eth0 - br0 - 0");
}

static void options_come_in_any_order(void **state)
{
	(void)state;
	expect("a:b:addr=10.0.0.2/24:gw=10.0.0.1", "moved a b - - - 0 up a10.0.0.2/24 g10.0.0.1");
	expect("a:b:up:mtu=1280:mac=02:00:00:00:00:01", "moved a b - - 02:00:00:00:00:01 1280 up");
	expect("veth:a:b:mtu=68:bridge=c:addr=1.2.3.4/32:up:addr=1.2.3.5/0",
	       "veth a b - c - 68 up a1.2.3.4/32 a1.2.3.5/0");
	expect("pasta:tcp=8080-80:udp=53-5353:tcp=1-65535",
	       "pasta - - - - - 0 t,8080:80 u,53:5353 t,1:65535");
	expect("pasta:tcp=8080:80:tcp=127.0.0.1/81-82:udp=fd00::1/53:54:udp=5-6",
	       "pasta - - - - - 0 t,8080:80 t127.0.0.1,81:82 ufd00::1,53:54 u,5:6");
}

/* A colon before hexadecimal digits continues an address. No name of an option is hexadecimal. */
static void colons_of_addresses_need_no_backslash(void **state)
{
	static const char wanted[] = "moved a b - - 02:ab:cd:00:00:0F 0 up afd00::1:2/64 gfe80::1";

	(void)state;
	expect("a:b:addr=fd00::1:2/64:gw=fe80::1:mac=02:ab:cd:00:00:0F:up", wanted);
	expect("a:b:mac=02:ab:cd:00:00:0F:addr=fd00::1:2/64:gw=fe80::1", wanted);
	expect("a:b:addr=fd00\\:\\:1\\:2/64:gw=fe80\\:\\:1:mac=02\\:ab:cd\\:00:00:0F", wanted);
	expect("a:b:addr=::1/0", "moved a b - - - 0 a::1/0");
	expect("a:b:gw=::", "moved a b - - - 0 up g::");
	expect("macvlan:a:b:private:addr=::1.2.3.4/96:up",
	       "macvlan a b private - - 0 up a::1.2.3.4/96");
}

static void unknown_kinds_and_missing_fields(void **state)
{
	static const char kind[] = "unknown kind of interface", field[] = "a field is missing";

	(void)state;
	refuse("", kind);
	refuse("x", kind);
	refuse("Veth:a:b", kind);
	refuse("vlan:a:b", kind);
	refuse("dummy:a:b:up", kind);
	refuse("a:b:c", kind);
	refuse("pasta=x", kind);
	refuse("macvlan", field);
	refuse("macvlan:eth0", field);
	refuse("macvlan::net0", field);
	refuse("veth:v0", field);
	refuse("veth:v0:", field);
	refuse("ns", field);
	refuse("ns:", field);
	refuse(":a", field);
	refuse("a:", field);
	refuse(":", field);
}

static void names_that_no_interface_can_have(void **state)
{
	static const char name[] = "not a valid name of an interface";

	(void)state;
	refuse("a:sixteen_letters_", "must be at most 15 characters long");
	refuse("veth:sixteen_letters_:b", "must be at most 15 characters long");
	refuse("a:b c", name);
	refuse("a:..", name);
	refuse("a:b/c", name);
	refuse("a:b\\:c", name);
	refuse("veth:v%d:eth0", name);
}

static void invalid_options(void **state)
{
	static const char none[] = "unknown option of this kind";

	(void)state;
	refuse("host:up", none);
	refuse("ns:/a:up", none);
	refuse("pasta:up", none);
	refuse("pasta:addr=10.0.0.1/24", none);
	refuse("a:b:bridge=c", none);
	refuse("macvlan:a:b:bridge=c", "unknown mode or option of this kind");
	refuse("macvlan:a:b:l2", "unknown mode or option of this kind");
	refuse("macvlan:a:b:vepa:private", "unknown mode or option of this kind");
	refuse("ipvlan:a:b:mac=02:00:00:00:00:01", "unknown mode or option of this kind");
	refuse("veth:a:b:", none);
	refuse("veth:a:b:UP", none);
	refuse("veth:a:b:mtuu=1400", none);
	refuse("veth:a:b:tcp=1-1", none);
	refuse("veth:a:b:=", none);
	refuse("veth:a:b:up=yes", "does not take a value");
	refuse("veth:a:b:mtu", "requires a value");
}

static void invalid_values(void **state)
{
	static const char *const values[] = {
		"addr=",
		"addr=::/0",
		"addr=0.0.0.0/0",
		"addr=10.0.0.2",
		"addr=10.0.0.2/33",
		"addr=x",
		"addr=fd00::1",
		"addr=[fd00::1]/64",
		"gw=10.0.0.1/24",
		"gw=",
		"mac=",
		"mac=01:00:00:00:00:00",
		"mac=02:00:00:00:00",
		"mac=02:00:00:00:00:01:02",
		"mtu=",
		"mtu=67",
		"mtu=65536",
		"mtu=0x600",
		"mtu=-1",
		"mtu=4294968796",
		"bridge=",
		"bridge=a/b",
	};
	static const char *const ports[] = {"",      "80",      "80-",          "-80",   "0-80",
					    "80-0",  "65536-1", "1-65536",      "8080:", "1-2-3",
					    " 1-2",  "a-b",     "1000000-1",    "/1-2",  "::/1",
					    "1/1-2", "1:2:3",   "127.0.0.1:1-2"};
	char text[128];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(values); i++) {
		snprintf(text, sizeof(text), "veth:v0:eth0:%s", values[i]);
		refuse(text, values[i]);
	}
	for (size_t i = 0; i < UNIT_COUNT(ports); i++) {
		snprintf(text, sizeof(text), "pasta:%s=%s", i & 1 ? "tcp" : "udp", ports[i]);
		refuse(text, "");
	}
	refuse("a:b:mtu=1400:mtu=1400", "given twice");
	refuse("a:b:mac=02:00:00:00:00:01:mac=02:00:00:00:00:01", "given twice");
	refuse("veth:a:b:bridge=c:bridge=d", "given twice");
}

static void the_number_of_ports_is_limited(void **state)
{
	char text[64 + (PF_PORTS + 1) * sizeof(":tcp=10000-10000")] = "pasta";

	(void)state;
	for (int i = 0; i < PF_PORTS; i++)
		strcat(text, ":tcp=10000-10000");
	struct pflask_error error = {0};
	struct pf_netif netif;
	assert_int_equal(pf_netif_parse(text, &netif, &error), 0);
	assert_int_equal(netif.port_count, PF_PORTS);
	pf_netif_clear(&netif);
	strcat(text, ":tcp=10000-10000");
	assert_int_equal(pf_netif_parse(text, &netif, &error), -EINVAL);
	pf_netif_clear(&netif);
}

/* Replaces each byte of some specs, in turn, with all 256 values. The sanitizer reports any access
 * out of bounds. */
static void whatever_is_typed(void **state)
{
	static const char *const specs[] = {
		"macvlan:eth0:net0:vepa:addr=fd00::1/64:up",
		"veth:v0:eth0:bridge=br0:mac=02:00:00:00:00:01",
		"pasta:tcp=8080-80:udp=5-6",
		"a:b:gw=10.0.0.1:mtu=1400",
	};
	struct pflask_error error = {0};
	int refused = 0;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(specs); i++) {
		for (size_t at = 0; at < strlen(specs[i]); at++) {
			for (int byte = 0; byte < 256; byte++) {
				char text[64];
				struct pf_netif netif;
				strcpy(text, specs[i]);
				text[at] = (char)byte;
				refused += pf_netif_parse(text, &netif, &error) < 0;
				pf_netif_clear(&netif);
			}
		}
	}
	assert_true(refused > 10000);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_kind_has_its_fields),
	cmocka_unit_test(options_come_in_any_order),
	cmocka_unit_test(colons_of_addresses_need_no_backslash),
	cmocka_unit_test(unknown_kinds_and_missing_fields),
	cmocka_unit_test(names_that_no_interface_can_have),
	cmocka_unit_test(invalid_options),
	cmocka_unit_test(invalid_values),
	cmocka_unit_test(the_number_of_ports_is_limited),
	cmocka_unit_test(whatever_is_typed),
};

UNIT_MAIN(tests)
