// SPDX-License-Identifier: BSD-2-Clause
// The changes of an ephemeral container. Its monitor writes the list to a file in memory.
import { errorText, PflaskError } from "./error.ts";
import { closeHeldFd, holdFd } from "./leftovers.ts";
import { contentsOfMemory, memoryFile } from "./libc.ts";
import type { Spec } from "./spec.gen.ts";

/**
 * A changed path of an ephemeral container. For a deleted path, the members describe the old file.
 */
export interface Change {
	/** The absolute path in the container. A byte that is not UTF-8 is U+DC80 to U+DCFF. */
	readonly path: string;
	/** The kind of the change. */
	readonly kind: "added" | "modified" | "deleted";
	/** The type of the file. */
	readonly type: "file" | "dir" | "symlink" | "char" | "block" | "fifo" | "socket";
	/** The permission bits, as in stat(2). */
	readonly mode: number;
	/** The user of the file, in the container. */
	readonly uid: number;
	/** The group of the file, in the container. */
	readonly gid: number;
	/** The size in bytes; missing for a directory. */
	readonly size?: number;
}

const KINDS = { A: "added", M: "modified", D: "deleted" } as const;

/** A change in the form that libpflask writes. */
type Written = Omit<Change, "kind" | "mode"> & { kind: keyof typeof KINDS; mode: string };

function decodeChange(line: string): Change {
	const change: Written = JSON.parse(line);
	return { ...change, kind: KINDS[change.kind], mode: Number.parseInt(change.mode, 8) };
}

/** Reads a list piece by piece, so that a long list does not hold the event loop. */
async function changesIn(stream: ReadableStream<Uint8Array>): Promise<Change[]> {
	const changes: Change[] = [];
	const decoder = new TextDecoder();
	let rest = "";
	for await (const chunk of stream) {
		const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) changes.push(decodeChange(line));
		await turn();
	}
	return changes;
}

/** Lets the event loop do other work. */
function turn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

/** The file that gets the list of changes. */
export interface ChangesFile {
	/** The fields of the spec that ask for the list. */
	readonly fields: Pick<Spec, "changes" | "changesFormat">;
	/** Reads the list after the end of the container, and closes the file. */
	read(): Promise<readonly Change[]>;
	/** Reads the list as read() does, and blocks the thread meanwhile. */
	readSync(): readonly Change[];
	/** Closes the file, if it is open. */
	close(): void;
}

/** Makes the file for the changes of a container; undefined if the spec asks for no list. */
export function changesFileFor(spec: Spec): ChangesFile | undefined {
	if (spec.ephemeral !== true || spec.changes !== undefined) return undefined;
	let fd = memoryFile("pflask-changes");
	if (fd < 0)
		throw new PflaskError(`changes: cannot make a file in memory: ${errorText(-fd)}`, {
			code: "internal",
			field: "changes",
			errno: -fd,
		});
	holdFd(fd);
	function close(): void {
		if (fd >= 0) closeHeldFd(fd);
		fd = -1;
	}
	async function read(): Promise<readonly Change[]> {
		try {
			return await changesIn(Bun.file(`/proc/self/fd/${fd}`).stream());
		} finally {
			close();
		}
	}
	function readSync(): readonly Change[] {
		try {
			const text = new TextDecoder().decode(contentsOfMemory(fd));
			return text.split("\n").filter(Boolean).map(decodeChange);
		} finally {
			close();
		}
	}
	return { fields: { changes: `${fd}`, changesFormat: "jsonl" }, read, readSync, close };
}
