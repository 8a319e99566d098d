// SPDX-License-Identifier: BSD-2-Clause
// The memory of a container's processes, with the setting of Debian's kernel for huge pages.
import { readFileSync } from "node:fs";
import t from "tap";
import { detach, finish } from "../lib/detached.ts";
import { live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import { descendants } from "../lib/processes.ts";

/** Returns a size of a process in KiB. */
function size(pid: number, name: string): number {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
	return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN);
}

live("the monitor and init take no huge page", async (t, box) => {
	const setting = readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8");
	t.match(setting, "[always]");
	const pid = await detach(box, ["--register=no", "--", PROBE, "hold"]);
	const ours = descendants().filter(({ name }) => name === "pflask" || name === "pf-init");
	t.equal(ours.length, 2);
	let all = 0;
	for (const { pid, name } of ours) {
		t.equal(size(pid, "AnonHugePages"), 0, name);
		all += size(pid, "Pss");
	}
	t.ok(all <= 600, `${all} KiB`);
	await finish(box, pid);
});

t.end();
