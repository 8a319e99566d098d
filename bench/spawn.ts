// SPDX-License-Identifier: BSD-2-Clause
// Measures spawn() of @pflask/runtime. For comparison, also measures Bun.spawn(), which runs bwrap
// or the command without a container.
import { spawn } from "../packages/runtime/src/index.ts";
import { median } from "./lib.ts";

const CALLS = 300;
const CONTAINERS = 300;
const ROUNDS = 3;
const OUTPUT = ["head", "-c", `${1 << 30}`, "/dev/zero"];

/** Results of pflask, and of the other program. */
export interface Pair {
	readonly pflask: number;
	readonly peer: number;
}

/** Returns the times for which spawn() and Bun.spawn() hold the event loop, milliseconds. */
export async function callTimes(): Promise<Pair & { pflask99: number; peer99: number }> {
	const [ours, theirs]: [number[], number[]] = [[], []];
	for (let i = 0; i < CALLS; i++) {
		const [container, held] = timed(() => spawn({ command: ["true"] }, { stdout: "ignore" }));
		await container.exited;
		const [child, other] = timed(() => Bun.spawn(["true"], { stdout: "ignore" }));
		await child.exited;
		ours.push(held);
		theirs.push(other);
	}
	return {
		pflask: median(ours),
		peer: median(theirs),
		pflask99: percentile99(ours),
		peer99: percentile99(theirs),
	};
}

function timed<T>(call: () => T): [T, number] {
	const before = Bun.nanoseconds();
	const result = call();
	return [result, (Bun.nanoseconds() - before) / 1e6];
}

function percentile99(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

/** Returns the containers per second, with `atOnce` containers at a time. */
export function rates(atOnce: number, bwrap: readonly string[]): Promise<Pair> {
	return inTurn(
		() => rate(atOnce, () => spawn({ command: ["true"] }, { stdout: "ignore" }).exited),
		() => rate(atOnce, () => Bun.spawn([...bwrap], { stdout: "ignore" }).exited),
	);
}

async function rate(atOnce: number, one: () => Promise<unknown>): Promise<number> {
	const before = Bun.nanoseconds();
	let begun = 0;
	async function work(): Promise<void> {
		while (begun++ < CONTAINERS) await one();
	}
	await Promise.all(Array.from({ length: atOnce }, work));
	return (CONTAINERS * 1e9) / (Bun.nanoseconds() - before);
}

/** Returns the MB per second at which 1 GiB goes through a pipe. */
export function pipeRates(): Promise<Pair> {
	return inTurn(
		() => drained(spawn({ command: OUTPUT }).stdout),
		() => drained(Bun.spawn(OUTPUT, { stdout: "pipe" }).stdout),
	);
}

async function drained(stream: ReadableStream<Uint8Array>): Promise<number> {
	const before = Bun.nanoseconds();
	let size = 0;
	for await (const chunk of stream) size += chunk.length;
	return (size * 1e3) / (Bun.nanoseconds() - before);
}

/**
 * Measures pflask and the other program in turn, so that a load on the machine affects both
 * programs. Returns the medians.
 */
async function inTurn(ours: () => Promise<number>, theirs: () => Promise<number>): Promise<Pair> {
	const [pflask, peer]: [number[], number[]] = [[], []];
	for (let i = 0; i < ROUNDS; i++) {
		pflask.push(await ours());
		peer.push(await theirs());
	}
	return { pflask: median(pflask), peer: median(peer) };
}
