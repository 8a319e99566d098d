// SPDX-License-Identifier: BSD-2-Clause
// Descriptors as the caller has opened, or closed, them.
import { descriptorFlags, errorText, PflaskError, writeText } from "@pflask/runtime";
import { EBADF } from "@pflask/runtime/numbers";

const O_ACCMODE = 0o3;
const O_CLOEXEC = 0o2000000;

/** Prints a text, or throws what is in the way. */
export function print(text: string): void {
	const errno = wasClosed(1) ? EBADF : writeText(1, text);
	if (errno !== 0) throw outputError(errno);
}

/** The error of a standard output that can not be written to. */
export function outputError(errno: number): PflaskError {
	return new PflaskError(`standard output: ${errorText(errno)}`, {
		code: "setup",
		operation: "write",
		subject: "standard output",
		errno,
	});
}

/** Tells whether a descriptor is one that the caller has opened for writing. */
export async function isWritable(fd: number): Promise<boolean> {
	const flags = descriptorFlags(fd);
	if (flags === undefined || (flags & O_ACCMODE) === 0 || wasClosed(fd)) return false;
	// Bun's own descriptors above 2 are an epoll and an eventfd, which have no type of file.
	const { mode } = await Bun.file(fd).stat();
	return mode >>> 12 !== 0;
}

/** Bun puts /dev/null in the place of a closed standard descriptor, and marks it close-on-exec. */
function wasClosed(fd: number): boolean {
	return fd <= 2 && ((descriptorFlags(fd) ?? 0) & O_CLOEXEC) !== 0;
}
