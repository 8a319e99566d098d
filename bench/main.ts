// SPDX-License-Identifier: BSD-2-Clause
// Runs all measurements. Times depend on the machine, so compare only times of one run.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { attachRates, attachTimes, firstOutputTimes } from "./detached.ts";
import { timeAll } from "./hyperfine.ts";
import { byHand, container, leakedDescriptors, memory, times } from "./inprocess.ts";
import { atLeast, HELPER, LIBRARY, near, PFLASK, run, section, target } from "./lib.ts";
import { networkTimes } from "./network.ts";
import { bwrap, commands, prepareRoot, startRunning } from "./peers.ts";
import { callTimes, pipeRates, rates } from "./spawn.ts";
import { relayRatio } from "./terminal.ts";

/**
 * Limits for whole commands: the most time that a command of pflask may take, as a multiple of the
 * time of bwrap with the same namespaces.
 */
const RATIOS: readonly [string, string, number][] = [
	["pflask", "bwrap", 0.62],
	["pflask --chroot", "bwrap root", 0.7],
	["pflask --chroot --netif", "bwrap root net", 0.7],
	["pflask --ephemeral", "bwrap root", 0.7], // This bwrap makes no overlay.
];

function wholeCommands(directory: string, root: string): void {
	const running = startRunning();
	section("whole commands: hyperfine, 60 runs each, interleaved, median");
	const times = timeAll(commands(directory, root, running), directory);
	run([PFLASK, "--kill=KILL", running.monitor]);
	const of = (name: string): number => times.get(name) ?? Number.NaN;
	for (const [name, ms] of times)
		console.log(`  ${name.padEnd(28)} ${ms.toFixed(2).padStart(8)} ms`);
	section("targets: whole commands of dist/pflask, start to end");
	for (const [name, peer, most] of RATIOS)
		target(`${name} / ${peer}`, of(name) / of(peer), most, "x");
	near("pflask --exec", of("pflask --exec"), "nsenter", of("nsenter"));
	near("pflask --detach", of("pflask --detach"), "pflask", of("pflask"));
	section("what Bun costs where the front does not handle the command line");
	for (const kind of ["", " --netif", " --chroot", " --chroot --netif"]) {
		const least = of(`least${kind}`) - of("empty Bun program");
		console.log(`  least${kind} - empty Bun program: ${least.toFixed(2)} ms`);
	}
	section("the table of README");
	for (const name of TABLE)
		console.log(`| ${name} | ${of(name).toFixed(1)} ms | ${ratio(of(name), of("bwrap"))} |`);
}

/**
 * The rows of README's table of whole commands. The table compares each row with the row "bwrap",
 * which is bwrap on the host's root.
 */
const TABLE: readonly string[] = [
	...["/bin/true", "pflask", "pflask --detach", "pflask --exec", "unshare", "bwrap"],
	...["pflask --chroot", "pflask --chroot --netif", "pflask --ephemeral", "bwrap root"],
	...["bwrap root net", "crun, no cgroup", "runc", "systemd-nspawn"],
	...["firejail", "podman, no cgroup"],
];

function ratio(value: number, by: number): string {
	return `${(value / by).toFixed(2)}x`;
}

function inProcess(root: string): void {
	section("from inside a running program, 500 containers each, interleaved, median");
	const chroot = { chroot: root };
	const binds = Array.from({ length: 100 }, (_, i) => `bind:${root}:/tmp/b${i}`);
	const program = `${root}/bin/true`;
	const containers = [
		container({}, program),
		container({}),
		container(chroot),
		container({ netns: true }, program),
		container({ ...chroot, netns: true }),
		container({ ...chroot, ephemeral: true }),
		container({ ...chroot, mount: [`tmp:/tmp`, ...binds] }),
		container({ userMap: ["0:0:1"] }, program),
	];
	const leaked = leakedDescriptors(containers);
	const measured = times([
		() => Bun.spawnSync([program]),
		() => Bun.spawnSync(["/bin/true"]),
		byHand(root, ""),
		byHand(root, "n"),
		byHand(root, "m"),
		byHand(root, "mn"),
		...containers,
		() => Bun.spawnSync(bwrap(root, false)),
		() => Bun.spawnSync(bwrap(root, true)),
	]);
	const [spawn = 0, spawnHosts = 0, floor = 0, floorNet = 0, same = 0, sameNet = 0] = measured;
	const [plain = 0, hosts = 0, rooted = 0, net = 0, both = 0, ephemeral = 0] = measured.slice(6);
	const [bound = 0, user = 0, peer = 0, peerNet = 0] = measured.slice(12);
	const more = (hosts - plain).toFixed(2);
	console.log(`  Bun.spawnSync of a static program takes ${spawn.toFixed(2)} ms here`);
	console.log(
		`  a container by hand ${floor.toFixed(2)} ms, with netns ${floorNet.toFixed(2)} ms,`,
	);
	console.log(
		`  with all mounts of pflask ${same.toFixed(2)} ms, and netns ${sameNet.toFixed(2)} ms`,
	);
	console.log(`  the host's /bin/true takes ${more} ms longer than a static program,`);
	console.log(`  and ${(spawnHosts - spawn).toFixed(2)} ms in Bun.spawnSync: its libraries`);
	console.log(
		`  Bun.spawnSync of bwrap ${peer.toFixed(2)} ms, with netns ${peerNet.toFixed(2)} ms`,
	);
	const rows = { plain, chroot: rooted, netns: net, both, ephemeral, "100 binds": bound, user };
	for (const [name, ms] of Object.entries(rows))
		console.log(`  start to end, ${name.padEnd(10)} ${ms.toFixed(2)} ms`);
	target("start to end, chroot / bwrap", rooted / peer, 0.45, "x");
	target("start to end, chroot, netns / bwrap", both / peerNet, 0.45, "x");
	target("start to end, chroot / by hand", rooted / floor, 1.4, "x");
	target("start to end, chroot, netns / by hand", both / floorNet, 1.4, "x");
	target("start to end, chroot / by hand, same mounts", rooted / same, 1.4, "x");
	target("start to end, chroot, netns / by hand, same mounts", both / sameNet, 1.4, "x");
	target("start to end, ephemeral chroot / chroot", ephemeral / rooted, 1.4, "x");
	target("chroot with 100 binds / chroot", bound / rooted, 4, "x");
	target("user namespace, map written directly / none", user / plain, 1.5, "x");
	target("descriptors leaked", leaked, 0, "");
}

async function spawned(root: string): Promise<void> {
	section("spawn() of @pflask/runtime, beside Bun.spawn(), interleaved");
	const calls = await callTimes();
	target("the call, median, over Bun.spawn()", calls.pflask - calls.peer, 0.5, " ms");
	target("the call, 99th percentile, over Bun.spawn()", calls.pflask99 - calls.peer99, 1, " ms");
	for (const atOnce of [8, 50]) {
		const { pflask, peer } = await rates(atOnce, bwrap(root, false));
		console.log(`  ${pflask.toFixed(0)} containers a second, bwrap ${peer.toFixed(0)}`);
		atLeast(`${atOnce} at a time / bwrap`, pflask / peer, 2.5, "x");
	}
	const { pflask, peer } = await pipeRates();
	console.log(`  1 GiB: pflask ${pflask.toFixed(0)} MB/s, Bun.spawn() ${peer.toFixed(0)} MB/s`);
	atLeast("1 GiB through a pipe / Bun.spawn()", pflask / peer, 1.0, "x");
}

function network(): void {
	section("interfaces, 500 containers each, interleaved, median");
	const { plain, veth, kernel } = networkTimes();
	console.log(
		`  start to end with netns ${plain.toFixed(2)} ms, with a veth pair ${veth.toFixed(2)} ms`,
	);
	console.log(`  the kernel takes ${kernel.toFixed(2)} ms to make the pair for ip(8)`);
	target("veth / (netns + the kernel's part)", veth / (plain + kernel), 1.5, "x");
}

function sizes(): void {
	section("size");
	target("monitor + reaper, PSS", memory(), 600, " KiB");
	target("pflask-init", statSync(HELPER).size / 1024, 128, " KiB");
	target("libpflask.so.0", statSync(LIBRARY).size / 1024, 320, " KiB");
}

function terminal(directory: string): void {
	section("terminal output");
	const { pflask, script } = relayRatio(directory);
	console.log(`  pflask ${pflask.toFixed(0)} MB/s, script ${script.toFixed(0)} MB/s`);
	atLeast("pflask / script", pflask / script, 1.0, "x");
}

async function detached(directory: string): Promise<void> {
	section("detached containers");
	const output = await firstOutputTimes();
	near("--attach until the first output", output.pflask, "nsenter", output.nsenter);
	const first = await attachTimes(directory);
	near("--attach until the first answer", first.pflask, "dtach -a", first.dtach);
	const { pflask, dtach } = attachRates(directory);
	console.log(`  100 MB: pflask ${pflask.toFixed(0)} MB/s, dtach ${dtach.toFixed(0)} MB/s`);
	atLeast("pflask --attach / dtach", pflask / dtach, 1.0, "x");
}

/** The parts of this program. The arguments select parts. Default: all. */
const PARTS: Record<string, (directory: string, root: string) => void | Promise<void>> = {
	sizes,
	terminal,
	detached,
	inProcess: (_, root) => inProcess(root),
	spawned: (_, root) => spawned(root),
	network,
	wholeCommands,
};

const directory = mkdtempSync("/tmp/pflask-bench-");
process.on("exit", () => rmSync(directory, { recursive: true }));
// Without a handler, a signal would end the program without the event "exit", and the directory
// would stay.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
const root = prepareRoot(directory);
const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS))
	if (wanted.length === 0 || wanted.includes(name)) await part(directory, root);
