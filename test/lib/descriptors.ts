// SPDX-License-Identifier: BSD-2-Clause
// The descriptors of a test's own process that the runtime opens.
import { openFiles } from "./processes.ts";
import { until } from "./until.ts";

/** Returns the number of open descriptors that are pipes, sockets, pidfds or files in memory. */
export function openDescriptors(): number {
	const targets = openFiles("self").map(({ target }) => target);
	return targets.filter((name) => /^(pipe|socket|\/memfd|anon_inode:\[pidfd)/.test(name)).length;
}

/** Waits until no more than so many are open. */
export async function descriptorsClosed(before: number): Promise<void> {
	await until("the descriptors are closed", () => openDescriptors() <= before);
}
