// SPDX-License-Identifier: BSD-2-Clause
// A command tries to push input into its caller's terminal (CVE-2017-5226). The caller's shell
// would read the input. If the command has the terminal as a descriptor, pflask refuses the push.
import t, { type Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { type Facts, facts, PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

const plain = await account("pft-input-p");
const ranged = await account("pft-input-r", { range: RANGE });

/** The probe's ways to push input. The ways "i386", "x32" and "x32-bit" exist only on x86-64. */
const WAYS = ["push", "push-high", "paste", "paste-high"];
if (process.arch === "x64") WAYS.push("i386", "x32", "x32-bit");

/** Scripts that give the command the terminal. The key lists the descriptors of the terminal. */
const PLACES: Readonly<Record<string, string>> = {
	"1": '"$@" 2>/dev/null',
	"2": '"$@" | cat',
	"1 2": '"$@"',
};

function via(script: string): string[] {
	return ["sh", "-c", script, "sh"];
}

/** Tests that each way is refused on each standard descriptor. */
function checkRefused(t: Test, told: Facts, what: string): void {
	const failed = [0, 1, 2].flatMap((fd) =>
		WAYS.map((way) => `${way}.${fd}`).filter((name) => told(name) !== "EPERM"),
	);
	t.same(failed, [], what);
}

type Runner = Pick<Box, "terminal">;

async function push(runner: Runner, args: readonly string[], script = "", probe: string = PROBE) {
	const words = ["tty", "+", "push-input", "+", "caps"];
	const session = runner.terminal([...args, "--", probe, ...words], { via: via(script) });
	const { status, out } = await session.ended;
	return { status, out, told: facts(out.replaceAll("\r", "")) };
}

live("without pflask every way pushes input, if the kernel allows it", async (t, box) => {
	const before = (await sh(["cat", "/proc/sys/dev/tty/legacy_tiocsti"]).catch(() => "1")).trim();
	t.equal(before, "1", "dev.tty.legacy_tiocsti");
	const session = box.terminal(["push-input"], { program: PROBE });
	const { out } = await session.ended; // The echo of pushed input comes first.
	t.match(out, /push\.0 ok/);
	t.match(out, /push-high\.0 ok/);
	t.match(out, /paste\.0 ENOTTY/);
});

live("the filter, if descriptor 0, 1 or 2 is a terminal", async (t, box) => {
	for (const [places, script] of Object.entries(PLACES)) {
		const { out, told } = await push(box, ["--tty=never"], script);
		for (const fd of [0, 1, 2])
			t.equal(told(`isatty.${fd}`), places.includes(`${fd}`) ? "1" : "0", `${places}: ${fd}`);
		checkRefused(t, told, places);
		t.notMatch(out, /^x+$/m, "nothing was typed");
	}
});

live("in containers of all kinds", async (t, box) => {
	const kinds = [
		["--as-pid1"],
		["--no-pidns"],
		["--no-mountns"],
		["-MIHP"],
		["--user=1234:5678", "-U"],
		["--user-map=auto"],
		["--user=nobody"],
	];
	for (const args of kinds) {
		const { status, told, out } = await push(box, args, PLACES["2"]);
		t.equal(status, 0, out);
		checkRefused(t, told, args.join(" "));
		t.match(out, /NoNewPrivs:\s+0/, `${args}: setuid programs work`);
	}
	const root = tinyRoot(box);
	const { told } = await push(box, [`--chroot=${root}`], PLACES["2"], "/bin/probe");
	checkRefused(t, told, "--chroot");
});

live("in containers of ordinary users", async (t, box) => {
	for (const user of [plain, ranged]) {
		const { status, told, out } = await push(as(user, box), [], PLACES["2"]);
		t.equal(status, 0, out);
		checkRefused(t, told, user.name);
		t.match(out, /NoNewPrivs:\s+0/, user.name);
	}
});

/**
 * Tests that a command without the caller's terminal has no filter, because a filter would slow the
 * command's system calls.
 */
function checkFree(t: Test, out: string, what: string): void {
	t.match(out, /Seccomp:\s+0/, what);
	t.equal(facts(out)("paste.0"), "ENOTTY", what);
}

live("no filter if no terminal is passed on", async (t, box) => {
	const words = ["push-input", "+", "caps"];
	checkFree(t, (await box.run(["--", PROBE, ...words])).out, "pipes");
	checkFree(t, (await box.terminal(["--", PROBE, ...words]).ended).out, "a terminal of its own");
	const closed = [PROBE, "close", "2", "+", "exec"];
	checkFree(t, (await box.run(["--", PROBE, ...words], { via: closed })).out, "closed");
});

live("stderr that is another terminal than the command's own", async (t, box) => {
	const { told, out } = await push(box, ["--tty=always"], PLACES["2"]);
	t.match(out, /Seccomp:\s+2/);
	checkRefused(t, told, "stderr");
});

live("joined commands do not get the caller's terminal", async (t, box) => {
	for (const runner of [box, as(plain, box), as(ranged, box)])
		for (const args of [[], ["--as-pid1"]]) {
			const pid = await detach(runner, [...args, "--", PROBE, "hold"]);
			const words = ["push-input", "+", "caps"];
			for (const tty of ["never", "always"]) {
				const options = [`--exec=${pid}`, `--tty=${tty}`];
				const { out } = await runner.terminal([...options, "--", PROBE, ...words]).ended;
				checkFree(t, out, `--tty=${tty}`);
			}
			await finish(runner, pid);
		}
});

live("a detached command that has the caller's terminal", async (t, box) => {
	const words = ["push-input", "+", "say", "told"];
	const shell = '"$@"; read _';
	const args = ["--detach", "--tty=never", "--", PROBE, ...words];
	const session = box.terminal(args, { via: via(shell) });
	await session.until("told");
	session.type("\n");
	checkRefused(t, facts((await session.ended).out), "--detach");
});

live("the plan shows the filter", async (t, box) => {
	const plans: [string[], RegExp][] = [
		[[], /^ *\d+ init +guard_input caller caller caller$/m],
		[["--tty=always"], /^ *\d+ init +guard_input pty pty caller$/m],
	];
	for (const [args, line] of plans)
		t.match((await box.run(["--dry-run", ...args, "--", "id"])).out, line);
	t.notMatch((await box.run(["--dry-run", "--detach", "--", "id"])).out, "guard_input");
});

live("a kernel without seccomp filters", async (t, box) => {
	const refuse = `"${PROBE}" refuse seccomp 38 + exec "$@" | cat`;
	const session = box.terminal(["--", PROBE, "say", "ran"], { via: via(refuse) });
	const { out } = await session.ended;
	t.match(out, /^pflask: cannot protect the input of your terminal: Function not implemented\r\n/);
	t.match(out, /\nhint: --tty=always/);
	t.notMatch(out, "ran");
	const run = await box.run(["--", PROBE, "say", "ran"], {
		via: [PROBE, "refuse", "seccomp", "38", "+", "exec"],
	});
	t.equal(run.out, "ran\n", run.err);
});

t.end();
