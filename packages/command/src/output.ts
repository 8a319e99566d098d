// SPDX-License-Identifier: BSD-2-Clause
// Writing whole texts to descriptors. Node's stdout would cost more than a container.
import { errorText, PflaskError } from "@pflask/runtime";

const EBADF = 9;
const EIO = 5;
const O_ACCMODE = 0o3;
const O_CLOEXEC = 0o2000000;

/**
 * Writes all of a text. Returns 0, or the error number. Bun.write() would first make room for the
 * text: a file that is appended to gets as many zeros.
 */
export async function write(fd: number, text: string): Promise<number> {
	try {
		const sink = Bun.file(fd).writer();
		await sink.write(text);
		await sink.flush();
		return 0;
	} catch (error) {
		return errnoOf(error);
	}
}

/** Prints a text, or throws what is in the way. */
export async function print(text: string): Promise<void> {
	const errno = (await wasClosed(1)) ? EBADF : await write(1, text);
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
	const flags = await flagsOf(fd);
	if (flags === undefined || (flags & O_ACCMODE) === 0 || (await wasClosed(fd))) return false;
	// Bun's own descriptors above 2 are an epoll and an eventfd, which have no type of file.
	const { mode } = await Bun.file(fd).stat();
	return mode >>> 12 !== 0;
}

/** Bun puts /dev/null in the place of a closed standard descriptor, and marks it close-on-exec. */
async function wasClosed(fd: number): Promise<boolean> {
	return fd <= 2 && ((await flagsOf(fd)) ?? 0) >= O_CLOEXEC;
}

async function flagsOf(fd: number): Promise<number | undefined> {
	try {
		const text = await Bun.file(`/proc/self/fdinfo/${fd}`).text();
		const [, flags] = /^flags:\s*([0-7]+)$/m.exec(text) ?? [];
		return flags === undefined ? undefined : Number.parseInt(flags, 8);
	} catch {
		return undefined;
	}
}

function errnoOf(error: unknown): number {
	const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
	return typeof errno === "number" ? Math.abs(errno) : EIO;
}
