// SPDX-License-Identifier: BSD-2-Clause
// Reads files that a user names. This module loads a module of Node. So a program loads this module
// only to read such a file.
import { closeSync, openSync, readSync } from "node:fs";
import { toCString } from "./bytes.ts";
import { errorText } from "./error.ts";

/**
 * Returns the contents of a file, which may be a pipe, or of a descriptor. Returns the reason if
 * the file cannot be read. A file without end must not use up the memory, so more than `most` bytes
 * are an error, too.
 */
export function contentsOf(file: string | number, most: number): Buffer | string {
	const room = Buffer.alloc(most + 1);
	let size = 0;
	try {
		const fd = typeof file === "number" ? file : openSync(bytesOf(file), "r");
		for (let read = -1; read !== 0 && size < room.length; size += read)
			read = readSync(fd, room, size, room.length - size, null);
		if (fd !== file) closeSync(fd);
	} catch (error) {
		return reasonOf(error);
	}
	return size > most ? `larger than ${most} bytes` : room.subarray(0, size);
}

function bytesOf(path: string): Buffer {
	return Buffer.from(toCString(path).subarray(0, -1));
}

function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return `${error}`;
	const { errno } = error as { errno?: number };
	return errno === undefined ? error.message : errorText(Math.abs(errno));
}
