// SPDX-License-Identifier: BSD-2-Clause
// Returns the arguments of this program without changing a byte (`fromBytes` describes how bytes
// become text).
import { fromBytes } from "@pflask/runtime/internal";

/** The character that Bun puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = "\uFFFD";

/** Returns the arguments that Bun has. Returns undefined if Bun may have changed a byte. */
export function quickArguments(): readonly string[] | undefined {
	if (!isCompiled()) return undefined;
	const argv = process.argv.slice(2);
	for (const word of argv) if (word.includes(REPLACEMENT)) return undefined;
	return argv;
}

/**
 * Reads the arguments from the kernel. Includes a first "--", which process.argv lacks if the
 * program was not compiled.
 */
export async function exactArguments(): Promise<readonly string[]> {
	const all = splitCommandLine(await Bun.file("/proc/self/cmdline").bytes());
	const first = all.length - (process.argv.length - 2);
	const dropped = !isCompiled() && all[first - 1] === "--";
	return all.slice(dropped ? first - 1 : first);
}

/** Splits the contents of /proc/PID/cmdline: each argument ends with a NUL. */
export function splitCommandLine(bytes: Uint8Array): string[] {
	return fromBytes(bytes).split("\0").slice(0, -1);
}

function isCompiled(): boolean {
	return import.meta.path.startsWith("/$bunfs/");
}
