// SPDX-License-Identifier: BSD-2-Clause
// --die-with-parent: the container ends when the process that started pflask ends.
import t from "tap";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, reapOrphans, signal } from "../../lib/processes.ts";
import type { Running } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const PAUSE = ["sh", "-c", '"$0" "$@"; exit 9']; // a parent that waits for pflask

/** Starts pflask below a shell. The returned process is the shell. */
function startBelow(box: Box, args: readonly string[], words: readonly string[]): Running {
	const all = ["--die-with-parent", ...args, "--", PROBE, ...words];
	return box.start(all, { via: PAUSE });
}

live("a container ends with the parent of pflask", async (t, box) => {
	for (const args of [[], ["--no-pidns"], ["--as-pid1"], ["--netif"], ["--tty=always"]]) {
		const what = args.join(" ");
		const shell = startBelow(box, args, ["daemon", "+", "child", "+", "say", "up", "+", "hold"]);
		await shell.until("up");
		shell.kill("SIGKILL");
		await shell.ended;
		await until(`${what}: the end of all`, () => {
			reapOrphans();
			return descendants().length === 0;
		});
		t.pass(what);
	}
});

live("without the option a container outlives the parent of pflask", async (t, box) => {
	const shell = box.start(["--", PROBE, "say", "up", "+", "hold"], { via: PAUSE });
	await shell.until("up");
	const pflask = descendants(shell.pid).find(({ parent }) => parent === shell.pid);
	shell.kill("SIGKILL");
	await until("the end of the shell", () => !descendants().some(({ pid }) => pid === shell.pid));
	t.ok(descendants().some(({ name }) => name === "probe"));
	signal(pflask?.pid ?? 0, "SIGTERM");
	await shell.ended;
	reapOrphans();
});

live("a container of a parent that lives", async (t, box) => {
	const run = await box.run(["--die-with-parent", "--", PROBE, "exit", "3"]);
	t.same([run.status, run.err], [3, ""]);
	const inside = await box.run([
		"--die-with-parent",
		"--",
		PFLASK,
		"--die-with-parent",
		"/bin/true",
	]);
	t.same([inside.status, inside.err], [0, ""], "pid 1 of a container is a parent, too");
});

live("a parent that has ended before", async (t, box) => {
	// The shell in the middle starts the inner shell and ends. The inner shell then starts pflask.
	const wait = 'while kill -0 "$1" 2>&-; do :; done; shift; exec "$@" >"$0" 2>&1';
	const script = `sh -c '${wait}' "${box.dir}/said" $$ "$0" "$@" &`;
	const args = ["--die-with-parent", "--", PROBE, "say", "ran"];
	await box.run(args, { via: ["setsid", "-w", "sh", "-c", script] });
	await until("the end of all", () => {
		reapOrphans();
		return descendants().length === 0;
	});
	const said = await sh(["cat", `${box.dir}/said`]);
	t.match(
		said,
		/^pflask: --die-with-parent: parent process: has ended\nhint: leave out --die-with-parent\n?$/,
	);
});

live("a detached container has no parent", async (t, box) => {
	t.match(
		(await box.run(["--die-with-parent", "--detach", "--", PROBE, "hold"])).err,
		/^pflask: --die-with-parent: contradicts --detach\nhint: leave out --detach\n$/,
	);
});

t.end();
