// SPDX-License-Identifier: BSD-2-Clause
// Runs of every kind leave no file in the directories where pflask could leave files. Other tests
// look only for known names.
import { readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { inNamespace } from "../../lib/propagation.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

/** Runs of every kind, as shell commands. R is a root directory. */
const RUNS = [
	'"$PFLASK" -- "$PROBE" say x',
	'"$PFLASK" --netif --hostname=x -- "$PROBE" say x',
	'"$PFLASK" --chroot="$R" -- /bin/probe say x',
	'"$PFLASK" --chroot="$R" --netif --as-pid1 -- /bin/probe say x',
	'"$PFLASK" --chroot="$R" --tty=always -- /bin/probe say x',
	'"$PFLASK" -MIHP -- "$PROBE" say x',
	'"$PFLASK" -- /no/such/command',
	'"$PFLASK" --chroot=/no/such/root -- x',
	'"$PFLASK" --no-such-option',
	'"$PFLASK" --dry-run --chroot="$R" -- x',
	'"$PFLASK" --help',
	'"$PFLASK" -- "$PROBE" die 9',
	'"$PFLASK" -- "$PROBE" daemon + exit 3',
	'"$PFLASK" -P -- "$PROBE" daemon + exit 3',
	'"$PFLASK" --detach -- "$PROBE" say x',
	'"$PFLASK" --detach --name=x -- "$PROBE" hold && "$PFLASK" --kill x && "$PFLASK" --forget x',
	'kill -s KILL $("$PFLASK" --detach --pid-file=/mnt/pid -- "$PROBE" hold)',
	'until [ -z "$("$PFLASK" --list -q)" ]; do :; done; rm -f /mnt/pid',
	'timeout -s KILL 0.2 "$PFLASK" --chroot="$R" -- /bin/probe daemon + hold',
];

const PLACES = ["/tmp", "/var/tmp", "/run", "/dev/shm"];

live("no file is left anywhere", async (t, box) => {
	const mounts = PLACES.map((place) => `mount -t tmpfs none ${place}`).join("; ");
	const script = `
		mount -t tmpfs none /mnt; mkdir /mnt/r
		mount --bind "$R" /mnt/r; R=/mnt/r
		cp "$PFLASK" /mnt/pflask; PFLASK=/mnt/pflask
		cp "$PROBE" /mnt/probe; PROBE=/mnt/probe
		${mounts}
		cd /mnt
		unset TMPDIR
		find ${PLACES.join(" ")} >before
		for run in "$@"; do eval "$run" >/dev/null 2>&1 || true; done
		find ${PLACES.join(" ")} | diff before -`;
	const run = await box.run(RUNS, {
		program: "sh",
		via: inNamespace(script).slice(0, -1),
		env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", R: tinyRoot(box), PFLASK, PROBE },
	});
	t.same([run.status, run.out, run.err], [0, "", ""]);
});

live("no process is left the moment pflask ends", async (t, box) => {
	const root = tinyRoot(box);
	const crowd = ["nested", "+", "daemon", "+", "child", "+", "exit", "0"];
	for (const args of [[], ["-P"], ["--as-pid1"], ["--netif"], ["--tty=always"]])
		for (let i = 0; i < 5; i++) {
			await box.run([...args, "--", PROBE, ...crowd]);
			t.same(descendants(), [], args.join(" "));
		}
	await box.run([`--chroot=${root}`, "--", "/bin/probe", ...crowd]);
	t.same(descendants(), []);
});

live("without a pid namespace: processes that fork and end at once", async (t, box) => {
	const hop = `${box.dir}/hop`;
	writeFileSync(hop, '#!/bin/sh\n"$0" &\n', { mode: 0o755 });
	const script = 'for i in 1 2 3 4 5 6 7 8; do "$0" & done; exit 3';
	const run = await box.run(["-P", "--", "/bin/sh", "-c", script, hop]);
	t.same([run.status, descendants()], [3, []], run.err);
});

live("without a pid namespace: pflask and its monitor are killed at once", async (t, box) => {
	for (let round = 0; round < 20; round++) {
		const running = box.start(["-P", "--", PROBE, "child", "+", "hold"]);
		await running.until("ready");
		const monitor = descendants(running.pid).find(({ name }) => name === "pflask");
		running.kill("SIGKILL");
		signal(monitor?.pid ?? 0, "SIGKILL");
		await running.ended;
		await until("the end of all", () => descendants().length === 0);
	}
	t.pass("in every round");
});

live("no mount is left the moment pflask ends", async (t, box) => {
	const root = tinyRoot(box, []);
	const before = readFileSync("/proc/self/mountinfo", "utf8");
	for (const args of [[], ["--netif"], ["--tty=always"]]) {
		await box.run([...args, `--chroot=${root}`, "--", "/bin/probe", "mount", "tmpfs", "/etc"]);
		t.equal(readFileSync("/proc/self/mountinfo", "utf8"), before);
	}
});

live("no mount is left on a host with shared mounts", async (t, box) => {
	const root = tinyRoot(box, []);
	const script = `
		cat /proc/self/mountinfo >"${box.dir}/before"
		status=0; "$@" || status=$?; echo "status $status"
		diff "${box.dir}/before" /proc/self/mountinfo && echo same`;
	const via = inNamespace(script, "shared");
	for (const args of [
		["--", PROBE, "say", "x"],
		[`--chroot=${root}`, "--", "/bin/probe", "say", "x"],
	]) {
		const run = await box.run(args, { via });
		t.equal(run.out, "x\nstatus 0\nsame\n", run.err);
	}
});

t.end();
