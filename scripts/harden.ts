// SPDX-License-Identifier: BSD-2-Clause
// Makes an executable of `bun build --compile` ignore the environment variables of Bun that no flag
// turns off. Then runs the executable, by EMULATOR if given, and checks that the executable ignores
// the variables:
//	scripts/bun scripts/harden.ts EXECUTABLE [EMULATOR WORD...]
//
// The script overwrites the names of the variables in the executable, because a name that begins
// with a NUL matches no variable. The counts hold for one release of Bun. If a count differs, the
// script fails, so that a developer examines the release first.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";

/** The variables, and the number of times that the executable contains each name. */
const NAMES = {
	BUN_BE_BUN: 1, // runs the bun command itself
	BUN_OPTIONS: 2, // adds arguments for Bun: --preload runs any file
	BUN_BYTECODE_ORDER_OUT: 2, // writes a file anywhere
	BUN_BYTECODE_ORDER_NAMES_OUT: 1,
	BUN_BYTECODE_DIGEST_OUT: 1,
} as const;

function find(image: Buffer, name: string): number[] {
	const places: number[] = [];
	for (let at = image.indexOf(name); at >= 0; at = image.indexOf(name, at + 1)) places.push(at);
	return places;
}

async function blankOut(path: string): Promise<void> {
	const image = await readFile(path);
	const file = await open(path, "r+");
	try {
		for (const [name, count] of Object.entries(NAMES)) {
			const places = find(image, name);
			if (places.length !== count)
				throw new Error(`${path}: ${name} occurs ${places.length} times, not ${count}`);
			for (const at of places) await file.write(Buffer.of(0), 0, 1, at);
		}
	} finally {
		await file.close();
	}
}

function outcome(path: string, variables: Record<string, string>): string {
	const { stdout, stderr, exitCode } = Bun.spawnSync([...emulator, path, "--version"], {
		env: { PATH: process.env.PATH, ...variables },
	});
	return `${exitCode} ${stdout} ${stderr}`;
}

function verify(path: string): void {
	const directory = mkdtempSync(`${tmpdir()}/harden-`);
	const written = `${directory}/written`;
	const attempts: Record<string, string> = {
		BUN_BE_BUN: "1",
		BUN_OPTIONS: `--preload ${directory}/absent.ts`,
		BUN_BYTECODE_ORDER_OUT: written,
		BUN_BYTECODE_ORDER_NAMES_OUT: written,
		BUN_BYTECODE_DIGEST_OUT: written,
	};
	try {
		const expected = outcome(path, {});
		for (const [name, value] of Object.entries(attempts)) {
			const got = outcome(path, { [name]: value });
			if (got !== expected) throw new Error(`${name} is not ignored: ${got}`);
			if (existsSync(written)) throw new Error(`${name} wrote a file`);
		}
	} finally {
		rmSync(directory, { recursive: true });
	}
}

const [path, ...emulator] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: harden.ts EXECUTABLE [EMULATOR WORD...]");
await blankOut(path);
verify(path);
