// SPDX-License-Identifier: BSD-2-Clause
// Functions that all measurements use: paths, and the output of results.
import { spawnSync } from "node:child_process";

export const TOP: string = `${import.meta.dir}/..`;
export const PFLASK: string = `${TOP}/dist/pflask`;
export const LIBRARY: string = `${TOP}/dist/lib/libpflask.so.0`;
export const HELPER: string = `${TOP}/build/pflask-init`;
export const FLOOR: string = `${TOP}/build/bench/floor`;

const NEAR_MS = 2;
const NEAR_TIMES = 1.2;

/** Runs a command to its end and returns its output. Throws if the command fails. */
export function run(argv: readonly string[]): string {
	const [file = "", ...rest] = argv;
	const ended = spawnSync(file, rest, { encoding: "utf8", maxBuffer: 1 << 28 });
	if (ended.status !== 0)
		throw new Error(`${argv.join(" ")}: status ${ended.status}: ${ended.stderr}`);
	return ended.stdout;
}

/** Returns the median. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Prints a heading. */
export function section(title: string): void {
	console.log(`\n${title}`);
}

/** Prints a measured value with its upper limit, and whether the value is within the limit. */
export function target(what: string, value: number, most: number, unit: string): void {
	verdict(what, value, value <= most, `<= ${most}${unit}`, unit);
}

/**
 * Prints a time in milliseconds with its limit. The limit is the larger of a small fixed time and a
 * multiple of the time of another program.
 */
export function near(what: string, ms: number, peer: string, peerMs: number): void {
	const most = Math.max(NEAR_MS, NEAR_TIMES * peerMs);
	console.log(`  ${peer} ${peerMs.toFixed(2)} ms`);
	target(
		`${what} (${NEAR_MS} ms, or ${NEAR_TIMES}x of ${peer})`,
		ms,
		Number(most.toFixed(2)),
		" ms",
	);
}

/** Prints a measured value with its lower limit, and whether the value is within the limit. */
export function atLeast(what: string, value: number, least: number, unit: string): void {
	verdict(what, value, value >= least, `>= ${least}${unit}`, unit);
}

function verdict(what: string, value: number, met: boolean, wanted: string, unit: string): void {
	const shown = `${value.toFixed(unit === "x" || unit === " ms" ? 2 : 0)}${unit}`;
	console.log(
		`  ${what.padEnd(52)} ${shown.padStart(10)}  ${wanted.padEnd(11)} ${met ? "met" : "MISSED"}`,
	);
}
