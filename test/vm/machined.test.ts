// SPDX-License-Identifier: BSD-2-Clause
// The verbs of machinectl(1) work on containers, with a real systemd-machined. With systemd 257,
// pflask registers containers by Varlink, and else by D-Bus.
import { existsSync } from "node:fs";
import t from "tap";
import { lookUp, startWaiting } from "../lib/detached.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import {
	machinectl,
	machineIn,
	scopeOf,
	startMachine,
	untilGone,
	untilRunning,
} from "../lib/machinectl.ts";
import { inMounts } from "../lib/private.ts";
import { debianCopy } from "../lib/roots.ts";
import { startOnTerminal } from "../lib/terminal.ts";

/** The version of systemd. */
const SYSTEMD = Number((await sh(["systemctl", "--version"])).split(" ")[1]);
const WITHOUT_BUS = [
	"pflask: --register: cannot register with systemd-machined: No such file or directory\n",
	"hint: sudo apt install systemd-container, or leave out --register=yes\n",
].join("");

live("list, show and status, three containers at once", async (t, box) => {
	const [plain, mapped] = [machineIn(box, "plain"), machineIn(box, "mapped")];
	const rooted = machineIn(box, "rooted");
	const root = await debianCopy();
	await startMachine(box, plain, "--", "sleep", "1000");
	await startMachine(box, mapped, "--user-map=auto", "--", "sleep", "1000");
	await startMachine(box, rooted, `--chroot=${root}`, "--", "sleep", "1000");
	t.match(await machinectl("show", rooted), `RootDirectory=${root}\n`);
	for (const machine of [plain, mapped, rooted]) {
		t.match(await machinectl("list"), new RegExp(`^${machine} +container pflask`, "m"));
		const shown = await machinectl("show", machine);
		const { leader } = (await lookUp(box, machine)) ?? {};
		const init = await sh(["ps", "-o", "ppid=", "-p", `${leader}`]);
		t.match(shown, `Leader=${init.trim()}\n`, "the leader is init, the command's parent");
		t.match(shown, `Unit=machine-${machine}.scope\n`);
		t.match(await machinectl("status", machine), /Service: pflask; class container/);
	}
	for (const machine of [plain, rooted]) {
		await machinectl("terminate", machine);
		await untilGone(box, machine);
	}
	await machinectl("kill", "--signal=KILL", mapped);
	await untilGone(box, mapped);
});

live("machined registers without the bus if it listens for Varlink", async (t, box) => {
	await machinectl("list"); // starts machined, which makes the socket
	const isThere = existsSync("/run/systemd/machine/io.systemd.Machine");
	t.equal(isThere, SYSTEMD >= 257);
	const via = inMounts("mount -t tmpfs none /run/dbus");
	const machine = machineIn(box, "varlink");
	const options = ["--register=yes", `--machine=${machine}`, "--limit=pids=50"];
	const running = box.start([...options, "--", "sh", "-c", "echo $$; sleep 1000"], { via });
	if (isThere) {
		await running.until("\n");
		const shown = await machinectl("show", machine);
		t.match(shown, `Unit=machine-${machine}.scope\n`);
		t.ok(existsSync(scopeOf(machine)));
		const again = await box.run([...options, "--", "true"], { via });
		t.match(again.err, /Machine\.MachineExists\nhint: machinectl list: /);
		await machinectl("terminate", machine);
	}
	const { status, err } = await running.ended;
	t.equal(status, isThere ? 143 : 125);
	t.equal(err, isThere ? "" : WITHOUT_BUS);
	await untilGone(box, machine);
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

const MAPPED = ["--user-map=auto"];

/** Boots a system with limits and other options. Returns the pid of the monitor. */
async function boot(box: Box, machine: string, options: readonly string[]): Promise<number> {
	const words = [`--chroot=${await debianCopy()}`, "--limit=memory=512M,pids=300", ...options];
	const monitor = await startMachine(box, machine, ...words, "--", "/sbin/init");
	await untilRunning(box, machine);
	return monitor;
}

live("status, shell, login and poweroff of a booted system", async (t, box) => {
	const machine = machineIn(box, "booted");
	const monitor = await boot(box, machine, MAPPED);
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
	// Both systems have one root, so the system without a user namespace has changes of its own.
	const systems = await Promise.all(
		(
			[
				["terminate", 0, MAPPED],
				["reboot", 133, ["--ephemeral"]],
			] as const
		).map(async ([verb, status, options]) => {
			const machine = machineIn(box, verb);
			const waiting = await startWaiting(box, await boot(box, machine, options));
			const cat = ["/bin/cat", "/proc/self/uid_map"];
			const map = await machinectl("--quiet", "shell", machine, ...cat);
			t.equal(/^ *0 +0 /.test(map), options !== MAPPED, verb);
			return { verb, status, machine, waiting };
		}),
	);
	for (const { verb, status, machine, waiting } of systems) {
		await machinectl(verb, machine);
		t.equal((await waiting.ended).status, status, verb);
		await untilGone(box, machine);
	}
});

t.end();
