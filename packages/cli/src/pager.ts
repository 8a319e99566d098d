// SPDX-License-Identifier: BSD-2-Clause
// Shows a long text on a terminal: with colours, and through a pager as git does.
import { readFileSync } from "node:fs";
import { outputError } from "@pflask/command";
import { writeBytes } from "@pflask/runtime/internal";

/** The login uid of a process that belongs to no login (audit(7)). */
const NO_LOGIN = "4294967295";

const COLOURS: readonly [beginning: RegExp, colour: string][] = [
	[/^(diff --git|---|\+\+\+|new file|deleted file|old mode|new mode)/, "1"],
	[/^@@/, "36"],
	[/^\+/, "32"],
	[/^-/, "31"],
];

/** Control characters and C1 controls, with which a file could command the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/g;

function safe(line: string): string {
	return line.replace(CONTROLS, (found) =>
		[...found].map((byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
	);
}

/** Makes texts safe for a terminal, and colours them unless NO_COLOR is set. */
export function* coloured(texts: Iterable<string>): Generator<string> {
	const plain = Boolean(process.env.NO_COLOR) || process.env.TERM === "dumb";
	for (const text of texts)
		for (const line of text.split("\n").slice(0, -1)) {
			const colour = COLOURS.find(([beginning]) => beginning.test(line))?.[1];
			const shown = safe(line);
			yield plain || colour === undefined ? `${shown}\n` : `\x1b[${colour}m${shown}\x1b[m\n`;
		}
}

/** Returns the text of a file of the kernel, or "". */
function kernelText(path: string): string {
	try {
		return readFileSync(path, "utf8").trim();
	} catch {
		return "";
	}
}

/**
 * Tells whether this process has the rights of a user other than the person at the terminal:
 * sudo(8), doas(1), pkexec(1), or a login session of another user.
 */
export function isElevated(
	env: Readonly<Record<string, string | undefined>>,
	uid: number,
	loginUid: string,
): boolean {
	const { SUDO_UID, PKEXEC_UID, DOAS_USER } = env;
	const others = [SUDO_UID, PKEXEC_UID, loginUid === NO_LOGIN ? "" : loginUid];
	if (others.some((one) => Boolean(one) && one !== `${uid}`)) return true;
	return uid === 0 && Boolean(DOAS_USER) && DOAS_USER !== "root";
}

/** The environment of a pager. By LESSSECURE, less(1) starts no programs and writes no files. */
function pagerEnvironment(): Record<string, string | undefined> {
	const env = { LESS: "FRX", ...process.env };
	const uid = process.geteuid?.() ?? 0;
	const isSecure = isElevated(env, uid, kernelText("/proc/self/loginuid"));
	return isSecure ? { ...env, LESSSECURE: "1" } : env;
}

/**
 * Writes texts to a terminal through the program of PAGER, or less(1). Returns the exit status.
 */
export function paged(texts: Iterable<string>, terminal: 1 | 2 = 1): number {
	const bytes = Buffer.from([...texts].join(""), "latin1");
	const pager = process.env.PAGER ?? "less";
	if (bytes.length > 0 && pager !== "" && pager !== "cat") {
		process.on("SIGINT", () => {}); // the pager decides what ^C means
		const run = Bun.spawnSync(["/bin/sh", "-c", pager], {
			env: pagerEnvironment(),
			stdin: bytes,
			stdout: terminal === 1 ? "inherit" : terminal,
			stderr: "ignore",
		});
		if (run.exitCode !== 127 && run.exitCode !== 126) return 0;
	}
	const errno = writeBytes(terminal, bytes);
	if (errno !== 0) throw outputError(errno);
	return 0;
}
