// SPDX-License-Identifier: BSD-2-Clause
// Runs a program that reports, and returns its lines.
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";

const ROOT = `${import.meta.dir}/../../..`;
const PROGRAM = `
	import { report, UsageError } from "${ROOT}/packages/command/src/index.ts";
	import { PflaskError, reportExit } from "${ROOT}/packages/runtime/src/internal.ts";
	import { EXIT } from "${ROOT}/packages/runtime/src/abi.gen.ts";
	import { decodeExit } from "${ROOT}/packages/runtime/src/container.ts";
	import { WORDS } from "${ROOT}/packages/cli/src/words.gen.ts";
	import { typedWords } from "${ROOT}/packages/cli/src/words.ts";

	const statusFd = Number(process.argv[2]);
	const to = { program: "pflask", typed: "", words: WORDS, statusFd };
`;

/** The lines and events that a program has reported. */
export interface Reported {
	/** The lines on stderr. */
	readonly said: string;
	/** The events. */
	readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** Runs statements of TypeScript after the imports of PROGRAM. */
export function reported(directory: string, statements: string): Reported {
	const [script, status] = [`${directory}/program.ts`, `${directory}/status`];
	writeFileSync(script, `${PROGRAM}${statements}`);
	const fd = openSync(status, "w");
	const { stderr } = Bun.spawnSync([process.execPath, script, "3"], {
		stdio: ["ignore", "inherit", "pipe", fd],
	});
	closeSync(fd);
	const lines = readFileSync(status, "utf8").split("\n").slice(0, -1);
	return { said: `${stderr}`, events: lines.map((line) => JSON.parse(line)) };
}
