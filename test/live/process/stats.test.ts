// SPDX-License-Identifier: BSD-2-Clause
// --stats prints the reason of a command's end, and the resources that the command has used.
import t from "tap";
import schema from "../../../docs/status-fd.schema.json" with { type: "json" };
import { faults } from "../../../packages/cli/test/schema.ts";
import { detach, finish, isAlive, startWaiting } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";

/** Returns the lines of --stats by their names. Throws if the columns are not aligned. */
function statsOf(text: string): Map<string, string> {
	const lines = text.trimEnd().split("\n");
	return new Map(
		lines.map((line) => {
			const [, name = "", value = ""] = line.match(/^(?=.{16}\S)([a-z ]+[a-z]) +(\S.*)$/) ?? [];
			if (name === "") throw new Error(`not a line of --stats: ${line}`);
			return [name, value];
		}),
	);
}

/** Returns the event in a text. The text must be one line that matches the schema. */
function eventOf(text: string): Record<string, unknown> {
	const event = JSON.parse(text);
	const wrong = faults(event, schema);
	if (wrong.length > 0 || !text.endsWith("}\n")) throw new Error(`${text}: ${wrong.join(", ")}`);
	return event;
}

const TIME = /^\d+\.\d{3} s$/;
const SIZE = /^\d+\.\d (KiB|MiB)$/;

live("text on stderr", async (t, box) => {
	const run = await box.run(["--stats", "--", PROBE, "exit", "3"]);
	t.same([run.status, run.out], [3, ""]);
	const stats = statsOf(run.err);
	t.same([stats.get("reason"), stats.get("status")], ["exit", "3"]);
	for (const name of ["wall time", "user time", "system time"])
		t.match(stats.get(name), TIME, name);
	t.match(stats.get("largest process"), SIZE);
	t.notOk(stats.has("peak memory"), "no cgroup of its own, so the number is not known");
	t.notOk(stats.has("processes"));
	const killed = await box.run(["--stats", "--timeout=20ms", "--", PROBE, "hold"]);
	t.match(killed.err, /^pflask: timed out after 20ms\nreason +timeout\nstatus +124\nwall time/);
});

live("JSON on stderr is the event of --status-fd", async (t, box) => {
	const words = ["--stats=json", "--status-fd=1", "--", PROBE, "die", "9"];
	const run = await box.run(words);
	t.equal(run.status, 137);
	t.equal(run.err, run.out.split("\n").slice(1).join("\n"));
	t.match(eventOf(run.err), { reason: "signal", signal: "SIGKILL", usage: { wallUsec: Number } });
});

live("what is not known is left out", async (t, box) => {
	const running = box.start(["--stats", "--", PROBE, "hold"]);
	await running.until("ready");
	const init = descendants(running.pid).find(({ name }) => name === "pf-init");
	signal(init?.parent ?? 0, "SIGKILL");
	const lost = await running.ended;
	t.match(lost.err, /^pflask: the monitor was killed, [^\n]*\nreason +lost\nstatus +137\n$/);
	const json = box.start(["--stats=json", "--", PROBE, "hold"]);
	await json.until("ready");
	const other = descendants(json.pid).find(({ name }) => name === "pf-init");
	signal(other?.parent ?? 0, "SIGKILL");
	const event = eventOf((await json.ended).err.split("\n").slice(1).join("\n"));
	t.match(event, { reason: "lost", status: 137 });
	t.notOk("usage" in event, "no number is known");
});

live("--exec and --wait, and an end by --kill", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "ignore", "1", "+", "ignore", "15", "+", "hold"]);
	const inside = await box.run([`--exec=${pid}`, "--stats", "--", PROBE, "exit", "4"]);
	t.same([inside.status, statsOf(inside.err).get("reason")], [4, "exit"]);
	const waiters = [await startWaiting(box, pid, ["--stats"])];
	waiters.push(await startWaiting(box, pid, ["--stats=json"]));
	await finish(box, pid);
	const [text, json] = await Promise.all(waiters.map((waiter) => waiter.ended));
	t.equal(statsOf(text?.err ?? "").get("reason"), "killed");
	t.match(eventOf(json?.err ?? ""), { reason: "killed", signal: "SIGKILL", status: 137 });
	t.notOk(isAlive(pid));
});

live("--stats needs an end that pflask sees", async (t, box) => {
	t.match(
		(await box.run(["--stats", "--detach", "--", PROBE, "hold"])).err,
		/^pflask: --stats: contradicts --detach\nhint: pflask --wait=NAME --stats\n$/,
	);
	t.same(descendants(), [], "nothing runs");
	t.match(
		(await box.run(["--stats=xml", "--", PROBE])).err,
		/^pflask: --stats: 'xml': not json\nhint: --stats=json\n$/,
	);
	t.match((await box.run(["--list", "--stats"])).err, /^pflask: --stats: contradicts --list\n/);
});

t.end();
