// SPDX-License-Identifier: BSD-2-Clause
// Reads files of the cgroups of a process, in both versions of cgroups.
import { existsSync, readFileSync } from "node:fs";
import { hierarchies } from "./cgroups.ts";

/** Returns the directories of a process's cgroups by controller. Version 2 has the key "". */
export function cgroupsOf(pid: number): Map<string, string> {
	const points = hierarchies();
	return new Map(
		readFileSync(`/proc/${pid}/cgroup`, "utf8")
			.trimEnd()
			.split("\n")
			.flatMap((line) => {
				const [, controllers = "", path = ""] = line.match(/^\d+:(.*?):(.*)$/) ?? [];
				const point = points.get(controllers);
				return point ? [[controllers, `${point}${path}`] as const] : [];
			}),
	);
}

/**
 * Returns the text of a limit's file in the cgroups of a process. `names` are the names of the file
 * in version 2 and in version 1. The first existing file counts.
 */
export function limitOf(pid: number, ...names: readonly string[]): string {
	for (const name of names)
		for (const directory of cgroupsOf(pid).values())
			if (existsSync(`${directory}/${name}`))
				return readFileSync(`${directory}/${name}`, "utf8").trim();
	throw new Error(`process ${pid} has none of ${names.join(", ")}`);
}
