// SPDX-License-Identifier: BSD-2-Clause
// A command named init or systemd is pid 1, and pflask ends the command by the signals that such
// programs expect.
import { copyFileSync, symlinkSync } from "node:fs";
import t from "tap";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

/** Makes a root with the probe under the names of init programs. */
function initRoot(box: Box): string {
	const root = tinyRoot(box);
	for (const name of ["init", "systemd"]) copyFileSync(PROBE, `${root}/bin/${name}`);
	symlinkSync("probe", `${root}/bin/link`);
	return root;
}

live("only init and systemd are pid 1", async (t, box) => {
	const root = initRoot(box);
	for (const [command, pid] of [
		["/bin/init", "1"],
		["init", "1"],
		["/bin/../bin/systemd", "1"],
		["/bin/probe", "2"],
		["/bin/link", "2"],
	] as const) {
		const run = await box.run([`--chroot=${root}`, "--", command, "ids"]);
		t.match(run.out, new RegExp(`^pid ${pid}\\r?\\n`), command);
	}
});

live("only a booted init always has a terminal", async (t, box) => {
	const root = initRoot(box);
	const words = ["tty", "+", "stat", "/dev/console"];
	const init = await box.run([`--chroot=${root}`, "--", "/bin/init", ...words]);
	for (const fd of [0, 1, 2]) t.equal(init.facts(`isatty.${fd}`), "1");
	t.match(init.facts("stat./dev/console"), /^character /);
	const other = await box.run([`--chroot=${root}`, "--as-pid1", "--", "/bin/probe", ...words]);
	t.equal(other.facts("isatty.0"), "0");
});

live("TERM, INT and HUP become SIGRTMIN+3, other signals stay", async (t, box) => {
	const root = initRoot(box);
	// pflask sends SIGCONT after a signal that asks the command to end. If that signal has a higher
	// number than SIGCONT, the command may get SIGCONT first.
	for (const [name, number, count] of [
		["SIGTERM", 37, 2],
		["SIGINT", 37, 2],
		["SIGHUP", 37, 2],
		["SIGUSR1", 10, 1],
	] as const) {
		const running = box.start([`--chroot=${root}`, "--", "/bin/init", "catch", `${count}`]);
		await running.until("ready");
		running.kill(name);
		t.match((await running.ended).out, `signal ${number} `, name);
	}
});

const KILL_SIGNALS: readonly (readonly [word: string, number: number])[] = [
	["USR1", 10],
	["SIGUSR2", 12],
	["RTMIN+4", 38],
	["SIGRTMIN+3", 37],
	["15", 15],
];

live("--kill-signal selects another signal", async (t, box) => {
	const root = initRoot(box);
	for (const [word, number] of KILL_SIGNALS) {
		const args = [`--kill-signal=${word}`, `--chroot=${root}`, "--"];
		const running = box.start([...args, "/bin/init", "catch", "2"]);
		await running.until("ready");
		running.kill("SIGTERM");
		t.match((await running.ended).out, `signal ${number} `, word);
	}
});

live("a pid 1 that ignores the signal is killed after --kill-after", async (t, box) => {
	const root = initRoot(box);
	for (const args of [["/bin/init"], ["--as-pid1", "--", "/bin/probe"]]) {
		const running = box.start(["--kill-after=100ms", `--chroot=${root}`, ...args, "hold"]);
		await running.until("ready");
		running.kill("SIGTERM");
		t.equal((await running.ended).status, 137, args.join(" "));
	}
});

live("a hang-up of the terminal becomes the signal, too", async (t, box) => {
	const root = initRoot(box);
	const words = ["catch", "1", "+", "create", "/etc/was-told"];
	const session = box.terminal([`--chroot=${root}`, "--", "/bin/init", ...words]);
	await session.until("ready");
	session.hangUp();
	await session.ended;
	t.ok(await Bun.file(`${root}/etc/was-told`).exists());
});

t.end();
