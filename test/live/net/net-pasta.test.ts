// SPDX-License-Identifier: BSD-2-Clause
// --netif=pasta needs no privilege. The container reaches the outside, and the outside reaches the
// container.
import { readdirSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { has } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { isRefused, netifs, network } from "../../lib/network.ts";
import {
	FAR,
	helpers,
	machine,
	NEAR,
	serve,
	stop,
	type Uplink,
	uplink,
} from "../../lib/network-user.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-net-pasta");

/**
 * The flag IFA_F_TENTATIVE: the kernel still checks whether another host has the address (RFC 4862,
 * 5.4).
 */
const TENTATIVE = 0x40;

/** Runs a test with an uplink, as an ordinary user. */
function withPasta(name: string, body: (t: Test, box: Box, link: Uplink) => Promise<void>): void {
	live(name, async (t, box) => {
		if (!need(t, has("pasta"), "pasta(1) of the package passt is missing")) return;
		const link = await uplink(box, as(user, box));
		await body(t, box, link);
		await link.close();
	});
}

/** Installs the probe where the user can reach it. */
function probe(box: Box): string {
	const place = `${box.dir}/probe`;
	Bun.spawnSync(["install", "-m", "755", PROBE, place]);
	return place;
}

withPasta("connections to the outside", async (t, box, { near, far }) => {
	const via = await machine(box);
	const datagrams = await serve(box, far, "udp-serve", FAR.v4, "53");
	for (const args of [
		[],
		["--as-pid1"],
		["--no-pidns"],
		[`--user=${user.name}`],
		[`--user-map=0:${user.uid}:1`],
	])
		for (const to of [FAR.v4, FAR.v6]) {
			const server = await serve(box, far, "tcp-serve", to, "80");
			const words = ["net", "+", "tcp-send", to, "80", "1000000"];
			const command = ["--", probe(box), ...words, "+", "udp-send", FAR.v4, "53", "across"];
			const run = await near.run(["--netif=pasta", ...args, ...command], { via });
			t.same([run.status, run.err], [0, ""], `${args.join(" ")} ${to}`);
			t.match(run.facts("sent"), /^1000000 /);
			t.equal(run.facts("answer"), run.facts("sent"));
			t.equal(run.facts("udp"), "across");
			t.ok(run.facts.all("interface").includes("lo up"));
			t.equal(run.facts.all("interface").length, 2, "an interface beside lo");
			t.same(helpers(), [], "pasta is gone the moment pflask has ended");
			await stop(server);
		}
	await stop(datagrams);
});

withPasta("the addresses of pasta can be used at once", async (t, box, { near }) => {
	const via = await machine(box);
	const setting = "/proc/sys/net/ipv6/conf/default/accept_dad";
	const command = ["--", "sh", "-c", `cat /proc/net/if_inet6 ${setting}`];
	for (const args of [[], [`--user-map=0:${user.uid}:1`], ["--no-pidns"]]) {
		const run = await near.run(["--netif=pasta", ...args, ...command], { via });
		const [setting, ...addresses] = run.out.trimEnd().split("\n").reverse();
		t.equal(addresses.length, 3, run.err);
		const flags = addresses.map((line) => Number(`0x${line.split(/ +/)[4]}`));
		t.ok(
			flags.every((flag) => (flag & TENTATIVE) === 0),
			run.out,
		);
		t.equal(setting, "1", "that is so for its interface alone");
	}
});

withPasta("pasta makes a separate network", async (t, box, { near }) => {
	const via = await machine(box);
	const server = await serve(box, near, "tcp-serve", "127.0.0.1", "80");
	const script = '"$0" ns; ss -H -l -t -n -a; ls /sys/class/net';
	const args = ["--netif=pasta", "--", "/bin/sh", "-c", script, probe(box)];
	const run = await near.run(args, { via });
	t.equal(run.status, 0, run.err);
	t.notMatch(run.out, "127.0.0.1:80", "listeners of the host are not seen");
	await stop(server);
});

/** Forwarded ports of the container. Root of a user namespace may use ports below 1024. */
const FORWARDED = [
	{ args: [], tcp: "8000", udp: "5300" },
	{ args: [`--user-map=0:${user.uid}:1`], tcp: "80", udp: "53" },
];

withPasta("forwarded ports", async (t, box, { near, far }) => {
	const via = await machine(box);
	const place = probe(box);
	for (const { args, tcp, udp } of FORWARDED)
		for (const [from, to] of [
			[far, NEAR.v4],
			[far, NEAR.v6],
			[near, "127.0.0.1"],
		] as const) {
			const any = to.includes(":") ? "::" : "0.0.0.0";
			// The server must stay until the answer has arrived.
			const script = `
				"$0" udp-serve ${any} ${udp} & "$0" tcp-serve ${any} ${tcp}; read line; kill $!`;
			const spec = `--netif=pasta:tcp=8080-${tcp}:udp=5353-${udp}`;
			const words = [spec, ...args, "--", "/bin/sh", "-c", script, place];
			const container = near.start(words, { via, stdin: "pipe" });
			await container.until(/listening\n[^]*listening\n/);
			const send = ["tcp-send", to, "8080", "1000000"];
			// pasta of Debian 12 loses UDP answers to the host's loopback address, so only `far` sends
			// UDP.
			if (from === far) send.push("+", "udp-send", to, "5353", "in");
			const { facts } = await box.start(send, { program: PROBE, via: from.within }).ended;
			t.match(facts("sent"), /^1000000 /, `${to} ${args.join(" ")}: ${container.err}`);
			t.equal(facts("answer"), facts("sent"));
			t.equal(facts("udp"), from === far ? "in" : "(nothing)");
			await container.closeStdin();
			t.equal((await container.ended).facts("served"), facts("sent"));
			t.same(helpers(), []);
		}
});

withPasta("a port on one address", async (t, box, { near }) => {
	const via = await machine(box);
	const args = netifs("pasta:tcp=127.0.0.1/8080-80:udp=::1/5353-53:tcp=8081:81");
	const container = near.start([...args, "--", "/bin/sh", "-c", "echo ready; sleep 60"], { via });
	await container.until("ready");
	const listening = await near.sh("ss -H -l -t -u -n | awk '{print $5}' | sort -u");
	t.same(listening.trim().split(/\s+/).sort(), ["*:8081", "127.0.0.1:8080", "[::1]:5353"]);
	const taken = await near.run([...netifs("pasta:tcp=127.0.0.1/8080-80"), "--", "true"], { via });
	isRefused(t, taken, "an address and port that are taken", "pasta", /8080/);
	container.kill("SIGKILL");
	await container.ended;
	await until("the end of pasta", () => helpers().length === 0);
});

withPasta("several ports, and no others", async (t, box, { near }) => {
	const via = await machine(box);
	const args = netifs("pasta:tcp=8080-80:tcp=8081-81:udp=5353-53");
	const container = near.start([...args, "--", "/bin/sh", "-c", "echo ready; sleep 60"], { via });
	await container.until("ready");
	const listening = await near.sh("ss -H -l -t -u -n | grep -o ':[0-9]* ' | sort -u");
	t.same(listening.trim().split(/\s+/).sort(), [":5353", ":8080", ":8081"]);
	container.kill("SIGKILL");
	await container.ended;
	await until("the end of pasta", () => helpers().length === 0);
	t.equal(await near.sh("ss -H -l -t -u -n"), "", "the ports are free again");
});

/** Queries the first name server in the resolv.conf of a root. */
const RESOLVE = `
	while read -r key value; do [ "$key" != nameserver ] || break; done </etc/resolv.conf
	echo "resolver $value"; cat /etc/resolv.conf; /bin/probe udp-send "$value" 53 query`;

withPasta("resolv.conf works with --chroot", async (t, box, { near, far }) => {
	const root = await shellRoot(box, user.uid);
	for (const make of [
		() => {},
		() => writeFileSync(`${root}/etc/resolv.conf`, "nameserver 192.0.2.1\n"),
		() => symlinkSync("../run/systemd/resolve/stub-resolv.conf", `${root}/etc/resolv.conf`),
	]) {
		await Bun.$`rm -f ${root}/etc/resolv.conf`;
		make();
		const before = await names(root);
		for (const [net, resolver] of [
			[far, FAR.v4],
			[near, "127.0.0.53"],
		] as const) {
			const server = await serve(box, net, "udp-serve", resolver, "53");
			const text = `# A comment\nsearch example.org\nnameserver ${resolver}\noptions edns0\n`;
			const via = await machine(box, { resolver: text });
			const args = ["--netif=pasta", `--chroot=${root}`, "--", "/bin/sh", "-c", RESOLVE];
			const run = await near.run(args, { via });
			t.equal(run.facts("udp"), "query", `${resolver}: ${run.out}${run.err}`);
			t.match(run.out, /\nsearch example\.org\noptions edns0\n/, "how names are asked for");
			await stop(server);
			t.same(await names(root), before, "the root is as it was");
		}
	}
});

withPasta("pasta ends after the death of any process", async (t, box, { near }) => {
	const via = await machine(box);
	const args = [...netifs("pasta:tcp=8080-80"), "--", probe(box), "daemon", "+", "hold"];
	const deaths = ["SIGKILL", "SIGTERM", "SIGHUP", "monitor", "init"] as const;
	for (const death of deaths) {
		const container = near.start(args, { via });
		await container.until("ready");
		t.equal(helpers().length, 1);
		const pflasks = descendants(container.pid).filter(({ name }) => name === "pflask");
		const init = descendants(container.pid).find(({ name }) => name === "pf-init");
		if (death === "monitor") for (const { pid } of pflasks) signal(pid, "SIGKILL");
		else if (death === "init") signal(init?.pid ?? 0, "SIGKILL");
		else container.kill(death);
		await container.ended;
		await until(`the end of pasta after ${death}`, () => helpers().length === 0, 10_000);
		t.same(helpers(), [], death);
	}
});

withPasta("a pasta that ends before the container", async (t, box, { near }) => {
	const via = await machine(box);
	for (const [command, status] of [
		["read line; true", 125],
		["read line; exit 3", 3],
		["kill -9 $$", 137],
	] as const) {
		const args = ["--netif=pasta", "--", "/bin/sh", "-c", `echo ready; ${command}`];
		const container = near.start(args, { via, stdin: "pipe" });
		await container.until("ready");
		const [pasta] = helpers();
		const gone = command !== "kill -9 $$";
		if (gone) {
			signal(pasta?.pid ?? 0, "SIGKILL");
			await until("the end of pasta", () => helpers().length === 0);
		}
		await container.closeStdin();
		const { status: ended, err } = await container.ended;
		const line = "pflask: --netif: pasta: ended before the container\n";
		t.same([ended, err], [status, gone ? line : ""], command);
		t.same(helpers(), []);
	}
});

withPasta("pasta leaves nothing behind if the command fails", async (t, box, { near }) => {
	const via = await machine(box);
	for (const [command, status] of [
		["/nonexistent", 127],
		["/etc/passwd", 126],
		["false", 1],
	] as const) {
		const run = await near.run(["--netif=pasta:tcp=8080-80", "--", command], { via });
		t.equal(run.status, status, run.err);
		t.same(helpers(), []);
		t.equal(await near.sh("ss -H -l -t -n"), "");
	}
	const mount = ["--netif=pasta", "--mount=bind:/nonexistent:/mnt", "--", "true"];
	isRefused(t, await near.run(mount, { via }), "a mount", "/nonexistent");
	t.same(helpers(), []);
	t.same(
		readdirSync("/tmp").filter((name) => /^(pasta|passt|slirp)/.test(name)),
		[],
	);
});

withPasta("the error text of pasta is shown", async (t, box, { near }) => {
	const via = await machine(box);
	for (const address of ["::", "0.0.0.0"]) {
		const server = await serve(box, near, "tcp-serve", address, "8080");
		const taken = ["--netif=pasta:tcp=8080-80", "--", "echo", "ran"];
		const run = await near.run(taken, { via });
		isRefused(t, run, `a port that is taken at ${address}`, "pasta", /8080|bind/);
		await stop(server);
	}
	const closed = await machine(box, { tun: 0 });
	const run = await near.run(["--netif=pasta", "--", "echo", "ran"], { via: closed });
	isRefused(t, run, "no tun", "pasta", /\btun\b/);
	const low = await near.run(["--netif=pasta:tcp=80-80", "--", "echo", "ran"], { via });
	isRefused(t, low, "a privileged port", "pasta", /80|bind/);
	t.same(helpers(), []);
});

withPasta("a pasta that fails without an error text", async (t, box, { near }) => {
	const via = await machine(box);
	const bin = `${box.dir}/bin`;
	for (const [script, why] of [
		["exit 3", /exit status 3/],
		["kill -9 $$", /signal 9/],
	] as const) {
		await Bun.$`mkdir -p ${bin}`;
		writeFileSync(`${bin}/pasta`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
		const env = { ...user.env, PATH: `${bin}:${user.env.PATH}` };
		const run = await near.run(["--netif=pasta", "--", "echo", "ran"], { via, env });
		isRefused(t, run, script, "pasta", why);
	}
});

withPasta("a host without a network", async (t, box) => {
	const net = await network(box, as(user, box));
	const run = await net.run(["--netif=pasta", "--", "echo", "ran"], { via: await machine(box) });
	isRefused(t, run, "no route", "pasta");
	await net.close();
});

withPasta("neither pasta nor slirp4netns is installed", async (t, box, { near }) => {
	const via = await machine(box, { without: ["pasta", "slirp4netns"] });
	const run = await near.run(["--netif=pasta", "--", "echo", "ran"], { via });
	isRefused(t, run, "no pasta", "pasta");
	t.match(run.err, /\nhint: [^\n]*passt/, "the package that has it");
});

withPasta("bad options", async (t, box, { near }) => {
	const via = await machine(box);
	for (const option of [
		...["tcp", "tcp=", "tcp=x", "tcp=x-80", "tcp=8080-x", "tcp=0-80", "tcp=8080-0"],
		...["tcp=70000-80", "tcp=8080-70000", "tcp=-80", "tcp=8080-", "tcp=8080-80-90", "udp="],
		...["tcp=a/8080-80", "tcp=/8080-80", "tcp=127.0.0.1/8080", "tcp=127.0.0.1:8080:80"],
		...["udp=5353-x", "nosuch", "nosuch=1", "tcp=8080-80 -p /x", "--pcap=/x", "TCP=8080-80"],
		...["bridge=br0", "tcp=8080-80:tcp=8080-81", " tcp=8080-80", "tcp= 8080-80"],
	]) {
		const run = await near.run([`--netif=pasta:${option}`, "--", "echo", "ran"], { via });
		isRefused(t, run, option, "netif");
	}
	for (const args of [netifs("pasta", "pasta"), netifs("pasta", "host"), ["-N", "-npasta"]])
		isRefused(t, await near.run([...args, "--", "echo", "ran"], { via }), args.join(" "), /net/);
	t.same(helpers(), []);
});

withPasta("--dry-run starts nothing", async (t, box, { near }) => {
	const via = await machine(box);
	const args = ["--dry-run", "--netif=pasta:tcp=8080-80", "--", "id"];
	const run = await near.run(args, { via });
	t.same([run.status, run.err], [0, ""]);
	t.match(run.out, /pasta/);
	t.match(run.out, "8080");
	t.same(helpers(), []);
});

live("as root, with and without a user namespace", async (t, box) => {
	if (!need(t, has("pasta"), "pasta(1) of the package passt is missing")) return;
	const { near, far, close } = await uplink(box, box);
	const via = await machine(box);
	for (const args of [[], ["--user-map=auto"], [`--user=${user.name}`]]) {
		const server = await serve(box, far, "tcp-serve", FAR.v4, "80");
		const words = ["--", probe(box), "tcp-send", FAR.v4, "80", "1000000"];
		const run = await near.run(["--netif=pasta", ...args, ...words], { via });
		t.equal(run.status, 0, run.err);
		t.equal(run.facts("answer"), run.facts("sent"), run.err);
		t.same(helpers(), []);
		await stop(server);
	}
	await close();
});

t.end();
