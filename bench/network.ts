// SPDX-License-Identifier: BSD-2-Clause
// Interfaces. They are made in a network namespace of their own, where nobody else's are: a program
// of its own, which prints what it has measured.
import { container, times } from "./inprocess.ts";
import { run } from "./lib.ts";

/** Median times, milliseconds. */
export interface NetworkTimes {
	/** A container with a network namespace that has nothing but lo. */
	readonly plain: number;
	/** One with a veth pair. */
	readonly veth: number;
	/** What ip(8) takes longer to make such a pair than to look at lo: the kernel's own part. */
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
