// SPDX-License-Identifier: BSD-2-Clause
// The check for leftovers reports new things on the host, and ignores things that are gone.
import t from "tap";
import { type Footprint, footprint, leftovers } from "./footprint.ts";

/** Returns a footprint in which the mounts, the interfaces and the files have these names. */
function having(extra: readonly string[]): Footprint {
	const things = new Set(extra);
	return { mounts: things, interfaces: things, files: things, processes: new Set() };
}

t.test("new things count", async (t) => {
	const found = leftovers(having(["a"]), having(["a", "b"]));
	t.same(
		found.filter((line) => !line.startsWith("cgroup ")),
		["mount b", "interface b", "file b"],
	);
});

t.test("things that another program has removed do not count", async (t) => {
	const found = leftovers(having(["a", "b"]), having(["a"]));
	t.same(
		found.filter((line) => !line.startsWith("cgroup ")),
		[],
	);
});

t.test("the host is inspected", async (t) => {
	const now = footprint();
	t.ok(now.mounts.size > 0 && now.interfaces.has("lo"));
});
