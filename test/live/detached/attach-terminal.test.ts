// SPDX-License-Identifier: BSD-2-Clause
// Attached users get the earlier output without queries, and the modes and keyboard protocols of
// the container. After detaching, the user's terminal is as before.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { QUESTIONS } from "../../lib/answers.ts";
import { detach, finish, isAlive } from "../../lib/detached.ts";
import { has, sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { PFLASK } from "../../lib/paths.ts";
import { until } from "../../lib/until.ts";

const KEY = "\x00";

let written = 0;

/** Makes a file of bytes. Returns its path. */
function file(box: Box, text: string): string {
	const path = `${box.dir}/bytes${written++}`;
	writeFileSync(path, Buffer.from(text, "latin1"));
	return path;
}

/** A container that writes bytes to its terminal and records its input. */
interface Typist {
	readonly pid: number;
	/** Returns the input so far. */
	typed(): string;
	/** The text that the container prints after its first bytes. */
	readonly ready: string;
}

const READY = "ready.";

/** Returns the output on a terminal, without the last line, "[detached from NAME]". */
function shownBy(bytes: Buffer): string {
	return bytes.toString("latin1").replace(/(\r\n)?\[detached from [^\]]+\]\r\n$/, "");
}

/** Starts a container that writes `first` and waits. After go(), the container writes `then`. */
async function typist(
	box: Box,
	first: string,
	options: readonly string[] = [],
	then = "",
): Promise<Typist & { go(): void }> {
	const path = `${box.dir}/typed${written++}`;
	const [before, after] = [file(box, first), file(box, then)];
	const wait = `while ! [ -e "${path}.go" ]; do sleep 0.01; done; cat "${after}"`;
	const script = `
		stty raw -echo; cat "${before}"; printf ${READY}; (${wait}) &
		exec cat >"${path}"`;
	const pid = await detach(box, [...options, "--", "sh", "-c", script]);
	const kept = async () => (await box.run([`--logs=${pid}`])).out.includes(READY);
	await until("what it writes first", kept);
	return {
		pid,
		typed: () => (existsSync(path) ? readFileSync(path, "latin1") : ""),
		ready: READY,
		go: () => writeFileSync(`${path}.go`, ""),
	};
}

live("queries in the kept output are not sent again, new queries are", async (t, box) => {
	const all = QUESTIONS.map(([question]) => `${question}.`).join("");
	const it = await typist(box, all, [], "\x1b[6n");
	for (const letter of ["x", "y"]) {
		const session = box.terminal([`--attach=${it.pid}`], { answers: true });
		await session.until(READY);
		session.type(letter);
		await until("what is typed", () => it.typed().endsWith(letter));
		session.type(KEY);
		t.equal((await session.ended).status, 0);
	}
	t.equal(it.typed(), "xy", "no answer was typed into the container");
	const session = box.terminal([`--attach=${it.pid}`], { answers: true });
	await session.until(READY);
	it.go();
	await until("the answer to a new question", () => it.typed().endsWith("R"));
	t.equal(it.typed(), "xy\x1b[7;9R");
	session.type(KEY);
	await session.ended;
	await finish(box, it.pid);
});

live("a mode that was set and reset makes no terminal send input", async (t, box) => {
	const on = "\x1b[?2048h\x1b[?1004h\x1b[?1000h";
	const it = await typist(box, `${on}${on.replaceAll("h", "l")}`);
	const session = box.terminal([`--attach=${it.pid}`], { answers: true });
	await session.until(READY);
	session.type("x");
	await until("what is typed", () => it.typed() !== "");
	session.type(KEY);
	const { bytes } = await session.ended;
	t.equal(it.typed(), "x");
	t.notMatch(bytes.toString("latin1"), /\[\?(2048|1004|1000)h/);
	await finish(box, it.pid);
});

/**
 * Escape sequences by which the container sets modes, sequences that reset these modes, and
 * sequences that set the modes in the terminal of a user who attaches.
 */
const MODES: readonly (readonly [string, string, string])[] = [
	["\x1b[?1049h", "\x1b[?1049l", "\x1b[?1049h"],
	["\x1b[?25l", "\x1b[?25h", "\x1b[?25l"],
	["\x1b[?1000;1006h", "\x1b[?1000l\x1b[?1006l", "\x1b[?1000h\x1b[?1006h"],
	["\x1b[?2004h", "\x1b[?2004l", "\x1b[?2004h"],
	["\x1b[?1h\x1b=", "\x1b[?1l\x1b>", "\x1b[?1h\x1b="],
	["\x1b[>1u", "\x1b[<1u", "\x1b[>1u"],
	["\x1b[>4;2m", "\x1b[>4m", "\x1b[>4;2m"],
	["\x1b[?9001h", "\x1b[?9001l", "\x1b[?9001h"],
	["\x1b[5 q", "\x1b[0 q", "\x1b[5 q"],
	["\x1b[3;9r", "\x1b7\x1b[r\x1b8", "\x1b[3;9r"],
	["\x1b[?1049h\x1b[>5u", "\x1b[<1u\x1b[?1049l", "\x1b[?1049h\x1b[>5u"],
];

live("a client that detaches resets the modes that the container has set", async (t, box) => {
	for (const [set, back] of MODES) {
		const it = await typist(box, "", [], `${set}done.`);
		const session = box.terminal([`--attach=${it.pid}`]);
		await session.until(READY);
		it.go();
		await session.until("done.");
		session.type(KEY);
		const { status, bytes } = await session.ended;
		t.equal(status, 0);
		t.equal(shownBy(bytes), `${READY}${set}done.${back}`, JSON.stringify(set));
		await finish(box, it.pid);
	}
});

live("a terminal without set modes gets no reset", async (t, box) => {
	const it = await typist(box, "plain \x1b[1mbold\x1b[m\r\n");
	const session = box.terminal([`--attach=${it.pid}`]);
	await session.until(READY);
	session.type(KEY);
	const { bytes } = await session.ended;
	t.equal(shownBy(bytes), `plain \x1b[1mbold\x1b[m\r\n${READY}`);
	await finish(box, it.pid);
});

live("modes are set although the ring has lost their sequences", async (t, box) => {
	for (const [set, back, again] of MODES) {
		const it = await typist(box, `${set}${"x".repeat(20000)}`, ["--scrollback=4K"]);
		const session = box.terminal([`--attach=${it.pid}`]);
		await session.until(READY);
		session.type("q");
		await until("what is typed", () => it.typed() === "q");
		session.type(KEY);
		const out = shownBy((await session.ended).bytes);
		t.equal(
			out.replaceAll("x", ""),
			out.startsWith(again) ? `${again}${READY}${back}` : `${READY}${again}${back}`,
			JSON.stringify(set),
		);
		await finish(box, it.pid);
	}
});

live("the kept output begins with a whole sequence and character", async (t, box) => {
	for (const piece of [
		"\xc3\xa9",
		"\xf0\x9f\x90\x9a",
		"\x1b[31m",
		"\x1b]0;title\x07",
		"\x1b[1;2H-",
	])
		for (let shift = 0; shift < piece.length; shift++) {
			const filler = piece.repeat(Math.ceil(6000 / piece.length));
			const it = await typist(box, `${filler}${"-".repeat(shift)}`, ["--scrollback=4K"]);
			const session = box.terminal([`--attach=${it.pid}`]);
			await session.until(READY);
			session.type(KEY);
			const shown = shownBy((await session.ended).bytes);
			const kept = (await box.run([`--logs=${it.pid}`])).stdout.toString("latin1");
			for (const out of [shown, kept]) {
				t.ok(out.startsWith(piece) || out.startsWith("-"), JSON.stringify(out.slice(0, 20)));
				t.ok(out.length > 4000);
			}
			await finish(box, it.pid);
		}
});

live("modes are reset when the container ends or a signal ends pflask", async (t, box) => {
	const set = "\x1b[?1049h\x1b[?1000h";
	const back = "\x1b[?1000l\x1b[?1049l";
	const words = ["sh", "-c", `printf '${set.replaceAll("\x1b", "\\033")}on.'; read x; exit 3`];
	const ending = await detach(box, ["--", ...words]);
	const seen = box.terminal([`--attach=${ending}`]);
	await seen.until("on.");
	seen.type("\n");
	const { status, bytes } = await seen.ended;
	t.equal(status, 3);
	t.match(shownBy(bytes).replaceAll("\r\n", ""), new RegExp(`${escaped(back)}$`));
	const it = await typist(box, set);
	for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
		const session = box.terminal([`--attach=${it.pid}`]);
		await session.until(/\[\?1000h/);
		session.kill(signal);
		const end = await session.ended;
		t.equal(end.signal, signal);
		t.ok(shownBy(end.bytes).endsWith(back), signal);
	}
	t.ok(isAlive(it.pid));
	await finish(box, it.pid);
});

// pflask is in an orphaned process group: no shell could continue pflask, so the kernel does not
// stop pflask. jobs.test.ts tests a pflask below a shell.
live("modes are reset when pflask stops, and set when pflask continues", async (t, box) => {
	const it = await typist(box, "\x1b[?1049h\x1b[?1000h");
	const session = box.terminal([`--attach=${it.pid}`]);
	await session.until(/\[\?1000h/);
	const before = session.out.length;
	session.kill("SIGTSTP");
	await until("they are set again", () => session.out.slice(before).includes("\x1b[?1000h"));
	t.equal(session.out.slice(before), "\x1b[?1000l\x1b[?1049l\x1b[?1049h\x1b[?1000h");
	session.type(KEY);
	t.equal((await session.ended).status, 0);
	await finish(box, it.pid);
});

function escaped(text: string): string {
	return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Keyboard protocols, and the bytes that Ctrl-Space and Ctrl-] send with each protocol. */
const PROTOCOLS: readonly (readonly [string, string, string])[] = [
	["\x1b[>1u", "\x1b[32;5u", "\x1b[93;5u"],
	["\x1b[>31u", "\x1b[57442;5u\x1b[32;5:1u", "\x1b[93;5:1u"],
	["\x1b[=1u", "\x1b[50:64;6u", "\x1b[93;69u"],
	["\x1b[?1049h\x1b[>1u", "\x1b[32;5u", "\x1b[93;5u"],
	["\x1b[>4;2m", "\x1b[27;5;32~", "\x1b[27;5;93~"],
	["\x1b[>4;2m\x1b[>4;1f", "\x1b[32;5u", "\x1b[93;5u"],
	["\x1b[?9001h", "\x1b[32;57;0;1;8;1_", "\x1b[221;27;29;1;8;1_"],
	["", "\x00", "\x1d"],
];

live("the detach key works under every keyboard protocol, and is not sent", async (t, box) => {
	for (const [set, space, bracket] of PROTOCOLS) {
		const it = await typist(box, set);
		for (const [option, key] of [
			["^@", space],
			["^]", bracket],
		] as const)
			for (const pieces of [[key], [...key]]) {
				const session = box.terminal([`--attach=${it.pid}`, `--detach-key=${option}`]);
				await session.until(READY);
				for (const piece of pieces) session.type(piece);
				t.equal((await session.ended).status, 0, `${JSON.stringify(key)} is ${option}`);
			}
		for (const part of [space, bracket]) t.notOk(it.typed().includes(part), "the key");
		await finish(box, it.pid);
	}
});

live("other keys are sent unchanged, a lone Escape too", async (t, box) => {
	const keys =
		"a\x1b[A\x1bOP\x1b[97;5u\x1b[32;5:3u\x1b[200~pasted\x1b[201~\x1b]11;rgb:0/0/0\x1b\\\xc3\xa9";
	for (const set of ["\x1b[>1u", "\x1b[>4;2m", "\x1b[?9001h", ""]) {
		const it = await typist(box, set);
		const session = box.terminal([`--attach=${it.pid}`]);
		await session.until(READY);
		session.type(Buffer.from(keys, "latin1"));
		await until("what is typed", () => it.typed().length >= keys.length);
		session.type("\x1b");
		await until("the escape", () => it.typed().length > keys.length);
		t.equal(it.typed(), `${keys}\x1b`);
		session.type(KEY);
		t.equal((await session.ended).status, 0);
		await finish(box, it.pid);
	}
});

live("a click far to the right is not the detach key", async (t, box) => {
	const it = await typist(box, "\x1b[?1000h");
	const session = box.terminal([`--attach=${it.pid}`]);
	await session.until(/\[\?1000h/); // the end of the history
	session.type("\x1b[M \x00!x");
	await until("what is typed", () => it.typed().endsWith("x"));
	t.equal(it.typed(), "\x1b[M \x00!x");
	session.type(KEY);
	t.equal((await session.ended).status, 0);
	await finish(box, it.pid);
});

live("--detach-key=none: every key is sent", async (t, box) => {
	const it = await typist(box, "\x1b[>1u");
	const session = box.terminal([`--attach=${it.pid}`, "--detach-key=none"]);
	await session.until(READY);
	session.type("\x00\x1b[32;5u\x1dx");
	await until("what is typed", () => it.typed().endsWith("x"));
	t.equal(it.typed(), "\x00\x1b[32;5u\x1dx");
	session.kill("SIGTERM");
	await session.ended;
	await finish(box, it.pid);
});

live("--logs writes every byte to a pipe, and no query to a terminal", async (t, box) => {
	const set = "\x1b[?1049h\x1b[?1000h\x1b[?2004h\x1b[>1u\x1b[?25l";
	const all = `${QUESTIONS.map(([question]) => question).join("")}${set}text.\x07`;
	const it = await typist(box, all, [], "\x1b[6n\x1b[?1000hlater.");
	const piped = await box.run([`--logs=${it.pid}`]);
	t.equal(piped.stdout.toString("latin1"), `${all}${READY}`);
	const shown = box.terminal([`--logs=${it.pid}`]);
	t.equal((await shown.ended).out, `\x1b[?25ltext.${READY}\x1b[?25h`);
	const follows = box.terminal([`--logs=${it.pid}`, "--follow"], { answers: true });
	await follows.until(READY);
	it.go();
	await follows.until("later.");
	follows.kill("SIGINT");
	const { signal, out } = await follows.ended;
	t.equal(signal, "SIGINT");
	t.equal(out, `\x1b[?25ltext.${READY}later.\x1b[?25h`);
	await finish(box, it.pid);
});

live("tmux as the user's terminal is unchanged afterwards", async (t, box) => {
	if (!need(t, has("tmux"), "tmux is not installed")) return;
	const it = await typist(box, "\x1b[?1049h\x1b[?25l\x1b[?1000;1006h\x1b=\x1b[?1h\x1b[6n\x1b[c");
	const tmux = ["tmux", "-S", `${box.dir}/tmux`, "-f", "/dev/null"];
	const command = `"${PFLASK}" --attach=${it.pid}; read x`;
	const flags = "alternate_on cursor_flag mouse_standard_flag mouse_sgr_flag keypad_flag";
	const format = flags.replaceAll(/\w+/g, "#{$&}");
	const state = async () => (await sh([...tmux, "display-message", "-p", format])).trim();
	await sh([...tmux, "new-session", "-d", command]);
	await until("the modes of the container", async () => (await state()) === "1 0 1 1 1");
	await sh([...tmux, "send-keys", "x"]);
	await until("what is typed", () => it.typed().endsWith("x"));
	t.equal(it.typed(), "x", "nothing but that");
	await sh([...tmux, "send-keys", "C-Space"]);
	await until("the modes before", async () => (await state()) === "0 1 0 0 0");
	await sh([...tmux, "send-keys", "Enter"]);
	await finish(box, it.pid);
});

t.end();
