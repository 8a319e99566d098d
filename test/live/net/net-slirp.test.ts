// SPDX-License-Identifier: BSD-2-Clause
// If pasta is not installed, slirp4netns replaces pasta.
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { has } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { isRefused } from "../../lib/network.ts";
import { FAR, helpers, machine, serve, stop, type Uplink, uplink } from "../../lib/network-user.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-net-slirp");

function withSlirp(name: string, body: (t: Test, box: Box, link: Uplink) => Promise<void>): void {
	live(name, async (t, box) => {
		if (!need(t, has("slirp4netns") && has("pasta"), "slirp4netns(1) is missing")) return;
		Bun.spawnSync(["install", "-m", "755", PROBE, `${box.dir}/probe`]);
		const link = await uplink(box, as(user, box));
		await body(t, box, link);
		await link.close();
	});
}

const ABSENT = { without: ["pasta"] };

withSlirp("connections to the outside", async (t, box, { near, far }) => {
	const via = await machine(box, ABSENT);
	const datagrams = await serve(box, far, "udp-serve", FAR.v4, "53");
	for (const args of [[], ["--as-pid1"], ["--no-pidns"], [`--user=${user.name}`]]) {
		const server = await serve(box, far, "tcp-serve", FAR.v4, "80");
		const words = ["tcp-send", FAR.v4, "80", "1000000", "+", "udp-send", FAR.v4, "53", "across"];
		const command = ["--", `${box.dir}/probe`, "net", "+", ...words];
		const run = await near.run(["--netif=pasta", ...args, ...command], { via });
		t.same([run.status, run.err], [0, ""], args.join(" "));
		t.match(run.facts("sent"), /^1000000 /);
		t.equal(run.facts("answer"), run.facts("sent"));
		t.equal(run.facts("udp"), "across");
		t.equal(run.facts.all("interface").length, 2, "an interface beside lo");
		t.same(helpers(), [], "it is gone the moment pflask has ended");
		await stop(server);
	}
	await stop(datagrams);
});

withSlirp("a forwarded port works, or is an error", async (t, box, { near }) => {
	const via = await machine(box, ABSENT);
	const command = ["--", `${box.dir}/probe`, "tcp-serve", "0.0.0.0", "80"];
	const container = near.start(["--netif=pasta:tcp=8080-80", ...command], { via });
	const listening = container.until("listening").then(
		() => true,
		() => false,
	);
	if (await listening) {
		const words = ["tcp-send", "127.0.0.1", "8080", "1000000"];
		const { facts } = await box.start(words, { program: PROBE, via: near.within }).ended;
		t.equal(facts("answer"), facts("sent"));
		t.equal((await container.ended).facts("served"), facts("sent"));
	} else isRefused(t, await container.ended, "a port", /tcp=8080-80|slirp4netns|pasta/);
	t.same(helpers(), []);
});

/** Queries the first name server in the resolv.conf of a root. */
const RESOLVE = `
	while read -r key value; do [ "$key" != nameserver ] || break; done </etc/resolv.conf
	echo "resolver $value"; /bin/probe udp-send "$value" 53 query`;

withSlirp("resolv.conf works with --chroot", async (t, box, { near, far }) => {
	const root = await shellRoot(box, user.uid);
	for (const [net, resolver] of [
		[far, FAR.v4],
		[near, "127.0.0.53"],
	] as const) {
		const server = await serve(box, net, "udp-serve", resolver, "53");
		const via = await machine(box, { ...ABSENT, resolver: `nameserver ${resolver}\n` });
		const args = ["--netif=pasta", `--chroot=${root}`, "--", "/bin/sh", "-c", RESOLVE];
		const run = await near.run(args, { via });
		t.equal(run.facts("udp"), "query", `${resolver}: ${run.out}${run.err}`);
		await stop(server);
	}
});

withSlirp("slirp4netns ends after the death of any process", async (t, box, { near }) => {
	const via = await machine(box, ABSENT);
	const args = ["--netif=pasta", "--", `${box.dir}/probe`, "daemon", "+", "hold"];
	for (const death of ["SIGKILL", "SIGTERM", "monitor"] as const) {
		const container = near.start(args, { via });
		await container.until("ready");
		t.match(helpers()[0]?.name, /^slirp4netns/);
		const pflasks = descendants(container.pid).filter(({ name }) => name === "pflask");
		if (death === "monitor") for (const { pid } of pflasks) signal(pid, "SIGKILL");
		else container.kill(death);
		await container.ended;
		await until(`the end of it after ${death}`, () => helpers().length === 0, 10_000);
		t.same(helpers(), [], death);
	}
});

withSlirp("the error text of slirp4netns is shown", async (t, box, { near }) => {
	const via = await machine(box, { ...ABSENT, tun: 0 });
	const run = await near.run(["--netif=pasta", "--", "echo", "ran"], { via });
	isRefused(t, run, "no tun", /slirp4netns|pasta/, /tun/);
	t.same(helpers(), []);
	const gone = await near.run(["--netif=pasta", "--", "/nonexistent"], {
		via: await machine(box, ABSENT),
	});
	t.equal(gone.status, 127, gone.err);
	t.same(helpers(), []);
});

t.end();
