// SPDX-License-Identifier: BSD-2-Clause
// Writes to standard output, and tells which descriptors the caller opened.
import { descriptorFlags, errorText, PflaskError, writeText } from "@pflask/runtime/internal";
import { EBADF } from "@pflask/runtime/numbers";

const O_ACCMODE = 0o3;
const O_CLOEXEC = 0o2000000;

/** Prints a text. Throws a PflaskError if the write to standard output fails. */
export function print(text: string): void {
	const errno = wasClosed(1) ? EBADF : writeText(1, text);
	if (errno !== 0) throw outputError(errno);
}

/** Returns the error for a failed write to standard output. */
export function outputError(errno: number): PflaskError {
	return new PflaskError(`standard output: ${errorText(errno)}`, {
		code: "setup",
		operation: "write",
		subject: "standard output",
		errno,
	});
}

/** Tells whether the caller passed on a descriptor that is open for writing. */
export async function isWritable(fd: number): Promise<boolean> {
	const flags = descriptorFlags(fd);
	if (flags === undefined || (flags & O_ACCMODE) === 0 || wasClosed(fd)) return false;
	// Exclude Bun's own descriptors above 2: an epoll and an eventfd, whose mode has no file type.
	const { mode } = await Bun.file(fd).stat();
	return mode >>> 12 !== 0;
}

/**
 * Tells whether the caller closed a standard descriptor. Bun opens /dev/null in place of a closed
 * descriptor, and marks the new descriptor close-on-exec.
 */
export function wasClosed(fd: number): boolean {
	return fd <= 2 && ((descriptorFlags(fd) ?? 0) & O_CLOEXEC) !== 0;
}
