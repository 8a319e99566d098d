// SPDX-License-Identifier: BSD-2-Clause
// Writing to descriptors that a shell has opened, and files in memory.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { closeFd, sealedFile } from "../src/libc.ts";

const SOURCE = `${import.meta.dir}/../src/libc.ts`;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** Returns the output of a shell command, in which "$@" runs a program in another Bun process. */
function printed(directory: string, line: string, program: string): string {
	const script = `${directory}/program.ts`;
	writeFileSync(script, `import { descriptorFlags, writeText } from "${SOURCE}";\n${program}`);
	const { stdout, stderr } = Bun.spawnSync(["sh", "-c", line, "sh", process.execPath, script]);
	return `${stdout}${stderr}`;
}

t.test("a failed call returns the error number", async (t) => {
	const program = `console.log(writeText(7, "x"), writeText(8, "x"), writeText(9, "x"));`;
	const line = '"$@" 7>/dev/null 8>/dev/full 9>&-';
	t.equal(printed(t.testdir(), line, program), "0 28 9\n");
});

t.test("a shared pipe stays blocking", async (t) => {
	const line = `{ "$@"; sed -n "s/^flags:\\t//p" /proc/self/fdinfo/1; } | cat`;
	const [said, flags = ""] = printed(t.testdir(), line, `writeText(1, "x\\n");`).split("\n");
	t.equal(said, "x");
	t.equal(Number.parseInt(flags, 8) & O_NONBLOCK, 0, flags);
});

t.test("a non-blocking pipe gets the whole text", async (t) => {
	const program = `
		const sink = Bun.file(1).writer(); // makes the pipe non-blocking
		await sink.write("x");
		await sink.flush();
		if ((descriptorFlags(1) & ${O_NONBLOCK}) === 0) throw new Error("it is blocking");
		const errno = writeText(1, "y".repeat(1e6));
		if (errno !== 0) throw new Error("error " + errno);
	`;
	t.equal(printed(t.testdir(), '"$@" | { sleep 0.5; wc -c; }', program).trim(), "1000001");
});

t.test("flags of descriptors", async (t) => {
	const program = `
		const flags = [7, 8, 9].map((fd) => descriptorFlags(fd));
		console.log(...flags.map((value) => value === undefined ? "none" : value & 3));
		console.log((descriptorFlags(0) & ${O_CLOEXEC}) !== 0);
	`;
	const [own, closed] = printed(
		t.testdir(),
		'"$@" 0<&- 7>/dev/null 8</dev/null 9>&-',
		program,
	).split("\n");
	t.equal(own, "1 0 none");
	t.equal(closed, "true", "Bun puts such a /dev/null in the place of a closed one");
});

t.test("a memory file that cannot be filled is closed", async (t) => {
	const open = () => readdirSync("/proc/self/fd").sort();
	sealedFile("first", new Uint8Array(1)); // the first call opens files that stay open
	const before = open();
	t.equal(sealedFile("beyond the end", { offset: 2_000_000_000, size: 1 }), -5);
	t.same(open(), before);
});

t.test("a memory file has the bytes of a Buffer, which has an offset, too", async (t) => {
	const fd = sealedFile("buffer", Buffer.from("bytes"));
	t.equal(readFileSync(`/proc/self/fd/${fd}`, "utf8"), "bytes");
	closeFd(fd);
});
