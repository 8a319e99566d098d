// SPDX-License-Identifier: BSD-2-Clause
// A program that uses the library. The program can have several containers at a time, and an ended
// container leaves no descriptor, process or signal handler in the program.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import {
	PflaskError,
	plan,
	run,
	type Spec,
	start,
	terminalSize,
} from "../../../packages/runtime/src/internal.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { openFiles } from "../../lib/processes.ts";

/** Returns the descriptors of this program, each with its target. */
function descriptors(): Map<number, string> {
	return new Map(openFiles("self").map(({ fd, target }) => [fd, target]));
}

function helperDescriptor(): number | undefined {
	return [...descriptors()].find(([, what]) => what.includes("memfd:pflask-init"))?.[0];
}

live("a container starts, ends and returns its exit status", async (t, box) => {
	const file = openSync(`${box.dir}/out`, "w");
	using container = start(
		{ command: [PROBE, "say", "inside", "+", "exit", "7"] },
		{ stdin: null, stdout: file },
	);
	closeSync(file);
	const { reason, exitCode, wallUsec } = container.wait();
	t.match({ reason, exitCode }, { reason: "exit", exitCode: 7 });
	t.ok(wallUsec > 0);
	t.match(readFileSync(`${box.dir}/out`, "utf8"), "inside");
});

live("a plan starts any number of containers", async (t) => {
	using made = plan({ command: [PROBE, "exit", "3"] });
	for (let i = 0; i < 20; i++) {
		using container = start(made);
		t.equal(container.wait().exitCode, 3);
	}
});

live("run() returns after the end", async (t, box) => {
	const before = descriptors().size;
	const out = openSync(`${box.dir}/out`, "w+");
	const command = [PROBE, "say", "inside", "+", "exit", "7"];
	t.match(run({ command }, { stdin: null, stdout: out }), { reason: "exit", exitCode: 7 });
	t.match(readFileSync(`${box.dir}/out`, "utf8"), "inside");
	using made = plan({ command, terminal: true });
	t.equal(run(made, { stdin: null, stdout: out }).exitCode, 7);
	t.match(readFileSync(`${box.dir}/out`, "utf8"), /inside\n.*inside\r\n/s);
	closeSync(out);
	const kept = helperDescriptor() === undefined ? 0 : 1;
	t.ok(descriptors().size <= before + kept);
});

live("a detached plan cannot run in the foreground", async (t) => {
	t.throws(() => run({ command: ["/no/such/command"] }), { code: "not-found" });
	t.throws(() => run({ command: [PROBE], detach: true }), {
		field: "detach",
		message: "cannot run in the foreground",
	});
	using other = start({ command: [PROBE, "hold"] }, { foreground: true });
	const second = { message: "another container is in the foreground" };
	t.throws(() => run({ command: [PROBE] }), second);
	t.ok(other.kill(9));
});

live("two containers at a time, ended by a signal and by close", async (t) => {
	const one = start({ command: [PROBE, "hold"] });
	const two = start({ command: [PROBE, "hold"] });
	t.equal(one.wait(0), undefined, "it still runs");
	t.ok(one.kill(9));
	t.match(one.wait(), { reason: "killed", signal: 9 });
	t.notOk(one.kill(9), "there is nobody to send it to");
	one.close();
	two.close();
});

live("a descriptor that is not open", async (t) => {
	const bad = () => start({ command: [PROBE] }, { stdout: 999 });
	t.throws(bad, { message: "descriptor 999: Bad file descriptor", errno: 9 });
});

live("a terminal whose output is not read", async (t) => {
	using container = start(
		{ command: [PROBE, "say", "inside", "+", "hold"], terminal: true },
		{ stdin: null, stdout: null, stderr: null },
	);
	const exit = container.foreground(-1, -1);
	t.equal(exit.outputErrno, 9, "EBADF, and it is hung up");
});

live("a closed container refuses every call", async (t) => {
	const container = start({ command: [PROBE, "hold"] });
	t.match(container.info, { namespaces: ["mnt", "pid", "ipc", "uts", "cgroup"], keyringErrno: 0 });
	t.equal(container.terminal, undefined);
	container.close();
	container.close();
	const closed = { code: "invalid", message: "container: already closed" };
	t.throws(() => container.wait(), closed);
	t.throws(() => container.kill(9), closed);
	t.throws(() => container.info, closed);
	t.throws(() => container.terminal, closed);
});

live("an unknown signal, and a terminal", async (t) => {
	using container = start({ command: [PROBE, "hold"], terminal: true, rows: 5, cols: 6 });
	t.throws(() => container.kill(65), { code: "invalid", message: "signal: 65: no such signal" });
	t.ok(container.kill("SIGCONT"), "a signal has a name");
	t.same(terminalSize(container.terminal ?? -1), { rows: 5, cols: 6 });
});

live("a failed start is an error, and leaves nothing open", async (t) => {
	const before = descriptors().size;
	t.throws(() => start({ command: ["/no/such/command"] }), { code: "not-found" });
	t.throws(() => start({ command: [PROBE], chroot: "/no/such/root" }), PflaskError);
	const kept = helperDescriptor() === undefined ? 0 : 1;
	t.ok(descriptors().size <= before + kept);
});

live("many containers of each kind leave no descriptor", async (t, box) => {
	const kinds: Spec[] = [
		{},
		{ netns: true },
		{ ephemeral: true },
		{ mount: [`bind:${box.dir}:${box.dir}`] },
		{ userMap: ["0:0:1"] },
		{ terminal: true },
	];
	start({ command: [PROBE, "exit", "0"] }).close(); // opens the helper, which stays open
	const before = descriptors();
	for (const kind of kinds) {
		for (let i = 0; i < 5; i++) {
			using container = start({ ...kind, command: [PROBE, "exit", "3"] });
			t.equal(container.wait().exitCode, 3);
		}
		t.same(descriptors(), before, JSON.stringify(kind));
	}
});

live("the library's descriptor of its helper may be closed or replaced", async (t) => {
	start({ command: [PROBE, "exit", "0"] }).close();
	const fd = helperDescriptor();
	if (fd === undefined) throw new Error("no helper is kept");
	closeSync(fd);
	while (openSync("/etc/passwd", "r") < fd);
	using container = start({ command: [PROBE, "exit", "5"] });
	t.equal(container.wait().exitCode, 5);
	t.ok(fstatSync(fd).isFile(), "a file of the program's own is left alone");
});
