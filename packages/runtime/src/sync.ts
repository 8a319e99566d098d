// SPDX-License-Identifier: BSD-2-Clause
// Runs a container, and blocks the thread until its end.
import { EXIT } from "./abi.gen.ts";
import { changesFileFor } from "./changes.ts";
import { decodeExit, startPlan } from "./container.ts";
import { PflaskError } from "./error.ts";
import { exitOf } from "./exit.ts";
import { openFiles, type Spec } from "./files.ts";
import { appendOnly, contentsOfMemory, memoryFile } from "./libc.ts";
import { nativeRest } from "./library.ts";
import { type AnyOptions, checkOptions, type SpawnOptions } from "./options.ts";
import { plan, planHandle } from "./plan.ts";
import { type Result, resultOf } from "./result.ts";
import { fieldsWith } from "./running.ts";
import { checkKeys } from "./spec-check.ts";
import { closeOpened, type Opened, openInput, openOutput } from "./streams.ts";
import { makeStruct } from "./struct.ts";

/** The input of the command of runSync(). */
export type SyncInput = "inherit" | "ignore" | number | Uint8Array;

/** The place for the error messages of the command of runSync(). */
export type SyncOutput = "pipe" | "inherit" | "ignore" | number;

/** The options of runSync(): those of run() that need no event loop. */
export interface SyncOptions
	extends Pick<SpawnOptions<SyncInput, "pipe", SyncOutput>, "stdin" | "timeout" | "killSignal"> {
	/** Where the command's error messages go. Default: "pipe", so that runSync() collects them. */
	readonly stderr?: SyncOutput;
	/** Whether a status other than 0 is an error, a CommandError. Default: no. */
	readonly check?: boolean;
}

const NAMES = ["stdin", "stderr", "timeout", "killSignal", "check"];

/**
 * Runs a container to its end, collects its output, and blocks the thread meanwhile. The output is
 * kept in memory; there is no limit on its size. Throws a PflaskError if the container cannot
 * start.
 */
export function runSync(spec: Spec, options: SyncOptions = {}): Result {
	checkKeys(options, NAMES);
	const { check = false, ...rest } = options;
	checkOptions(rest as AnyOptions);
	using all = new DisposableStack();
	const files = openFiles(spec);
	all.defer(files.close);
	if (files.needsLoop) throw blocked("files", "Blob");
	const changes = changesFileFor(spec);
	if (changes !== undefined) all.defer(changes.close);
	const fields = { ...fieldsWith(files.fields, rest as AnyOptions), ...changes?.fields };
	if (fields.terminal) throw blocked("terminal", "terminal");
	const made = all.use(plan(fields));
	const [stdin, stdout, stderr] = openStreams(rest, all);
	const handle = startPlan(planHandle(made), [stdin.fd, stdout.fd, stderr.fd], 0, fields);
	all.defer(() => void nativeRest().pflask_close(handle));
	const struct = makeStruct(EXIT);
	nativeRest().pflask_wait(handle, -1, struct, EXIT.size);
	const exit = exitOf(decodeExit(struct));
	const isListed = changes !== undefined && exit.failures.every(({ field }) => field !== "changes");
	const bytes = { stdout: bytesOf(stdout), stderr: bytesOf(stderr) };
	return resultOf(spec, exit, bytes, isListed ? changes.readSync() : [], check);
}

function openStreams(
	{ stdin = "ignore", stderr = "pipe" }: SyncOptions,
	all: DisposableStack,
): [Opened, Opened, Opened] {
	const isBytes = stdin instanceof Uint8Array;
	if ((stdin as string) === "pipe" || (typeof stdin === "object" && !isBytes))
		throw blocked("stdin", "pipe or a stream");
	const open = (opened: Opened): Opened => all.adopt(opened, closeOpened);
	return [
		open(openInput(stdin, 0)),
		open(openCollected()),
		open(stderr === "pipe" ? openCollected() : openOutput(stderr, 2)),
	];
}

/** Opens a file in memory, because a pipe would have to be read while the thread is blocked. */
function openCollected(): Opened {
	const fd = memoryFile("pflask-output");
	if (fd < 0) throw new PflaskError("stdout: cannot make a file in memory", { code: "internal" });
	appendOnly(fd);
	return { fd, isOwn: true, end: fd };
}

function bytesOf({ end }: Opened): Uint8Array {
	return end < 0 ? new Uint8Array() : contentsOfMemory(end);
}

function blocked(field: string, what: string): PflaskError {
	return new PflaskError(`${field}: runSync() blocks the thread, which cannot serve a ${what}`, {
		code: "invalid",
		field,
		hint: "await run(spec, options)",
	});
}
