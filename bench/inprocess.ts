// SPDX-License-Identifier: BSD-2-Clause
// Times containers that a running program starts through the typed API.
import { dlopen } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";
import { type Spec, start } from "../packages/runtime/src/internal.ts";
import { FLOOR, median } from "./lib.ts";

const RUNS = 500;
const ROUNDS = 20;

/**
 * Returns the median time of each function, milliseconds. Calls the functions in turn, so that a
 * load on the machine affects all functions.
 */
export function times(things: readonly (() => void)[]): number[] {
	const taken = things.map((): number[] => []);
	for (let i = 0; i < RUNS; i++)
		for (const [which, thing] of things.entries()) taken[which]?.push(time(thing));
	return taken.map(median);
}

function time(thing: () => void): number {
	const before = Bun.nanoseconds();
	thing();
	return (Bun.nanoseconds() - before) / 1e6;
}

/** Returns a function that runs a container from start to end. */
export function container(spec: Spec, command = "/bin/true"): () => void {
	return () => {
		using started = start({ ...spec, command: [command] });
		started.wait();
	};
}

/**
 * Returns a function that makes a container by hand, without any checks (floor.c). `options` has
 * "n" for a network namespace, and "m" for all mounts that a container of pflask has.
 */
export function byHand(root: string, options: string): () => void {
	const { symbols } = dlopen(`${FLOOR}.so`, {
		floor_once: { args: ["cstring", "cstring", "cstring"], returns: "i32" },
	});
	return () => {
		const status = symbols.floor_once(FLOOR, root, options);
		if (status !== 0) throw new Error(`floor: status ${status}`);
	};
}

/** Returns the proportional set size of monitor and init together, KiB. */
export function memory(): number {
	using container = start({ command: ["sleep", "60"] });
	const { monitorPid, initPid } = container.info;
	return proportional(monitorPid) + proportional(initPid);
}

function proportional(pid: number): number {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
	return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN);
}

/**
 * Runs each function several times. Returns the number of descriptors that are open at the end and
 * were not open after the first container, which opens the helper. No other program may run
 * meanwhile: Bun closes the pipes of Bun.spawnSync() some time after the call.
 */
export function leakedDescriptors(containers: readonly (() => void)[]): number {
	containers[0]?.();
	const before = openDescriptors();
	for (let i = 0; i < ROUNDS; i++) for (const run of containers) run();
	return openDescriptors() - before;
}

function openDescriptors(): number {
	return readdirSync("/proc/self/fd").length;
}
