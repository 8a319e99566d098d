// SPDX-License-Identifier: BSD-2-Clause
// Containers started from inside a running program: the typed API, no process of its own.
import { readdirSync, readFileSync } from "node:fs";
import { type Spec, start } from "../packages/runtime/src/index.ts";
import { median } from "./lib.ts";

const RUNS = 500;

/** Returns the median time from start to end of a container for each spec, milliseconds; one of
 * each in turn, so that what disturbs the machine disturbs all of them. */
export function spawnTimes(specs: readonly Spec[]): number[] {
	const times = specs.map((): number[] => []);
	for (let i = 0; i < RUNS; i++)
		for (const [which, spec] of specs.entries()) times[which]?.push(once(spec));
	return times.map(median);
}

function once(spec: Spec): number {
	const before = Bun.nanoseconds();
	const container = start({ ...spec, command: ["/bin/true"] });
	container.wait();
	container.close();
	return (Bun.nanoseconds() - before) / 1e6;
}

/** Returns the median time of a plain child process, milliseconds: what this machine can do. */
export function spawnSyncTime(argv: readonly string[]): number {
	const times: number[] = [];
	for (let i = 0; i < RUNS; i++) {
		const before = Bun.nanoseconds();
		Bun.spawnSync([...argv]);
		times.push((Bun.nanoseconds() - before) / 1e6);
	}
	return median(times);
}

/** Returns the proportional set size of monitor and reaper together, KiB. */
export function memory(): number {
	using container = start({ command: ["sleep", "60"] });
	const { monitorPid, initPid } = container.info;
	return proportional(monitorPid) + proportional(initPid);
}

function proportional(pid: number): number {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
	return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN);
}

/** Returns the number of descriptors that this program has open. */
export function openDescriptors(): number {
	return readdirSync("/proc/self/fd").length;
}
