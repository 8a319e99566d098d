// SPDX-License-Identifier: BSD-2-Clause
// Measures the throughput of the relay: a large text passes through a terminal of pflask, and
// through a terminal of script(1).

import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { median, PFLASK, run } from "./lib.ts";

const SIZE = 50_000_000;
const ROUNDS = 5;

/** Returns the throughput of a terminal's output in pflask and in script(1), MB/s. */
export function relayRatio(directory: string): { pflask: number; script: number } {
	const text = `${directory}/text`;
	run(["sh", "-c", `yes 'a line of text as programs print it' | head -c ${SIZE} >${text}`]);
	const pflask: number[] = [];
	const script: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		pflask.push(rate([PFLASK, "--tty=always", "--", "cat", text]));
		script.push(rate(["script", "-qec", `cat ${text}`, "/dev/null"]));
	}
	return { pflask: median(pflask), script: median(script) };
}

/** Runs a command and discards its output. Returns MB/s. */
function rate(argv: readonly string[]): number {
	const [file = "", ...rest] = argv;
	const nowhere = openSync("/dev/null", "r+");
	const before = Bun.nanoseconds();
	const { status } = spawnSync(file, rest, { stdio: [nowhere, nowhere, "inherit"] });
	if (status !== 0) throw new Error(`${argv.join(" ")}: status ${status}`);
	return SIZE / 1e6 / ((Bun.nanoseconds() - before) / 1e9);
}
