// SPDX-License-Identifier: BSD-2-Clause
// pflask inside pflask, as root.
import { mkdirSync } from "node:fs";
import t from "tap";
import { live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

live("a container in a container", async (t, box) => {
	const run = await box.run(["--", PFLASK, "--netif", "--", PROBE, "ids", "+", "ps", "+", "net"]);
	t.equal(run.status, 0, run.err);
	t.equal(run.facts("pid"), "2");
	t.equal(run.facts.all("process").length, 2);
	t.same(run.facts.all("interface"), ["lo up"]);
});

live("a root in a container", async (t, box) => {
	const root = tinyRoot(box);
	const run = await box.run(["--", PFLASK, `--chroot=${root}`, "--", "/bin/probe", "ls", "/"]);
	t.equal(run.status, 0, run.err);
	t.ok(run.facts.all("ls./").includes("bin"));
});

live("the host as a root, and a root inside", async (t, box) => {
	const root = tinyRoot(box);
	const inner = [PFLASK, `--chroot=${root}`, "--", "/bin/probe", "exit", "7"];
	const run = await box.run(["--chroot=/", "--", ...inner]);
	t.equal(run.status, 7, run.err);
});

live("status and output pass three nested containers", async (t, box) => {
	const run = await box.run([
		"--",
		PFLASK,
		"--",
		PFLASK,
		"--",
		PROBE,
		"say",
		"deep",
		"+",
		"exit",
		"42",
	]);
	t.same([run.status, run.out, run.err], [42, "deep\n", ""]);
});

live("a signal passes nested containers, and SIGKILL ends all of them", async (t, box) => {
	const running = box.start(["--", PFLASK, "--", PROBE, "catch", "1"]);
	await running.until("ready");
	running.kill("SIGUSR1");
	t.match((await running.ended).out, "signal 10 ");
	const killed = box.start(["--", PFLASK, "--no-pidns", "--", PROBE, "daemon", "+", "hold"]);
	await killed.until("ready");
	killed.kill("SIGKILL");
	await killed.ended;
	await until("the end of all", () => descendants().length === 0, 10_000);
	t.same(descendants(), []);
});

live("terminals in terminals", async (t, box) => {
	mkdirSync(`${box.dir}/x`);
	const session = box.terminal(["--", PFLASK, "--", PROBE, "tty", "+", "group"], {
		rows: 22,
		columns: 77,
	});
	await session.until("ready");
	t.match(session.out, "winsize.0 22 77");
	session.type("\x03");
	t.match((await session.ended).out, "parent 2");
});

t.end();
