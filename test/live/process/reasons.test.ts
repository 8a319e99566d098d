// SPDX-License-Identifier: BSD-2-Clause
// The reason why a container has ended. If pflask has killed the container, the reason is "killed",
// not "signal".
import t from "tap";
import { exec, kill } from "../../../packages/attach/src/index.ts";
import { type Container, type Spec, start } from "../../../packages/runtime/src/internal.ts";
import { SIGKILL, SIGTERM } from "../../../packages/runtime/src/numbers.gen.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { signal } from "../../lib/processes.ts";

const QUIET = { stdin: null, stdout: null };

/** The kinds of containers that are killed in different ways. */
const KINDS: readonly Spec[] = [{}, { pidns: false }, { asPid1: true }];

const HOLD: readonly string[] = [PROBE, "hold"];

live("SIGKILL by pflask, and SIGKILL by another process", async (t) => {
	for (const kind of KINDS) {
		const what = JSON.stringify(kind);
		using one = start({ command: HOLD, ...kind }, QUIET);
		one.kill(SIGKILL);
		t.match(one.wait(), { reason: "killed", signal: SIGKILL }, what);
		using other = start({ command: HOLD, ...kind }, QUIET);
		signal(other.info.leaderPid, SIGKILL);
		t.match(other.wait(), { reason: "signal", signal: SIGKILL }, what);
		using asked = start({ command: HOLD, ...kind }, QUIET);
		asked.kill(SIGTERM);
		if (kind.asPid1 !== true) t.match(asked.wait(), { reason: "signal", signal: SIGTERM }, what);
	}
});

live("a command that has ended by itself before", async (t) => {
	for (const kind of KINDS) {
		using one = start({ command: [PROBE, "exit", "3"], ...kind }, QUIET);
		const exit = one.wait();
		one.kill(SIGKILL);
		t.match(exit, { reason: "exit", exitCode: 3, signal: 0 });
	}
});

live("pid 1 is killed after killAfter", async (t) => {
	const command = [PROBE, "hold"];
	using one = start({ command, asPid1: true, killAfter: 10 }, QUIET);
	one.kill(SIGTERM);
	t.match(one.wait(), { reason: "killed", signal: SIGKILL });
});

/** Starts a detached container. Returns the pid of its monitor. */
function detached(spec: Spec): number {
	using container = start({ detach: true, ...spec }, QUIET);
	return container.info.monitorPid;
}

live("detached containers", async (t) => {
	for (const kind of KINDS) {
		const pid = detached({ command: HOLD, ...kind });
		const inside: Container = exec(pid, { command: HOLD }, QUIET);
		const other: Container = exec(pid, { command: HOLD }, QUIET);
		other.kill(SIGKILL);
		t.match(other.wait(), { reason: "killed", signal: SIGKILL }, "a command of exec");
		kill(pid, { signal: SIGTERM, killAfter: 0 });
		// If the container's command is pid 1, its end may make the kernel kill the joined command.
		// pflask cannot tell this end from a signal of another process.
		const reason = kind.asPid1 ? /^(killed|signal)$/ : "killed";
		t.match(inside.wait(), { reason, signal: SIGKILL }, "the end of the container");
		inside.close();
		other.close();
	}
});

t.end();
