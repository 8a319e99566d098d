// SPDX-License-Identifier: BSD-2-Clause
// Times whole commands with hyperfine. hyperfine runs one command after the other, so a short load
// on the machine would distort the time of one command. Several rounds with a few runs of each
// command spread the load over all commands.
import { readFileSync } from "node:fs";
import { median, run } from "./lib.ts";

const ROUNDS = 10;
const RUNS = 6;

/** A command to time. No shell reads `argv`. */
export interface Command {
	readonly name: string;
	readonly argv: readonly string[];
	/**
	 * A command prefix of hyperfine: a program that prepares the run and then executes its arguments.
	 * One run of hyperfine times all commands with the same prefix.
	 */
	readonly within?: readonly string[] | undefined;
}

interface Report {
	readonly results: readonly { readonly times: readonly number[] }[];
}

/**
 * Times commands, a few runs of each in turn. Returns the median time of each command by its name,
 * milliseconds.
 */
export function timeAll(commands: readonly Command[], directory: string): Map<string, number> {
	const times = new Map(commands.map((command) => [command, [] as number[]]));
	const groups = Map.groupBy(commands, ({ within }) => within);
	for (let round = 0; round < ROUNDS; round++)
		for (const [within = [], group] of groups)
			for (const [command, part] of oneRound(within, group, directory))
				times.get(command)?.push(...part);
	return new Map([...times].map(([{ name }, all]) => [name, median(all) * 1000]));
}

function oneRound(
	within: readonly string[],
	commands: readonly Command[],
	directory: string,
): [Command, readonly number[]][] {
	const file = `${directory}/hyperfine.json`;
	const quoted = commands.map(({ argv }) => argv.map(quote).join(" "));
	const options = ["-N", "--warmup", "2", "--runs", `${RUNS}`, "--style", "none"];
	run([...within, "hyperfine", ...options, "--export-json", file, ...quoted]);
	const report: Report = JSON.parse(readFileSync(file, "utf8"));
	return commands.map((command, i) => [command, report.results[i]?.times ?? []]);
}

function quote(word: string): string {
	return /^[\w./:=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
