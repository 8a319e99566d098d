// SPDX-License-Identifier: BSD-2-Clause
// The descriptors that the runtime opens in a process.
import { openFiles } from "./processes.ts";
import { until } from "./until.ts";

/** Returns the number of open descriptors that are pipes, sockets, pidfds or files in memory. */
export function openDescriptors(pid: number | "self" = "self"): number {
	const targets = openFiles(pid).map(({ target }) => target);
	return targets.filter((name) => /^(pipe|socket|\/memfd|anon_inode:\[pidfd)/.test(name)).length;
}

/** Waits until at most `before` descriptors of these kinds are open. */
export async function descriptorsClosed(before: number, pid?: number): Promise<void> {
	await until("the descriptors are closed", () => openDescriptors(pid) <= before);
}
