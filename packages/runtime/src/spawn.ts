// SPDX-License-Identifier: BSD-2-Clause
// Starts containers from a running program, and runs them to their ends.
import type { Change } from "./changes.ts";
import type { Info } from "./container.ts";
import { PflaskError } from "./error.ts";
import { type ExecOptions, type ExecSpec, type Place, prepareCommand } from "./exec.ts";
import type { Exit } from "./exit.ts";
import type { Spec } from "./files.ts";
import { ESRCH } from "./numbers.gen.ts";
import { type AnyOptions, checkOptions, type SpawnOptions } from "./options.ts";
import { prepare } from "./prepared.ts";
import { type Result, resultOf } from "./result.ts";
import { fieldsWith, Running } from "./running.ts";
import type { Signal } from "./signal.ts";
import type { Spec as Fields } from "./spec.gen.ts";
import type { Input, Output, Writer } from "./streams.ts";
import type { Terminal } from "./terminal.ts";

/** A command of exec(). A container of spawn() has the same members. */
export interface Command<I = unknown, O = unknown, E = unknown> extends AsyncDisposable {
	/** The pipe that the command reads, with `stdin: "pipe"`. */
	readonly stdin: I extends "pipe" ? Writer : undefined;
	/** The command's output, with `stdout: "pipe"`. A command that fills the pipe waits. */
	readonly stdout: O extends "pipe" ? ReadableStream<Uint8Array> : undefined;
	/** The command's error messages, with `stderr: "pipe"`. */
	readonly stderr: E extends "pipe" ? ReadableStream<Uint8Array> : undefined;
	/** The terminal of the command, with `terminal`. */
	readonly terminal: Terminal | undefined;
	/** Resolves when the command has been executed. Rejects with the PflaskError of the start. */
	readonly started: Promise<Info>;
	/**
	 * Resolves at the end of the container with the status that a shell would show: the exit code, or
	 * 128 plus the number of the signal. Rejects with the PflaskError of the start.
	 */
	readonly exited: Promise<number>;
	/** How the container has ended; null while it runs. */
	readonly exit: Exit | null;
	/** The pid of the command; null before its execution and after the end. */
	readonly pid: number | null;
	/**
	 * Sends a signal to the command. INT, QUIT, HUP, STOP and CONT go to its process group, and
	 * KILL goes to the whole container. Returns false if the container has ended. Default: SIGTERM.
	 */
	kill(signal?: Signal | number): boolean;
	/**
	 * Lets the program end while the container runs; the container ends with the program. A read that
	 * waits for a stream keeps the program running, too. `data` of a terminal is such a read.
	 */
	unref(): void;
	/** Keeps the program running until the container has ended. This is the default. */
	ref(): void;
	/** Kills the container, and waits for its end. */
	[Symbol.asyncDispose](): Promise<void>;
}

/** A container of spawn(). */
export interface Container<I = unknown, O = unknown, E = unknown> extends Command<I, O, E> {
	/**
	 * Waits for the end, and returns the changes of the container, if its root is ephemeral.
	 * Rejects with a PflaskError if the changes cannot be listed.
	 */
	changes(): Promise<readonly Change[]>;
	/**
	 * Runs a command in the container, as confined as the container's own command. Returns at once.
	 * A command of a container that has not started yet waits for the start. The command ends with
	 * the container. Throws a PflaskError if the container has ended.
	 */
	exec<
		const I extends Input = "ignore",
		const O extends Output = "pipe",
		const E extends Output = "inherit",
	>(command: readonly string[] | ExecSpec, options?: ExecOptions<I, O, E>): Command<I, O, E>;
}

class Spawned extends Running implements Place {
	exec(command: readonly string[] | ExecSpec, options: AnyOptions = {}): Running {
		return new Running(prepareCommand(this, command, options), options);
	}

	gone(): unknown {
		const why =
			this.exit === null ? "has not started" : `has ended with status ${this.exit.status}`;
		return new PflaskError(`container: ${why}`, { code: "invalid", errno: ESRCH });
	}
}

/**
 * Starts a container, and returns at once. Throws a PflaskError if the spec or an option is wrong.
 * Throws the reason of `signal` if `signal` is already aborted. A start that fails later rejects
 * `started` and `exited`. The container ends with this program, or with the worker that has started
 * the container.
 */
export function spawn<
	const I extends Input = "ignore",
	const O extends Output = "pipe",
	const E extends Output = "inherit",
>(spec: Spec, options: SpawnOptions<I, O, E> = {}): Container<I, O, E> {
	const any = options as AnyOptions;
	checkOptions(any);
	any.signal?.throwIfAborted();
	const complete = (fields: Fields): Fields => fieldsWith(fields, any);
	const prepared = prepare(spec, { complete, wantsChanges: true });
	return new Spawned(prepared, any) as unknown as Container<I, O, E>;
}

/** The options of run(): those of spawn(), except for the output, which run() collects. */
export interface RunOptions<I extends Input = Input, E extends Output = Output>
	extends Omit<SpawnOptions<I, "pipe", E>, "stdout" | "terminal"> {
	/** Where the command's error messages go. Default: "pipe", so that run() collects them. */
	readonly stderr?: E;
	/** Whether a status other than 0 is an error, a CommandError. Default: no. */
	readonly check?: boolean;
}

/**
 * Runs a container to its end, and collects its output. Rejects with a PflaskError if the container
 * cannot start. With `maxBuffer`, the output of the result is cut.
 */
export async function run<const I extends Input = "ignore", const E extends Output = "pipe">(
	spec: Spec,
	options: RunOptions<I, E> = {},
): Promise<Result> {
	const { check = false, ...rest } = options;
	for (const name of ["stdout", "terminal"])
		if (Object.hasOwn(rest, name))
			throw new PflaskError(`${name}: run() collects the output`, {
				code: "invalid",
				field: name,
				hint: `spawn(spec, { ${name} })`,
			});
	const container = spawn(spec, { ...rest, stderr: options.stderr ?? "pipe" } as AnyOptions);
	const running = container as Container<unknown, "pipe", "pipe">;
	const [stdout, stderr] = await Promise.all([
		bytesOf(running.stdout),
		bytesOf(running.stderr),
		running.exited,
	]);
	if (running.exit === null) throw new PflaskError("container: no end", { code: "internal" });
	const changes = await running.changes().catch(() => []);
	return resultOf(spec, running.exit, { stdout, stderr }, changes, check);
}

async function bytesOf(stream: ReadableStream<Uint8Array> | undefined): Promise<Uint8Array> {
	return stream === undefined ? new Uint8Array() : new Response(stream).bytes();
}
