// SPDX-License-Identifier: BSD-2-Clause
// Times containers with interfaces. The measurements run in a new network namespace, away from the
// host's interfaces. This file is also the program that runs in the namespace and prints the times.
import { container, times } from "./inprocess.ts";
import { run } from "./lib.ts";

/** The median times of containers, milliseconds. */
export interface NetworkTimes {
	/** A container with a network namespace that has only lo. */
	readonly plain: number;
	/** A container with a veth pair. */
	readonly veth: number;
	/**
	 * The kernel's part of a veth pair: the time of `ip link add` minus the time of `ip link show`.
	 */
	readonly kernel: number;
}

/** Measures containers with interfaces. */
export function networkTimes(): NetworkTimes {
	return JSON.parse(run(["unshare", "-n", process.execPath, import.meta.path]));
}

function ip(...words: readonly string[]): () => void {
	return () => {
		const { success } = Bun.spawnSync(["unshare", "-n", "ip", "link", ...words]);
		if (!success) throw new Error(`ip link ${words.join(" ")} failed`);
	};
}

if (import.meta.main) {
	const [plain, veth, add, show] = times([
		container({ netns: true }),
		container({ netif: ["veth:v0:eth0"] }),
		ip("add", "v0", "type", "veth", "peer", "name", "eth0"),
		ip("show", "lo"),
	]) as [number, number, number, number];
	console.log(JSON.stringify({ plain, veth, kernel: add - show }));
}
