// SPDX-License-Identifier: BSD-2-Clause
// Runs the built executable, with pipes, files or /dev/null as its standard streams.
import { PFLASK } from "./paths.ts";
import { type Facts, facts } from "./probe.ts";
import { signal } from "./processes.ts";
import { BOUND, until, within } from "./until.ts";

/** The options of a run. */
export interface RunOptions {
	/**
	 * The stdin. null means /dev/null (the default). "pipe" means a pipe that `write` fills. Any
	 * other text, or bytes, come through a pipe. A number is a descriptor of this process.
	 */
	readonly stdin?: null | "pipe" | string | Uint8Array | number;
	/** The stdout: a pipe to this process (the default), or a descriptor of this process. */
	readonly stdout?: "pipe" | number;
	readonly stderr?: "pipe" | number;
	/** Descriptors that the executable gets as 3, 4 and so on. */
	readonly extra?: readonly number[];
	/** All variables of the environment except TMPDIR. Default: PATH, HOME and TERM. */
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
	/** A command prefix: a program that prepares the run and then executes its arguments. */
	readonly via?: readonly string[];
	/** The program to run instead of the executable. */
	readonly program?: string;
	/** The time limit, milliseconds, if the default is too short. */
	readonly bound?: number;
}

/** The result of a run. */
export interface Ended {
	/** The exit status, or null if a signal ended the executable. */
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: Buffer;
	readonly stderr: Buffer;
	readonly out: string;
	readonly err: string;
	/** The output of the probe on stdout. */
	readonly facts: Facts;
}

/** A running executable. */
export interface Running {
	readonly pid: number;
	/** The output on stdout so far. */
	readonly out: string;
	readonly err: string;
	/** Writes to the stdin, which must be a "pipe". */
	write(bytes: string | Uint8Array): Promise<void>;
	closeStdin(): Promise<void>;
	kill(signal: NodeJS.Signals | number): void;
	/** Waits until stdout contains a text. */
	until(wanted: string | RegExp): Promise<void>;
	/**
	 * Waits for the end of the executable, and of all processes that have its stdout or stderr open.
	 */
	readonly ended: Promise<Ended>;
}

export const DEFAULT_ENVIRONMENT: Readonly<Record<string, string>> = {
	PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	HOME: "/root",
	TERM: "xterm",
};

/** Collects the output of a stream. */
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

/** Starts the executable with arguments. */
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

/** Returns the name of the signal that ended a process. */
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
