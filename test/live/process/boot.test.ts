// SPDX-License-Identifier: BSD-2-Clause
// A real Debian with systemd boots to its login prompt, and shuts down in every possible way.
import { existsSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import t from "tap";
import { cgroups } from "../../lib/cgroups.ts";
import { has, sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { PFLASK } from "../../lib/paths.ts";
import { descendants } from "../../lib/processes.ts";
import { debianCopy } from "../../lib/roots.ts";
import type { Session } from "../../lib/terminal.ts";
import { until } from "../../lib/until.ts";

/** Boots on a terminal and waits for the login prompt. */
async function boot(box: Box, root: string, args: string[] = []): Promise<Session> {
	const session = box.terminal([...args, `--chroot=${root}`, "--", "/sbin/init"]);
	await session.until(/ login: $/);
	return session;
}

async function logIn(session: Session): Promise<void> {
	session.type("root\n");
	await session.until(/root@[^\n]*# $/);
}

/** Returns output without escape sequences and carriage returns. */
function plain(out: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the function removes them.
	return out.replace(/\x1b\[[0-9;?]*[a-zA-Z]|\r/g, "");
}

/**
 * Types a command that prints "done" at its end. The echo of the input has the word in two parts.
 */
async function typed(session: Session, command: string): Promise<string> {
	const before = session.out.length;
	session.type(`${command}; echo "do""ne"\n`);
	const answer = () => plain(session.out.slice(before));
	await until(command, () => answer().includes("\ndone\n"));
	return answer();
}

live("Debian boots to its login prompt, works, and poweroff ends pflask with 0", async (t, box) => {
	const root = await debianCopy();
	const before = hostname();
	rmSync(`${root}/etc/hostname`); // Without this file, systemd keeps pflask's host name.
	const session = await boot(box, root, ["--hostname=booted"]);
	t.match(session.out, "booted login: ");
	await logIn(session);
	for (const [command, answer] of [
		["systemctl is-system-running --wait", "running"],
		["systemctl --failed --quiet | wc -l", "0"],
		["cat /proc/1/comm", "systemd"],
		["tty", "/dev/console"],
		["systemd-detect-virt", "container-other"],
		["tr '\\0' '\\n' </proc/1/environ | grep container", "container=pflask"],
		["stty size", "30 100"],
	] as const)
		t.match(await typed(session, command), `\n${answer}\n`, command);
	session.resize(40, 120);
	await until("the new size", async () =>
		(await typed(session, "stty size")).includes("\n40 120\n"),
	);
	session.type("poweroff\n");
	const { status, out } = await session.ended;
	t.equal(status, 0);
	t.match(out, "Powering off");
	t.equal(hostname(), before, "the host keeps its name");
});

live("Debian boots in a user namespace, where its cgroup belongs to its root", async (t, box) => {
	const root = await debianCopy();
	const session = await boot(box, root, ["--user-map=auto"]);
	await logIn(session);
	for (const [command, answer] of [
		["systemctl is-system-running --wait", "running"],
		["systemctl --failed --quiet | wc -l", "0"],
		["stat -c %u /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs | sort -u", "0"],
		["cat /proc/self/cgroup | grep -c '^0::/[a-z]'", "1"],
	] as const)
		t.match(await typed(session, command), `\n${answer}\n`, command);
	session.type("poweroff\n");
	t.equal((await session.ended).status, 0);
});

live("reboot inside ends pflask with 133", async (t, box) => {
	const session = await boot(box, await debianCopy());
	await logIn(session);
	session.type("reboot\n");
	t.equal((await session.ended).status, 133);
});

live("halt inside ends pflask with 0", async (t, box) => {
	const session = await boot(box, await debianCopy(), ["--netif"]);
	await logIn(session);
	t.match(await typed(session, "ip -o link"), /\n1: lo: <LOOPBACK,UP[^\n]*\n(?!2:)/);
	session.type("halt\n");
	t.equal((await session.ended).status, 0);
});

live("SIGTERM to pflask shuts the system down cleanly", async (t, box) => {
	const session = await boot(box, await debianCopy());
	session.kill("SIGTERM");
	const { status, out } = await session.ended;
	t.equal(status, 0);
	t.match(out, "shutdown.target", "its services were stopped");
});

live("--kill-signal=RTMIN+5 makes SIGTERM a reboot", async (t, box) => {
	const session = await boot(box, await debianCopy(), ["--kill-signal=RTMIN+5"]);
	session.kill("SIGTERM");
	t.equal((await session.ended).status, 133);
});

live("a system boots without a terminal, and gets its own terminal", async (t, box) => {
	const root = await debianCopy();
	const running = box.start([`--chroot=${root}`, "--", "/sbin/init"], { stdin: "pipe" });
	await running.until(/ login: $/);
	await running.write("root\n");
	await running.until(/# $/);
	await running.write("echo in'side'\n");
	// Wait for the output before poweroff: systemd hangs up its console (vhangup(2)), and then the
	// kernel drops pending output.
	await running.until(/[\r\n]inside\r?\n/);
	await running.write("poweroff\n");
	t.equal((await running.ended).status, 0);
});

live("a system boots with stdin at end of file", async (t, box) => {
	const root = await debianCopy();
	const running = box.start([`--chroot=${root}`, "--", "/sbin/init"]);
	await running.until(/ login: /);
	running.kill("SIGTERM");
	t.equal((await running.ended).status, 0);
});

live("SIGKILL of pflask ends a booted system", async (t, box) => {
	const session = await boot(box, await debianCopy());
	t.ok(descendants(session.pid).length > 5);
	t.ok(cgroups().length > 2, "it has a cgroup with cgroups of its own in it");
	session.kill("SIGKILL");
	t.equal((await session.ended).signal, "SIGKILL");
	await until("the end of all", () => descendants().length === 0, 10_000);
	t.same(descendants(), []);
});

live("a boot in tmux", async (t, box) => {
	if (!need(t, has("tmux"), "tmux is not installed")) return;
	const root = await debianCopy();
	const server = ["tmux", "-S", `${box.dir}/tmux`, "-f", "/dev/null"];
	const status = `${box.dir}/status`;
	const command = `"${PFLASK}" --chroot="${root}" -- /sbin/init; echo $? >"${status}"`;
	await sh([...server, "new-session", "-d", "-x", "90", "-y", "25", command]);
	const screen = () => sh([...server, "capture-pane", "-p"]);
	await until("the prompt", async () => / login:\s*$/.test(await screen()));
	await sh([...server, "send-keys", "root", "Enter"]);
	await until("the shell", async () => /root@.*#\s*$/.test(await screen()));
	await sh([...server, "send-keys", "clear; stty size; cat /proc/1/comm", "Enter"]);
	await until("the answer", async () => /^25 90\nsystemd\n/.test(await screen()));
	t.pass("the screen shows the prompt, then the shell, then what it prints");
	await sh([...server, "send-keys", "poweroff", "Enter"]);
	await until("the end", () => existsSync(status) && descendants().length === 0);
	t.equal(await Bun.file(status).text(), "0\n");
});

t.end();
