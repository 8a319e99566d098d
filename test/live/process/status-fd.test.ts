// SPDX-License-Identifier: BSD-2-Clause
// --status-fd prints events as lines of JSON (docs/status-fd.md).
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import schema from "../../../docs/status-fd.schema.json" with { type: "json" };
import { faults } from "../../../packages/cli/test/schema.ts";
import { type Box, live } from "../../lib/live.ts";
import { unreadFifo } from "../../lib/pipe.ts";
import { facts, PROBE } from "../../lib/probe.ts";
import { commandLine, descendants, processes } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

/** A line of the status. Its members depend on the event. */
interface Line {
	readonly version: number;
	readonly event: "started" | "error" | "exited";
	readonly enforced?: { readonly namespaces: readonly string[]; readonly keyring: unknown };
	readonly [key: string]: unknown;
}

function lines(text: string): Line[] {
	if (text === "") return [];
	if (!text.endsWith("\n")) throw new Error(`not whole lines: ${text}`);
	const all = text.trimEnd().split("\n");
	return all.map((line) => {
		const parsed = JSON.parse(line) as Line;
		const wrong = faults(parsed, schema);
		if (wrong.length > 0) throw new Error(`${line}: ${wrong.join(", ")}`);
		return parsed;
	});
}

/**
 * Runs pflask with a file as descriptor 3. Returns the end of pflask, and the lines of the file.
 */
async function watched(
	box: Box,
	args: string[],
	options: RunOptions = {},
): Promise<{ run: Ended; status: Line[] }> {
	const file = `${box.dir}/status`;
	const fd = openSync(file, "w");
	const run = await box.run(["--status-fd=3", ...args], { ...options, extra: [fd] });
	closeSync(fd);
	return { run, status: lines(readFileSync(file, "utf8")) };
}

function events(status: Line[]): string[] {
	return status.map(({ event }) => event);
}

live("started and exited", async (t, box) => {
	const { run, status } = await watched(box, ["--", PROBE, "exit", "7"]);
	t.equal(run.status, 7);
	t.same(events(status), ["started", "exited"]);
	t.match(status[0], {
		pid: { monitor: Number, init: Number, leader: Number },
		enforced: { namespaces: ["mnt", "pid", "ipc", "uts", "cgroup"], keyring: true, pty: false },
	});
	t.match(status[1], {
		reason: "exit",
		status: 7,
		exitCode: 7,
		usage: { wallUsec: Number, userUsec: Number, systemUsec: Number, maxRssKib: Number },
	});
});

/** The pids in a line "started". */
interface Pids {
	readonly monitor: number;
	readonly init: number;
	readonly leader: number;
}

live("the pids are those of the monitor, of pid 1 and of the command", async (t, box) => {
	for (const args of [[], ["-P"], ["--as-pid1"]]) {
		const file = `${box.dir}/status`;
		const fd = openSync(file, "w");
		const all = ["--status-fd=3", ...args, "--", PROBE, "say", "ready", "+", "hold"];
		const running = box.start(all, { extra: [fd] });
		await running.until("ready");
		closeSync(fd);
		const status = await until("the line", () => lines(readFileSync(file, "utf8"))[0]);
		const pids = status.pid as Pids;
		const named = new Map(processes().map((process) => [process.pid, process]));
		t.equal(named.get(pids.monitor)?.parent, running.pid);
		t.equal(named.get(pids.monitor)?.name, "pflask");
		t.equal(named.get(pids.leader)?.name, "probe");
		t.equal(named.get(pids.init)?.parent, pids.monitor);
		if (args[0] === "--as-pid1") t.equal(pids.leader, pids.init);
		else t.equal(named.get(pids.init)?.name, "pf-init");
		t.match(commandLine(pids.monitor), /^pflask\b/, "ps shows what it is");
		running.kill("SIGKILL");
		await running.ended;
	}
});

live("the reported protections are in force", async (t, box) => {
	const { status } = await watched(box, ["--netif", "-HI", "--", PROBE, "say", "x"]);
	t.match(status[0], { enforced: { namespaces: ["mnt", "pid", "net", "cgroup"] } });
	t.equal(status[0]?.enforced?.namespaces.length, 4);
	const bare = await watched(box, ["-MHIP", "--", PROBE, "say", "x"]);
	t.same(bare.status[0]?.enforced?.namespaces, ["cgroup"]);
	const pty = await watched(box, ["--tty=always", "--", PROBE, "say", "x"]);
	t.match(pty.status[0], { enforced: { pty: true } });
});

live("a session keyring that the kernel refuses is reported", async (t, box) => {
	for (const [errno, number] of [
		["ENOSYS", "38"],
		["EDQUOT", "122"],
	] as const) {
		const via = [PROBE, "refuse", "keyctl", number, "+", "exec"];
		const { run, status } = await watched(box, ["--", PROBE, "say", "x"], { via });
		t.equal(run.status, 0, run.err);
		t.same(status[0]?.enforced?.keyring, { errno });
	}
});

live("how the command ended", async (t, box) => {
	for (const [words, expected] of [
		[["exit", "0"], { reason: "exit", status: 0, exitCode: 0 }],
		[["exit", "255"], { reason: "exit", status: 255, exitCode: 255 }],
		[["die", "9"], { reason: "signal", status: 137, signal: "SIGKILL" }],
		[["die", "15"], { reason: "signal", status: 143, signal: "SIGTERM" }],
		[["reboot", "off"], { reason: "poweroff", status: 0 }],
		[["reboot", "restart"], { reason: "reboot", status: 133 }],
	] as const) {
		const { run, status } = await watched(box, ["--", PROBE, ...words]);
		t.equal(run.status, expected.status, words.join(" "));
		t.same(events(status), ["started", "exited"]);
		t.match(status[1], expected, words.join(" "));
	}
});

live("the resource usage of the container", async (t, box) => {
	const words = ["--", "sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done"];
	const { status } = await watched(box, words);
	const usage = status[1]?.usage as Record<string, number>;
	const { wallUsec = 0, userUsec = 0, maxRssKib = 0 } = usage;
	t.ok(userUsec > 10_000, `a loop of 200,000 rounds takes time: ${userUsec}`);
	t.ok(wallUsec >= userUsec, "of one processor");
	t.ok(maxRssKib > 300 && maxRssKib < 100_000, `a shell is not large: ${maxRssKib} KiB`);
});

live("the status is lost if the monitor is killed", async (t, box) => {
	const file = `${box.dir}/status`;
	const fd = openSync(file, "w");
	const running = box.start(["--status-fd=3", "--", PROBE, "hold"], { extra: [fd] });
	await running.until("ready");
	closeSync(fd);
	const started = await until("the line", () => lines(readFileSync(file, "utf8"))[0]);
	process.kill((started.pid as Pids).monitor, "SIGKILL");
	const { status } = await running.ended;
	const last = lines(readFileSync(file, "utf8"))[1];
	t.match(last, { event: /^(exited|error)$/, status });
	if (last?.event === "exited") t.equal(last.reason, "lost");
	t.not(status, 0);
});

live("TERM, INT and HUP end pflask while it waits for a reader of its status", async (t, box) => {
	const reader = unreadFifo(`${box.dir}/fifo`, 250); // no room for two lines
	const command = ["sh", "-c", "echo ready; read _"];
	const options = { stdin: "pipe", extra: [reader] } as const;
	const running = box.start(["--status-fd=3", "--", ...command], options);
	await running.until("ready");
	await running.closeStdin();
	await until("the command's end", () => descendants(running.pid).length === 0);
	running.kill("SIGTERM");
	t.equal((await running.ended).signal, "SIGTERM");
	closeSync(reader);
});

/** Errors before the command runs, and the line that reports each. */
const ERRORS: readonly (readonly [args: string[], expected: object])[] = [
	[
		["--", "/no/such/command"],
		{ code: "not-found", errno: "ENOENT", subject: "/no/such/command", status: 127 },
	],
	[
		["--", "/etc/passwd"],
		{ code: "not-executable", errno: "EACCES", subject: "/etc/passwd", status: 126 },
	],
	[
		["--chroot=/no/such/root", "--", "x"],
		{ code: "invalid", option: /chroot/, errno: "ENOENT", status: 125 },
	],
	[["--hostname=x", "-H", "--", "x"], { code: "invalid", status: 125, errno: null }],
	[["--no-such-option"], { code: "invalid", status: 125, errno: null }],
	[["--setenv=x", "--", "x"], { code: "invalid", option: /setenv/, status: 125 }],
];

live("errors", async (t, box) => {
	for (const [args, expected] of ERRORS) {
		const { run, status } = await watched(box, args);
		t.same(events(status), ["error"], `${args.join(" ")}: ${run.err}`);
		t.match(status[0], expected, args.join(" "));
		t.equal(run.status, status[0]?.status);
		const [first, second] = run.err.trimEnd().split("\n");
		t.equal(`pflask: ${status[0]?.message}`, first, "the message is what stderr says");
		t.equal(status[0]?.hint ? `hint: ${status[0]?.hint}` : undefined, second);
	}
});

live("invisible characters are escaped, and bytes that are not UTF-8 replaced", async (t, box) => {
	const command = "/no/\u009b31m\u202e\u{e0001}/é";
	const file = `${box.dir}/raw`;
	const fd = openSync(file, "w");
	const via = ["sh", "-c", `exec "$0" "$@$(printf '\\377')"`];
	const run = await box.run(["--status-fd=3", "--", command], { via, extra: [fd] });
	closeSync(fd);
	const text = readFileSync(file);
	t.equal(run.status, 127, run.err);
	t.match(text.toString("latin1"), /^[ -~\xa0-\xff]+\n$/, "no control character");
	t.match(text.toString(), '"subject":"/no/\\u009b31m\\u202e\\udb40\\udc01/é\ufffd"');
	t.equal(lines(text.toString())[0]?.subject, `${command}\ufffd`, "a reader gets the characters");
});

live("errors of an operation and of a missing privilege", async (t, box) => {
	const root = tinyRoot(box, ["dev", "sys", "run"]);
	writeFileSync(`${root}/proc`, "");
	const { status } = await watched(box, [`--chroot=${root}`, "--", "/bin/probe"]);
	t.match(status[0], { event: "error", code: /^(setup|invalid)$/, status: 125 });
	t.ok(status[0]?.operation, "it names the operation");
	const via = ["setpriv", "--bounding-set=-net_admin"];
	const { run, status: refused } = await watched(box, ["--netif", "--", "/bin/true"], { via });
	t.equal(run.status, 125);
	t.match(refused[0], { event: "error", code: "privilege", errno: "EPERM", hint: String });
});

live("--help and --dry-run write no status", async (t, box) => {
	for (const args of [["--dry-run", "--", "true"], ["--help"], ["--version"]]) {
		const { run, status } = await watched(box, args);
		t.equal(run.status, 0);
		t.same(status, [], args.join(" "));
	}
});

live("the command does not inherit the descriptor", async (t, box) => {
	const { run } = await watched(box, ["--", PROBE, "fds"]);
	t.same(
		facts(run.out)
			.all("fd")
			.map((line) => line.split(" ")[0]),
		["0", "1", "2"],
	);
});

live("stdout and stderr can be the descriptor", async (t, box) => {
	for (const fd of ["1", "2"] as const) {
		const run = await box.run([`--status-fd=${fd}`, "--", PROBE, "exit", "3"]);
		t.equal(run.status, 3);
		const status = lines(fd === "1" ? run.out : run.err);
		t.same(events(status), ["started", "exited"], `--status-fd=${fd}`);
	}
});

live("a reader gets end of file when pflask ends", async (t, box) => {
	const script = `exec 4>&1; "$@" 3>&1 >&4 | cat >"${box.dir}/status"`;
	const words = ["--status-fd=3", "--", PROBE, "daemon", "+", "exit", "0"];
	const run = await box.run(words, { via: ["sh", "-c", script, "sh"] });
	t.equal(run.status, 0);
	t.same(events(lines(readFileSync(`${box.dir}/status`, "utf8"))), ["started", "exited"]);
});

live("a reader that goes away does not disturb the container", async (t, box) => {
	const script = '{ "$@" 3>&1 >&4; echo "status $?" >&4; } 4>&1 | true';
	const words = ["--status-fd=3", "--", PROBE, "say", "x", "+", "exit", "4"];
	const via = ["sh", "-c", script.replace("} 4>&1 |", "} 4>&9 |"), "sh"];
	const run = await box.run(words, { via: ["sh", "-c", 'exec 9>&1; exec "$@"', "sh", ...via] });
	t.equal(run.out, "x\nstatus 4\n");
	t.equal(run.err, "");
});

live("a failure to write is reported once", async (t, box) => {
	const fd = openSync("/dev/full", "w");
	const words = ["--status-fd=3", "--", PROBE, "say", "x", "+", "exit", "4"];
	const run = await box.run(words, { extra: [fd] });
	closeSync(fd);
	t.equal(run.out, "x\n");
	t.match(run.err, /^pflask: [^\n]*No space left on device\n(hint: [^\n]+\n)?$/);
});

live("a descriptor that is not open for writing is an error, and nothing runs", async (t, box) => {
	for (const fd of ["77", "-1", "x", "", "99999999999", "3.5", "0x3", " 3", "2147483648"]) {
		const run = await box.run([`--status-fd=${fd}`, "--", PROBE, "say", "x"]);
		t.equal(run.status, 125, `--status-fd=${fd}`);
		t.match(run.err, /^pflask: [^\n]*--status-fd[^\n]*\n(hint: [^\n]+\n)?$/, `--status-fd=${fd}`);
		t.equal(run.out, "");
	}
	const readOnly = openSync("/etc/passwd", "r");
	const run = await box.run(["--status-fd=3", "--", PROBE, "say", "x"], { extra: [readOnly] });
	closeSync(readOnly);
	t.equal(run.status, 125);
	t.match(run.err, /^pflask: [^\n]*--status-fd/);
	t.equal(run.out, "");
});

t.end();
