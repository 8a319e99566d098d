// SPDX-License-Identifier: BSD-2-Clause
// Times different things in turn, so that a load on the machine affects all of them.
import { median } from "./lib.ts";

/** A thing to time. */
export interface Thing {
	readonly name: string;
	/** Prepares a run. The preparation is not timed. */
	readonly before?: () => void;
	readonly run: () => void;
	/** Waits until the run has no effect any more. The wait is not timed. */
	readonly after?: () => void;
}

/** Returns the median time of each thing by its name, milliseconds. The first round warms up. */
export function medians(things: readonly Thing[], runs: number): Map<string, number> {
	const taken = new Map(things.map((thing) => [thing, [] as number[]]));
	for (let round = 0; round <= runs; round++)
		for (const [thing, times] of taken) {
			thing.before?.();
			const start = Bun.nanoseconds();
			thing.run();
			const ms = (Bun.nanoseconds() - start) / 1e6;
			if (round > 0) times.push(ms);
			thing.after?.();
		}
	return new Map([...taken].map(([{ name }, times]) => [name, median(times)]));
}

/** Returns a thing that runs a command to its end. The output of the command is thrown away. */
export function command(name: string, argv: readonly string[]): Thing {
	return {
		name,
		run: () => {
			const ended = Bun.spawnSync([...argv], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
			if (ended.exitCode !== 0)
				throw new Error(`${argv.join(" ")}: status ${ended.exitCode}: ${ended.stderr}`);
		},
	};
}
