// SPDX-License-Identifier: BSD-2-Clause
// Removes the parts of a plan that depend on the machine, the user and the run. Golden files
// contain none of these parts.

/**
 * Operations that depend on this machine: "hide" for control directories of detached containers,
 * "source" and "bind" for mounts below /sys.
 */
const OF_THE_MACHINE = /^ *\d+ init +(hide +\/(run|tmp)\/|(source|bind) +\d+ \/sys\/)/;

function withoutMachine(plan: string): string {
	const lines = plan.split("\n").filter((line) => !OF_THE_MACHINE.test(line));
	return lines
		.map((line, index) => line.replace(/^ *\d+/, (old) => `${index}`.padStart(old.length)))
		.join("\n");
}

/** Returns the text of a plan in the form of a golden file. */
export function golden(plan: string): string {
	return withoutMachine(plan)
		.replace(/( open_files +)\d+/, "$1LIMIT")
		.replace(/( cgroup +\S+ )\/\S*/g, "$1PLACE")
		.replace(/ TMPDIR=\S+/, "")
		.replace(/( shells +).*/, "$1SHELLS")
		.replace(/ HOME=\S+ USER=\S+ LOGNAME=\S+/, " HOME=HOME USER=USER LOGNAME=USER");
}

/** The environment for making a plan: only the variables that every command gets. */
export const PLANNER: Readonly<Record<string, string>> = {
	PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	HOME: "/home/planner",
	USER: "planner",
	LOGNAME: "planner",
	TERM: "xterm",
};
