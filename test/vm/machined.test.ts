// SPDX-License-Identifier: BSD-2-Clause
// The verbs of machinectl(1) on containers, with a real systemd-machined.
import t from "tap";
import { lookUp, startWaiting } from "../lib/detached.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { machinectl, machineIn, startMachine, untilGone, untilRunning } from "../lib/machinectl.ts";
import { debianCopy } from "../lib/roots.ts";
import { startOnTerminal } from "../lib/terminal.ts";

live("list, show and status, two containers at once", async (t, box) => {
	const [plain, mapped] = [machineIn(box, "plain"), machineIn(box, "mapped")];
	await startMachine(box, plain, "--", "sleep", "1000");
	await startMachine(box, mapped, "--user-map=auto", "--", "sleep", "1000");
	for (const machine of [plain, mapped]) {
		t.match(await machinectl("list"), new RegExp(`^${machine} +container pflask`, "m"));
		const shown = await machinectl("show", machine);
		const { leader } = (await lookUp(box, machine)) ?? {};
		const init = await sh(["ps", "-o", "ppid=", "-p", `${leader}`]);
		t.match(shown, `Leader=${init.trim()}\n`, "the leader is init, the command's parent");
		t.match(shown, `Unit=machine-${machine}.scope\n`);
		t.match(await machinectl("status", machine), /Service: pflask; class container/);
	}
	await machinectl("terminate", plain);
	await untilGone(box, plain);
	await machinectl("kill", "--signal=KILL", mapped);
	await untilGone(box, mapped);
});

live("kill and terminate end a command by their signals", async (t, box) => {
	for (const [verb, status] of [
		[["terminate"], 143],
		[["kill"], 143],
		[["kill", "--signal=USR1", "--kill-whom=leader"], 138],
		[["kill", "--signal=KILL"], 137],
	] as const) {
		const machine = machineIn(box, "ended");
		const monitor = await startMachine(box, machine, "--", "sleep", "1000");
		const waiting = await startWaiting(box, monitor);
		await machinectl(...verb, machine);
		t.equal((await waiting.ended).status, status, verb.join(" "));
		await untilGone(box, machine);
	}
});

/** Boots a system with limits in a user namespace. Returns the pid of the monitor. */
async function boot(box: Box, machine: string): Promise<number> {
	const words = [`--chroot=${await debianCopy()}`, "--user-map=auto"];
	const limits = "--limit=memory=512M,pids=300";
	const monitor = await startMachine(box, machine, ...words, limits, "--", "/sbin/init");
	await untilRunning(box, machine);
	return monitor;
}

live("status, shell, login and poweroff of a booted system", async (t, box) => {
	const machine = machineIn(box, "booted");
	const monitor = await boot(box, machine);
	const status = await machinectl("status", machine);
	t.match(status, /OS: Debian GNU\/Linux/);
	t.match(status, /─init\.scope\n[^\n]* \/sbin\/init\n/);
	const shell = await machinectl("--quiet", "shell", machine, "/bin/cat", "/proc/1/comm");
	t.equal(shell.trim(), "systemd");
	const limit = await machinectl(
		...["--quiet", "shell", machine, "/bin/cat", "/sys/fs/cgroup/memory.max"],
	);
	t.equal(limit.trim(), `${512 * 1024 * 1024}`);
	const login = startOnTerminal(["login", machine], { program: "machinectl" });
	await login.until(/ login: $/);
	login.type("root\n");
	await login.until(/root@[^\n]*# $/);
	login.type('systemctl is-system-running; echo "do""ne"\n');
	await login.until(/\ndone/);
	t.match(login.out, /running\r?\n/);
	login.type("exit\n");
	await login.until(/ login: $/);
	login.kill("SIGTERM");
	await login.ended;
	const waiting = await startWaiting(box, monitor);
	await machinectl("poweroff", machine);
	t.equal((await waiting.ended).status, 0);
	await untilGone(box, machine);
});

live("terminate powers a booted system off, and reboot ends pflask with 133", async (t, box) => {
	const machine = machineIn(box, "booted");
	for (const [verb, status] of [
		["terminate", 0],
		["reboot", 133],
	] as const) {
		const waiting = await startWaiting(box, await boot(box, machine));
		await machinectl(verb, machine);
		t.equal((await waiting.ended).status, status, verb);
		await untilGone(box, machine);
	}
});

t.end();
