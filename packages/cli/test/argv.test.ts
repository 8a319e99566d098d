// SPDX-License-Identifier: BSD-2-Clause
// Arguments are bytes: pflask does not change an argument that is not UTF-8.
import t from "tap";
import { splitCommandLine } from "../src/argv.ts";

const PROGRAM = `
	const { exactArguments } = await import("${import.meta.dir}/../src/argv.ts");
	console.log(JSON.stringify(await exactArguments()));
`;

t.test("the kernel's list of arguments", async (t) => {
	t.same(splitCommandLine(Buffer.from("pflask\0-k\0\0x y\0")), ["pflask", "-k", "", "x y"]);
	t.same(splitCommandLine(Buffer.of(0xff, 0x61, 0, 0xc3, 0xa9, 0)), ["\udcffa", "é"]);
	t.same(splitCommandLine(Buffer.alloc(0)), []);
});

t.test("a program gets its arguments as they were typed", async (t) => {
	const script = `${t.testdir({ "program.ts": PROGRAM })}/program.ts`;
	// Returns the arguments that a program gets from a shell. Only the shell's printf makes
	// bytes that no Bun string can hold.
	const typed = (line: string): unknown => {
		const shell = Bun.spawnSync(["sh", "-c", `exec "$0" "$1" ${line}`, process.execPath, script]);
		return JSON.parse(shell.stdout.toString());
	};
	t.same(typed("a b"), ["a", "b"]);
	t.same(typed(""), []);
	t.same(typed("-- -k"), ["--", "-k"], "Bun drops this one");
	t.same(typed("-- -- x"), ["--", "--", "x"]);
	t.same(typed("x -- -k ''"), ["x", "--", "-k", ""]);
	t.same(typed(`"$(printf 'b\\377d')" 'é€' "$(printf '\\357\\277\\275')"`), [
		"b\udcffd",
		"é€",
		"\ufffd",
	]);
});
