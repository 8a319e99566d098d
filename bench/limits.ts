// SPDX-License-Identifier: BSD-2-Clause
// Measures what limits add to a start, in both versions of cgroups.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { command, type Thing } from "./interleaved.ts";
import { PFLASK } from "./lib.ts";

const CGROUPS = "/sys/fs/cgroup";
export const TRUE: readonly string[] = ["--", "/bin/true"];
export const LIMITS: string = "--limit=memory=512M,pids=100";

/** By the controllers of LIMITS: the file that limits, in both versions, and its value. */
const FILES: Readonly<Record<string, [names: readonly string[], value: string]>> = {
	memory: [["memory.max", "memory.limit_in_bytes"], `${512 * 1024 * 1024}`],
	pids: [["pids.max"], "100"],
};

/** The names of the measured things. */
export const NAMES = {
	plain: "pflask",
	limited: "pflask --limit",
	byHand: "cgroups by hand",
} as const;

/** Returns the directory in which cgroups of a controller are made, in both versions of cgroups. */
function hierarchyOf(controller: string): string {
	const first = `${CGROUPS}/${controller}`;
	return existsSync(first) ? first : CGROUPS;
}

/** Makes a cgroup with the limits that the hierarchy has. */
function makeCgroup(directory: string, controllers: readonly string[]): void {
	mkdirSync(directory);
	for (const controller of controllers) {
		const [names, value] = FILES[controller] ?? [[], ""];
		const file = names.find((name) => existsSync(`${directory}/${name}`)) ?? "";
		writeFileSync(`${directory}/${file}`, value);
	}
}

/**
 * Makes the cgroups of a container with LIMITS, and removes them: the least work that limits need.
 * In version 2 a container of pflask has two cgroups with the limits, one below the other.
 */
function cgroupsByHand(): void {
	for (const [hierarchy, controllers] of Map.groupBy(Object.keys(FILES), hierarchyOf)) {
		const directory = `${hierarchy}/bench-${process.pid}`;
		makeCgroup(directory, controllers);
		if (hierarchy === CGROUPS) {
			const all = controllers.map((controller) => `+${controller}`);
			writeFileSync(`${directory}/cgroup.subtree_control`, all.join(" "));
			makeCgroup(`${directory}/container`, controllers);
			rmdirSync(`${directory}/container`);
		}
		rmdirSync(directory);
	}
}

/** Returns a start without limits, a start with limits, and cgroups by hand. */
export function limitThings(): Thing[] {
	return [
		command(NAMES.plain, [PFLASK, "--register=no", ...TRUE]),
		command(NAMES.limited, [PFLASK, "--register=no", LIMITS, ...TRUE]),
		{ name: NAMES.byHand, run: cgroupsByHand },
	];
}
