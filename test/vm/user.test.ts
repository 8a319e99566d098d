// SPDX-License-Identifier: BSD-2-Clause
// Containers of an ordinary user whom systemd has logged in, in a cgroup that is delegated to the
// user.
import t from "tap";
import { RANGE } from "../lib/account.ts";
import { nameIn } from "../lib/detached.ts";
import { live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import { lingering, userService } from "../lib/unit.ts";

const user = await lingering("pft-vm", { range: RANGE });

live("a service of the user runs a container with all the user's ids", async (t, box) => {
	const via = userService(user, nameIn(box, "ids"));
	const words = ["sh", "-c", "id -u; cut -d' ' -f1 /proc/self/uid_map | wc -l; cat /proc/1/comm"];
	const run = await box.run(["--user-map=auto", "--", ...words], { via });
	t.same([run.status, run.out, run.err], [0, "0\n2\npf-init\n", ""]);
});

live("a container of the user is killed at its memory limit", async (t, box) => {
	const via = userService(user, nameIn(box, "memory"));
	const limits = "--limit=memory=32M,swap=0,pids=50";
	const run = await box.run([limits, "--", "tail", "/dev/zero"], { via });
	t.same([run.status, run.out], [137, ""]);
	t.equal(run.err, "pflask: killed: out of memory (limit 32M)\n");
});

live("a detached container is found in the user's run directory", async (t, box) => {
	const name = nameIn(box, "detached");
	const inService = (...args: string[]) =>
		box.run(args, { via: userService(user, nameIn(box, `${args.length}`), "KillMode=none") });
	const { status, err } = await inService("--detach", `--name=${name}`, "--", PROBE, "hold");
	t.same([status, err], [0, ""]);
	const list = await inService("--list", "--json");
	const [container] = JSON.parse(list.out).containers;
	t.match(container, { name, uid: user.uid });
	const end = await inService("--kill", "--kill-after=0", name);
	t.same([end.status, end.err], [0, ""]);
});

t.end();
