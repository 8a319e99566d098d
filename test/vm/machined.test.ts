// SPDX-License-Identifier: BSD-2-Clause
// The verbs of machinectl(1) on containers, with a real systemd-machined.
import t from "tap";
import { detach, lookUp, nameIn } from "../lib/detached.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { debianCopy } from "../lib/roots.ts";
import { until } from "../lib/until.ts";

/** Runs a verb of machinectl(1), and returns the output. */
function machinectl(...words: string[]): Promise<string> {
	return sh(["machinectl", "--no-pager", "--no-legend", ...words]);
}

/** Returns the name of a machine, which has no character that systemd escapes. */
function machineIn(box: Box, word: string): string {
	return nameIn(box, word).replaceAll(/[^A-Za-z0-9]/g, "");
}

/** Waits until a container has ended and machined has forgotten its machine. */
async function untilGone(box: Box, machine: string): Promise<void> {
	await until(`the end of ${machine}`, async () => {
		const listed = (await machinectl("list")).includes(machine);
		return !listed && (await lookUp(box, machine)) === undefined;
	});
}

/** Starts a detached container under the name of its machine. */
async function start(box: Box, machine: string, ...words: string[]): Promise<void> {
	await detach(box, [`--name=${machine}`, `--machine=${machine}`, "--register=yes", ...words]);
}

live("list, show and status, two containers at once", async (t, box) => {
	const [plain, mapped] = [machineIn(box, "plain"), machineIn(box, "mapped")];
	await start(box, plain, "--", "sleep", "1000");
	await start(box, mapped, "--user-map=auto", "--", "sleep", "1000");
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

live("shell and poweroff of a booted system", async (t, box) => {
	const machine = machineIn(box, "booted");
	await start(box, machine, `--chroot=${await debianCopy()}`, "--", "/sbin/init");
	await until("the system", async () => {
		const { out } = await box.run([`--exec=${machine}`, "--", "systemctl", "is-system-running"]);
		return out === "running\n";
	});
	t.match(await machinectl("status", machine), /OS: Debian GNU\/Linux/);
	const shell = await machinectl("--quiet", "shell", machine, "/bin/cat", "/proc/1/comm");
	t.equal(shell.trim(), "systemd");
	await machinectl("poweroff", machine);
	await untilGone(box, machine);
});

t.end();
