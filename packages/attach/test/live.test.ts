// SPDX-License-Identifier: BSD-2-Clause
// The API of @pflask/attach, with real containers.
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { PflaskError, type Spec, start } from "@pflask/runtime/internal";
import { SIGUSR1 } from "@pflask/runtime/numbers";
import t from "tap";
import { isAlive, nameIn } from "../../../test/lib/detached.ts";
import { live } from "../../../test/lib/live.ts";
import { PROBE } from "../../../test/lib/probe.ts";
import { descendants } from "../../../test/lib/processes.ts";
import { until } from "../../../test/lib/until.ts";
import { attach, exec, find, forget, kill, list, logs, wait } from "../src/index.ts";

const GONE = { name: "PflaskError", code: "invalid", errno: 3, field: "which" };

/** Starts a detached container. Returns the pid of its monitor. */
function detached(spec: Spec): number {
	using container = start({ detach: true, terminal: true, ...spec });
	return container.info.monitorPid;
}

/** Returns the output that a container has printed. */
function printed(which: string | number, file: string): string {
	const fd = openSync(file, "w");
	logs(which, { output: fd });
	closeSync(fd);
	return readFileSync(file, "utf8");
}

live("find, list, logs, wait, kill", async (t, box) => {
	const name = nameIn(box, "api");
	const file = `${box.dir}/output`;
	const command = [PROBE, "catch", "1", "+", "exit", "5"];
	const pid = detached({ name, command });
	const found = find(name);
	t.match(found, { name, monitorPid: pid, uid: 0, clients: 0, root: "/" });
	t.equal(found.command, command.join(" "));
	t.same(find(pid), found);
	t.same(find(found.leaderPid ?? 0), found);
	t.same(
		list().filter((one) => one.name === name),
		[found],
	);
	await until("it is ready", () => printed(name, file) === "ready\r\n");
	t.equal(wait(name, 0), undefined, "it runs");
	kill(name, { signal: SIGUSR1 });
	await until("the end", () => !isAlive(pid));
	t.throws(() => find(name), GONE);
	t.match(wait(pid), { reason: "exit", exitCode: 5 }, "its end is kept");
	t.match(printed(name, file), /^ready\r\n/, "and its output");
	t.throws(() => attach(pid), GONE);
	t.throws(() => kill(pid), GONE);
	t.throws(() => exec(pid, { command: ["true"] }), GONE);
	forget(name);
	t.throws(() => wait(pid), GONE);
	t.throws(() => logs(pid), GONE);
});

live("attach: input, output and exit status", async (t, box) => {
	const pid = detached({ command: [PROBE, "wait-for", "go", "+", "say", "gone", "+", "die", "9"] });
	writeFileSync(`${box.dir}/typed`, "go\n");
	const [input, output] = [openSync(`${box.dir}/typed`, "r"), openSync(`${box.dir}/output`, "w")];
	t.match(attach(pid, { input, output }), { reason: "signal", signal: 9 });
	t.match(readFileSync(`${box.dir}/output`, "utf8"), /gone\r\n$/);
	closeSync(input);
	closeSync(output);
});

live("exec: a container's command is a container", async (t, box) => {
	const pid = detached({ command: [PROBE, "hold"] });
	const output = openSync(`${box.dir}/output`, "w");
	const options = { stdin: null, stdout: output };
	{
		using inside = exec(pid, { command: [PROBE, "say", "inside", "+", "exit", "4"] }, options);
		t.match(inside.wait(), { reason: "exit", exitCode: 4 });
	}
	{
		using inside = exec(pid, { command: [PROBE, "hold"], terminal: true }, options);
		t.ok(inside.info.leaderPid > 0);
		t.ok(inside.terminal !== undefined);
		t.equal(inside.wait(0), undefined);
		t.ok(inside.kill(SIGUSR1));
		t.match(inside.wait(), { reason: "signal", signal: SIGUSR1 });
	}
	exec(pid, { command: ["sleep", "1000"] }, options).close();
	closeSync(output);
	t.equal(readFileSync(`${box.dir}/output`, "utf8"), "inside\n");
	t.throws(() => exec(pid, { command: ["/no/such"] }, options), { code: "not-found" });
	kill(pid);
	await until("the end of all", () => descendants().length === 0);
});

live("kill: SIGTERM, then SIGKILL", async (t, box) => {
	const deaf = detached({ command: [PROBE, "ignore", "15", "+", "say", "deaf", "+", "hold"] });
	await until("it is deaf", () => printed(deaf, `${box.dir}/output`).includes("deaf"));
	kill(deaf, { killAfter: 10 });
	t.throws(() => find(deaf), GONE);
});

live("a name is free after its container has ended", async (t, box) => {
	const name = nameIn(box, "again");
	for (let times = 0; times < 50; times++) {
		detached({ name, command: [PROBE, "hold"] });
		if (times % 2 === 0) kill(name);
		else {
			kill(name, { signal: 15 });
			try {
				wait(name);
			} catch (error) {
				t.match(error, GONE, "it has ended before it was waited for");
			}
		}
	}
	await until("the end of all", () => descendants().length === 0);
});

live("invalid names and sizes", async (t) => {
	const fails = (spec: Spec, field: string) => {
		try {
			detached({ command: [PROBE, "hold"], ...spec });
			t.fail(`${field} was taken`);
		} catch (error) {
			t.ok(error instanceof PflaskError);
			t.match(error, { code: "invalid", field });
		}
	};
	fails({ name: "a/b" }, "name");
	fails({ name: "1234" }, "name");
	fails({ scrollback: 2 ** 27 }, "scrollback");
	fails({ name: "x", detach: false }, "name");
	fails({ pidFile: "/tmp/x", detach: false }, "pidFile");
	fails({ scrollback: 1, detach: false }, "scrollback");
	t.same(descendants(), []);
});

t.end();
