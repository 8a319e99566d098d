// SPDX-License-Identifier: BSD-2-Clause
// A shell opens or closes descriptors. The tests check which of the descriptors count as writable.
import { readFileSync, writeFileSync } from "node:fs";
import t from "tap";

const SOURCE = `${import.meta.dir}/../src/output.ts`;

/** Runs a program in another Bun process, with descriptors that a shell redirects. */
function run(directory: string, redirections: string, program: string): string {
	const script = `${directory}/program.ts`;
	writeFileSync(script, `import { isWritable, print } from "${SOURCE}";\n${program}`);
	const line = `exec "$0" "$1" ${redirections}`;
	return `${Bun.spawnSync(["sh", "-c", line, process.execPath, script]).stdout}`;
}

t.test("descriptors of Bun do not count as the caller's", async (t) => {
	const program = `
		const open = [];
		for (let fd = 0; fd < 30; fd++) if (await isWritable(fd)) open.push(fd);
		console.log(JSON.stringify(open));
	`;
	const open = run(t.testdir(), "0<&- 2>/dev/null 7>/dev/null 8</dev/null", program);
	t.same(JSON.parse(open), [1, 2, 7]);
});

t.test("a whole text is appended", async (t) => {
	const directory = t.testdir({ out: "before\n" });
	run(directory, `>>${directory}/out`, `print("x".repeat(1e6)); print("end\\n");`);
	t.equal(readFileSync(`${directory}/out`, "utf8"), `before\n${"x".repeat(1e6)}end\n`);
});

t.test("a failed write is an error", async (t) => {
	const directory = t.testdir({ said: "" });
	const said = `${directory}/said`;
	const program = `
		try {
			print("x");
		} catch ({ message, operation, errno }) {
			await Bun.write("${said}", JSON.stringify([message, operation, errno]));
		}
	`;
	const failing = (redirection: string) => {
		run(directory, redirection, program);
		return JSON.parse(readFileSync(said, "utf8"));
	};
	const error = (why: string, errno: number) => [`standard output: ${why}`, "write", errno];
	t.same(failing(">/dev/full"), error("No space left on device", 28));
	t.same(failing(">&-"), error("Bad file descriptor", 9));
	t.same(failing("1</dev/null"), error("Bad file descriptor", 9));
});
