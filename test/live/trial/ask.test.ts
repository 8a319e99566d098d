// SPDX-License-Identifier: BSD-2-Clause
// --ask asks its questions at the end of a trial, on a real terminal.
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { exactTree as tree } from "../../lib/exact-tree.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { descendants } from "../../lib/processes.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import type { Session, TerminalOptions } from "../../lib/terminal.ts";
import { until } from "../../lib/until.ts";

const MENU = "[a]ll, [s]ome, [d]iff, [n]one, [l]ater, [?]: ";
const CONFIRM = "[y]es, [n]o, [d]iff: ";
/** The bytes that pflask writes before the changes. The bytes make hidden text visible. */
const VISIBLE = "\x0f\x1b(B\x1b[m\x1b[?25h";
/** A pager that shows its input, and does not wait for a key. */
const ENV = { PAGER: "cat; :", TERM: "xterm", PATH: "/usr/bin:/bin" };

/** Waits for the n-th question with a text. */
async function asked(session: Session, question: string, n: number): Promise<void> {
	const pattern = question.replace(/[[\]?]/g, "\\$&");
	await session.until(new RegExp(`(${pattern}[^]*){${n}}$`));
}

/** Runs a script in a root, and waits for the first question. */
async function ask(
	box: Box,
	root: string,
	script: string,
	args: readonly string[] = ["--ephemeral"],
	options: TerminalOptions = {},
): Promise<Session> {
	const words = [`--chroot=${root}`, ...args, "--ask", "--", "sh", "-c", script];
	const session = box.terminal(words, { env: ENV, ...options });
	await asked(session, MENU, 1);
	return session;
}

/** Returns the name of the private directory. */
function privateDir(box: Box): string {
	const [name, ...others] = readdirSync(box.tmp);
	if (name === undefined || others.length > 0) throw new Error(`${readdirSync(box.tmp)}`);
	return `${box.tmp}/${name}`;
}

const plain = (session: Session): string => session.out.replaceAll("\r\n", "\n");

live("all: the tree, the question, and the changes", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/d`);
	writeFileSync(`${root}/d/gone`, "1\n2\n");
	writeFileSync(`${root}/text`, "one\n");
	const script = "echo two >>/text; rm -r /d; mkdir -p /new/dir; echo 1 >/new/dir/f; exit 7";
	const session = await ask(box, root, script);
	t.notOk(existsSync(`${root}/new`), "nothing is applied before the answer");
	const dir = privateDir(box);
	t.match(dir, /\/pflask-trial-\w{6}$/);
	t.same([statSync(dir).mode & 0o7777, statSync(dir).uid], [0o700, 0]);
	t.match(
		plain(session),
		"  /\n" +
			"D   d/      2 deleted, 4 B\n" +
			"A   new/\n" +
			"A     dir/\n" +
			"A       f   2 B\n" +
			"M   text    4 B -> 8 B  +1 -0\n" +
			"6 paths: 3 added, 1 modified, 2 deleted, 8 B -> 10 B; " +
			"2 lines added, 2 lines removed\n" +
			`Keep these changes? ${MENU}`,
	);
	session.type("?\n");
	await asked(session, MENU, 2);
	t.match(session.out, "a, all     apply all changes");
	session.type("d\n");
	await asked(session, MENU, 3);
	t.match(session.out, "+two");
	session.type("a\n");
	const { status, out } = await session.ended;
	t.equal(status, 7, "the status of the command");
	t.match(out, "applied 5 changes\r\n");
	t.equal(readFileSync(`${root}/text`, "utf8"), "one\ntwo\n");
	t.equal(readFileSync(`${root}/new/dir/f`, "utf8"), "1\n");
	t.notOk(existsSync(`${root}/d`));
	t.notOk(existsSync(dir), "the private directory is gone");
});

live("some: blanks, bytes, control characters and patterns", async (t, box) => {
	const root = await shellRoot(box);
	const script =
		"mkdir /n; cd /n; for i in 'with blank' a.c b.c c.h; do echo $i >\"$i\"; done;" +
		"echo 1 >\"$(printf 'byte\\351')\"; echo 2 >\"$(printf 'esc\\033[2J\\nA fake')\";" +
		"echo 3 >other";
	const session = await ask(box, root, script);
	t.notMatch(session.out, "\x1b[2J", "a name does not command the terminal");
	t.match(session.out, "esc\\x1b[2J\\x0aA fake");
	session.type("s\n");
	await asked(session, "Which paths? ", 1);
	session.type("nothing\n");
	await asked(session, "nothing: no change has this path\r\nWhich paths? ", 1);
	session.type(Buffer.from("'n/with blank' *.c n/byte\xe9 n/esc\\x1b[[]2J\\x0a*\n", "latin1"));
	await asked(session, CONFIRM, 1);
	t.match(session.out, "+++ b/n/with blank");
	t.match(session.out, "Apply 5 changes? ");
	t.notOk(existsSync(`${root}/n`), "the diff comes first");
	session.type("y\n");
	await asked(session, `Keep the other changes? ${MENU}`, 1);
	t.same(
		await sh(["sh", "-c", `cd '${root}/n' && ls -b`]),
		"a.c\nb.c\nbyte\\351\nesc\\033[2J\\nA\\ fake\nwith\\ blank\n",
	);
	session.type("s * :!n/other\n");
	await asked(session, CONFIRM, 2);
	session.type("n\n");
	await asked(session, MENU, 3);
	session.type("s * :!n/other\n");
	await asked(session, CONFIRM, 3);
	session.type("y\n");
	await asked(session, MENU, 4);
	t.ok(existsSync(`${root}/n/c.h`));
	session.type("none\n");
	t.equal((await session.ended).status, 0);
	t.notOk(existsSync(`${root}/n/other`));
});

live("a conflict and a refusal are shown, and the question comes again", async (t, box) => {
	const root = await shellRoot(box);
	writeFileSync(`${root}/mine`, "1\n");
	const session = await ask(box, root, "echo 2 >>/mine; echo 3 >/new; rm /bin/wc");
	writeFileSync(`${root}/mine`, "other\n");
	const before = await tree(root);
	session.type("a\n");
	await asked(session, MENU, 2);
	t.match(plain(session), "conflict: /mine: has changed\n1 conflict: nothing was applied\nhint: ");
	t.equal(await tree(root), before);
	session.type("s new bin\n");
	await asked(session, CONFIRM, 1);
	session.type("y\n");
	await asked(session, MENU, 3);
	t.same([existsSync(`${root}/new`), existsSync(`${root}/bin/wc`)], [true, false]);
	session.type("n\n");
	t.equal((await session.ended).status, 0);
	t.equal(readFileSync(`${root}/mine`, "utf8"), "other\n");
});

live("later: a private directory of a container's root, and its hint", async (t, box) => {
	const root = await shellRoot(box, 100000);
	const script = "cp /bin/busybox /suid; chmod 4755 /suid";
	const args = ["--user-map=0:100000:65536", "--ephemeral"];
	const session = await ask(box, root, script, args);
	const dir = privateDir(box);
	t.same([statSync(dir).mode & 0o7777, statSync(dir).uid], [0o700, 100000]);
	session.type("a\n");
	await asked(session, MENU, 2);
	const hint = `pflask --apply=${dir} --allow=setuid`;
	t.match(plain(session), `is a setuid file, and the command did not run as root\nhint: ${hint}\n`);
	session.type("l\n");
	const { status, out } = await session.ended;
	t.equal(status, 0);
	t.match(out, `pflask: the changes are in ${dir}\r\nhint: pflask --diff=${dir}, `);
	t.equal((await box.run(hint.split(" ").slice(1))).status, 0);
	t.match(await sh(["stat", "-c", "%a %u", `${root}/suid`]), "4755 100000");
	rmSync(dir, { recursive: true });
});

live("the end of the input, ^C, a signal and a hang-up leave the changes", async (t, box) => {
	const root = await shellRoot(box);
	const before = await tree(root);
	for (const [end, act] of [
		["end of input", (session: Session) => session.type("\x04")],
		["^C", (session: Session) => session.type("\x03")],
		["SIGTERM", (session: Session) => session.kill("SIGTERM")],
		["hang-up", (session: Session) => session.hangUp()],
		["^C at another question", (session: Session) => session.type("s /new\n")],
	] as const) {
		const session = await ask(box, root, "echo 1 >/new; exit 4");
		const dir = privateDir(box);
		act(session);
		if (end.endsWith("question")) {
			await asked(session, CONFIRM, 1);
			session.type("\x03");
		}
		const { status, out } = await session.ended;
		t.equal(status, 4, end);
		if (end !== "hang-up") t.match(out, `the changes are in ${dir}`, end);
		t.equal(await tree(root), before, end);
		t.equal((await box.run([`--diff=${dir}`, "--name-status"])).out, "A /new\n", end);
		rmSync(dir, { recursive: true });
	}
});

live("a command that a signal ends, no changes, and no command", async (t, box) => {
	const root = await shellRoot(box);
	const killed = await ask(box, root, "echo 1 >/new; kill -TERM $$");
	killed.type("n\n");
	t.equal((await killed.ended).status, 143);
	const typed = box.terminal(
		[`--chroot=${root}`, "--ephemeral", "--ask", "--", "sh", "-c", "echo 1 >/new; echo ready; cat"],
		{ env: ENV },
	);
	await typed.until("ready");
	typed.type("\x03");
	await asked(typed, MENU, 1);
	typed.type("n\n");
	t.same([(await typed.ended).status, (await typed.ended).signal], [130, null]);
	const none = box.terminal([`--chroot=${root}`, "--ephemeral", "--ask", "--", "true"]);
	const { status, out } = await none.ended;
	t.same([status, out], [0, `${VISIBLE}pflask: no changes\r\n`]);
	const lost = box.terminal([`--chroot=${root}`, "--ephemeral", "--ask", "--", "/nowhere"]);
	t.match(await lost.ended, { status: 127 });
	t.same(readdirSync(box.tmp), [], "no private directory is left");
});

live("a command cannot hide the tree", async (t, box) => {
	const root = await shellRoot(box);
	const session = await ask(box, root, "echo 1 >/new; printf '\\033[8m\\033[?25l'");
	t.ok(session.out.includes("\x1b[8m"), "the command hides what follows");
	t.ok(session.out.includes(`${VISIBLE}A /new  2 B\r\n`), "the tree is visible");
	session.type("n\n");
	t.equal((await session.ended).status, 0);
});

/** Tells whether a process belongs to the command of the test. */
const isCommand = ({ name }: { readonly name: string }): boolean => /^(sh|cat|busybox)$/.test(name);

/** Tells whether a process is stopped. */
const isStopped = (pid: number): boolean =>
	/\) T /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));

live("what is typed before the question is no answer", async (t, box) => {
	const root = await shellRoot(box);
	const script = "mkfifo /tmp/go; echo 1 >/new; echo ready; cat /tmp/go";
	const session = box.terminal(
		[
			`--chroot=${root}`,
			"--ephemeral",
			"--ask",
			"--tty=never",
			`--mount=bind:${box.dir}:/tmp`,
		].concat(["--", "sh", "-c", script]),
		{ env: ENV },
	);
	await session.until("ready");
	// While pflask is stopped, pflask cannot pass the line on to the command.
	session.kill("SIGSTOP");
	await until("pflask is stopped", () => isStopped(session.pid));
	session.type("a\n");
	await session.until("a\r\n"); // the terminal has the line
	await sh(["sh", "-c", `echo go >${box.dir}/go`]);
	await until("the command has ended", () => !descendants(session.pid).some(isCommand));
	session.kill("SIGCONT");
	await asked(session, MENU, 1);
	session.type("n\n");
	t.equal((await session.ended).status, 0);
	t.notOk(existsSync(`${root}/new`));
});

live("a given directory stays, and the questions are not on stdout", async (t, box) => {
	const root = await shellRoot(box);
	for (const [answer, isApplied] of [
		["n\n", false],
		["a\n", true],
	] as const) {
		const dir = `${box.dir}/trial-${answer.trim()}`;
		mkdirSync(dir);
		const out = `${box.dir}/out`;
		const via = ["sh", "-c", `"$@" >'${out}'`, "sh"];
		const script = "echo said; echo 1 >/new";
		const session = await ask(box, root, script, [`--ephemeral=${dir}`], { via });
		session.type(answer);
		const end = await session.ended;
		t.equal(end.status, 0);
		t.equal(readFileSync(out, "utf8"), "said\n");
		t.equal(existsSync(`${root}/new`), isApplied);
		t.equal(end.out.includes(`the changes are in ${dir}`), !isApplied);
		t.ok(existsSync(`${dir}/manifest`));
		if (isApplied) t.equal((await box.run([`--revert=${dir}`])).status, 0);
	}
});

live("mistakes are found before anything starts", async (t, box) => {
	const script = `echo 1 >'${box.dir}/started'`;
	const command = ["--", "sh", "-c", script];
	const hint = "hint: --ephemeral=DIR, and later pflask --diff=DIR\n";
	const run = await box.run([
		"--ephemeral",
		"--ask",
		`--mount=bind:${box.dir}:${box.dir}`,
		...command,
	]);
	t.same(
		[run.status, run.out, run.err],
		[125, "", `pflask: --ask: standard input is not a terminal\n${hint}`],
	);
	const via = ["sh", "-c", `"$@" 2>'${box.dir}/err'`, "sh"];
	const half = box.terminal(["--ephemeral", "--ask", ...command], { via });
	t.equal((await half.ended).status, 125);
	const err = readFileSync(`${box.dir}/err`, "utf8");
	t.equal(err, `pflask: --ask: standard error is not a terminal\n${hint}`);
	for (const [args, why] of [
		[["--ask"], "requires --ephemeral"],
		[["--ask", "--ephemeral", "--detach"], "contradicts --detach"],
		[["--ask", "--ephemeral", "--dry-run"], "contradicts --dry-run"],
	] as const) {
		const wrong = box.terminal([...args, ...command]);
		const { status, out } = await wrong.ended;
		t.equal(status, 125);
		t.match(out, `pflask: --ask: ${why}\r\nhint: `);
	}
	t.notOk(existsSync(`${box.dir}/started`));
});
