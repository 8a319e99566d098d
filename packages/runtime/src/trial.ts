// SPDX-License-Identifier: BSD-2-Clause
// @pflask/runtime/trial: the functions of libpflask-trial (pflask/trial.h), with their types. The
// library is loaded at the first call.
import { ERROR } from "./abi.gen.ts";
import { cString, fromBytes, toCString } from "./bytes.ts";
import { decodeError, PflaskError } from "./error.ts";
import {
	addressOf,
	bytesAt,
	dlopen,
	type Library,
	type Pointer,
	pointerVariable,
	storedPointer,
	textAt,
} from "./ffi.ts";
import { loadable } from "./library.ts";
import { makeStruct } from "./struct.ts";

const ABI = 1;

const NAMES = {
	pflask_trial_abi: { args: [], returns: "u32" },
	pflask_trial_open: { args: ["cstring", "ptr", "ptr", "u32"], returns: "i32" },
	pflask_trial_close: { args: ["ptr"], returns: "ptr" },
	pflask_trial_select: { args: ["ptr", "ptr", "u32", "ptr", "u32"], returns: "i32" },
	pflask_trial_change: { args: ["ptr", "u32", "ptr", "u32"], returns: "i32" },
	pflask_trial_overlay: { args: ["ptr", "u32", "ptr", "u32"], returns: "i32" },
	pflask_trial_difference: { args: ["ptr", "ptr", "u32", "ptr", "u32"], returns: "i32" },
	pflask_trial_diff: { args: ["ptr", "i32", "ptr", "u32"], returns: "i32" },
	pflask_trial_apply: { args: ["ptr", "u32", "ptr", "u32"], returns: "i32" },
	pflask_trial_revert: { args: ["ptr", "ptr", "u32"], returns: "i32" },
	pflask_trial_conflict: { args: ["ptr", "u32", "ptr", "u32"], returns: "i32" },
	pflask_trial_done: { args: ["ptr", "u32", "ptr", "u32"], returns: "i32" },
} as const;

/** Flags of applyTrial(). */
export const FORCE = 1;
export const SETUID = 2;
export const DEVICES = 4;

/** The types by the highest four bits of a mode. */
const TYPES = {
	1: "fifo",
	2: "char",
	4: "dir",
	6: "block",
	8: "file",
	10: "symlink",
	12: "socket",
} as const;

export type FileType = (typeof TYPES)[keyof typeof TYPES];

const KINDS = { 65: "A", 68: "D", 77: "M" } as const;

export type Kind = (typeof KINDS)[keyof typeof KINDS];

/** The open directory of a trial. */
export type Handle = Pointer;

/** A changed path, or a path with a reason. */
export interface RawChange {
	readonly path: string;
	/** Why the change cannot be applied, or the conflict. */
	readonly why: string | undefined;
	readonly kind: Kind | undefined;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly size: number;
	/** The index in the manifest, or -1. */
	readonly index: number;
	/** The mode of what was below; 0: nothing. */
	readonly below: number;
	readonly belowSize: number;
}

/** An overlay of the container, and facts about the container. */
export interface RawOverlay {
	readonly overlay: string;
	readonly upper: string;
	readonly lower: string;
	readonly uid: number;
	readonly userns: boolean;
}

/** The difference of a path. A text is a string whose characters are bytes (latin1). */
export interface RawDifference {
	readonly path: string;
	readonly kind: Kind;
	/** The index of the change in the manifest. */
	readonly index: number;
	readonly patch: string;
	readonly notes: string;
	readonly lines: { readonly added: number; readonly removed: number } | undefined;
	readonly sizes: readonly [number, number];
}

type Functions = Library<typeof NAMES>["symbols"];
let loaded: Functions | undefined;

function native(): Functions {
	loaded ??= load();
	return loaded;
}

/**
 * Returns the path of the library in the package for this processor, as packaged() in library.ts
 * does. In a `try`, a bundler leaves out the package for the other processor.
 */
function packaged(): string {
	try {
		return process.arch === "arm64"
			? require("@pflask/linux-arm64/trial").default
			: require("@pflask/linux-x64/trial").default;
	} catch (error) {
		throw cannotLoad(error);
	}
}

function cannotLoad(error: unknown): PflaskError {
	const why = error instanceof Error ? error.message : `${error}`;
	const hint = `bun add @pflask/linux-${process.arch}`;
	return new PflaskError(`cannot load libpflask-trial: ${why}`, { code: "internal", hint });
}

function open(path: string): Functions {
	try {
		return dlopen(path, NAMES).symbols;
	} catch (error) {
		throw cannotLoad(error);
	}
}

function load(): Functions {
	const functions = open(loadable("libpflask-trial", packaged()));
	const abi = functions.pflask_trial_abi();
	if (abi === ABI) return functions;
	const what = `libpflask-trial: has ABI ${abi}, but this program requires ABI ${ABI}`;
	throw new PflaskError(what, { code: "internal" });
}

/** Returns the type of a file by its mode. */
export function typeOf(mode: number): FileType {
	return TYPES[(mode >>> 12) as keyof typeof TYPES] ?? "file";
}

/** Calls a function with the memory for an error. Throws the error. */
function checked(call: (error: Int32Array, size: number) => number): number {
	const error = makeStruct(ERROR);
	const result = call(error, ERROR.size);
	if (result < 0) throw decodeError(error);
	return result;
}

/** Opens the directory of a trial. */
export function openHandle(dir: string): Handle {
	const handle = pointerVariable();
	checked((error, size) => native().pflask_trial_open(cString(dir), handle, error, size));
	return storedPointer(handle);
}

/** Closes the directory of a trial, and ends its lock. */
export function closeHandle(handle: Handle): void {
	native().pflask_trial_close(handle);
}

/** Selects the changes of paths, or all changes. */
export function selectPaths(handle: Handle, paths: readonly string[]): void {
	const texts = paths.map((path) => toCString(path));
	const list = new BigUint64Array(Math.max(1, texts.length));
	for (const [i, text] of texts.entries()) list[i] = BigInt(addressOf(text));
	checked((error, size) => native().pflask_trial_select(handle, list, texts.length, error, size));
}

/** Memory for a structure. Its members are at the offsets of pflask/trial.h on all processors. */
class Memory {
	readonly bytes: Uint8Array;
	readonly #view: DataView;

	constructor(size: number) {
		this.bytes = new Uint8Array(size);
		this.#view = new DataView(this.bytes.buffer);
	}

	int(offset: number): number {
		return this.#view.getInt32(offset, true);
	}

	id(offset: number): number {
		return this.#view.getUint32(offset, true);
	}

	count(offset: number): number {
		return Number(this.#view.getBigUint64(offset, true));
	}

	/** Returns the text behind a pointer; undefined for NULL. */
	text(offset: number): string | undefined {
		const address = this.count(offset);
		return address === 0 ? undefined : nameAt(address as Pointer);
	}

	/** Returns the bytes behind a pointer as latin1. */
	latin1(offset: number, sizeAt: number): string {
		const size = this.count(sizeAt);
		if (size === 0) return "";
		return Buffer.from(bytesAt(this.count(offset) as Pointer, size)).toString("latin1");
	}
}

/** Returns a name. The FFI replaces bytes that are not UTF-8, so such a name is read again. */
function nameAt(address: Pointer): string {
	const { text, bytes } = textAt(address);
	return text.includes("\ufffd") ? fromBytes(bytes()) : text;
}

const CHANGE_SIZE = 56;
const DIFFERENCE_SIZE = 88;
const OVERLAY_SIZE = 32;

function decodeChange(memory: Memory): RawChange {
	return {
		path: memory.text(0) ?? "",
		why: memory.text(8),
		size: memory.count(16),
		kind: KINDS[memory.int(24) as keyof typeof KINDS],
		index: memory.int(28),
		mode: memory.id(32),
		uid: memory.id(36),
		gid: memory.id(40),
		below: memory.id(44),
		belowSize: memory.count(48),
	};
}

type Getter =
	| "pflask_trial_change"
	| "pflask_trial_conflict"
	| "pflask_trial_done"
	| "pflask_trial_overlay";

function listOf<T>(
	handle: Handle,
	getter: Getter,
	size: number,
	decode: (memory: Memory) => T,
): T[] {
	const memory = new Memory(size);
	const get = native()[getter];
	const all: T[] = [];
	while (get(handle, all.length, memory.bytes, size) === 0) all.push(decode(memory));
	return all;
}

/** Returns the selected changes, and the selected paths that cannot be applied. */
export function changesOf(handle: Handle): RawChange[] {
	return listOf(handle, "pflask_trial_change", CHANGE_SIZE, decodeChange);
}

/** Returns the conflicts of the last step. */
export function conflictsOf(handle: Handle): RawChange[] {
	return listOf(handle, "pflask_trial_conflict", CHANGE_SIZE, decodeChange);
}

/** Returns the paths of the changes that the last step has applied or reverted. */
export function donePathsOf(handle: Handle): string[] {
	return listOf(handle, "pflask_trial_done", CHANGE_SIZE, (memory) => memory.text(0) ?? "");
}

export function overlaysOf(handle: Handle): RawOverlay[] {
	return listOf(handle, "pflask_trial_overlay", OVERLAY_SIZE, (memory) => ({
		overlay: memory.text(0) ?? "",
		upper: memory.text(8) ?? "",
		lower: memory.text(16) ?? "",
		uid: memory.id(24),
		userns: memory.id(28) !== 0,
	}));
}

/** Returns the next difference of the selected changes; undefined after the last. */
export function nextDifference(handle: Handle): RawDifference | undefined {
	const memory = new Memory(DIFFERENCE_SIZE);
	const { pflask_trial_difference: next } = native();
	const isOne = checked((error, size) => next(handle, memory.bytes, DIFFERENCE_SIZE, error, size));
	if (isOne === 0) return undefined;
	const lines = { added: memory.count(40), removed: memory.count(48) };
	return {
		path: memory.text(0) ?? "",
		patch: memory.latin1(8, 24),
		notes: memory.latin1(16, 32),
		lines: memory.int(76) === 0 ? undefined : lines,
		sizes: [memory.count(56), memory.count(64)],
		kind: KINDS[memory.int(72) as keyof typeof KINDS],
		index: memory.int(80),
	};
}

/** Applies the selected changes. Conflicts are no error. */
export function applyTrial(handle: Handle, flags: number): void {
	checked((error, size) => native().pflask_trial_apply(handle, flags, error, size));
}

/** Reverts all applied changes. Conflicts are no error. */
export function revertTrial(handle: Handle): void {
	checked((error, size) => native().pflask_trial_revert(handle, error, size));
}
