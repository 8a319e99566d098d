// SPDX-License-Identifier: BSD-2-Clause
// Detached containers: the delay until a user can type, and the throughput of output, compared with
// dtach(1), which Debian has (it has no abduco).
import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { median, PFLASK, run } from "./lib.ts";

const SIZE = 100_000_000;
const ROUNDS = 3;
const ATTACHES = 40;

/**
 * Returns the time that attaching takes, milliseconds: the median of the time from the start of
 * --attach to the reply to typed text, minus the time from the start of --version to its output.
 */
export async function attachTime(): Promise<number> {
	// The reply differs from the typed text, because the terminal may echo the typed text first.
	const answer = "while read number; do echo $((number + 1)); done";
	const monitor = run([PFLASK, "--detach", "--", "sh", "-c", answer]).trim();
	const times: number[] = [];
	for (let round = 0; round < ATTACHES; round++)
		times.push((await oneAttach(monitor)) - (await versionTime()));
	run([PFLASK, "--kill=KILL", monitor]);
	return median(times);
}

async function versionTime(): Promise<number> {
	const { child, time } = await untilShown([PFLASK, "--version"], /\d\.\d/);
	await child.exited;
	child.terminal?.close();
	return time;
}

async function oneAttach(monitor: string): Promise<number> {
	const number = 1_000_000 + Math.floor(Math.random() * 1e8);
	const answer = new RegExp(`${number + 1}`);
	const { child, time } = await untilShown([PFLASK, `--attach=${monitor}`], answer, `${number}\n`);
	child.terminal?.write("\0");
	await child.exited;
	child.terminal?.close();
	return time;
}

/** Starts a command on a terminal, types `typed`, and waits until the terminal shows `wanted`. */
async function untilShown(
	argv: readonly string[],
	wanted: RegExp,
	typed = "",
): Promise<{ child: Bun.Subprocess; time: number }> {
	const shown = Promise.withResolvers<void>();
	let text = "";
	const before = Bun.nanoseconds();
	const child = Bun.spawn([...argv], {
		terminal: {
			data: (_, bytes) => {
				text += new TextDecoder().decode(bytes);
				if (wanted.test(text)) shown.resolve();
			},
		},
	});
	child.terminal?.write(typed);
	await shown.promise;
	return { child, time: (Bun.nanoseconds() - before) / 1e6 };
}

/** Returns the throughput to an attached client on a terminal of script(1), MB/s. */
export function attachRates(directory: string): { pflask: number; dtach: number } {
	const text = `${directory}/large`;
	run(["sh", "-c", `yes 'a line of text as programs print it' | head -c ${SIZE} >${text}`]);
	const command = `sh -c "read go; cat ${text}"`;
	const pflask: number[] = [];
	const dtach: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const monitor = run([PFLASK, "--detach", "--", "sh", "-c", `read go; cat ${text}`]).trim();
		pflask.push(rate(`${PFLASK} --attach=${monitor}`));
		const socket = `${directory}/dtach${round}`;
		run(["sh", "-c", `dtach -n ${socket} -E -r none ${command}`]);
		dtach.push(rate(`dtach -a ${socket} -E -r none`));
	}
	return { pflask: median(pflask), dtach: median(dtach) };
}

/** Types a line into an attached client and reads its output to the end. Returns MB/s. */
function rate(command: string): number {
	const nowhere = openSync("/dev/null", "w");
	const before = Bun.nanoseconds();
	spawnSync("script", ["-qec", command, "/dev/null"], {
		input: "go\n",
		stdio: ["pipe", nowhere, "inherit"],
	});
	return SIZE / 1e6 / ((Bun.nanoseconds() - before) / 1e9);
}
