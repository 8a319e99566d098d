// SPDX-License-Identifier: BSD-2-Clause
// SIGHUP follows SIGTERM if the command ignores SIGTERM and has a terminal of its own.
import { constants } from "node:os";
import t from "tap";
import { detach, startWaiting } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import type { Session } from "../../lib/terminal.ts";
import { until } from "../../lib/until.ts";

/** Types a line into a shell, and waits until the shell runs a child in the foreground. */
async function busy(session: Session): Promise<void> {
	session.type("echo shell-$((1+1)); sleep 1000\n");
	await session.until("shell-2");
	await until("sleep", () => descendants().some(({ name }) => name === "sleep"));
}

live(
	"an interactive shell, which ignores SIGTERM, ends by the SIGHUP that follows",
	async (t, box) => {
		// `plain` has no --as-pid1: dash has no handler of SIGHUP, so the kernel drops SIGHUP for dash
		// as pid 1.
		const plain: readonly string[][] = [[], ["--no-pidns"]];
		const cases = [
			{ shell: ["bash", "--norc"], options: [...plain, ["--as-pid1", "--kill-after=20s"]] },
			{ shell: ["dash"], options: plain },
		];
		for (const { shell, options } of cases) {
			for (const args of options) {
				const session = box.terminal([...args, "--", ...shell]);
				await session.until(/[$#] $/);
				session.kill("SIGTERM");
				t.equal((await session.ended).status, 129, `${args} ${shell}`);
			}
			const session = box.terminal(["--", ...shell]);
			await busy(session);
			session.kill("SIGTERM");
			t.equal((await session.ended).status, 129, `${shell} with a child`);
			const limited = box.terminal(["--timeout=1", "--kill-after=20s", "--", ...shell]);
			t.equal((await limited.ended).status, 124, `--timeout ${shell}`);
			const pid = await detach(box, ["--", ...shell]);
			await until("the prompt", async () => /[$#] $/.test((await box.run([`--logs=${pid}`])).out));
			const waiter = await startWaiting(box, pid);
			const words = [`--exec=${pid}`, "--timeout=1", "--kill-after=20s", "--", ...shell];
			t.equal((await box.terminal(words).ended).status, 124, `--exec ${shell}`);
			t.equal((await box.run(["--kill", "--kill-after=20s", `${pid}`])).status, 0);
			t.equal((await waiter.ended).status, 129, `--kill ${shell}`);
		}
	},
);

live("a command that handles or ignores SIGTERM gets SIGHUP only in a terminal", async (t, box) => {
	const handler = box.terminal(["--", PROBE, "catch", "2", "+", "exit", "4"]);
	await handler.until("ready");
	handler.kill("SIGTERM");
	handler.kill("SIGUSR1");
	const { status, out } = await handler.ended;
	t.equal(status, 4);
	t.notMatch(out, "signal 1 ");
	const ignorer = box.start(["--", PROBE, "ignore", "15", "+", "say", "deaf", "+", "hold"]);
	await ignorer.until("deaf");
	ignorer.kill("SIGTERM");
	ignorer.kill("SIGUSR1");
	t.equal((await ignorer.ended).status, 128 + constants.signals.SIGUSR1);
});

t.end();
