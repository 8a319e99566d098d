// SPDX-License-Identifier: BSD-2-Clause
// Root boots systems, with and without a user namespace, and systemd-machined does not register
// these systems. In version 2 of cgroups, root of the system owns the cgroup of the system.
import t from "tap";
import { finish, nameIn } from "../lib/detached.ts";
import { live } from "../lib/live.ts";
import { machinectl, untilRunning } from "../lib/machinectl.ts";
import { debianCopy } from "../lib/roots.ts";
import { service } from "../lib/unit.ts";

/** Defines a test that boots a system with some options in each of some places. */
function boots(
	which: string,
	options: readonly string[],
	places: readonly [where: string, via: "shell" | readonly string[]][],
): void {
	live(`a system ${which} boots to running`, async (t, box) => {
		const words = [`--chroot=${await debianCopy()}`, "--register=no", ...options];
		for (const [where, settings] of places) {
			const name = nameIn(box, where.replaceAll(" ", "-"));
			const via = settings === "shell" ? [] : service(`${name}-unit`, "KillMode=none", ...settings);
			const start = ["--detach", `--name=${name}`, ...words, "--", "/sbin/init"];
			const { status, out: pid, err } = await box.run(start, { via });
			t.same([status, err], [0, ""], where);
			await untilRunning(box, name);
			t.notMatch(await machinectl("list"), `pflask-${pid.trim()}`, `${where}: no machine`);
			const look = ["stat", "-c%u %n", "/sys/fs/cgroup", "/sys/fs/cgroup/init.scope"];
			const { out } = await box.run([`--exec=${name}`, "--", ...look]);
			const owners = "0 /sys/fs/cgroup\n0 /sys/fs/cgroup/init.scope\n";
			t.equal(out, owners, `${where}: the cgroup belongs to root, and is the system's root`);
			await finish(box, name);
		}
	});
}

boots(
	"in a user namespace",
	["--user-map=auto"],
	[
		["here", "shell"],
		["in a service", []],
		["in a delegated service", ["Delegate=yes"]],
	],
);
boots(
	"without a user namespace",
	[],
	[
		["here", "shell"],
		["in a delegated service", ["Delegate=yes"]],
	],
);

t.end();
