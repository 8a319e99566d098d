// SPDX-License-Identifier: BSD-2-Clause
// Runs commands of the host for the harness.
import { BOUND } from "./until.ts";

/** Runs a command of the host and returns its output. Throws if the command fails. */
export async function sh(argv: readonly string[], bound: number = BOUND): Promise<string> {
	const child = Bun.spawn([...argv], {
		stdin: "ignore",
		stdout: "pipe",
		stderr: "pipe",
		timeout: bound,
		killSignal: "SIGKILL",
	});
	const [out, err, status] = await Promise.all([
		child.stdout.text(),
		child.stderr.text(),
		child.exited,
	]);
	if (status !== 0) throw new Error(`${argv.join(" ")}: status ${status}\n${err}${out}`);
	return out;
}

/** Tells whether a command is installed. */
export function has(command: string): boolean {
	return Bun.which(command) !== null;
}

/** Tells whether this process may make namespaces. */
export function isRoot(): boolean {
	return process.getuid?.() === 0;
}
