// SPDX-License-Identifier: BSD-2-Clause
// pflask refuses to boot a system on the host's own root, whatever path leads to the root. Every
// run here is a --dry-run.
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import t from "tap";
import { type Box, live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import { tinyRoot } from "../lib/roots.ts";

const SYSTEMD =
	["/lib/systemd/systemd", "/usr/lib/systemd/systemd"].find(existsSync) ?? "/sbin/init";
const REFUSED = /^pflask: [^\n]+: would boot the host's root a second time\nhint: [^\n]+\n$/;

/** Makes a directory with links to the system's init, and with other programs. */
function names(box: Box): string {
	const directory = `${box.dir}/names`;
	mkdirSync(directory);
	symlinkSync("/sbin/init", `${directory}/start`);
	symlinkSync("start", `${directory}/again`);
	copyFileSync(PROBE, `${directory}/init`);
	return directory;
}

live("each way to the host's own root", async (t, box) => {
	const roots = ["/", "/.", "/usr/..", "/proc/self/root", "/proc/self/cwd"];
	for (const root of roots)
		for (const command of ["/sbin/init", SYSTEMD, "init", "systemd"]) {
			const args = ["--dry-run", `--chroot=${root}`, "--", command];
			const run = await box.run(args, { cwd: "/" });
			t.equal(run.status, 125, args.join(" "));
			t.match(run.err, REFUSED, args.join(" "));
		}
});

live("a bind mount of the host's root", async (t, box) => {
	mkdirSync(`${box.dir}/bound`);
	const bind = `mount --make-rprivate / && mount --$1 / "$2" && shift 2 && exec "$@"`;
	for (const kind of ["bind", "rbind"]) {
		const via = ["unshare", "--mount", "sh", "-c", bind, "sh", kind, `${box.dir}/bound`];
		const args = ["--dry-run", `--chroot=${box.dir}/bound`, "--", "/sbin/init"];
		const run = await box.run(args, { via });
		t.match([run.status, run.err], [125, REFUSED], kind);
	}
});

live("each name of the system's own init", async (t, box) => {
	const directory = names(box);
	for (const args of [
		["--as-pid1", "--", SYSTEMD],
		["--as-pid1", "--", `${directory}/start`],
		["--as-pid1", "--", `${directory}/again`],
		["--as-pid1", `--chdir=${directory}`, "--", "./again"],
		["--as-pid1", `--setenv=PATH=/nonexistent:${directory}`, "--", "again"],
		["--as-pid1", `--chdir=${directory}`, "--setenv=PATH=/bin:.", "--", "again"],
		["--as-pid1", "--chroot=/", "--", `${directory}/start`],
		["--as-pid1", "--chroot=/", `--chdir=${directory}`, "--", "../names/again"],
		["--as-pid1", "--chroot=/", "--", directory.slice(1).concat("/start")],
		["--as-pid1", "--chroot=/", "--no-mountns", "--", `${directory}/start`],
		["--read-only", "--", "/sbin/init"],
	]) {
		const run = await box.run(["--dry-run", ...args]);
		t.match([run.status, run.err], [125, REFUSED], args.join(" "));
	}
});

live("other roots, other programs and --ephemeral may boot", async (t, box) => {
	const directory = names(box);
	for (const args of [
		[`--chroot=${tinyRoot(box)}`, "--", "/sbin/init"],
		["--ephemeral", "--", "/sbin/init"],
		["--ephemeral", "--chroot=/", "--", "/sbin/init"],
		["--chroot=/", "--", `${directory}/init`],
		["--as-pid1", "--chroot=/", "--", "/bin/sh"],
		["--as-pid1", "--", "sh"],
		["--", `${directory}/start`], // init as pid 2 boots no system
	]) {
		const run = await box.run(["--dry-run", ...args]);
		t.same([run.status, run.err], [0, ""], args.join(" "));
	}
});

t.end();
