// SPDX-License-Identifier: BSD-2-Clause
// The options addr, gw, mac, mtu and up work for every kind of interface, and malformed values are
// errors.
import t, { type Test } from "tap";
import { BRIDGE, inNetwork, isRefused, MASTER, netifs, PAIR, refusal } from "../../lib/network.ts";
import type { Facts } from "../../lib/probe.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

const ALL = `${MASTER}\n${PAIR}\n${BRIDGE}`;

/** A value of --netif without options, for each kind of interface that every machine can make. */
const KINDS = ["p0:eth0", "macvlan:m0:eth0", "macvlan:m0:eth0:vepa", "veth:v0:eth0"];

const MAC = "02:12:34:ab:cd:ef";

function hasAll(t: Test, facts: Facts, what: string): void {
	t.ok(facts.all("link").includes(`eth0 up 1280 ${MAC}`), `${what}: ${facts.all("link")}`);
	for (const address of ["10.0.0.1/24", "192.0.2.7/32", "fd00::1/64"])
		t.ok(facts.all("address").includes(`eth0 ${address}`), `${what}: ${address}`);
	t.same(facts.all("gateway"), ["10.0.0.254 eth0"], what);
	t.match(facts("v6"), /^default via fd00::fe dev eth0 /, what);
}

inNetwork("all options on each kind, in any order", ALL, async (t, net) => {
	const addresses = "addr=10.0.0.1/24:addr=192.0.2.7/32:addr=fd00::1/64";
	const script = '"$0" links + addresses + gateways; echo "v6 $(ip -6 route show default)"';
	for (const kind of KINDS)
		for (const options of [
			`${addresses}:gw=10.0.0.254:gw=fd00::fe:mac=${MAC}:mtu=1280:up`,
			`up:mtu=1280:mac=${MAC}:gw=fd00::fe:gw=10.0.0.254:${addresses}`,
			`gw=10.0.0.254:gw=fd00::fe:up:${addresses}:mac=${MAC.toUpperCase()}:mtu=1280`,
		]) {
			const spec = `${kind}:${options}`;
			const run = await net.run([`--netif=${spec}`, "--", "/bin/sh", "-c", script, PROBE]);
			t.equal(run.status, 0, `${spec}: ${run.err}`);
			hasAll(t, run.facts, spec);
		}
});

inNetwork("each option alone", ALL, async (t, net, box) => {
	const chroot = [`--chroot=${tinyRoot(box)}`, "--", "/bin/probe", "links", "+", "addresses"];
	for (const kind of KINDS) {
		const facts = async (option: string) => {
			const run = await net.run([`--netif=${kind}:${option}`, ...chroot]);
			t.equal(run.status, 0, `${kind}:${option}: ${run.err}`);
			return run.facts;
		};
		const link = (all: Facts) => all.all("link").find((line) => line.startsWith("eth0 ")) ?? "";
		t.match(link(await facts("up")), /^eth0 up /, `${kind} up`);
		t.match(link(await facts(`mac=${MAC}`)), new RegExp(`^eth0 down \\d+ ${MAC}$`), kind);
		t.match(link(await facts("mtu=1300")), /^eth0 \w+ 1300 /, `${kind} mtu`);
		for (const address of ["10.0.0.1/24", "10.0.0.1/0", "10.0.0.1/32", "fd00::1/128"])
			t.ok(
				(await facts(`addr=${address}`)).all("address").includes(`eth0 ${address}`),
				`${kind} ${address}`,
			);
	}
});

inNetwork("each interface has only its own options", ALL, async (t, net) => {
	const specs = ["veth:v0:eth0:addr=10.1.2.3/20:up", "veth:v1:eth1", "macvlan:m0:eth2:mtu=1300"];
	const run = await net.run([
		...netifs(...specs),
		"--",
		PROBE,
		"net",
		"+",
		"addresses",
		"+",
		"links",
	]);
	t.same(run.facts.all("interface").sort(), ["eth0 up", "eth1 down", "eth2 down", "lo up"]);
	const addresses = run.facts.all("address").filter((line) => !line.startsWith("lo "));
	t.same(
		addresses.filter((line) => !line.includes(" fe80:")),
		["eth0 10.1.2.3/20"],
		run.err,
	);
	const mtus = run.facts.all("link").map((line) => line.split(" ").slice(0, 3).join(" "));
	t.same(mtus.sort(), ["eth0 up 1500", "eth1 down 1500", "eth2 down 1300", "lo up 65536"]);
});

inNetwork("colons that are written \\:", ALL, async (t, net) => {
	const address = "fd00\\:\\:1/64";
	const mac = MAC.replaceAll(":", "\\:");
	const words = ["--", PROBE, "links", "+", "addresses"];
	const run = await net.run([`--netif=veth:v0:eth0:addr=${address}:mac=${mac}:up`, ...words]);
	t.match(run.facts.all("link").join("\n"), `eth0 up 1500 ${MAC}`, run.err);
	t.ok(run.facts.all("address").includes("eth0 fd00::1/64"));
});

const LONG = "9".repeat(30);

/** Malformed options. */
const BAD = [
	...["addr", "addr=", "addr=x", "addr=10.0.0.1/33", "addr=10.0.0.1/-1", "addr=10.0.0.1/"],
	...["addr=10.0.0.1/24x", "addr=10.0.0.256/24", "addr=10.0.0/24", "addr=10.0.0.1.2/24"],
	...["addr=fd00::1/129", "addr=fd00::g/64", "addr=fd00:::1/64", `addr=10.0.0.1/${LONG}`],
	...["addr=10.0.0.1/ 24", "addr= 10.0.0.1/24", "addr=/24", `addr=${"1:".repeat(200)}/64`],
	...["gw", "gw=", "gw=x", "gw=10.0.0.256", "gw=10.0.0.1/24", "gw=fd00::g", "gw=eth0"],
	...[
		"mac",
		"mac=",
		"mac=x",
		"mac=02:00:00:00:00",
		"mac=02:00:00:00:00:00:01",
		"mac=0200000000001",
	],
	...["mac=02:00:00:00:00:0g", "mac=02:00:00:00:00:100", "mac=02-00-00-00-00-0z"],
	...["mac=01:00:5e:00:00:01", "mac=ff:ff:ff:ff:ff:ff", "mac=00:00:00:00:00:00"],
	...[
		"mtu",
		"mtu=",
		"mtu=x",
		"mtu=-1",
		"mtu=1500x",
		"mtu=0x5dc",
		"mtu=0",
		"mtu=67",
		"mtu=65536",
		"mtu= 1500",
		`mtu=${LONG}`,
	],
	...["up=1", "up=", "down", "nosuch", "nosuch=1", "UP", "tcp=80-80", "="],
];

inNetwork("a bad option is one line, and nothing is created", ALL, async (t, net) => {
	for (const kind of ["veth:v0:eth0", "p0:eth0", "macvlan:m0:eth0"])
		for (const option of BAD) {
			const run = await net.run([`--netif=${kind}:${option}`, "--", PROBE, "say", "ran"]);
			const name = option.split("=")[0] || "=";
			isRefused(t, run, `${kind}:${option.slice(0, 60)}`, "netif", name);
		}
});

inNetwork("an option that is given twice", ALL, async (t, net) => {
	for (const option of ["mtu=1400:mtu=1300", `mac=${MAC}:mac=02:00:00:00:00:01`]) {
		const run = await net.run([`--netif=veth:v0:eth0:${option}`, "--", PROBE, "say", "ran"]);
		isRefused(t, run, option, "netif", option.slice(0, 3));
	}
});

/**
 * Values of --netif that only the kernel can refuse. For each value, a command of ip(8) fails with
 * the message of pflask.
 */
const REFUSED = [
	["veth:v0:eth0:addr=10.0.0.1/24:gw=192.0.2.1:up", "ip route add default via 192.0.2.1 dev m0"],
	["p0:eth0:addr=10.0.0.1/24:gw=192.0.2.1:up", "ip route add default via 192.0.2.1 dev m0"],
	["veth:v0:eth0:addr=ff02::5/64:up", "ip addr add ff02::5/64 dev m0"],
	["veth:v0:eth0:addr=::1/128:up", "ip addr add ::1/128 dev m0"],
	["veth:v0:eth0:addr=10.0.0.1/24:addr=10.0.0.1/24", "false"],
] as const;

inNetwork("an error has the kernel's own text", ALL, async (t, net) => {
	await net.sh("ip addr add 10.0.0.9/24 dev m0");
	for (const [spec, command] of REFUSED) {
		const words = command === "false" ? /exists|[Aa]lready|twice/ : await refusal(net, command);
		const run = await net.run([`--netif=${spec}`, "--", PROBE, "say", "ran"]);
		isRefused(t, run, spec, "netif", words);
		t.ok((await net.links()).has("p0"), "a device that was moved is back");
		t.notOk((await net.links()).has("v0"), "one that was made is gone");
	}
	await net.sh("ip addr del 10.0.0.9/24 dev m0");
});

t.end();
