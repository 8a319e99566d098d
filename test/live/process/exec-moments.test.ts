// SPDX-License-Identifier: BSD-2-Clause
// The processes of --exec are killed or stopped at chosen moments (test/probe/moment.c). At any
// moment, the caller gets a status, and neither a process nor an open pipe is left.
import t, { type Test } from "tap";
import { countDescriptors, detach, finish } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { processes } from "../../lib/processes.ts";
import { until } from "../../lib/until.ts";

/** The processes of --exec: the joiner, and its child, which becomes the command. */
type Who = "joiner" | "command" | "both";

const SIGNALS = { SIGKILL: 9, SIGSTOP: 19 } as const;

/** The children and the descriptors that a monitor has. */
interface State {
	/** The children of the monitor, zombies too. */
	readonly children: number[];
	/** The number of descriptors of the monitor. */
	readonly descriptors: number;
}

function stateOf(monitor: number): State {
	const children = processes().filter(({ parent }) => parent === monitor);
	return {
		children: children.map(({ pid }) => pid).sort(),
		descriptors: countDescriptors(monitor),
	};
}

/** The result of a command of --exec that a signal has disturbed. */
interface Disturbed {
	readonly status: number | null;
	readonly err: string;
	/**
	 * Whether the signal was sent. A signal is not sent if the processes have ended before the
	 * moment.
	 */
	readonly isSent: boolean;
}

/** Runs a command of --exec, and sends a signal to its processes at a moment. */
async function disturb(
	box: Box,
	monitor: number,
	who: Who,
	when: number | "fork",
	name: keyof typeof SIGNALS,
): Promise<Disturbed> {
	const words = ["at-moment", `${monitor}`, who, `${when}`, `${SIGNALS[name]}`];
	const tracer = box.start(words, { program: PROBE });
	await tracer.until("traced ok");
	const { status, err } = await box.run([`--exec=${monitor}`, "--", PROBE, "exit", "7"]);
	const isSent = (await tracer.ended).facts("moment") === "ok";
	return { status, err, isSent };
}

/**
 * Checks that a monitor has no more children and descriptors than before, and still serves --exec.
 */
async function checkMonitor(t: Test, box: Box, monitor: number, before: State, what: string) {
	await until(`${what}: nothing is left`, () => {
		const { children, descriptors } = stateOf(monitor);
		return `${children}` === `${before.children}` && descriptors <= before.descriptors;
	});
	const after = await box.run([`--exec=${monitor}`, "--", PROBE, "exit", "3"]);
	t.equal(after.status, 3, `${what}: the next command runs: ${after.err}`);
}

/**
 * Starts a container. Returns its monitor, and the state of the monitor. The state may still have
 * descriptors that the monitor closes only after the caller of the first command has ended.
 */
async function startIn(box: Box, args: readonly string[]): Promise<[monitor: number, State]> {
	const monitor = await detach(box, [...args, "--", PROBE, "hold"]);
	await box.run([`--exec=${monitor}`, "--", PROBE, "exit", "0"]); // fills caches of the monitor
	return [monitor, stateOf(monitor)];
}

const ERROR = /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/;

for (const args of [[], ["-P"]])
	for (const who of ["joiner", "command"] as const)
		live(`the ${who} is killed before each system call: ${args}`, async (t, box) => {
			const [monitor, before] = await startIn(box, args);
			for (let calls = 0, isSent = true; isSent; calls++) {
				const run = await disturb(box, monitor, who, calls, "SIGKILL");
				const what = `before the system call ${calls}: ${run.status}: ${run.err}`;
				isSent = run.isSent;
				if (run.status === 125) t.match(run.err, ERROR, what);
				else t.ok(run.status === 7 || run.status === 137, what);
				await checkMonitor(t, box, monitor, before, what);
			}
			await finish(box, monitor);
		});

for (const args of [[], ["-P"]])
	for (const name of ["SIGKILL", "SIGSTOP"] as const)
		for (const who of ["joiner", "command", "both"] as const)
			live(`${name} for ${who} when the child is new: ${args}`, async (t, box) => {
				const [monitor, before] = await startIn(box, args);
				const run = await disturb(box, monitor, who, "fork", name);
				const what = `${run.status}: ${run.err}`;
				t.ok(run.isSent, what);
				t.equal(run.status, who === "joiner" ? 7 : 125, what);
				if (who !== "joiner") t.match(run.err, ERROR, what);
				await checkMonitor(t, box, monitor, before, what);
				await finish(box, monitor);
			});

t.end();
