// SPDX-License-Identifier: BSD-2-Clause
// Runs the built executable with pipes, files or nothing as its standard streams.
import { PFLASK } from "./paths.ts";
import { type Facts, facts } from "./probe.ts";
import { signal } from "./processes.ts";
import { BOUND, until, within } from "./until.ts";

/** How the executable is run. */
export interface RunOptions {
	/** Its stdin: null is /dev/null (the default), a text or bytes come through a pipe, "pipe"
	 * is a pipe that `write` fills, a number a descriptor of this process. */
	readonly stdin?: null | "pipe" | string | Uint8Array | number;
	/** Its stdout, a pipe that is read (the default) or a descriptor. */
	readonly stdout?: "pipe" | number;
	readonly stderr?: "pipe" | number;
	/** Descriptors it finds as 3, 4 and so on. */
	readonly extra?: readonly number[];
	/** Its whole environment, beside TMPDIR. Default: PATH, HOME and TERM. */
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
	/** Words before the executable: a program that sets something up and then becomes it. */
	readonly via?: readonly string[];
	/** What is run in its place. */
	readonly program?: string;
	/** How long it may take, milliseconds, where that is more than usual. */
	readonly bound?: number;
}

/** How it ended. */
export interface Ended {
	/** Its exit status, or null if a signal ended it. */
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: Buffer;
	readonly stderr: Buffer;
	readonly out: string;
	readonly err: string;
	/** What the probe wrote to stdout. */
	readonly facts: Facts;
}

/** A running one. */
export interface Running {
	readonly pid: number;
	/** What it wrote to stdout up to now. */
	readonly out: string;
	readonly err: string;
	/** Writes to its stdin, a "pipe". */
	write(bytes: string | Uint8Array): Promise<void>;
	closeStdin(): Promise<void>;
	kill(signal: NodeJS.Signals | number): void;
	/** Waits until stdout has what is looked for. */
	until(wanted: string | RegExp): Promise<void>;
	/** Waits for its end and that of everybody who has its stdout or stderr. */
	readonly ended: Promise<Ended>;
}

export const DEFAULT_ENVIRONMENT: Readonly<Record<string, string>> = {
	PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	HOME: "/root",
	TERM: "xterm",
};

/** A growing record of what a stream gave. */
class Recording {
	readonly chunks: Uint8Array[] = [];
	get bytes(): Buffer {
		return Buffer.concat(this.chunks);
	}
}

async function collect(
	stream: ReadableStream<Uint8Array> | number | undefined,
	record: Recording,
): Promise<void> {
	if (!(stream instanceof ReadableStream)) return;
	for await (const chunk of stream) record.chunks.push(chunk);
}

/** Starts the executable; the arguments are its own. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
	const { via = [], program = PFLASK, stdin = null, extra = [], bound = BOUND } = options;
	const input = typeof stdin === "string" && stdin !== "pipe" ? Buffer.from(stdin) : stdin;
	const child = Bun.spawn([...via, program, ...args], {
		stdio: [
			input === null ? "ignore" : input,
			options.stdout ?? "pipe",
			options.stderr ?? "pipe",
			...extra,
		],
		env: { ...(options.env ?? DEFAULT_ENVIRONMENT) },
		...(options.cwd === undefined ? {} : { cwd: options.cwd }),
	});
	const out = new Recording();
	const err = new Recording();
	let over = false;
	const end = Promise.all([
		collect(child.stdout, out),
		collect(child.stderr, err),
		child.exited,
	]).then(() => {
		over = true;
		return ended(child, out, err);
	});
	const running: Running = {
		pid: child.pid,
		get out() {
			return out.bytes.toString();
		},
		get err() {
			return err.bytes.toString();
		},
		async write(bytes) {
			const pipe = child.stdin as unknown as Bun.FileSink;
			pipe.write(bytes);
			await pipe.flush();
		},
		async closeStdin() {
			await (child.stdin as unknown as Bun.FileSink).end();
		},
		kill: (number) => signal(child.pid, number),
		async until(wanted) {
			const what = `${args.join(" ")}: output ${wanted}`;
			await until(what, () => {
				const last = over;
				if (out.bytes.toString().match(wanted)) return true;
				if (last) throw new Error(`${what}: it ended: ${out.bytes}${err.bytes}`);
				return false;
			});
		},
		ended: within(`the end of ${args.join(" ")}`, end, bound),
	};
	running.ended.catch(() => signal(child.pid, "SIGKILL"));
	return running;
}

/** The name of the signal that ended a process. */
export function signalName(child: Bun.Subprocess): NodeJS.Signals | null {
	const { signalCode } = child;
	return typeof signalCode === "number" ? null : signalCode;
}

function ended(child: Bun.Subprocess, out: Recording, err: Recording): Ended {
	const text = out.bytes.toString();
	return {
		status: child.signalCode === null ? child.exitCode : null,
		signal: signalName(child),
		stdout: out.bytes,
		stderr: err.bytes,
		out: text,
		err: err.bytes.toString(),
		facts: facts(text),
	};
}
