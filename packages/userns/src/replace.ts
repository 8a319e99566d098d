// SPDX-License-Identifier: BSD-2-Clause
// Changes whole files atomically: if the machine stops meanwhile, a file is either old or new.
import {
	closeSync,
	fchmodSync,
	fchownSync,
	fsyncSync,
	lstatSync,
	mkdirSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { PflaskError } from "@pflask/runtime/internal";
import { working } from "./files.ts";

/** The owner and mode of a new file. */
const NEW = { uid: 0, gid: 0, mode: 0o644 };

/** Appends a line to a file. Keeps the file's owner and mode. Makes the file if it is missing. */
export function appendLine(path: string, line: string): void {
	working("write", path, () => {
		const before = statOf(path) === undefined ? Buffer.alloc(0) : readFileSync(path);
		const cut = before.length > 0 && before.at(-1) !== 0x0a;
		replace(path, Buffer.concat([before, Buffer.from(`${cut ? "\n" : ""}${line}\n`)]));
	});
}

/** Removes a line from a file, at any place. */
export function removeLine(path: string, line: string): void {
	working("write", path, () => {
		const lines = readFileSync(path, "latin1").split("\n");
		const kept = lines.filter((other) => other !== Buffer.from(line).toString("latin1"));
		replace(path, Buffer.from(kept.join("\n"), "latin1"));
	});
}

/** Writes a text to a file. Makes the file and its directory if they are missing. */
export function writeText(path: string, text: string): void {
	working("write", path, () => {
		mkdirSync(dirname(path), { recursive: true });
		replace(path, Buffer.from(text));
	});
}

/**
 * Replaces a file. Uses the temporary name that shadow's tools use; the lock keeps these tools from
 * using the name.
 */
function replace(path: string, bytes: Uint8Array): void {
	const { uid, gid, mode } = statOf(path) ?? NEW;
	const temporary = `${path}+`;
	rmSync(temporary, { force: true });
	const fd = openSync(temporary, "wx", 0o600);
	try {
		writeFileSync(fd, bytes);
		fchownSync(fd, uid, gid);
		fchmodSync(fd, mode & 0o7777);
		fsyncSync(fd);
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	} finally {
		closeSync(fd);
	}
	renameSync(temporary, path);
	syncDirectory(dirname(path));
}

function statOf(path: string): { uid: number; gid: number; mode: number } | undefined {
	const stat = lstatSync(path, { throwIfNoEntry: false });
	if (stat === undefined || stat.isFile()) return stat;
	throw new PflaskError(`cannot write ${path}: not a regular file`, {
		code: "setup",
		operation: "write",
		subject: path,
	});
}

/** Writes a directory to the disk, so that a rename in the directory lasts. */
function syncDirectory(path: string): void {
	const fd = openSync(path, "r");
	try {
		fsyncSync(fd);
	} finally {
		closeSync(fd);
	}
}
