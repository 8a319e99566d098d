// SPDX-License-Identifier: BSD-2-Clause
// The libpflask that is loaded, and the errors if libpflask is missing or has another ABI.
import { writeFileSync } from "node:fs";
import t from "tap";
import { readHeader } from "../../../scripts/header.ts";
import { ABI } from "../src/abi.gen.ts";

const INDEX = `${import.meta.dir}/../src/index.ts`;
const PROGRAM = `
	const { libraryVersion } = await import(${JSON.stringify(INDEX)});
	try {
		console.log(libraryVersion());
	} catch ({ name, code, message, hint }) {
		console.log(JSON.stringify({ name, code, message, hint }));
	}
`;

/** Returns the output of a program that prints the version. */
function said(directory: string, library: string, before = ""): string {
	const script = `${directory}/program.ts`;
	writeFileSync(script, before + PROGRAM);
	const env = { PATH: process.env.PATH, PFLASK_LIB: library };
	return Bun.spawnSync([process.execPath, script], { env }).stdout.toString().trimEnd();
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
		hint: "make build, or set PFLASK_LIB to the path of libpflask.so.0",
	});
});

t.test("a library with another ABI", async (t) => {
	const directory = t.testdir({ "pflask.c": "unsigned pflask_abi(void) { return 99; }\n" });
	const library = `${directory}/libpflask.so.0`;
	const names = readHeader().matchAll(/^\w[\w *]*[ *](pflask_\w+)\(/gm);
	const others = [...names].flatMap(([, name = ""]) => (name === "pflask_abi" ? [] : name));
	const source = [...others.map((name) => `void ${name}(void) {}`), ""].join("\n");
	writeFileSync(`${directory}/others.c`, source);
	const files = [`${directory}/pflask.c`, `${directory}/others.c`];
	const compiled = Bun.spawnSync(["gcc", "-shared", "-fPIC", "-o", library, ...files]);
	t.equal(compiled.exitCode, 0, `${compiled.stderr}`);
	t.match(JSON.parse(said(directory, library)), {
		code: "internal",
		message: `libpflask: ${library} has ABI 99, but this program requires ABI ${ABI}`,
		hint: "make build",
	});
});
