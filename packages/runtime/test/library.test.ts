// SPDX-License-Identifier: BSD-2-Clause
// The runtime loads the right libpflask. A missing libpflask, or a libpflask with another ABI, is
// an error.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { readHeader, readPrivateHeader } from "../../../scripts/header.ts";
import { trapLibrary } from "../../../test/lib/trap.ts";
import { ABI } from "../src/abi.gen.ts";

const HINT = "set PFLASK_LIB to the absolute path of libpflask.so.0";
const SOURCES = `${import.meta.dir}/../src`;
const TRY = `
	try {
		console.log(libraryVersion());
	} catch ({ name, code, message, hint }) {
		console.log(JSON.stringify({ name, code, message, hint }));
	}
`;

/** Returns the output of a program that prints the version. The program runs in its directory. */
function said(directory: string, library: string, before = "", sources = SOURCES): string {
	const script = `${directory}/program.ts`;
	const index = JSON.stringify(`${sources}/index.ts`);
	const load = `const { libraryVersion } = await import(${index});`;
	writeFileSync(script, before + load + TRY);
	const env = { PATH: process.env.PATH, PFLASK_LIB: library };
	const command = [process.execPath, "--no-install", script];
	return Bun.spawnSync(command, { env, cwd: directory }).stdout.toString().trimEnd();
}

/**
 * Makes a directory of files that a careless program would load. A file that is loaded creates the
 * file "loaded".
 */
function hostile(t: Test): string {
	const directory = t.testdir();
	const name = `@pflask/linux-${process.arch}`;
	const library = `${directory}/libpflask.so.0`;
	trapLibrary(library, `${directory}/loaded`);
	for (const place of [name, `node_modules/${name}`]) {
		mkdirSync(`${directory}/${place}`, { recursive: true });
		cpSync(library, `${directory}/${place}/libpflask.so.0`);
		const loads = `require("node:fs").writeFileSync("${directory}/loaded", "");`;
		writeFileSync(`${directory}/${place}/index.js`, loads);
	}
	return directory;
}

t.test("the library of this repository", async (t) => {
	t.match(said(t.testdir(), ""), /^\d+\.\d+\.\d+$/);
});

t.test("a Bun that has its FFI only in bun:ffi", async (t) => {
	const before = 'await import("bun:ffi"); Object(Bun).FFI = undefined;';
	t.match(said(t.testdir(), "", before), /^\d+\.\d+\.\d+$/);
});

t.test("no library", async (t) => {
	t.match(JSON.parse(said(t.testdir(), "/no/such/library")), {
		name: "PflaskError",
		code: "internal",
		message: /^cannot load libpflask: \/no\/such\/library: /,
		hint: HINT,
	});
});

t.test("nothing of the current directory is loaded", async (t) => {
	const directory = hostile(t);
	const trapped = () => existsSync(`${directory}/loaded`);
	t.match(said(directory, ""), /^\d+\.\d+\.\d+$/);
	t.notOk(trapped());

	const alone = `${t.testdirName}-alone`;
	t.teardown(() => rmSync(alone, { recursive: true }));
	cpSync(SOURCES, alone, { recursive: true });
	t.match(JSON.parse(said(directory, "", "", alone)), {
		message: new RegExp(`^cannot load libpflask: .*'@pflask/linux-${process.arch}'`),
		hint: `bun add @pflask/linux-${process.arch}`,
	});
	t.notOk(trapped());
});

t.test("a library is loaded by an absolute path only", async (t) => {
	const directory = hostile(t);
	for (const path of ["libpflask.so.0", "./libpflask.so.0"]) {
		const refused = { message: `cannot load libpflask: ${path}: must be an absolute path` };
		t.match(JSON.parse(said(directory, path)), { ...refused, hint: HINT });
		const script = `${directory}/use.ts`;
		const use = `
			const { useLibrary } = await import("${SOURCES}/index.ts");
			await useLibrary("${path}").catch(({ message }) => console.log(message));
		`;
		writeFileSync(script, use);
		const { stdout } = Bun.spawnSync([process.execPath, script], { cwd: directory, env: {} });
		t.equal(stdout.toString(), `${refused.message}\n`);
	}
	t.notOk(existsSync(`${directory}/loaded`));
});

t.test("a library with another ABI", async (t) => {
	const directory = t.testdir({ "pflask.c": "unsigned pflask_abi(void) { return 99; }\n" });
	const library = `${directory}/libpflask.so.0`;
	const header = `${readHeader()}${readPrivateHeader()}`;
	const names = header.matchAll(/^\w[\w *]*[ *](pflask_\w+)\(/gm);
	const others = [...names].flatMap(([, name = ""]) => (name === "pflask_abi" ? [] : name));
	const source = [...others.map((name) => `void ${name}(void) {}`), ""].join("\n");
	writeFileSync(`${directory}/others.c`, source);
	const files = [`${directory}/pflask.c`, `${directory}/others.c`];
	const compiled = Bun.spawnSync(["gcc", "-shared", "-fPIC", "-o", library, ...files]);
	t.equal(compiled.exitCode, 0, `${compiled.stderr}`);
	t.match(JSON.parse(said(directory, library)), {
		code: "internal",
		message: `libpflask: ${library} has ABI 99, but this program requires ABI ${ABI}`,
		hint: HINT,
	});
});
