// SPDX-License-Identifier: BSD-2-Clause
// A file is completely replaced, or stays unchanged.
import {
	chmodSync,
	chownSync,
	lstatSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t from "tap";
import { isRoot } from "../../../test/lib/host.ts";
import { need } from "../../../test/lib/need.ts";
import { appendLine, removeLine, writeText } from "../src/replace.ts";

const SOURCES = `${import.meta.dir}/../src`;

t.test("a line is appended", async (t) => {
	const file = `${t.testdir({ file: "a\n" })}/file`;
	appendLine(file, "b");
	t.equal(readFileSync(file, "utf8"), "a\nb\n");
	writeFileSync(file, "no end");
	appendLine(file, "b");
	t.equal(readFileSync(file, "utf8"), "no end\nb\n");
	writeFileSync(file, Buffer.of(0xff, 0x0a));
	appendLine(file, "b");
	t.same(readFileSync(file), Buffer.of(0xff, 0x0a, 0x62, 0x0a), "bytes stay as they are");
});

t.test("a line is removed", async (t) => {
	const file = `${t.testdir({ file: "" })}/file`;
	writeFileSync(file, Buffer.concat([Buffer.of(0xff), Buffer.from("\na\n\u00e9:1\naa\na")]));
	removeLine(file, "a");
	t.equal(readFileSync(file, "latin1"), "\u00ff\n\u00c3\u00a9:1\naa");
	removeLine(file, "\u00e9:1");
	t.equal(readFileSync(file, "latin1"), "\u00ff\naa");
	removeLine(file, "not there");
	t.equal(readFileSync(file, "latin1"), "\u00ff\naa");
});

t.test("mode and owner are kept", async (t) => {
	if (!need(t, isRoot(), "changing owners needs root")) return;
	const directory = t.testdir({ file: "a\n" });
	const file = `${directory}/file`;
	chownSync(file, 12, 34);
	chmodSync(file, 0o640);
	appendLine(file, "b");
	t.match(lstatSync(file), { uid: 12, gid: 34, mode: 0o100640 });
	appendLine(`${directory}/new`, "b");
	t.match(lstatSync(`${directory}/new`), { uid: 0, gid: 0, mode: 0o100644 });
	writeText(`${directory}/sub/new`, "text");
	t.equal(readFileSync(`${directory}/sub/new`, "utf8"), "text");
	t.same(readdirSync(directory).sort(), ["file", "new", "sub"], "nothing else is left");
});

t.test("only regular files are replaced", async (t) => {
	const directory = t.testdir({ target: "a\n", directory: {} });
	symlinkSync("target", `${directory}/link`);
	for (const name of ["link", "directory"])
		t.throws(() => appendLine(`${directory}/${name}`, "b"), {
			code: "setup",
			message: `cannot write ${directory}/${name}: not a regular file`,
		});
	t.equal(readFileSync(`${directory}/target`, "utf8"), "a\n");
});

t.test("the old file survives a full disk", async (t) => {
	const directory = t.testdir({ file: "a\n".repeat(100) });
	const program = `
		const { appendLine } = await import("${SOURCES}/replace.ts");
		try { appendLine("${directory}/file", "b"); } catch (error) { console.log(error.message); }
	`;
	const child = Bun.spawnSync(["prlimit", "--fsize=100", process.execPath, "-e", program]);
	t.equal(child.stdout.toString(), `cannot write ${directory}/file: File too large\n`);
	t.equal(readFileSync(`${directory}/file`, "utf8"), "a\n".repeat(100));
	t.same(readdirSync(directory), ["file"]);
});

t.test("no reader sees half a file", async (t) => {
	const file = `${t.testdir({ file: "" })}/file`;
	const program = `
		const { writeText } = await import("${SOURCES}/replace.ts");
		for (let round = 0; round < 100; round++)
			writeText("${file}", String.fromCharCode(97 + round % 26).repeat(100_000));
	`;
	const child = Bun.spawn([process.execPath, "-e", program]);
	let halves = 0;
	while (child.exitCode === null) {
		const text = readFileSync(file, "latin1");
		if (text !== "" && text !== text.slice(0, 1).repeat(100_000)) halves++;
		await Bun.sleep(0);
	}
	t.equal(child.exitCode, 0);
	t.equal(halves, 0);
	t.equal(readFileSync(file, "latin1"), "v".repeat(100_000), "the last one is there");
});
