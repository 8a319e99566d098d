// SPDX-License-Identifier: BSD-2-Clause
// Reads the output of the probe's verb "mounts": /proc/self/mountinfo.
import type { Facts } from "./probe.ts";

/** A line of mountinfo, see proc_pid_mountinfo(5). */
export interface Mount {
	readonly id: string;
	readonly device: string;
	/** The mounted directory within the file system. */
	readonly root: string;
	readonly point: string;
	/** Options of the mount. */
	readonly options: readonly string[];
	readonly type: string;
	/** Options of the file system. */
	readonly superOptions: readonly string[];
}

/**
 * Returns the mounts in their order. The last mount at a path hides the earlier mounts at this
 * path.
 */
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

/** Returns the visible mount at a path. */
export function mountAt(facts: Facts, point: string): Mount | undefined {
	return mountTable(facts).findLast((mount) => mount.point === point);
}
