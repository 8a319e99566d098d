// SPDX-License-Identifier: BSD-2-Clause
// veth pairs connect a container and the network of pflask, with and without a bridge.
import t from "tap";
import {
	BRIDGE,
	inNetwork,
	isRefused,
	type Network,
	netifs,
	parseLinks,
} from "../../lib/network.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Running } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const LINKS = ["--", "ip", "-j", "-d", "link"];

async function ended(running: Running): Promise<void> {
	running.kill("SIGTERM");
	await running.ended;
}

inNetwork("one end outside, one inside, each under its name", "", async (t, net) => {
	const running = net.start([...netifs("veth:v0:eth0"), "--", PROBE, "links", "+", "hold"]);
	await running.until("ready");
	const out = (await net.links()).get("v0");
	t.equal(out?.linkinfo?.info_kind, "veth");
	t.equal(out?.master, undefined);
	t.match(running.out, /^link lo up [^\n]*\nlink eth0 down 1500 /);
	t.same([...(await net.links()).keys()].sort(), ["lo", "v0"], "nothing else is outside");
	await ended(running);
	t.same([...(await net.links()).keys()], ["lo"], "it is gone the moment pflask has ended");
});

inNetwork("again and again under the same name", "", async (t, net) => {
	for (const more of [[], ["--as-pid1"], ["--no-pidns"], ["-M"], ["--user-map=0:0:65536"]])
		for (let i = 0; i < 3; i++) {
			const run = await net.run([...netifs("veth:v0:eth0"), ...more, ...LINKS]);
			t.equal(run.status, 0, `${more.join(" ")}: ${run.err}`);
			t.same([...parseLinks(run.out).keys()].sort(), ["eth0", "lo"]);
			t.same([...(await net.links()).keys()], ["lo"]);
		}
});

inNetwork("the same name inside and outside, and a name in use outside", "", async (t, net) => {
	await net.sh("ip link add x0 type veth peer name x1");
	for (const spec of ["veth:v0:v0", "veth:v0:x0", `veth:${"o".repeat(15)}:${"i".repeat(15)}`]) {
		const run = await net.run([`--netif=${spec}`, ...LINKS]);
		const name = spec.split(":")[2] ?? "";
		t.ok(parseLinks(run.out).has(name), `${spec}: ${run.err}`);
	}
	await net.sh("ip link del x0");
});

inNetwork("up: both ends are up, and traffic reaches the host's end", "", async (t, net, box) => {
	const root = tinyRoot(box);
	const spec = "veth:v0:eth0:addr=10.0.0.2/24:addr=fd00::2/64:up";
	const chroot = [`--netif=${spec}`, `--chroot=${root}`, "--", "/bin/probe"];
	const serve = (to: string) => ["tcp-serve", to, "80", "+", "hold"];
	for (const [host, to] of [
		["10.0.0.1/24", "10.0.0.2"],
		["fd00::1/64", "fd00::2"],
	] as const) {
		const server = net.start([...chroot, ...serve(to)]);
		await server.until("listening");
		t.ok((await net.links()).get("v0")?.flags.includes("UP"));
		await net.sh(`ip addr add ${host} dev v0`);
		const client = box.start(["ping", to, "+", "tcp-send", to, "80", "1000000"], {
			program: PROBE,
			via: net.within,
		});
		const { facts, err } = await client.ended;
		t.equal(facts("ping"), "ok", `${to}: ${err}`);
		t.match(facts("sent"), /^1000000 /);
		t.equal(facts("answer"), facts("sent"));
		await server.until(`served ${facts("sent")}`);
		await ended(server);
	}
});

/** Starts a container with addresses and a TCP and a UDP server. */
async function serving(net: Network, spec: string, to: string): Promise<Running> {
	const script = `"$0" udp-serve ${to} 53 & "$0" tcp-serve ${to} 80; echo done; wait`;
	const server = net.start([`--netif=${spec}`, "--", "/bin/sh", "-c", script, PROBE]);
	await server.until(/listening\n[^]*listening\n/);
	return server;
}

inNetwork("bridge: traffic between two containers", BRIDGE, async (t, net, box) => {
	const root = tinyRoot(box);
	for (const [to, own, other] of [
		["10.0.0.1", "10.0.0.1/24", "10.0.0.2/24"],
		["fd00::1", "fd00::1/64", "fd00::2/64"],
	] as const) {
		const server = await serving(net, `veth:v0:eth0:bridge=br0:addr=${own}:up`, to);
		const out = (await net.links()).get("v0");
		t.equal(out?.master, "br0");
		t.ok(out?.flags.includes("UP"), "the outside end is up");
		const words = ["tcp-send", to, "80", "3000000", "+", "udp-send", to, "53", "across"];
		const args = [`--netif=veth:v1:eth0:addr=${other}:up:bridge=br0`, `--chroot=${root}`, "--"];
		const client = await net.run([...args, "/bin/probe", ...words, "+", "ping", to]);
		t.match(client.facts("sent"), /^3000000 /, `${to}: ${client.err}`);
		t.equal(client.facts("answer"), client.facts("sent"), "TCP");
		t.equal(client.facts("udp"), "across", "datagrams");
		t.equal(client.facts("ping"), "ok", "ICMP");
		await server.until("done");
		await ended(server);
	}
});

inNetwork("bridge: the bridge itself is left as it is", BRIDGE, async (t, net) => {
	await net.sh("ip addr add 10.0.0.9/24 dev br0");
	const spec = "veth:v0:eth0:bridge=br0:addr=10.0.0.1/24:gw=10.0.0.9:up";
	const run = await net.run([`--netif=${spec}`, "--", PROBE, "ping", "10.0.0.9", "+", "gateways"]);
	t.equal(run.facts("ping"), "ok", run.err);
	t.same(run.facts.all("gateway"), ["10.0.0.9 eth0"]);
	t.match(await net.sh("ip -o addr show br0"), "10.0.0.9/24");
});

inNetwork("no other name ever appears outside", BRIDGE, async (t, net, box) => {
	await net.sh("ip link add m0 type veth peer name m1; ip link set m0 up");
	const file = `${box.dir}/monitor`;
	// The kernel reports events in order, so the event of mark0 comes after all other events.
	const script = `
		ip -o monitor link >"${file}" & monitor=$!
		until ss -H -f netlink 2>/dev/null | grep -q "ip/$monitor"; do sleep 0.02; done
		"$@"
		ip link add mark0 type veth peer name mark1; ip link del mark0
		until grep -q mark0 "${file}"; do sleep 0.02; done
		kill $monitor; cat "${file}"`;
	const specs = ["veth:v0:eth0:bridge=br0", "macvlan:m0:eth1", "macvlan:m0:eth2:vepa"];
	const args = [...netifs(...specs), "--", "/bin/true"];
	const run = await net.run(args, { via: ["sh", "-ceu", script, "sh"] });
	const names = [...run.out.matchAll(/^\S*?(?:\[\w+\])?(?:Deleted )?\d+: ([^:@]+)/gm)];
	const seen = new Set(names.map((match) => match[1] ?? ""));
	t.ok(seen.has("v0"), `the outside end is seen: ${run.err}`);
	const expected = ["br0", "lo", "m0", "m1", "mark0", "mark1", "v0"];
	t.same(
		[...seen].filter((name) => !expected.includes(name)),
		[],
	);
	await net.sh("ip link del m0");
});

inNetwork("changes of a container to its end", BRIDGE, async (t, net) => {
	for (const deed of [
		"ip link del eth0",
		"ip link set eth0 name other",
		"ip link set eth0 down",
		"ip link set eth0 netns 1",
		"ip link add more type veth peer name much; ip link set more up",
	]) {
		const args = [...netifs("veth:v0:eth0:bridge=br0:up"), "--", "/bin/sh", "-ceu", deed];
		const run = await net.run(args);
		t.ok(run.status !== 125, `${deed}: ${run.err}`);
		t.same([...(await net.links()).keys()].sort(), ["br0", "lo"], deed);
	}
});

inNetwork(
	"the pair is gone although another process holds the namespace",
	BRIDGE,
	async (t, net, box) => {
		const specs = netifs("veth:v0:eth0:bridge=br0:up", "veth:v1:eth1");
		const running = net.start([...specs, "--no-pidns", "--", PROBE, "ids", "+", "hold"]);
		await running.until("ready");
		const pid = running.out.match(/^pid (\d+)$/m)?.[1];
		const keeper = box.start(["hold"], {
			program: PROBE,
			via: ["nsenter", `--net=/proc/${pid}/ns/net`],
		});
		await keeper.until("ready");
		await ended(running);
		t.same([...(await net.links()).keys()].sort(), ["br0", "lo"]);
		keeper.kill("SIGKILL");
		await keeper.ended;
	},
);

inNetwork("the pair is gone after the death of any process", BRIDGE, async (t, net) => {
	for (const name of ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"] as const) {
		const specs = netifs("veth:v0:eth0:bridge=br0:up", "veth:v1:eth1");
		const running = net.start([...specs, "--", PROBE, "daemon", "+", "hold"]);
		await running.until("ready");
		running.kill(name);
		await running.ended;
		await until(`after ${name}`, async () => (await net.links()).size === 2);
		t.same([...(await net.links()).keys()].sort(), ["br0", "lo"], name);
	}
});

inNetwork("impossible options of veth", BRIDGE, async (t, net) => {
	await net.sh("ip link add x0 type veth peer name x1");
	for (const [spec, ...wanted] of [
		["veth", /./],
		["veth:", /./],
		["veth:v0", /./],
		["veth:v0:", /./],
		["veth::eth0", /./],
		["veth:v0:eth0:eth1", "eth1"],
		["veth:v0:eth0:bridge=nosuch", "nosuch"],
		["veth:v0:eth0:bridge=", "bridge"],
		["veth:v0:eth0:bridge=x0", "x0"],
		["veth:v0:eth0:bridge=lo", "lo"],
		["veth:v0:eth0:bridge=br0:bridge=br0", "bridge"],
		["veth:x0:eth0", "x0"],
		["veth:lo:eth0", "lo"],
		["veth:br0:eth0", "br0"],
		["veth:v0:lo", "lo"],
	] as const) {
		const run = await net.run([`--netif=${spec}`, "--", PROBE, "say", "ran"]);
		isRefused(t, run, spec, "netif", ...wanted);
		t.same([...(await net.links()).keys()].sort(), ["br0", "lo", "x0", "x1"], spec);
	}
	await net.sh("ip link del x0");
});

t.end();
