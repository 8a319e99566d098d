// SPDX-License-Identifier: BSD-2-Clause
// Runs all measurements. Times depend on the machine, so compare the differences and ratios: all of
// them come from one run.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { attachRates, attachTime } from "./detached.ts";
import { timeAll } from "./hyperfine.ts";
import { byHand, container, memory, openDescriptors, times } from "./inprocess.ts";
import { atLeast, HELPER, LIBRARY, section, target } from "./lib.ts";
import { networkTimes } from "./network.ts";
import { commands, prepareRoot } from "./peers.ts";
import { relayRatio } from "./terminal.ts";

const FLOOR = "empty Bun program";

function wholeCommands(directory: string, root: string): void {
	section("whole commands: hyperfine, 60 runs each, interleaved, median");
	const times = timeAll(commands(directory, root), directory);
	const of = (name: string): number => times.get(name) ?? Number.NaN;
	for (const [name, ms] of times)
		console.log(`  ${name.padEnd(28)} ${ms.toFixed(2).padStart(8)} ms`);
	section("targets");
	for (const kind of ["", " --netif", " --chroot", " --chroot --netif"]) {
		const most = kind.includes("--netif") ? 2.0 : 1.6;
		target(`pflask${kind} - empty`, of(`pflask${kind}`) - of(FLOOR), most, " ms");
		const least = (of(`least${kind}`) - of(FLOOR)).toFixed(2);
		console.log(`    the least time, without parsing options: ${least} ms`);
	}
	target("pflask --detach - pflask", of("pflask --detach") - of("pflask"), 1.0, " ms");
	const own = of("pflask --chroot") - of(FLOOR);
	const ownNet = of("pflask --chroot --netif") - of(FLOOR);
	target("(pflask --chroot - empty) / bwrap", own / of("bwrap"), 1.3, "x");
	target("(pflask --chroot --netif - empty) / bwrap", ownNet / of("bwrap net"), 1.3, "x");
	console.log(
		`  pflask --chroot / bwrap, both whole: ${ratio(of("pflask --chroot"), of("bwrap"))}`,
	);
	console.log(`  empty Bun program / bwrap: ${ratio(of(FLOOR), of("bwrap"))}`);
}

function ratio(value: number, by: number): string {
	return `${(value / by).toFixed(2)}x`;
}

function inProcess(root: string): void {
	section("from inside a running program, 500 containers each, interleaved, median");
	const chroot = { chroot: root };
	const binds = Array.from({ length: 100 }, (_, i) => `bind:${root}:/tmp/b${i}`);
	container({})(); // opens the helper's descriptor, which stays open
	const before = openDescriptors();
	const program = `${root}/bin/true`;
	const measured = times([
		() => Bun.spawnSync([program]),
		() => Bun.spawnSync(["/bin/true"]),
		byHand(root, false),
		byHand(root, true),
		container({}, program),
		container({}),
		container(chroot),
		container({ netns: true }, program),
		container({ ...chroot, netns: true }),
		container({ ...chroot, ephemeral: true }),
		container({ ...chroot, mount: [`tmp:/tmp`, ...binds] }),
		container({ userMap: ["0:0:1"] }, program),
	]);
	const [spawn = 0, spawnHosts = 0, floor = 0, floorNet = 0, plain = 0, hosts = 0] = measured;
	const [rooted = 0, net = 0, both = 0, ephemeral = 0, bound = 0, user = 0] = measured.slice(6);
	const more = (hosts - plain).toFixed(2);
	console.log(`  Bun.spawnSync of a static program takes ${spawn.toFixed(2)} ms here`);
	console.log(`  a container by hand ${floor.toFixed(2)} ms, with netns ${floorNet.toFixed(2)} ms`);
	console.log(`  the host's /bin/true takes ${more} ms longer than a static program,`);
	console.log(`  and ${(spawnHosts - spawn).toFixed(2)} ms in Bun.spawnSync: its libraries`);
	target("start to end", plain, 1.5, " ms");
	target("start to end, chroot", rooted, 1.5, " ms");
	target("start to end, netns", net, 2.0, " ms");
	target("start to end, chroot, netns", both, 2.0, " ms");
	// The limits in milliseconds were set when a container by hand took 1.05 ms, and 1.45 ms with
	// netns.
	target("start to end, chroot / by hand", rooted / floor, 1.43, "x");
	target("start to end, chroot, netns / by hand", both / floorNet, 1.38, "x");
	target("ephemeral chroot - chroot", ephemeral - rooted, 0.5, " ms");
	target("chroot with 100 binds - chroot", bound - rooted, 4.0, " ms");
	target("user namespace, map written directly - none", user - plain, 0.4, " ms");
	target("descriptors leaked", openDescriptors() - before, 0, "");
}

function network(): void {
	section("interfaces, 500 containers each, interleaved, median");
	const { plain, veth, kernel } = networkTimes();
	console.log(
		`  start to end with netns ${plain.toFixed(2)} ms, with a veth pair ${veth.toFixed(2)} ms`,
	);
	console.log(`  the kernel takes ${kernel.toFixed(2)} ms to make the pair for ip(8)`);
	target("veth - netns", veth - plain, 1.0, " ms");
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
	atLeast("pflask / script", pflask / script, 0.8, "x");
}

async function detached(directory: string): Promise<void> {
	section("detached containers");
	target("--attach until the first answer - --version", await attachTime(), 10, " ms");
	const { pflask, dtach } = attachRates(directory);
	console.log(`  100 MB: pflask ${pflask.toFixed(0)} MB/s, dtach ${dtach.toFixed(0)} MB/s`);
	atLeast("pflask --attach / dtach", pflask / dtach, 0.5, "x");
}

const directory = mkdtempSync("/tmp/pflask-bench-");
try {
	const root = prepareRoot(directory);
	sizes();
	terminal(directory);
	await detached(directory);
	inProcess(root);
	network();
	wholeCommands(directory, root);
} finally {
	rmSync(directory, { recursive: true });
}
