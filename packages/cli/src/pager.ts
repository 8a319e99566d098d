// SPDX-License-Identifier: BSD-2-Clause
// Shows a long text on a terminal: with colours, and through a pager as git does.
import { outputError } from "@pflask/command";
import { writeBytes } from "@pflask/runtime/internal";

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

/** Writes texts through the program of PAGER, or less(1). Returns the exit status. */
export function paged(texts: Iterable<string>): number {
	const bytes = Buffer.from([...texts].join(""), "latin1");
	const pager = process.env.PAGER ?? "less";
	if (bytes.length > 0 && pager !== "" && pager !== "cat") {
		process.on("SIGINT", () => {}); // the pager decides what ^C means
		const env = { LESS: "FRX", ...process.env };
		const run = Bun.spawnSync(["/bin/sh", "-c", pager], {
			env,
			stdin: bytes,
			stdout: "inherit",
			stderr: "ignore",
		});
		if (run.exitCode !== 127 && run.exitCode !== 126) return 0;
	}
	const errno = writeBytes(1, bytes);
	if (errno !== 0) throw outputError(errno);
	return 0;
}
