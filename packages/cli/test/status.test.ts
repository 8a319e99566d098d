// SPDX-License-Identifier: BSD-2-Clause
// --status-fd: the descriptors that it accepts, and its lines, which follow the schema.
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { UsageError } from "@pflask/command";
import { type Container, type Exit, PflaskError } from "@pflask/runtime";
import { EDQUOT, ENOSPC } from "@pflask/runtime/numbers";
import t from "tap";
import schema from "../../../docs/status-fd.schema.json" with { type: "json" };
import { reportOf } from "../src/report.ts";
import { openStatusFd, type StatusFd } from "../src/status.ts";
import { faults } from "./schema.ts";

const SOURCES = `${import.meta.dir}/../src`;
const INFO = {
	monitorPid: 10,
	initPid: 11,
	leaderPid: 12,
	keyringErrno: 0,
	namespaces: ["mnt", "pid"] as const,
};
const EXIT: Exit = {
	reason: "exit",
	exitCode: 7,
	signal: 0,
	outputErrno: 0,
	changesErrno: 0,
	keepErrno: 0,
	linkErrno: 0,
	typedSignal: 0,
	link: "",
	network: "",
	changesPath: "",
	keepPath: "",
	wallUsec: 1,
	userUsec: 2,
	systemUsec: 3,
	maxRssKib: 4,
};

function container(info: object, terminal?: number): Container {
	return { info: { ...INFO, ...info }, terminal } as unknown as Container;
}

/** Returns the lines that are written to a status descriptor. */
async function lines(
	directory: string,
	send: (status: StatusFd) => void,
): Promise<readonly object[]> {
	const path = `${directory}/status`;
	const fd = openSync(path, "w");
	send(await openStatusFd(`${fd}`));
	closeSync(fd);
	const [end, ...reversed] = readFileSync(path, "utf8").split("\n").reverse();
	if (end !== "") throw new Error("the last line has no end");
	return reversed.reverse().map((line) => JSON.parse(line));
}

t.test("started, exited", async (t) => {
	const written = await lines(t.testdir(), (status) => {
		status.started(container({}));
		status.exited(EXIT, 7);
	});
	t.same(written, [
		{
			version: 1,
			event: "started",
			pid: { monitor: 10, init: 11, leader: 12 },
			enforced: { namespaces: ["mnt", "pid"], keyring: true, pty: false },
		},
		{
			version: 1,
			event: "exited",
			reason: "exit",
			status: 7,
			exitCode: 7,
			usage: { wallUsec: 1, userUsec: 2, systemUsec: 3, maxRssKib: 4 },
		},
	]);
	for (const line of written) t.same(faults(line, schema), []);
});

t.test("unusual events", async (t) => {
	const written = await lines(t.testdir(), (status) => {
		status.started(container({ keyringErrno: EDQUOT, namespaces: [] }, 5));
		status.exited({ ...EXIT, reason: "signal", signal: 9, outputErrno: ENOSPC }, 137);
		status.exited({ ...EXIT, changesErrno: ENOSPC, changesPath: "/a" }, 125);
		status.exited({ ...EXIT, keepErrno: ENOSPC, keepPath: "/k" }, 125);
		status.exited({ ...EXIT, linkErrno: ENOSPC, link: "p0" }, 125);
		status.exited({ ...EXIT, network: "pasta" }, 125);
		for (const reason of ["poweroff", "reboot", "lost"] as const)
			status.exited({ ...EXIT, reason }, 0);
	});
	t.match(written[0], { enforced: { namespaces: [], keyring: { errno: "EDQUOT" }, pty: true } });
	t.match(written[1], { signal: "SIGKILL", outputErrno: "ENOSPC", status: 137 });
	t.match(written[2], { changesErrno: "ENOSPC", changesPath: "/a", status: 125 });
	t.match(written[3], { keepErrno: "ENOSPC", keepPath: "/k", status: 125 });
	t.match(written[4], { linkErrno: "ENOSPC", link: "p0", status: 125 });
	t.match(written[5], { network: "pasta", status: 125 });
	t.notOk("exitCode" in (written[1] ?? {}), "a signal leaves no exit code");
	for (const line of written) t.same(faults(line, schema), []);
});

t.test("errors", async (t) => {
	const errors = [
		new UsageError("--bogus", "unknown option"),
		new PflaskError("x: y", { code: "not-found", field: "command", operation: "exec", errno: 2 }),
		new TypeError("x"),
	];
	const written = await lines(t.testdir(), (status) => {
		for (const error of errors) status.failed(reportOf(error, new Map()));
	});
	t.match(written[0], { event: "error", code: "invalid", option: "--bogus", status: 125 });
	t.match(written[1], { code: "not-found", field: "command", errno: "ENOENT", status: 127 });
	t.match(written[2], { code: "internal", message: "internal error: x" });
	for (const line of written) t.same(faults(line, schema), []);
});

t.test("the schema refuses other lines", async (t) => {
	const [line = {}] = await lines(t.testdir(), (status) => status.exited(EXIT, 7));
	t.not(faults({ ...line, status: 300 }, schema).length, 0);
	t.not(faults({ ...line, more: 1 }, schema).length, 0);
	t.not(faults({ ...line, version: 2 }, schema).length, 0);
	t.not(faults({ ...line, usage: {} }, schema).length, 0);
});

t.test("refused descriptors", async (t) => {
	const refuses = (text: string, message: string) =>
		t.rejects(openStatusFd(text), { name: "UsageError", message: `--status-fd: ${message}` });
	for (const text of ["", "x", "-1", "+3", "3x", " 3", "1e1", "0x3", "99999999999"])
		await refuses(text, `'${text}': not a file descriptor`);
	await refuses("999", "999: not open for writing");
	const readable = openSync("/dev/null", "r");
	await refuses(`${readable}`, `${readable}: not open for writing`);
	closeSync(readable);
});

/** Runs a program in another Bun process, with descriptors that a shell redirects. */
function run(directory: string, redirections: string, program: string): [string, string] {
	const script = `${directory}/program.ts`;
	writeFileSync(script, program);
	const line = `exec "$0" "$1" ${redirections}`;
	const { stdout, stderr } = Bun.spawnSync(["sh", "-c", line, process.execPath, script]);
	return [`${stdout}`, `${stderr}`];
}

t.test("a reader that has gone causes no error", async (t) => {
	const fifo = `${t.testdir()}/fifo`;
	Bun.spawnSync(["mkfifo", fifo]);
	const reader = openSync(fifo, "r+");
	const writer = openSync(fifo, "w");
	closeSync(reader);
	const status = await openStatusFd(`${writer}`);
	t.doesNotThrow(() => status.exited(EXIT, 7));
	closeSync(writer);
});

t.test("a full disk is reported once", async (t) => {
	const program = `
		const { openStatusFd } = await import("${SOURCES}/status.ts");
		const status = await openStatusFd("7");
		for (let times = 0; times < 2; times++) status.exited(${JSON.stringify(EXIT)}, 7);
		console.log("done");
	`;
	t.same(run(t.testdir(), "7>/dev/full", program), [
		"done\n",
		"pflask: --status-fd: No space left on device\n",
	]);
});
