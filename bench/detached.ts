// SPDX-License-Identifier: BSD-2-Clause
// Detached containers: how soon one can type, and how fast output comes through, against dtach(1),
// which Debian has (it has no abduco).
import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { median, PFLASK, run } from "./lib.ts";

const SIZE = 100_000_000;
const ROUNDS = 3;
const ATTACHES = 40;

/** Returns the median time from the start of --attach until what is typed is answered, ms. */
export async function attachTime(): Promise<number> {
	const monitor = run([PFLASK, "--detach", "--", "cat"]).trim();
	const times: number[] = [];
	for (let round = 0; round < ATTACHES; round++) times.push(await oneAttach(monitor));
	run([PFLASK, "--kill=KILL", monitor]);
	return median(times);
}

async function oneAttach(monitor: string): Promise<number> {
	const answered = Promise.withResolvers<void>();
	const mark = crypto.randomUUID();
	let text = "";
	const before = Bun.nanoseconds();
	const child = Bun.spawn([PFLASK, `--attach=${monitor}`], {
		terminal: {
			data: (_, bytes) => {
				text += new TextDecoder().decode(bytes);
				if (text.includes(mark)) answered.resolve();
			},
		},
	});
	child.terminal?.write(`${mark}\n`);
	await answered.promise;
	const time = (Bun.nanoseconds() - before) / 1e6;
	child.terminal?.write("\0");
	await child.exited;
	child.terminal?.close();
	return time;
}

/** Returns how many MB/s come through to one who is attached, on a terminal of script(1)'s. */
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

/** Types a line into what attaches, and reads it to its end. Returns MB/s. */
function rate(command: string): number {
	const nowhere = openSync("/dev/null", "w");
	const before = Bun.nanoseconds();
	spawnSync("script", ["-qec", command, "/dev/null"], {
		input: "go\n",
		stdio: ["pipe", nowhere, "inherit"],
	});
	return SIZE / 1e6 / ((Bun.nanoseconds() - before) / 1e9);
}
