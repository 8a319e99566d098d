// SPDX-License-Identifier: BSD-2-Clause
// C programs with the library stand for a command in the foreground. The tests have signals on
// other threads, and two containers at the same time.
import t from "tap";
import { detach, finish } from "../../lib/detached.ts";
import { compile } from "../../lib/library.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";

const program = await compile("foreground.c", "shared");

/**
 * Delays the first kill(2) of each process. The library's signal handler first continues the
 * monitor by kill(2) (SIGCONT), and then sends the signal as a message. With the delay, the handler
 * is still running when the container is closed.
 */
const SLOW = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=kill"];
SLOW.push("-e", "inject=kill:delay_enter=1000000:when=1");

live("a container is freed only after a handler on another thread has ended", async (t, box) => {
	const run = await box.run(["late", "/bin/sleep", "0.3"], { program, via: SLOW });
	t.equal(run.facts("written"), "0", `${run.out}${run.err}`);
	t.equal(run.status, 0, run.err);
});

/** Delays each kill(2) and sigaction(2). Runs the program in a new session. */
const SLOW_ACTIONS = ["setsid", "-w", "strace", "-f", "-qq", "-o", "/dev/null"];
SLOW_ACTIONS.push("-e", "trace=rt_sigaction,kill");
SLOW_ACTIONS.push("-e", "inject=rt_sigaction,kill:delay_exit=200000");

live("after two threads have stopped, the library still catches SIGTSTP", async (t, box) => {
	const run = await box.run(["stops", "/bin/sleep", "1000"], { program, via: SLOW_ACTIONS });
	t.equal(run.facts("caught"), "1", `${run.out}${run.err}`);
	t.equal(run.facts("given-back"), "1", run.err);
	t.equal(run.status, 0, run.err);
});

live("a joined command that is refused the foreground leaves no connection", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const run = await box.run(["taken", `${pid}`], { program });
	t.equal(run.facts("refused"), "50", run.err);
	t.equal(run.facts("leaked"), "0", run.err);
	await finish(box, pid);
});

t.end();
