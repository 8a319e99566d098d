// SPDX-License-Identifier: BSD-2-Clause
// Root of a container traces and manipulates pid 1. The container may break, but pflask ends
// properly and leaves nothing.
import t from "tap";
import { detach, isAlive } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

/** Attacks after which the container ends by itself, or by a SIGTERM that reaches its command. */
const ENDING = ["exit", "shutdown", "garbage", "status", "types", "descriptors", "fork", "steal"];
const KILLING = ["crash", "kill"];

/** Attacks after which the container runs on with a pid 1 that does no work. */
const DEAF = ["close", "exec", "stop"];

const BOUND = 60_000;

live("a traced pid 1 sends false messages, or ends", async (t, box) => {
	const root = tinyRoot(box);
	for (const way of [...ENDING, ...KILLING])
		for (const args of [[], ["--user-map=auto"], [`--chroot=${root}`], ["--tty=always"]]) {
			const what = `${way} ${args.join(" ")}`;
			const probe = args[0]?.startsWith("--chroot") ? "/bin/probe" : PROBE;
			const running = box.start([...args, "--", probe, "trace-init", way, "+", "hold"], {
				bound: BOUND,
			});
			let over = false;
			running.ended.then(() => {
				over = true;
			});
			await until(`${what}: it is done`, () => over || /^ready/m.test(running.out), BOUND);
			// If the container still works, SIGTERM reaches the command, which ends.
			if (!over) signal(running.pid, "SIGTERM");
			const run = await running.ended;
			t.match(run.out, /^trace ok/m, `${what}: it is traced: ${run.err}`);
			// If the container ended before SIGTERM came, SIGTERM ended pflask itself.
			const good = run.status !== null || run.signal === "SIGTERM";
			t.ok(good, `${what}: pflask ends with a status: ${run.status} ${run.signal}`);
			await until(`${what}: no process is left`, () => descendants().length === 0, BOUND);
		}
});

live("the end of pflask ends a container whose pid 1 is traced", async (t, box) => {
	for (const way of DEAF)
		for (const args of [[], ["--user-map=auto"], ["--tty=always"]]) {
			const what = `${way} ${args.join(" ")}`;
			const running = box.start([...args, "--", PROBE, "trace-init", way, "+", "hold"]);
			await running.until(/^ready/m);
			t.match(running.out, /^trace ok/m, what);
			running.kill("SIGKILL");
			await running.ended;
			await until(`${what}: no process is left`, () => descendants().length === 0, BOUND);
		}
});

live("--kill ends a detached container whose pid 1 is traced", async (t, box) => {
	for (const way of [...DEAF, "fork"]) {
		const pid = await detach(box, ["--", PROBE, "trace-init", way, "+", "hold"]);
		const logs = async () => (await box.run([`--logs=${pid}`])).out;
		await until(`${way}: it is done`, async () => /^ready/m.test(await logs()));
		t.match(await logs(), /^trace ok/m, way);
		const run = await box.run(["--kill", "--kill-after=100ms", `${pid}`], { bound: BOUND });
		t.same([run.status, run.err], [0, ""], way);
		await until(`${way}: the end`, () => !isAlive(pid) && descendants().length === 0, BOUND);
	}
});

t.end();
