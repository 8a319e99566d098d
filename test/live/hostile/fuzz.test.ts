// SPDX-License-Identifier: BSD-2-Clause
// A monitor works on after random messages.
import t from "tap";
import {
	CONTROL,
	countDescriptors,
	descriptorsAtRest,
	detach,
	isAlive,
	listed,
} from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { until } from "../../lib/until.ts";

const CONNECTIONS = 65_000;

/** The seed of the attack. PFLASK_SEED repeats an attack. */
const SEED = Number(process.env.PFLASK_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);

live(`${CONNECTIONS} random connections, seed ${SEED}`, async (t, box) => {
	// Input may contain any byte, so the terminal must not turn bytes into signals.
	const pid = await detach(box, ["--", PROBE, "say", "up", "+", "raw", "+", "hold"]);
	await until("it is ready", async () => {
		return /ready\r?\nready/.test((await box.run([`--logs=${pid}`])).out);
	});
	const before = await descriptorsAtRest(box, pid);
	const words = ["fuzz", `${CONTROL}/${pid}.sock`, `${CONNECTIONS}`, `${SEED}`];
	const run = await box.run(words, { program: PROBE, bound: 600_000 });
	t.equal(run.facts("fuzzed"), `${CONNECTIONS}`, `seed ${SEED}: all were taken: ${run.err}`);
	t.ok(Number(run.facts("introduced")) > CONNECTIONS / 3, `seed ${SEED}: many were answered`);
	if (!t.ok(isAlive(pid), `seed ${SEED}: the monitor is there`)) return;
	const inside = await box.run([`--exec=${pid}`, "--", PROBE, "say", "inside"]);
	t.same([inside.status, inside.out], [0, "inside\n"], `seed ${SEED}: ${inside.err}`);
	t.match((await box.run([`--logs=${pid}`])).out, /^up/, `seed ${SEED}: the output is there`);
	t.match(
		(await listed(box)).find((one) => one.pid === pid),
		{ uid: 0, root: "/" },
	);
	await until("no descriptor is left", () => countDescriptors(pid) === before);
	await until("no process is left", () => descendants(pid).length === 2);
	await box.run(["--kill=KILL", `${pid}`]);
	await until("the end of all", () => descendants().length === 0);
});

live("clients that disconnect before the failure of exec is sent", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const words = ["abandon", `${CONTROL}/${pid}.sock`, "1000"];
	const run = await box.run(words, { program: PROBE });
	t.equal(run.facts("abandoned"), "1000", run.err);
	if (!t.ok(isAlive(pid), "the monitor is there")) return;
	const inside = await box.run([`--exec=${pid}`, "--", PROBE, "say", "inside"]);
	t.same([inside.status, inside.out], [0, "inside\n"], inside.err);
	await until("no process is left", () => descendants(pid).length === 2);
	await box.run(["--kill=KILL", `${pid}`]);
	await until("the end of all", () => descendants().length === 0);
});

t.end();
