// SPDX-License-Identifier: BSD-2-Clause
// Compiles a program that embeds libpflask into an executable, as `bun build` does with the flags:
//	scripts/bun scripts/compile.ts PROGRAM EXECUTABLE [FLAG...]
//
// The program gets the offset of the library in the executable, so that the kernel can copy the
// library from there. The first executable has a guess in place of the offset. The script then
// finds the offset, and makes the executable again. The offset does not change if the guess has as
// many digits as the offset.
import { readFileSync, statSync } from "node:fs";

const LIBRARY = `${import.meta.dir}/../dist/lib/libpflask.so.0`;
/**
 * The guess for the first executable. The guess has nine digits, like the real offset, because
 * executables have 100 to 999 MB. The guess is not a round number, because a minifier would write
 * 100000000 as 1e8, with fewer digits.
 */
const GUESS = 123_456_789;
const ATTEMPTS = 3;

function compile(offset: number): void {
	const { size } = statSync(LIBRARY);
	const defined = [`--define=LIBRARY_OFFSET=${offset}`, `--define=LIBRARY_SIZE=${size}`];
	const command = [process.execPath, "build", ...flags, ...defined, `--outfile=${executable}`];
	const { exitCode, stdout, stderr } = Bun.spawnSync([...command, program]);
	if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stdout}${stderr}`);
}

/** Returns the offset of the library in the executable, bytes. */
function find(): number {
	const [image, library] = [readFileSync(executable), readFileSync(LIBRARY)];
	const at = image.indexOf(library);
	if (at < 0 || image.indexOf(library, at + 1) >= 0)
		throw new Error(`${executable}: must contain ${LIBRARY} exactly once`);
	return at;
}

const [program = "", executable = "", ...flags] = process.argv.slice(2);
let said = GUESS;
for (let attempt = 1; ; attempt++) {
	compile(said);
	const found = find();
	if (found === said) break;
	if (attempt === ATTEMPTS)
		throw new Error(`${executable}: the offset of the library changes with each build`);
	said = found;
}
