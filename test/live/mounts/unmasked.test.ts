// SPDX-License-Identifier: BSD-2-Clause
// --proc=unmasked: in the container, real programs can make containers of all kinds. Without the
// option, the kernel refuses these containers.
import t from "tap";
import { account, as, executable, RANGE } from "../../lib/account.ts";
import { has } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountTable } from "../../lib/mount-table.ts";
import { need } from "../../lib/need.ts";
import { PROBE } from "../../lib/probe.ts";
import { subordinateDebian } from "../../lib/shell-root.ts";

const user = await account("pft-unmasked", { range: RANGE });

const SAY = ["sh", "-c", "test -d /proc/1/fd && echo made $$"];

/**
 * A script that runs crun as podman(1) does, with a configuration without cgroups. $1 is the
 * directory for the root and the state.
 */
const CRUN = `
	mkdir -p "$1/rootfs/bin" "$1/rootfs/proc" "$1/rootfs/sys" "$1/rootfs/dev"; cd "$1"
	cp /bin/busybox rootfs/bin; ln -s busybox rootfs/bin/sh
	crun spec --rootless
	sed -i -e 's/"terminal": true/"terminal": false/' \\
		-e 's#"sh"#"sh", "-c", "/bin/busybox test -d /proc/1/fd \\&\\& echo made $$"#' config.json
	exec crun --root="$1/state" --cgroup-manager=disabled run pftest`;

/** Returns commands that make a container inside a container, each with a new user namespace. */
function makers(pflask: string): readonly (readonly string[])[] {
	return [
		["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", ...SAY],
		["bwrap", "--unshare-all", "--bind", "/", "/", "--proc", "/proc", "--dev", "/dev", ...SAY],
		[pflask, "--user-map=0:0:1", "--", ...SAY],
		[pflask, "--user-map=0:0:1", "--netif", "--", ...SAY],
		[pflask, "--user-map=0:0:1", "--ephemeral", "--netif", "--", ...SAY],
		[pflask, "--user-map=0:0:1", "--ephemeral", "--proc=unmasked", "--", pflask, "--", ...SAY],
	];
}

async function each(t: Parameters<Parameters<typeof live>[1]>[0], box: Box, starter: Starter) {
	const pflask = executable(box);
	const crun = ["sh", "-ceu", CRUN, "crun", "/tmp/pftest-bundle"];
	for (const maker of [...makers(pflask), crun]) {
		const run = (proc: string) =>
			starter.runner(box).run([...starter.args, `--proc=${proc}`, "--", ...maker]);
		const masked = await run("new");
		const unmasked = await run("unmasked");
		const what = `${starter.name}: ${maker.slice(0, 6).join(" ")}`;
		t.match(masked.err, /Operation not permitted/, `${what}: is refused where /proc is masked`);
		t.not(masked.status, 0);
		t.match(unmasked.out, /^made \d$/m, `${what}: works ${unmasked.err}`);
		t.equal(unmasked.status, 0);
	}
}

interface Starter {
	readonly name: string;
	readonly args: readonly string[];
	runner(box: Box): Pick<Box, "run">;
}

const STARTERS: readonly Starter[] = [
	{ name: "root", args: ["--ephemeral"], runner: (box) => box },
	{ name: "root, mapped", args: ["--ephemeral", "--user-map=auto"], runner: (box) => box },
	{
		name: "a user who is root inside",
		args: ["--ephemeral", "--user-map=auto"],
		runner: (box) => as(user, box),
	},
];

for (const starter of STARTERS)
	live(`containers in a container: ${starter.name}`, async (t, box) => {
		if (need(t, has("bwrap") && has("crun"), "it takes bwrap and crun"))
			await each(t, box, starter);
	});

live("--proc=unmasked in an ordinary user's Debian root", async (t, box) => {
	const root = await subordinateDebian();
	for (const maker of makers("/mnt/pflask").filter(([name]) => name !== "bwrap")) {
		const args = [`--chroot=${root}`, `--mount=bind:${box.dir}:/mnt`, "--proc=unmasked"];
		executable(box);
		const run = await as(user, box).run([...args, "--", ...maker]);
		t.match(run.out, /^made \d$/m, `${maker.slice(0, 6).join(" ")}: ${run.err}`);
	}
});

live("nothing of /proc is covered, and /sys is read-only as ever", async (t, box) => {
	for (const more of [[], ["--user-map=auto"], ["--netif"], ["--no-pidns"]]) {
		const args = ["--ephemeral", "--proc=unmasked", ...more, "--", PROBE, "mounts"];
		const run = await box.run(args);
		const table = mountTable(run.facts).map(({ point, options }) => ({ point, options }));
		const proc = table.filter(({ point }) => point.startsWith("/proc"));
		t.same(
			proc.map(({ point }) => point),
			["/proc"],
			more.join(" ") + run.err,
		);
		t.ok(proc[0]?.options.includes("rw"));
		const sys = table.filter(({ point }) => /^\/sys(\/|$)/.test(point));
		t.ok(
			sys.every(({ options }) => options.includes("ro")),
			JSON.stringify(sys),
		);
	}
});

live("on the host's root nothing is masked anyway", async (t, box) => {
	const pflask = executable(box);
	for (const proc of ["new", "unmasked"]) {
		const args = [`--proc=${proc}`, "--user-map=auto", "--", pflask, "--user-map=0:0:1"];
		const run = await box.run([...args, "--", ...SAY]);
		t.match(run.out, /^made \d$/m, proc + run.err);
	}
});

t.end();
