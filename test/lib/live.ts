// SPDX-License-Identifier: BSD-2-Clause
// Makes the environment of every test that runs the executable in real namespaces.
import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import t, { type Test } from "tap";
import { forgetAll, traces } from "./detached.ts";
import { footprint, lastingLeftovers } from "./footprint.ts";
import { isRoot, sh } from "./host.ts";
import { need } from "./need.ts";
import { descendants, signal } from "./processes.ts";
import { DEFAULT_ENVIRONMENT, type Ended, type Running, type RunOptions, start } from "./run.ts";
import { type Session, startOnTerminal, type TerminalOptions } from "./terminal.ts";

/** Runs the programs of a test. The test's own directory is removed after the test. */
export interface Box {
	/** The test's own directory. */
	readonly dir: string;
	/** The directory that the programs get as TMPDIR. The directory must stay empty. */
	readonly tmp: string;
	/** Starts the executable (run.ts). */
	start(args: readonly string[], options?: RunOptions): Running;
	/** Runs the executable to its end. */
	run(args: readonly string[], options?: RunOptions): Promise<Ended>;
	/** Starts the executable on a terminal (terminal.ts). */
	terminal(args: readonly string[], options?: TerminalOptions): Session;
}

function environment(tmp: string, env: RunOptions["env"]): { env: Record<string, string> } {
	return { env: { TMPDIR: tmp, ...(env ?? DEFAULT_ENVIRONMENT) } };
}

function openBox(): Box {
	const dir = mkdtempSync("/tmp/pftest-");
	const tmp = `${dir}/tmp`;
	mkdirSync(tmp);
	chmodSync(dir, 0o755); // A test may run programs as other users.
	chmodSync(tmp, 0o1777);
	function run(args: readonly string[], options: RunOptions = {}): Running {
		return start(args, { ...options, ...environment(tmp, options.env) });
	}
	return {
		dir,
		tmp,
		start: run,
		run: (args, options) => run(args, options).ended,
		terminal: (args, options = {}) =>
			startOnTerminal(args, { ...options, ...environment(tmp, options.env) }),
	};
}

async function closeBox(box: Box): Promise<void> {
	for (const { pid } of descendants()) signal(pid, "SIGKILL");
	// A fault in pflask may leave a mount of the host behind, and rm must not delete the files in the
	// mount.
	await sh(["rm", "-rf", "--one-file-system", box.dir]);
}

async function check(t: Test, box: Box, before: ReturnType<typeof footprint>): Promise<void> {
	t.same(await lastingLeftovers(before), [], "nothing is left on the host");
	t.same(await sh(["ls", "-A", box.tmp]), "", "nothing is left in TMPDIR");
	t.same(traces(box), [], "nothing is left in the control directory");
}

type Body = (t: Test, box: Box) => Promise<void>;

async function inBox(t: Test, body: Body): Promise<void> {
	const before = footprint();
	const box = openBox();
	try {
		try {
			await body(t, box);
		} finally {
			forgetAll(box);
		}
		await check(t, box, before);
	} finally {
		await closeBox(box);
	}
}

const OPTIONS = { timeout: 1_200_000 };

/** Defines a test that needs root. Checks that the programs of the test leave nothing behind. */
export function live(name: string, body: Body): void {
	t.test(name, OPTIONS, async (t) => {
		if (need(t, isRoot(), "making namespaces needs root")) await inBox(t, body);
	});
}

/** Defines a test that starts no container, and therefore needs no privilege. */
export function anyone(name: string, body: Body): void {
	t.test(name, OPTIONS, (t) => inBox(t, body));
}
