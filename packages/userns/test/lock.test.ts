// SPDX-License-Identifier: BSD-2-Clause
// Lock files: only one process at a time holds a lock, and a dead process holds no lock.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { PflaskError } from "@pflask/runtime/internal";
import t from "tap";
import { until } from "../../../test/lib/until.ts";
import { withLocks } from "../src/lock.ts";

const SOURCES = `${import.meta.dir}/../src`;
const LONG = 30_000;

/** Returns the pid of a process that has ended. */
async function deadPid(): Promise<number> {
	const child = Bun.spawn(["true"]);
	await child.exited;
	return child.pid;
}

t.test("the lock file while the lock is held", async (t) => {
	const directory = t.testdir({ file: "" });
	const file = `${directory}/file`;
	const result = await withLocks([file, `${directory}/other`], LONG, () => {
		t.equal(readFileSync(`${file}.lock`, "latin1"), `${process.pid}\0`);
		t.same(readdirSync(directory).sort(), ["file", "file.lock", "other.lock"]);
		return 7;
	});
	t.equal(result, 7);
	t.same(readdirSync(directory), ["file"], "nothing is left");
	const error = new Error("x");
	await t.rejects(
		withLocks([file], LONG, () => Promise.reject(error)),
		{ message: "x" },
	);
	t.same(readdirSync(directory), ["file"], "nor after an error");
});

t.test("the error names the process that holds the lock", async (t) => {
	const directory = t.testdir();
	const file = `${directory}/file`;
	const take = () => withLocks([file], 0, () => "taken");
	writeFileSync(`${file}.lock`, `${process.pid}\0`);
	await t.rejects(take(), {
		code: "setup",
		message: `cannot lock ${file}: locked by process ${process.pid}`,
		hint: `ps ${process.pid}`,
	});
	writeFileSync(`${file}.lock`, `${process.pid}`);
	await t.rejects(take(), PflaskError, "older tools write no NUL");
	for (const text of ["", "x", "1 2", "12\n"]) {
		writeFileSync(`${file}.lock`, text);
		await t.rejects(take(), { message: `cannot lock ${file}: ${file}.lock exists` }, text);
	}
	t.same(readdirSync(directory), ["file.lock"], "it is left as it was");
	await t.rejects(
		withLocks(["/nonexistent/file"], 0, () => 0),
		{
			message: "cannot lock /nonexistent/file: No such file or directory",
		},
	);
});

t.test("the first lock is released if the second is held", async (t) => {
	const directory = t.testdir({ "b.lock": `${process.pid}\0` });
	await t.rejects(
		withLocks([`${directory}/a`, `${directory}/b`], 0, () => 0),
		PflaskError,
	);
	t.same(readdirSync(directory), ["b.lock"]);
});

t.test("the lock of a dead process is taken over", async (t) => {
	const file = `${t.testdir()}/file`;
	writeFileSync(`${file}.lock`, `${await deadPid()}\0`);
	t.equal(await withLocks([file], 0, () => "taken"), "taken");
	t.notOk(existsSync(`${file}.lock`));
});

t.test("within a process, the second caller waits for the first", async (t) => {
	const file = `${t.testdir()}/file`;
	let inside = 0;
	const action = async () => {
		t.equal(++inside, 1, "alone");
		await Bun.sleep(1);
		inside--;
	};
	await Promise.all([1, 2, 3].map(() => withLocks([file], LONG, action)));
	t.equal(inside, 0);
});

t.test("several processes", async (t) => {
	const directory = t.testdir({ counter: "0" });
	writeFileSync(`${directory}/file.lock`, `${await deadPid()}\0`);
	const program = `
		const { withLocks } = await import("${SOURCES}/lock.ts");
		const { readFileSync, writeFileSync } = require("node:fs");
		const counter = "${directory}/counter";
		for (let times = 0; times < 20; times++)
			await withLocks(["${directory}/file"], ${LONG}, () =>
				writeFileSync(counter, String(Number(readFileSync(counter, "utf8")) + 1)));
	`;
	const children = [1, 2, 3, 4].map(() => Bun.spawn([process.execPath, "-e", program]));
	t.same(await Promise.all(children.map((child) => child.exited)), [0, 0, 0, 0]);
	t.equal(readFileSync(`${directory}/counter`, "utf8"), "80", "none was lost");
	t.same(readdirSync(directory), ["counter"]);
});

t.test("many processes find the lock of a dead process", async (t) => {
	const directory = t.testdir();
	const rounds = Array.from({ length: 40 }, (_, round) => `${directory}/${round}`);
	const program = `
		const { withLocks } = await import("${SOURCES}/lock.ts");
		const { existsSync, readFileSync, writeFileSync } = require("node:fs");
		for (const file of ${JSON.stringify(rounds)}) {
			while (!existsSync(file));
			await withLocks([file], ${LONG}, () => writeFileSync(file, readFileSync(file) + "."));
		}
	`;
	const children = [1, 2, 3, 4].map(() => Bun.spawn([process.execPath, "-e", program]));
	t.teardown(() => {
		for (const child of children) child.kill();
	});
	for (const file of rounds) {
		writeFileSync(`${file}.lock`, `${await deadPid()}\0`);
		// Not writeFileSync(), which truncates a file after the file is there.
		closeSync(openSync(file, "wx"));
		await until("all have had it", () => readFileSync(file, "utf8").length === children.length);
	}
	t.same(await Promise.all(children.map((child) => child.exited)), [0, 0, 0, 0]);
	t.same(readdirSync(directory).length, rounds.length, "nothing is left");
});
