// SPDX-License-Identifier: BSD-2-Clause
// Measures limits and registrations in the virtual machine, which has systemd-machined and version
// 2 of cgroups:
//	scripts/bun bench/machine.ts
// All code is slower in the machine than on this host. So the times are also printed as this host
// would need them: multiplied by the time of a plain start here, and divided by its time there.
import { spawnSync } from "node:child_process";
import { debianRoot } from "../test/lib/debian.ts";
import { medians } from "./interleaved.ts";
import { section, TOP, target } from "./lib.ts";
import { NAMES as LIMITS, limitThings } from "./limits.ts";
import { NAMES, registrationThings } from "./registration.ts";

const RUNS = 41;
/** More runs than in the machine, because here a run takes little time. */
const RUNS_HERE = 201;
/** The service in which this program measures. A login shell is in such a cgroup, too. */
const SERVICE = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect"];

/** Measures in the machine. `plainHere` is the time of a plain start on the host, milliseconds. */
async function inside(plainHere: number): Promise<void> {
	spawnSync("machinectl", ["list"]); // starts machined, which makes its socket
	const things = [...limitThings(), ...registrationThings(await debianRoot())];
	const times = medians(things, RUNS);
	const of = (name: string): number => times.get(name) ?? Number.NaN;
	const here = (ms: number): number => (ms * plainHere) / of(LIMITS.plain);
	section(`in the virtual machine, ${RUNS} runs each, interleaved, median; as this host`);
	for (const [name, ms] of times)
		console.log(
			`  ${name.padEnd(32)} ${ms.toFixed(2).padStart(8)} ms ${here(ms).toFixed(2).padStart(8)} ms`,
		);
	const limits = of(LIMITS.limited) - of(LIMITS.plain);
	const registration = of(NAMES.registered) - of(LIMITS.plain);
	section("targets: what limits and a registration add to a start, as on this host");
	target("limits", here(limits), 0.5, " ms");
	target("limits / cgroups by hand", limits / of(LIMITS.byHand), 3, "x");
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
function outside(): number | null {
	const plain = medians(limitThings().slice(0, 1), RUNS_HERE).get(LIMITS.plain);
	console.log(`a plain start takes ${plain?.toFixed(2)} ms on this host`);
	const bench = ["scripts/bun", "bench/machine.ts", `${plain}`];
	const directory = "--working-directory=/srv/pflask";
	const command = [...SERVICE, directory, ...bench].join(" ");
	const machine = [`${TOP}/scripts/bun`, `${TOP}/scripts/vm.ts`, command];
	return spawnSync(machine[0] ?? "", machine.slice(1), { stdio: "inherit" }).status;
}

const plainHere = Number(process.argv[2]);
if (plainHere) await inside(plainHere);
else process.exitCode = outside() ?? 1;
