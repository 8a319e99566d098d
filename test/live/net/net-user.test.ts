// SPDX-License-Identifier: BSD-2-Clause
// Interfaces without privilege. An interface of the host is refused with a clear error. An
// interface in the user's own network works.
import t from "tap";
import { account, as, executable, RANGE } from "../../lib/account.ts";
import { type Box, live } from "../../lib/live.ts";
import {
	BRIDGE,
	inNetwork,
	isRefused,
	MASTER,
	type Network,
	netifs,
	network,
	PAIR,
} from "../../lib/network.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const ALL = `${MASTER}\n${PAIR}\n${BRIDGE}`;

const user = await account("pft-net-user", { range: RANGE });

/** Runs a test in a network of the host, as an ordinary user. */
function asUser(
	name: string,
	body: (t: Parameters<Parameters<typeof live>[1]>[0], net: Network, box: Box) => Promise<void>,
): void {
	live(name, async (t, box) => {
		const net = await network(box, as(user, box));
		await net.sh(ALL);
		const before = await net.state();
		await body(t, net, box);
		t.same(await net.state(), before, "the network is as it was");
		await net.close();
	});
}

asUser("a user namespace cannot take devices of the host", async (t, net) => {
	for (const more of [[], ["--user-map=auto"], [`--user=${user.name}`], ["--no-pidns"]])
		for (const spec of [
			"p0:eth0",
			"macvlan:m0:eth0",
			"ipvlan:m0:eth0",
			"veth:v0:eth0",
			"veth:v0:eth0:bridge=br0:addr=10.0.0.1/24:up",
		]) {
			const run = await net.run([`--netif=${spec}`, ...more, "--", "echo", "ran"]);
			isRefused(t, run, `${spec} ${more.join(" ")}`, "netif", spec);
			t.match(run.err, /user namespace/, "it says that a user namespace can not have them");
		}
});

asUser("the hint is pasta", async (t, net) => {
	const run = await net.run(["--netif=veth:v0:eth0", "--", "echo", "ran"]);
	t.match(run.err, /\nhint: [^\n]*(pasta|root|sudo)/);
});

asUser("a user namespace cannot join a network of the host", async (t, net) => {
	const run = await net.run([`--netif=ns:${net.path}`, "--", "echo", "ran"]);
	isRefused(t, run, "ns:", "netif", net.path, /[Pp]ermi|privilege|root|user namespace/);
});

asUser("--netif alone and --netif=host need no privilege", async (t, net, box) => {
	const root = await shellRoot(box, user.uid);
	for (const more of [[], [`--chroot=${root}`]]) {
		const words = [...more, "--", more.length > 0 ? "/bin/probe" : `${root}/bin/probe`, "net"];
		const own = await net.run(["--netif", ...words]);
		t.same(own.facts.all("interface"), ["lo up"], own.err);
		const host = await net.run(["--netif=host", ...words]);
		t.equal(host.facts.all("interface").length, 6, host.err);
	}
});

/**
 * OWN makes the interfaces of ALL in the user's own network, runs a command, and then prints the
 * names of interfaces that have appeared or disappeared. NAMES prints all names.
 */
const NAMES = "ip -br link | cut -d ' ' -f 1 | sort";
const OWN = `${ALL}\n${NAMES} >"$STATE"\n"$@"\n${NAMES} | diff "$STATE" -`;

live("root of a user namespace gives devices of its own network", async (t, box) => {
	const words = ["--user", "--map-root-user", "--net", "sh", "-ceu", OWN, "sh", executable(box)];
	const probe = `${box.dir}/probe`;
	Bun.spawnSync(["install", "-m", "755", PROBE, probe]);
	const env = { ...user.env, STATE: `${box.dir}/state` };
	Bun.spawnSync(["install", "-m", "666", "/dev/null", `${box.dir}/state`]);
	for (const spec of [
		"macvlan:m0:eth0:up",
		"veth:v0:eth0:bridge=br0:addr=10.0.0.1/24:up",
		"p1:eth0:addr=10.0.0.1/24",
	]) {
		const args = [...words, `--netif=${spec}`, "--", probe, "net"];
		const run = await as(user, box).run(args, { program: "unshare", env });
		t.match(run.facts.all("interface").sort()[0], /^eth0 /, `${spec}: ${run.err}${run.out}`);
		t.equal(run.facts.all("interface").length, 2);
		t.equal(run.status, 0, "nothing has changed in it");
	}
});

inNetwork("root gives devices to a user namespace", ALL, async (t, net, box) => {
	const root = tinyRoot(box);
	const specs = ["p0:eth0:up", "macvlan:m0:eth1:up", "veth:v0:eth2:bridge=br0:up"];
	const states = ["eth0 up", "eth1 up", "eth2 up", "lo up"];
	for (const more of [
		["--user-map=auto"],
		["--user-map=0:100000:65536"],
		["--user=1234:5678"],
		["--user=1234:5678", "--no-userns"],
	]) {
		const host = await net.run([...netifs(...specs), ...more, "--", PROBE, "net"]);
		t.same(host.facts.all("interface").sort(), states, `${more.join(" ")} ${host.err}`);
		const args = [...netifs(...specs), ...more, `--chroot=${root}`, "--", "/bin/probe", "net"];
		const chroot = await net.run(args);
		t.same(chroot.facts.all("interface").sort(), states, `${more.join(" ")} ${chroot.err}`);
		t.ok((await net.links()).has("p0"), "p0 is back");
	}
});

inNetwork("root without CAP_NET_ADMIN, or in a user namespace", ALL, async (t, net) => {
	for (const via of [
		["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"],
		["unshare", "--user", "--map-root-user"],
	])
		for (const spec of ["p0:eth0", "macvlan:m0:eth0", "veth:v0:eth0"]) {
			const run = await net.run([`--netif=${spec}`, "--", "echo", "ran"], { via });
			const why = /user namespace|privilege|root|CAP_NET_ADMIN|[Pp]ermi/;
			isRefused(t, run, `${via[0]} ${spec}`, "netif", why);
		}
});

t.end();
