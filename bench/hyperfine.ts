// SPDX-License-Identifier: BSD-2-Clause
// Whole commands, timed by hyperfine. It runs one command after the other, so a machine that gets
// busy for a moment would spoil one of them: rounds of a few runs each spread that over all.
import { readFileSync } from "node:fs";
import { median, run } from "./lib.ts";

const ROUNDS = 10;
const RUNS = 6;

/** A command to be timed; `argv` is not given to a shell. */
export interface Command {
	readonly name: string;
	readonly argv: readonly string[];
}

interface Report {
	readonly results: readonly { readonly times: readonly number[] }[];
}

/** Times commands, interleaved; returns the median of each in milliseconds. */
export function timeAll(commands: readonly Command[], directory: string): Map<string, number> {
	const times = commands.map((): number[] => []);
	for (let round = 0; round < ROUNDS; round++)
		oneRound(commands, directory).forEach((part, i) => {
			times[i]?.push(...part);
		});
	return new Map(commands.map(({ name }, i) => [name, median(times[i] ?? []) * 1000]));
}

function oneRound(commands: readonly Command[], directory: string): (readonly number[])[] {
	const file = `${directory}/hyperfine.json`;
	const quoted = commands.map(({ argv }) => argv.map(quote).join(" "));
	const options = ["-N", "--warmup", "2", "--runs", `${RUNS}`, "--style", "none"];
	run(["hyperfine", ...options, "--export-json", file, ...quoted]);
	const report: Report = JSON.parse(readFileSync(file, "utf8"));
	return report.results.map((result) => result.times);
}

function quote(word: string): string {
	return /^[\w./:=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
