// SPDX-License-Identifier: BSD-2-Clause
// When a container ends in any way, an interface that pflask has moved into the container comes
// back. The interface is then in its old network, and has its old name.
import t, { type Test } from "tap";
import {
	BRIDGE,
	inNetwork,
	isRefused,
	MASTER,
	type Network,
	netifs,
	network,
	PAIR,
	parseLinks,
} from "../../lib/network.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Running } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const MAC = "02:00:00:00:00:77";

/** Tests that p0 is already back under its name. */
async function isBack(t: Test, net: Network, what: string): Promise<void> {
	const links = await net.links();
	t.equal(links.get("p0")?.address, MAC, `${what}: p0 is back (${[...links.keys()].join(" ")})`);
}

/** Tests that p0 comes back after some time. */
async function comesBack(t: Test, net: Network, what: string): Promise<void> {
	const back = async () => (await net.links()).get("p0")?.address === MAC;
	await until(`${what}: p0 is back`, back, 15_000).catch(() => {});
	await isBack(t, net, what);
}

inNetwork("a device is moved, renamed and returned", PAIR, async (t, net, box) => {
	const root = tinyRoot(box);
	for (const args of [
		["--", PROBE],
		["--as-pid1", "--", PROBE],
		["--no-pidns", "--", PROBE],
		["--no-mountns", "--", PROBE],
		["--user-map=0:0:65536", "--", PROBE],
		["--user=1234:5678", "--no-userns", "--", PROBE],
		[`--chroot=${root}`, "--", "/bin/probe"],
		["--ephemeral", "--", PROBE],
	])
		for (const name of ["eth0", "p0", "p1", "x".repeat(15)]) {
			const run = await net.run([`--netif=p0:${name}`, ...args, "links"]);
			const lines = ["lo up 65536 00:00:00:00:00:00", `${name} down 1400 ${MAC}`];
			t.same(run.facts.all("link").sort(), lines.sort(), `${args.join(" ")} ${run.err}`);
			await isBack(t, net, `${args.join(" ")} as ${name}`);
		}
});

inNetwork("a device with an alternative name", PAIR, async (t, net) => {
	await net.sh(
		"ip link property add dev p0 altname other0; ip link property add dev p0 altname x0",
	);
	const run = await net.run(["--netif=other0:eth0", "--", PROBE, "links"]);
	t.equal(run.status, 0, run.err);
	await isBack(t, net, "moved by an alternative name");
	t.match(await net.sh("ip link show dev p0"), /altname other0[^]*altname x0/, "it keeps them");
});

inNetwork("a device that the container made promiscuous", PAIR, async (t, net) => {
	const script = "ip link set eth0 promisc on allmulticast on up";
	const run = await net.run(["--netif=p0:eth0", "--", "/bin/sh", "-c", script]);
	t.equal(run.status, 0, run.err);
	t.notMatch(await net.sh("ip link show dev p0"), /PROMISC|ALLMULTI|<[^>]*\bUP\b/);
	await isBack(t, net, "made promiscuous");
});

inNetwork("the host does not have the device while the container runs", PAIR, async (t, net) => {
	const running = net.start([...netifs("p0:eth0"), "--", PROBE, "hold"]);
	await running.until("ready");
	t.same([...(await net.links()).keys()].sort(), ["lo", "p1"]);
	running.kill("SIGTERM");
	await running.ended;
	await isBack(t, net, "SIGTERM");
});

inNetwork("traffic to the other end", PAIR, async (t, net) => {
	await net.sh("ip addr add 10.0.0.9/24 dev p1; ip addr add fd00::9/64 dev p1");
	const spec = "p0:eth0:addr=10.0.0.1/24:addr=fd00::1/64:up";
	const run = await net.run([`--netif=${spec}`, "--", PROBE, "ping", "10.0.0.9"]);
	t.equal(run.facts("ping"), "ok", run.err);
	const v6 = await net.run([`--netif=${spec}`, "--", PROBE, "ping", "fd00::9"]);
	t.equal(v6.facts("ping"), "ok", v6.err);
});

inNetwork("two containers at the ends of one pair", PAIR, async (t, net) => {
	const words = ["tcp-serve", "10.0.0.1", "80", "+", "hold"];
	const server = net.start([...netifs("p1:eth0:addr=10.0.0.1/24:up"), "--", PROBE, ...words]);
	await server.until("listening");
	const spec = "p0:eth0:addr=10.0.0.2/24:up";
	const send = ["tcp-send", "10.0.0.1", "80", "1000000"];
	const client = await net.run([`--netif=${spec}`, "--", PROBE, ...send]);
	t.match(client.facts("sent"), /^1000000 /, client.err);
	t.equal(client.facts("answer"), client.facts("sent"));
	await isBack(t, net, "the first");
	server.kill("SIGTERM");
	await server.ended;
	t.ok((await net.links()).has("p1"), "the second is back, too");
});

inNetwork("a macvlan of the host, and many devices", `${MASTER}\n${PAIR}`, async (t, net) => {
	await net.sh(`
		ip link add link m0 name mv0 address 02:00:00:00:00:88 type macvlan mode bridge
		for i in 1 2 3 4 5 6 7 8; do ip link add "a$i" type veth peer name "b$i"; done`);
	const before = await net.state();
	const many = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `a${i}:b${i}`);
	const args = netifs("mv0:eth1", ...many, "p0:eth0");
	const run = await net.run([...args, "--", "ip", "-j", "-d", "link"]);
	t.equal(run.status, 0, run.err);
	const inside = parseLinks(run.out);
	t.equal(inside.size, 11);
	t.equal(inside.get("eth1")?.linkinfo?.info_kind, "macvlan");
	t.same(await net.state(), before, "all are back, at once");
	await net.sh("ip link del mv0; for i in 1 2 3 4 5 6 7 8; do ip link del a$i; done");
});

/** Changes that a container can make to its interface. */
const DEEDS = [
	"ip link set eth0 name other",
	"ip link set eth0 name p0",
	"ip link set eth0 name other; ip link add eth0 type veth peer name eth1",
	"ip link set eth0 up; ip addr add 10.0.0.1/24 dev eth0; ip route add default via 10.0.0.2",
	"ip link add br0 type bridge; ip link set eth0 master br0",
	"ip link add link eth0 name on0 type macvlan; ip link set eth0 up; ip link set on0 up",
	"ip link set eth0 alias something; ip link property add dev eth0 altname another",
	"ip link property add dev eth0 altname p1",
];

inNetwork("a device that the container has changed", PAIR, async (t, net) => {
	for (const deed of DEEDS) {
		const args = [...netifs("p0:eth0"), "--", "/bin/sh", "-ceu", deed];
		const run = await net.run(args);
		t.equal(run.status, 0, `${deed}: ${run.err}`);
		await isBack(t, net, deed);
		t.same([...(await net.links()).keys()].sort(), ["lo", "p0", "p1"], deed);
		await net.sh("ip link property del dev p0 altname another 2>/dev/null || true");
	}
});

inNetwork("a device that the container has deleted", PAIR, async (t, net) => {
	const run = await net.run([...netifs("p0:eth0"), "--", "ip", "link", "del", "eth0"]);
	t.not(run.status, null, "pflask ends as usual");
	t.notMatch(run.err, /^\s+at /m);
	t.same([...(await net.links()).keys()], ["lo"]);
	await net.sh(PAIR);
});

inNetwork("a device whose old name is in use at the end", PAIR, async (t, net) => {
	const running = net.start([...netifs("p0:eth0"), "--", PROBE, "hold"]);
	await running.until("ready");
	await net.sh("ip link add p0 type veth peer name p2");
	running.kill("SIGTERM");
	const { err } = await running.ended;
	const macs = [...(await net.links()).values()].map(({ address }) => address);
	t.ok(macs.includes(MAC), "the device is not lost");
	t.match(err, /^pflask: [^\n]*p0[^\n]*\n/, "and it is said");
	await net.sh(`ip link del p0; ip link del p1; ${PAIR}`);
});

/** Returns the pid of the monitor, a child of pflask. */
function monitor({ pid }: Running): number {
	const found = descendants(pid).find(({ name }) => name === "pflask");
	if (!found) throw new Error("there is no monitor");
	return found.pid;
}

/** Returns the pid of the container's first process. */
function init(running: Running): number {
	const found = descendants(monitor(running))[0];
	if (!found) throw new Error("there is no container");
	return found.pid;
}

/** Options of containers that end in different ways. */
const WAYS = [[], ["--as-pid1"], ["--no-pidns"], ["--user-map=0:0:65536"]];

/** Starts a container with the interface p0, and kills a part of the container. */
async function afterDeath(
	t: Test,
	net: Network,
	args: readonly string[],
	kill: (running: Running) => void,
	what: string,
): Promise<void> {
	const words = ["--", PROBE, "daemon", "+", "hold"];
	const running = net.start([...netifs("p0:eth0:up", "veth:v0:eth1"), ...args, ...words]);
	await running.until("ready");
	kill(running);
	await running.ended;
	await comesBack(t, net, `${what} ${args.join(" ")}`);
	await until("the end of v0", async () => !(await net.links()).has("v0"), 15_000);
}

inNetwork("pflask is killed", PAIR, async (t, net) => {
	for (const args of WAYS)
		await afterDeath(t, net, args, (running) => running.kill("SIGKILL"), "SIGKILL");
});

inNetwork("pflask is ended by a signal", PAIR, async (t, net) => {
	for (const name of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const)
		for (const args of WAYS) await afterDeath(t, net, args, (running) => running.kill(name), name);
});

inNetwork("the container's first process is killed", PAIR, async (t, net) => {
	for (const args of WAYS) {
		const kill = (running: Running) => signal(init(running), "SIGKILL");
		await afterDeath(t, net, args, kill, "init");
	}
});

inNetwork("the monitor is killed", PAIR, async (t, net) => {
	for (const args of WAYS) {
		const kill = (running: Running) => signal(monitor(running), "SIGKILL");
		await afterDeath(t, net, args, kill, "monitor");
	}
});

inNetwork(
	"pflask is killed with all its processes: its interfaces are gone",
	PAIR,
	async (t, net) => {
		for (const args of WAYS) {
			const words = [...netifs("veth:v0:eth0", "veth:v1:eth1:up"), ...args, "--", PROBE, "hold"];
			const running = net.start(words);
			await running.until("ready");
			for (const { pid } of descendants(running.pid)) signal(pid, "SIGSTOP");
			for (const { pid } of descendants(running.pid)) signal(pid, "SIGKILL");
			running.kill("SIGKILL");
			await running.ended;
			const names = async () => [...(await net.links()).keys()].sort().join(" ");
			await until(`the end of all ${args.join(" ")}`, async () => (await names()) === "lo p0 p1");
			t.equal(await names(), "lo p0 p1", args.join(" "));
		}
	},
);

inNetwork("pflask is killed at any moment of its start", PAIR, async (t, net) => {
	for (let i = 0; i < 60; i++) {
		const running = net.start([...netifs("p0:eth0", "veth:v0:eth1"), "--", PROBE, "hold"]);
		await Bun.sleep(i / 3);
		running.kill("SIGKILL");
		await running.ended;
		await comesBack(t, net, `after ${i / 3} ms`);
		await until("the end of v0", async () => !(await net.links()).has("v0"), 15_000);
	}
});

inNetwork("another process holds the container's network", PAIR, async (t, net, box) => {
	for (const name of ["SIGTERM", "SIGKILL"] as const) {
		const args = [...netifs("p0:eth0"), "--no-pidns", "--", PROBE, "ids", "+", "hold"];
		const running = net.start(args);
		await running.until("ready");
		const pid = running.out.match(/^pid (\d+)$/m)?.[1];
		const via = ["nsenter", `--net=/proc/${pid}/ns/net`];
		const keeper = box.start(["hold"], { program: PROBE, via });
		await keeper.until("ready");
		running.kill(name);
		await running.ended;
		await comesBack(t, net, name);
		keeper.kill("SIGKILL");
		await keeper.ended;
	}
});

inNetwork("pflask in pflask returns the device step by step", PAIR, async (t, net) => {
	const inner = [PFLASK, "--netif=eth0:eth9", "--", PROBE, "net"];
	const script = '"$@"; ip -o link show eth0';
	const args = [...netifs("p0:eth0"), "--", "/bin/sh", "-c", script, "sh", ...inner];
	const run = await net.run(args);
	t.ok(run.facts.all("interface").includes("eth9 down"), run.err);
	t.match(run.out, /\beth0@[^\n]*<BROADCAST/, "the inner container gave it back to the outer");
	await isBack(t, net, "the outer");
});

inNetwork("a device that another container has", `${PAIR}\n${BRIDGE}`, async (t, net) => {
	const first = net.start([...netifs("p0:eth0"), "--", PROBE, "hold"]);
	await first.until("ready");
	const second = await net.run([...netifs("p0:eth0"), "--", PROBE, "say", "ran"]);
	isRefused(t, second, "p0 is away", "netif", "p0");
	first.kill("SIGTERM");
	await first.ended;
	await isBack(t, net, "the first");
});

inNetwork("a device moves into a joined network, and back", PAIR, async (t, net, box) => {
	const other = await network(box);
	const before = await other.state();
	const specs = netifs(`ns:${other.path}`, "p0:eth0", "veth:v0:eth1");
	const run = await net.run([...specs, "--", PROBE, "net"]);
	isRefused(t, run, "ns: with others", "netif");
	t.same(await other.state(), before, "nothing is left in it");
	t.ok((await net.links()).has("p0"));
	t.notOk((await net.links()).has("v0"));
	await other.close();
});

t.end();
