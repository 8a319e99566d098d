// SPDX-License-Identifier: BSD-2-Clause
// Measures detached containers: the delay until a user can type, and the throughput of output.
// Compares pflask with dtach(1), because Debian has no abduco(1).
import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { median, PFLASK, run } from "./lib.ts";
import { nsenter, startRunning } from "./peers.ts";

const SIZE = 100_000_000;
const ROUNDS = 3;
const ATTACHES = 40;

// A program that answers a number with the next number. The answer must differ from the typed text,
// because the terminal itself may echo the text first.
const ANSWER = 'while read number && [ "$number" != 0 ]; do echo $((number + 1)); done';

/**
 * Returns the median times from the start of a program on a terminal to its first output, ms.
 * pflask attaches to a container that has printed a line. nsenter(1) enters the same container and
 * prints a line.
 */
export async function firstOutputTimes(): Promise<{ pflask: number; nsenter: number }> {
	const running = startRunning();
	const pflaskClient = [PFLASK, `--attach=${running.monitor}`];
	const nsenterClient = [...nsenter(running.leader), "echo", "runs"];
	const pflask: number[] = [];
	const entered: number[] = [];
	for (let round = 0; round < ATTACHES; round++) {
		pflask.push(await oneFirstOutput(pflaskClient));
		entered.push(await oneFirstOutput(nsenterClient));
	}
	run([PFLASK, "--kill=KILL", running.monitor]);
	return { pflask: median(pflask), nsenter: median(entered) };
}

async function oneFirstOutput(argv: readonly string[]): Promise<number> {
	const { child, time } = await untilShown(argv, /runs/);
	await end(child);
	return time;
}

/** Ends a client. */
async function end(child: Bun.Subprocess): Promise<void> {
	child.kill("SIGHUP");
	await child.exited;
	child.terminal?.close();
}

/** Returns the median times from the start of a client to the answer to typed text, ms. */
export async function attachTimes(directory: string): Promise<{ pflask: number; dtach: number }> {
	const monitor = run([PFLASK, "--detach", "--", "sh", "-c", ANSWER]).trim();
	const socket = `${directory}/answers`;
	run(["dtach", "-n", socket, "-E", "-r", "none", "sh", "-c", ANSWER]);
	const pflaskClient = [PFLASK, `--attach=${monitor}`];
	const dtachClient = ["dtach", "-a", socket, "-E", "-r", "none"];
	const pflask: number[] = [];
	const dtach: number[] = [];
	for (let round = 0; round < ATTACHES; round++) {
		pflask.push(await oneAttach(pflaskClient));
		dtach.push(await oneAttach(dtachClient));
	}
	for (const client of [pflaskClient, dtachClient]) await lastAttach(client);
	return { pflask: median(pflask), dtach: median(dtach) };
}

/** Attaches a client, types a number, waits for the answer, and ends the client. */
async function oneAttach(argv: readonly string[]): Promise<number> {
	const number = 1_000_000 + Math.floor(Math.random() * 1e8);
	const answer = new RegExp(`${number + 1}`);
	const { child, time } = await untilShown(argv, answer, `${number}\n`);
	await end(child);
	return time;
}

/** Ends the program that answers. */
async function lastAttach(argv: readonly string[]): Promise<void> {
	const child = Bun.spawn([...argv], { terminal: {} });
	child.terminal?.write("0\n");
	await child.exited;
	child.terminal?.close();
}

/** Starts a command on a terminal, types a text, and waits until the terminal shows a text. */
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
