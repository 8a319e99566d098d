// SPDX-License-Identifier: BSD-2-Clause
// Runs the executable on a terminal of its own, in place of a person at a terminal emulator.
import { answersTo } from "./answers.ts";
import { PFLASK } from "./paths.ts";
import { signal } from "./processes.ts";
import { DEFAULT_ENVIRONMENT, type RunOptions, signalName } from "./run.ts";
import { BOUND, until, within } from "./until.ts";

/** The options of a run on a terminal. */
export interface TerminalOptions extends Pick<RunOptions, "env" | "cwd" | "via" | "program"> {
	readonly rows?: number;
	readonly columns?: number;
	/** Whether the terminal replies to queries, like a terminal emulator. */
	readonly answers?: boolean;
}

/** How a session ended. */
export interface SessionEnd {
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	/** All output on the terminal. */
	readonly bytes: Buffer;
	readonly out: string;
}

/** A session at a terminal. */
export interface Session {
	readonly pid: number;
	/** The output on the terminal so far. */
	readonly out: string;
	type(text: string | Uint8Array): void;
	resize(rows: number, columns: number): void;
	/** Closes the terminal, like a user who closes the window of a terminal. */
	hangUp(): void;
	kill(signal: NodeJS.Signals | number): void;
	/** Waits until the terminal shows a text. */
	until(wanted: string | RegExp): Promise<void>;
	readonly ended: Promise<SessionEnd>;
}

/** Starts the executable on a terminal that becomes its controlling terminal. */
export function startOnTerminal(args: readonly string[], options: TerminalOptions = {}): Session {
	const { via = [], program = PFLASK, rows = 30, columns = 100 } = options;
	const chunks: Uint8Array[] = [];
	const answerTo = options.answers ? answersTo() : undefined;
	const drained = Promise.withResolvers<void>();
	let over = false;
	const child = Bun.spawn([...via, program, ...args], {
		env: { ...(options.env ?? DEFAULT_ENVIRONMENT) },
		...(options.cwd === undefined ? {} : { cwd: options.cwd }),
		terminal: {
			rows,
			cols: columns,
			data(self, bytes) {
				chunks.push(bytes.slice());
				const answer = answerTo?.(bytes);
				if (answer) self.write(answer);
			},
			exit: () => drained.resolve(),
		},
	});
	const { terminal } = child;
	if (!terminal) throw new Error("no terminal");
	const end = Promise.all([child.exited, drained.promise]).then(() => {
		terminal.close();
		over = true;
		const bytes = Buffer.concat(chunks);
		const status = child.signalCode === null ? child.exitCode : null;
		return { status, signal: signalName(child), bytes, out: bytes.toString() };
	});
	const session: Session = {
		pid: child.pid,
		get out() {
			return Buffer.concat(chunks).toString();
		},
		type: (text) => void terminal.write(text),
		resize: (newRows, newColumns) => terminal.resize(newColumns, newRows),
		hangUp() {
			terminal.close();
			drained.resolve();
		},
		kill: (number) => signal(child.pid, number),
		async until(wanted) {
			const what = `${args.join(" ")}: on the terminal ${wanted}`;
			await until(what, () => {
				const last = over;
				if (session.out.match(wanted)) return true;
				if (last) throw new Error(`${what}: it ended`);
				return false;
			}).catch((error: Error) => {
				throw new Error(`${error.message}; there is: ${session.out.slice(-2000)}`);
			});
		},
		ended: within(`the end of ${args.join(" ")}`, end, BOUND),
	};
	session.ended.catch(() => signal(child.pid, "SIGKILL"));
	return session;
}
