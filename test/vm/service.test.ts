// SPDX-License-Identifier: BSD-2-Clause
// Containers in services of systemd.
import t from "tap";
import { lookUp, nameIn } from "../lib/detached.ts";
import { sh } from "../lib/host.ts";
import { live } from "../lib/live.ts";
import { PFLASK } from "../lib/paths.ts";
import { PROBE } from "../lib/probe.ts";
import { service } from "../lib/unit.ts";
import { until } from "../lib/until.ts";

/** Returns a property of a unit. */
async function property(unit: string, name: string): Promise<string> {
	return (await sh(["systemctl", "show", "--value", `--property=${name}`, unit])).trim();
}

live("the status and the output of a container are those of its service", async (t, box) => {
	const via = service(nameIn(box, "status"));
	const run = await box.run(["--", "sh", "-c", "echo out; echo err >&2; exit 7"], { via });
	t.same([run.status, run.out, run.err], [7, "out\n", "err\n"]);
});

live("--confine limits the processes of root of the host", async (t, box) => {
	for (const [args, wanted] of [
		[[], "1024"],
		[["--register=no"], "1024"],
		[["--limit=pids=max"], "max"],
	] as const) {
		const via = service(
			nameIn(box, `confine-${args.join("")}`.replace(/\W+/g, "-")),
			"Delegate=yes",
		);
		const look = ["--", "cat", "/sys/fs/cgroup/pids.max"];
		const run = await box.run(["--confine", "--user=root", ...args, ...look], { via });
		t.same([run.status, run.out], [0, `${wanted}\n`], run.err);
	}
	// The service's cgroup has a process beside pflask, so the cgroups below this cgroup cannot have
	// limits.
	const script = `sleep 60 & ${PFLASK} --confine --user=root --register=no -- true`;
	const via = service(nameIn(box, "crowded"), "Delegate=yes");
	const run = await box.run(["-c", script], { program: "/bin/sh", via });
	t.equal(run.status, 125, run.err);
	t.match(
		run.err,
		/^pflask: pids=1024: [^\n]*\nhint: --limit=pids=max: only a cgroup can limit [^\n]*\n$/,
	);
});

live("a service that is stopped ends its container by SIGTERM", async (t, box) => {
	const unit = nameIn(box, "stop");
	const held = box.start(["--", PROBE, "hold"], { via: service(unit) });
	await held.until("ready");
	await sh(["systemctl", "stop", unit]);
	t.equal((await held.ended).status, 143);
});

live("a service with a detached container lives and ends with the container", async (t, box) => {
	const unit = nameIn(box, "detached");
	const start = [PFLASK, "--detach", `--name=${unit}`, "--", PROBE, "hold"];
	const run = ["systemd-run", "--quiet", "--collect", `--unit=${unit}`, "--property=Type=forking"];
	await sh([...run, ...start]);
	const container = await lookUp(box, unit);
	t.equal(await property(unit, "MainPID"), `${container?.pid}`, "the monitor is the main process");
	t.match(await property(unit, "ControlGroup"), unit);
	await sh(["systemctl", "kill", "--signal=KILL", unit]);
	await until("the end of the service", async () => {
		return (await property(unit, "ActiveState")) !== "active";
	});
	t.equal(await lookUp(box, unit), undefined, "the container has ended");
	await sh(["systemctl", "reset-failed", unit]).catch(() => "");
});

t.end();
