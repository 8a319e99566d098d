// SPDX-License-Identifier: BSD-2-Clause
// Finds the things that a container must not leave on the host: mounts, interfaces, cgroups,
// processes, files. Other tests run at the same time, so only a lasting difference counts.
import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { cgroups } from "./cgroups.ts";
import { commandLine, descendants } from "./processes.ts";

const TEMPORARY = ["/tmp", "/var/tmp", "/run", "/dev/shm"];

/** Names of things that pflask, its runtime, the tests or the benchmarks may have made. */
const SUSPECT = /pflask|^\.bun|^pf-/;
const OURS = /^pftest-|^pflask-[a-z]+-\w{6}$/;

/**
 * Root's control directory is no leftover, because it exists while any test has a detached
 * container. live.ts checks the entries of the directory.
 */
const SHARED = "/run/pflask";

/** The state of the host before a test. */
export interface Footprint {
	readonly mounts: ReadonlySet<string>;
	readonly interfaces: ReadonlySet<string>;
	readonly files: ReadonlySet<string>;
	readonly processes: ReadonlySet<number>;
}

function entries(directory: string): Dirent[] {
	try {
		return readdirSync(directory, { withFileTypes: true });
	} catch {
		return []; // The directory was removed in the meantime, or never existed.
	}
}

function temporaryFiles(): string[] {
	return TEMPORARY.flatMap((directory) =>
		entries(directory)
			.filter(({ name }) => SUSPECT.test(name) && !OURS.test(name))
			.map(({ name }) => `${directory}/${name}`)
			.filter((path) => path !== SHARED),
	);
}

/** Records the current state of the host. */
export function footprint(): Footprint {
	return {
		mounts: new Set(readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n")),
		interfaces: new Set(readdirSync("/sys/class/net")),
		files: new Set(temporaryFiles()),
		processes: new Set(descendants().map(({ pid }) => pid)),
	};
}

function added<T>(kind: string, before: ReadonlySet<T>, now: ReadonlySet<T>): string[] {
	return [...now].filter((thing) => !before.has(thing)).map((thing) => `${kind} ${thing}`);
}

/**
 * Returns the things that exist now and did not exist before, one per line. Things that are gone do
 * not count: another program may have removed them. A test that moves an interface of the host into
 * a container must check that the interface is back.
 */
export function leftovers(before: Footprint, now: Footprint = footprint()): string[] {
	const survivors = [...now.processes].filter((pid) => !before.processes.has(pid));
	return [
		...survivors.map((pid) => `process ${pid} ${commandLine(pid)}`),
		...added("mount", before.mounts, now.mounts),
		...added("interface", before.interfaces, now.interfaces),
		...cgroups().map((path) => `cgroup ${path}`),
		...added("file", before.files, now.files),
	];
}

/**
 * Returns the leftovers that remain after up to 10 s. Killed processes may take some time to end.
 */
export async function lastingLeftovers(before: Footprint): Promise<string[]> {
	const end = performance.now() + 10_000;
	for (;;) {
		const left = leftovers(before);
		if (left.length === 0 || performance.now() > end) return left;
		await Bun.sleep(20);
	}
}
