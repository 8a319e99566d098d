// SPDX-License-Identifier: BSD-2-Clause
import { fromBytes } from "@pflask/runtime";

/** What Bun writes instead of bytes that are not UTF-8. */
const REPLACEMENT = "\uFFFD";

/**
 * Returns the arguments of this program, byte-exact (`fromBytes` says how). The kernel is asked
 * only where Bun's own copy may differ: it has replaced bytes, or, where the program was not
 * compiled, dropped a first "--".
 */
export async function programArguments(): Promise<readonly string[]> {
	const argv = process.argv.slice(2);
	const compiled = Bun.main.startsWith("/$bunfs/");
	if (compiled && !argv.some((argument) => argument.includes(REPLACEMENT))) return argv;
	const all = splitCommandLine(await Bun.file("/proc/self/cmdline").bytes());
	const first = all.length - argv.length;
	const dropped = !compiled && all[first - 1] === "--";
	return all.slice(dropped ? first - 1 : first);
}

/** Splits the contents of /proc/PID/cmdline: each argument ends with a NUL. */
export function splitCommandLine(bytes: Uint8Array): string[] {
	return fromBytes(bytes).split("\0").slice(0, -1);
}
