// SPDX-License-Identifier: BSD-2-Clause
// Compiles a program that embeds libpflask to an executable, as `bun build` does with these flags:
//	scripts/bun scripts/compile.ts PROGRAM EXECUTABLE [FLAG...]
//
// It tells the program where in the executable the library is, so that the kernel can copy it from
// there. That is known only when the executable has been made, so it is made again; it stays where
// it is as long as the number has as many digits.
import { readFileSync, statSync } from "node:fs";

const LIBRARY = `${import.meta.dir}/../dist/lib/libpflask.so.0`;
/**
 * What the first attempt says: executables have 100 to 999 MB. It is not round, because a minifier
 * writes 100000000 as 1e8, which is shorter.
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

/** Returns where the library is in the executable, bytes. */
function find(): number {
	const [image, library] = [readFileSync(executable), readFileSync(LIBRARY)];
	const at = image.indexOf(library);
	if (at < 0 || image.indexOf(library, at + 1) >= 0)
		throw new Error(`${executable}: ${LIBRARY} is not in it once`);
	return at;
}

const [program = "", executable = "", ...flags] = process.argv.slice(2);
let said = GUESS;
for (let attempt = 1; ; attempt++) {
	compile(said);
	const found = find();
	if (found === said) break;
	if (attempt === ATTEMPTS) throw new Error(`${executable}: the library does not stay where it is`);
	said = found;
}
