// SPDX-License-Identifier: BSD-2-Clause
// A command has set modes in the user's terminal, and left the modes on. pflask resets the modes if
// the command fails or is killed.
import t from "tap";
import { detach, finish } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { DEFAULT_ENVIRONMENT } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

/** Modes that an editor sets: alternate screen, mouse, paste, cursor, kitty's keyboard. */
const SET = "\\033[?1049h\\033[?1000;1006h\\033[?2004h\\033[?25l\\033[>1u\\033[2 q";

/** The sequences that reset these modes. */
const BACK = [
	"\x1b[?1000l",
	"\x1b[?1006l",
	"\x1b[?2004l",
	"\x1b[?25h",
	"\x1b[<1u",
	"\x1b[?1049l",
	"\x1b[0 q",
];

/** Returns the arguments of a shell that sets the modes, prints "set", and runs a script. */
function editor(script: string): string[] {
	return ["sh", "-c", `printf '${SET}set\\n'; ${script}`];
}

/** Returns the resetting sequences that follow the modes in the output. */
function takenBack(out: string): string[] {
	const after = out.slice(out.lastIndexOf("set\r\n"));
	return BACK.filter((sequence) => after.includes(sequence));
}

const BAD_ENDS = ["exit 1", "kill -9 $$", "kill -TERM $$", "exit 139"];

live("a command that is killed, or fails, leaves no modes in the terminal", async (t, box) => {
	for (const script of BAD_ENDS) {
		const { out } = await box.terminal(["--", ...editor(script)]).ended;
		t.same(takenBack(out), BACK, script);
	}
});

/**
 * Sequences that change the terminal type, the status line and the texts of function keys, and the
 * sequences that restore them.
 */
const KIND = '\\033[62;0"p\\033P0;1|17/726d0d\\033\\\\\\033[2$~\\033[1$}\\033%%@\\033[?2l';
const KIND_BACK = '\x1b<\x1b%G\x1b F\x1b[64;1"p\x1b[0$}\x1b[0$~\x1bP0;1|\x1b\\';

live("the terminal type and the texts of keys are restored", async (t, box) => {
	const words = ["sh", "-c", `printf '${KIND}set\\n'; kill -9 $$`];
	t.ok((await box.terminal(["--", ...words]).ended).out.endsWith(`set\r\n${KIND_BACK}`));
	const pid = await detach(box, ["--", "sh", "-c", `printf '${KIND}set\\n'; exec sleep 1000`]);
	await until("its output", async () => (await box.run([`--logs=${pid}`])).out.includes("set"));
	const session = box.terminal([`--attach=${pid}`]);
	await session.until("%@");
	session.type("\0");
	const { out } = await session.ended;
	t.notMatch(out, "726d0d", "no key is set again");
	t.equal(out.match(/%@/g)?.length, 1, "how bytes are read is said once, after history");
	const shown = out.replace(/\s*\[detached from [^\]]+\]\s*$/, "");
	t.ok(shown.endsWith('\x1b%@\x1b[?2l\x1b<\x1b%G\x1b F\x1b[64;1"p\x1b[0$}\x1b[0$~'), out);
	await finish(box, pid);
});

live("a joined command leaves no modes in the terminal", async (t, box) => {
	const pid = await detach(box, ["--", "sleep", "1000"]);
	for (const script of BAD_ENDS) {
		const { out } = await box.terminal([`--exec=${pid}`, "--", ...editor(script)]).ended;
		t.same(takenBack(out), BACK, script);
	}
	const session = box.terminal([`--exec=${pid}`, "--", ...editor(`exec "${PROBE}" hold`)]);
	await session.until("ready");
	await finish(box, pid);
	t.same(takenBack((await session.ended).out), BACK, "the container has ended");
});

/** Starts an editor that does not end, and waits until the editor has set the modes. */
async function start(box: Box, via: readonly string[] = []) {
	const session = box.terminal(["--", ...editor(`exec "${PROBE}" hold`)], { via });
	await session.until("ready");
	return session;
}

live("no modes are left if the monitor is killed", async (t, box) => {
	const session = await start(box);
	const monitor = descendants(session.pid).find(({ parent }) => parent === session.pid);
	process.kill(monitor?.pid ?? -1, "SIGKILL");
	t.same(takenBack((await session.ended).out), BACK);
});

live("no modes are left if a signal ends pflask", async (t, box) => {
	for (const name of ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGXCPU", "SIGVTALRM"] as const) {
		const session = await start(box);
		session.kill(name);
		t.same(takenBack((await session.ended).out), BACK, name);
	}
});

live("modes are reset while pflask is stopped, and set when pflask continues", async (t, box) => {
	const env = { ...DEFAULT_ENVIRONMENT, PS1: "$ ", HISTFILE: "", TERM: "dumb" };
	const session = box.terminal(["--norc", "--noprofile", "-i"], { program: "/bin/bash", env });
	await session.until(/^\$ $/m);
	const file = `${box.dir}/editor`;
	await Bun.write(file, editor(`exec "${PROBE}" hold`)[2] ?? "");
	session.type(`${PFLASK} -- sh ${file}\n`);
	await session.until("ready");
	const job = descendants(session.pid).find(({ parent }) => parent === session.pid);
	process.kill(job?.pid ?? -1, "SIGTSTP");
	await session.until("Stopped");
	t.same(takenBack(session.out), BACK);
	session.type("fg\n");
	await session.until(/Stopped[^]*\[\?1049h[^]*\[\?2004h/);
	session.type("\x03");
	await session.until(/Stopped[^]*\[\?2004h[^]*\[\?1049l/);
	t.pass("^C has ended the command");
	session.type("exit\n");
	await session.ended;
});

/** Bytes with an effect that must last after the end of the command. */
const MEANT = [
	["a hidden cursor", "\\033[?25l"],
	["the alternate screen", "\\033[?1049h"],
	["a title", "\\033]0;title\\007"],
	["a colour of the palette", "\\033]4;1;red\\007"],
	["a reset", "\\033c\\033[!p\\033[?3;4l\\033[4l\\033>"],
	["a sequence that is not whole", "\\033[3"],
] as const;

live("modes of a command that ends with 0 stay", async (t, box) => {
	for (const [what, bytes] of MEANT) {
		const { out } = await box.terminal(["--", "printf", bytes]).ended;
		const expected = bytes.replaceAll("\\033", "\x1b").replaceAll("\\007", "\x07");
		t.equal(out, expected, what);
	}
});

live("a pipe gets only what the command has written", async (t, box) => {
	const run = await box.run(["--tty=always", "--", ...editor("kill -9 $$")]);
	t.equal(run.status, 137);
	t.match(run.out, /set\r\n$/);
});

/** Users hide the cursor by tput(1), which comes with terminfo. */
live("tput civis works as without a container", async (t, box) => {
	const env = { PATH: process.env.PATH ?? "", TERM: "xterm" };
	const { out, status } = await box.terminal(["--", "tput", "civis"], { env }).ended;
	t.same([out, status], ["\x1b[?25l", 0]);
});

t.end();
