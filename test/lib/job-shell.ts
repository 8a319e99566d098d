// SPDX-License-Identifier: BSD-2-Clause
// Runs a shell with job control on a terminal, for tests of the executable as a job of the shell.
import { readFileSync } from "node:fs";
import type { Box } from "./live.ts";
import { PFLASK } from "./paths.ts";
import { DEFAULT_ENVIRONMENT } from "./run.ts";
import type { Session } from "./terminal.ts";
import { until } from "./until.ts";

/** Starts a shell. Its prompt is "$ ". */
export async function shell(box: Box): Promise<Session> {
	const env = { ...DEFAULT_ENVIRONMENT, PS1: "$ ", HISTFILE: "", TERM: "dumb" };
	const session = box.terminal(["--norc", "--noprofile", "-i"], { program: "/bin/bash", env });
	await session.until(/^\$ $/m);
	return session;
}

/** Returns a command line for pflask. The arguments must not need quotes. */
export function line(...words: readonly string[]): string {
	return `${[PFLASK, ...words].join(" ")}\n`;
}

/** Types "exit" into a shell, and waits for the end of the shell. Returns the output. */
export async function leave(session: Session): Promise<string> {
	session.type("\x15exit\n");
	return (await session.ended).out;
}

/** Waits until a job of a shell is in the foreground. */
export async function untilForeground(session: Session): Promise<void> {
	await until("a job in the foreground", () => {
		const fields = readFileSync(`/proc/${session.pid}/stat`, "latin1").split(") ")[1]?.split(" ");
		return Number(fields?.[5]) !== session.pid;
	});
}
