// SPDX-License-Identifier: BSD-2-Clause
// What the probe's verb "mounts" prints: /proc/self/mountinfo.
import type { Facts } from "./probe.ts";

/** A line of it, see proc_pid_mountinfo(5). */
export interface Mount {
	readonly id: string;
	readonly device: string;
	/** What of the file system is mounted. */
	readonly root: string;
	readonly point: string;
	/** Options of the mount. */
	readonly options: readonly string[];
	readonly type: string;
	/** Options of the file system. */
	readonly superOptions: readonly string[];
}

/** The mounts in their order: of those at one place the last one is seen. */
export function mountTable(facts: Facts): Mount[] {
	return facts.all("mount").map((line) => {
		const [before = "", after = ""] = line.split(" - ");
		const [id = "", , device = "", root = "", point = "", options = ""] = before.split(" ");
		const [type = "", , superOptions = ""] = after.split(" ");
		return {
			id,
			device,
			root,
			point,
			options: options.split(","),
			type,
			superOptions: superOptions.split(","),
		};
	});
}

/** The mount that is seen at a place. */
export function mountAt(facts: Facts, point: string): Mount | undefined {
	return mountTable(facts).findLast((mount) => mount.point === point);
}
