// SPDX-License-Identifier: BSD-2-Clause
// Root starts systems in a user namespace, and systemd-machined does not register these systems. On
// version 2 of cgroups, the cgroup of such a system belongs to the user that is root in the system.
import t from "tap";
import { finish, nameIn } from "../lib/detached.ts";
import { live } from "../lib/live.ts";
import { untilRunning } from "../lib/machinectl.ts";
import { debianCopy } from "../lib/roots.ts";
import { service } from "../lib/unit.ts";

live("a system in a user namespace boots to running", async (t, box) => {
	const words = [`--chroot=${await debianCopy()}`, "--user-map=auto", "--register=no"];
	for (const [where, via] of [
		["here", []],
		["in a service", service(nameIn(box, "unit"), "KillMode=none")],
		["in a delegated service", service(nameIn(box, "given"), "KillMode=none", "Delegate=yes")],
	] as const) {
		const name = nameIn(box, where.replaceAll(" ", "-"));
		const start = ["--detach", `--name=${name}`, ...words, "--", "/sbin/init"];
		const { status, err } = await box.run(start, { via });
		t.same([status, err], [0, ""], where);
		await untilRunning(box, name);
		const look = await box.run([`--exec=${name}`, "--", "stat", "-c%u", "/sys/fs/cgroup"]);
		t.equal(look.out, "0\n", `${where}: the cgroup belongs to root`);
		await finish(box, name);
	}
});

t.end();
