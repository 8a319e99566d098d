// SPDX-License-Identifier: BSD-2-Clause
// Measures limits and registrations in the virtual machine, which has systemd-machined and version
// 2 of cgroups, or only one of the two:
//	scripts/bun bench/machine.ts [limits] [registration]
// All code is slower in the machine than on this host. So the times are also printed as this host
// would need them: multiplied by the time of a plain start here, and divided by its time there.
import { spawnSync } from "node:child_process";
import { debianRoot } from "../test/lib/debian.ts";
import { medians } from "./interleaved.ts";
import { section, TOP, target } from "./lib.ts";
import { NAMES as LIMITS, limitThings } from "./limits.ts";
import { NAMES, registrationThings } from "./registration.ts";

/** More runs of limits, because a registration takes much longer. */
const RUNS = { limits: 101, registration: 41 } as const;
/** More runs than in the machine, because here a run takes little time. */
const RUNS_HERE = 201;
/** The service in which this program measures. A login shell is in such a cgroup, too. */
const SERVICE = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect"];

/** Prints times in the machine, and as on the host. Returns a function for the second time. */
function show(times: ReadonlyMap<string, number>, runs: number, plainHere: number) {
	const plain = times.get(LIMITS.plain) ?? Number.NaN;
	const here = (ms: number): number => (ms * plainHere) / plain;
	section(`in the virtual machine, ${runs} runs each, interleaved, median; as this host`);
	for (const [name, ms] of times)
		console.log(
			`  ${name.padEnd(32)} ${ms.toFixed(2).padStart(8)} ms ${here(ms).toFixed(2).padStart(8)} ms`,
		);
	return here;
}

/** Measures limits in the machine. `plainHere` is the time of a plain start on the host. */
function measureLimits(plainHere: number): void {
	const times = medians(limitThings(), RUNS.limits);
	const of = (name: string): number => times.get(name) ?? Number.NaN;
	const here = show(times, RUNS.limits, plainHere);
	const limits = of(LIMITS.limited) - of(LIMITS.plain);
	section("targets: what limits add to a start, as on this host");
	target("limits", here(limits), 0.5, " ms");
	target("limits / cgroups by hand", limits / of(LIMITS.byHand), 3, "x");
}

/** Measures registrations in the machine. `plainHere` is the time of a plain start on the host. */
async function measureRegistrations(plainHere: number): Promise<void> {
	spawnSync("machinectl", ["list"]); // starts machined, which makes its socket
	const things = [...limitThings().slice(0, 1), ...registrationThings(await debianRoot())];
	const times = medians(things, RUNS.registration);
	const of = (name: string): number => times.get(name) ?? Number.NaN;
	const here = show(times, RUNS.registration, plainHere);
	const registration = of(NAMES.registered) - of(LIMITS.plain);
	section("targets: what a registration adds to a start, as on this host");
	target("registration", here(registration), 5, " ms");
	const floors = [
		[NAMES.call, NAMES.ping],
		[NAMES.varlinkCall, NAMES.varlinkPing],
	] as const;
	for (const [call, nothing] of floors)
		if (times.has(call))
			target(
				`registration / (${call} - ${nothing})`,
				registration / (of(call) - of(nothing)),
				1.5,
				"x",
			);
}

/** Measures a plain start on this host, then everything else in the machine. */
function outside(parts: readonly string[]): number | null {
	const plain = medians(limitThings().slice(0, 1), RUNS_HERE).get(LIMITS.plain);
	console.log(`a plain start takes ${plain?.toFixed(2)} ms on this host`);
	const bench = ["scripts/bun", "bench/machine.ts", ...parts, `${plain}`];
	const directory = "--working-directory=/srv/pflask";
	const command = [...SERVICE, directory, ...bench].join(" ");
	const machine = [`${TOP}/scripts/bun`, `${TOP}/scripts/vm.ts`, command];
	return spawnSync(machine[0] ?? "", machine.slice(1), { stdio: "inherit" }).status;
}

const words = process.argv.slice(2);
const plainHere = Number(words.at(-1));
if (plainHere) {
	const parts = words.slice(0, -1);
	if (parts.length === 0 || parts.includes("limits")) measureLimits(plainHere);
	if (parts.length === 0 || parts.includes("registration")) await measureRegistrations(plainHere);
} else process.exitCode = outside(words) ?? 1;
