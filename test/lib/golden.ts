// SPDX-License-Identifier: BSD-2-Clause
// What a plan has of the machine, of its user and of the run: golden files have none of it.

/** What is hidden because there are detached containers on this machine now, and what the machine
 * has mounted on /sys. */
const OF_THE_MACHINE = /^ *\d+ init +(hide +\/(run|tmp)\/|(source|bind) +\d+ \/sys\/)/;

function withoutMachine(plan: string): string {
	const lines = plan.split("\n").filter((line) => !OF_THE_MACHINE.test(line));
	return lines
		.map((line, index) => line.replace(/^ *\d+/, (old) => `${index}`.padStart(old.length)))
		.join("\n");
}

/** Returns the text of a plan as a golden file has it. */
export function golden(plan: string): string {
	return withoutMachine(plan)
		.replace(/( open_files +)\d+/, "$1LIMIT")
		.replace(/ TMPDIR=\S+/, "")
		.replace(/( shells +).*/, "$1SHELLS")
		.replace(/ HOME=\S+ USER=\S+ LOGNAME=\S+/, " HOME=HOME USER=USER LOGNAME=USER");
}

/** The environment of who asks for a plan: all that every command gets, and nothing else. */
export const PLANNER: Readonly<Record<string, string>> = {
	PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	HOME: "/home/planner",
	USER: "planner",
	LOGNAME: "planner",
	TERM: "xterm",
};
