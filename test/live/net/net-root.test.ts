// SPDX-License-Identifier: BSD-2-Clause
// The root of a container with interfaces lacks mount points. pflask makes the interfaces and the
// mount points, and removes both.
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import t from "tap";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";

const VETHS = ["--netif=veth:v0:eth0:addr=10.0.0.2/24:up", "--netif=veth:v1:eth1"];

live("mount points are made and removed beside interfaces", async (t, box) => {
	const root = `${box.dir}/root`;
	mkdirSync(`${root}/bin`, { recursive: true });
	copyFileSync(PROBE, `${root}/bin/probe`);
	for (const netif of [VETHS.slice(0, 1), VETHS])
		for (const mode of [[], ["--as-pid1"], ["--no-pidns"], ["--user-map=0:100000:65536"]]) {
			const args = [`--chroot=${root}`, ...netif, ...mode, "--", "/bin/probe", "net"];
			const run = await box.run(args, { via: ["unshare", "-n"] });
			t.same([run.status, run.err], [0, ""], mode.join(" "));
			const names = run.facts.all("interface").map((line) => line.split(" ")[0]);
			t.same(names.sort(), ["lo", "eth0", "eth1"].slice(0, 1 + netif.length).sort());
			t.same(readdirSync(root), ["bin"], "nothing is left in the root");
		}
});

t.end();
