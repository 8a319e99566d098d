// SPDX-License-Identifier: BSD-2-Clause
// If the caller has a terminal, the container has a terminal of its own.
import { closeSync, openSync, readFileSync } from "node:fs";
import t from "tap";
import { detach, finish } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { facts, PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

live("on a terminal the command has a terminal of its own", async (t, box) => {
	for (const args of [[], [`--chroot=${tinyRoot(box)}`], ["--tty=auto"], ["--tty=always"]]) {
		const command = args[0]?.startsWith("--chroot") ? "/bin/probe" : PROBE;
		const words = ["ids", "+", "tty", "+", "fds"];
		const { status, out } = await box.terminal([...args, "--", command, ...words]).ended;
		const told = facts(out);
		t.equal(status, 0, out);
		for (const fd of [0, 1, 2]) t.equal(told(`isatty.${fd}`), "1");
		t.equal(told("ctty"), "ok");
		t.equal(told("ctty.pgrp"), told("pid"), "the command is its foreground process group");
		t.equal(told("ctty.sid"), told("pid"), "and leads its session");
		const targets = told.all("fd").map((line) => line.split(" ")[2]);
		t.equal(targets.length, 3, "there are no other descriptors");
		for (const target of targets) t.match(target, /^\/dev\/(pts\/0|console)$/);
	}
});

live("--tty=never gives the command pflask's own terminal, for output only", async (t, box) => {
	const session = box.terminal(["--tty=never", "--", PROBE, "tty"]);
	const told = facts((await session.ended).out);
	t.equal(told("isatty.0"), "0", "which is copied");
	for (const fd of [1, 2]) t.equal(told(`isatty.${fd}`), "1");
	t.equal(told("ctty"), "ENXIO", "and not as its controlling terminal");
});

live("--tty=always gives a terminal also where pflask has none", async (t, box) => {
	const run = await box.run(["--tty=always", "--", PROBE, "tty", "+", "say", "hi"]);
	t.equal(run.status, 0, run.err);
	for (const fd of [0, 1]) t.equal(run.facts(`isatty.${fd}`), "1");
	t.equal(run.facts("isatty.2"), "0", "stderr is no terminal to begin with");
	t.equal(run.facts("winsize.0"), "24 80");
	t.match(run.out, /\r\nhi\r\n$/);
});

live("a terminal requires that stdin and stdout are terminals", async (t, box) => {
	for (const script of ['"$@" | cat', '"$@" </dev/null']) {
		const words = ["tty", "+", "say", "end"];
		const session = box.terminal(["--", PROBE, ...words], { via: ["sh", "-c", script, "sh"] });
		const { out } = await session.ended;
		t.equal(facts(out)("ctty"), "ENXIO", script);
		t.match(out, "end");
	}
});

live("a redirected stderr stays redirected", async (t, box) => {
	const file = `${box.dir}/err`;
	const session = box.terminal(["--", PROBE, "complain", "bad", "+", "tty"], {
		via: ["sh", "-c", `"$@" 2>"${file}"`, "sh"],
	});
	const { out } = await session.ended;
	t.equal(readFileSync(file, "utf8"), "bad\n");
	t.equal(facts(out)("isatty.1"), "1");
	t.equal(facts(out)("isatty.2"), "0");
});

live("the size of the window at the start, and when it changes", async (t, box) => {
	const session = box.terminal(["--", PROBE, "tty", "+", "catch", "2"], {
		rows: 37,
		columns: 111,
	});
	await session.until("ready");
	t.equal(facts(session.out)("winsize.0"), "37 111");
	session.resize(20, 44);
	await session.until(/signal 28 .* 20 44/);
	session.resize(50, 132);
	t.match((await session.ended).out, /signal 28 .* 50 132/);
});

live("no byte of output is lost, however fast the command ends, 200 times", async (t, box) => {
	let expected = "";
	for (let line = 1; line <= 10_000; line++) expected += `${line}\r\n`;
	let complete = 0;
	for (let i = 0; i < 200; i++) {
		const { out, status } = await box.terminal(["--", PROBE, "lines", "10000"]).ended;
		if (status === 0 && out === expected) complete++;
		else t.comment(`session ${i}: status ${status}, ${out.length} of ${expected.length}`);
	}
	t.equal(complete, 200);
});

live("no byte of output is lost with --chroot, or after a signal", async (t, box) => {
	const root = tinyRoot(box);
	const words = ["lines", "10000", "+", "die", "9"];
	for (let i = 0; i < 10; i++) {
		const session = box.terminal([`--chroot=${root}`, "--", "/bin/probe", ...words]);
		const { out, status } = await session.ended;
		t.equal(status, 137);
		t.match(out, /\n9999\r\n10000\r\n$/);
	}
});

/** Returns the bytes that the probe's "spew" writes. */
function pattern(length: number): Buffer {
	const bytes = Buffer.alloc(65536);
	let state = 1;
	for (let i = 0; i < bytes.length; i++) {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		bytes[i] = (state >>> 16) & 0xff;
	}
	return Buffer.alloc(length, bytes);
}

live("3 MB of every byte value come out as they were written", async (t, box) => {
	const session = box.terminal(["--", PROBE, "raw", "+", "spew", "3000000"]);
	const { bytes, status } = await session.ended;
	const from = bytes.indexOf("ready\r\n") + 7;
	t.equal(status, 0);
	t.equal(bytes.length - from, 3_000_000);
	t.ok(bytes.subarray(from).equals(pattern(3_000_000)), "byte by byte");
});

live("a slow reader gets every byte", async (t, box) => {
	const script = `"$@" </dev/null | "${PROBE}" count 2000007 1`;
	const words = ["--tty=always", "--", PROBE, "raw", "+", "spew", "2000000"];
	const run = await box.run(words, { via: ["sh", "-c", script, "sh"] });
	const expected = Buffer.concat([Buffer.from("ready\r\n"), pattern(2_000_000)]);
	const crc = Bun.hash.crc32(expected).toString(16).padStart(8, "0");
	t.equal(run.out, `bytes 2000007 ${crc}\r\n`, run.err);
});

live("1 MB is pasted into a command that reads slowly", async (t, box) => {
	const paste = crypto.getRandomValues(new Uint8Array(65536));
	const bytes = Buffer.alloc(1_048_576, paste);
	const crc = Bun.hash.crc32(bytes).toString(16).padStart(8, "0");
	const session = box.terminal(["--", PROBE, "raw", "+", "count", "1048576", "1"]);
	await session.until("ready");
	session.type(bytes);
	t.match((await session.ended).out, `bytes 1048576 ${crc}`);
});

live("1 MB of stdin from a pipe reaches the command's terminal", async (t, box) => {
	const bytes = Buffer.alloc(1_048_576, crypto.getRandomValues(new Uint8Array(65536)));
	const crc = Bun.hash.crc32(bytes).toString(16).padStart(8, "0");
	const running = box.start(["--tty=always", "--", PROBE, "raw", "+", "count", "1048576", "1"], {
		stdin: "pipe",
	});
	await running.until("ready");
	await running.write(bytes);
	await running.until(`bytes 1048576 ${crc}`);
	await running.closeStdin();
	t.equal((await running.ended).status, 0);
});

live("a command that does not read its input can end, and can be ended", async (t, box) => {
	const bytes = Buffer.alloc(1_048_576, "x");
	const run = await box.run(["--tty=always", "--", PROBE, "exit", "5"], { stdin: bytes });
	t.equal(run.status, 5, "what nobody reads is not waited for");
	const session = box.terminal(["--", PROBE, "raw", "+", "hold"]);
	await session.until("ready[^]*ready");
	session.type(bytes);
	session.kill("SIGTERM");
	t.equal((await session.ended).status, 143);
});

live("input before the start of the command is not lost", async (t, box) => {
	const session = box.terminal(["--", PROBE, "wait-for", "early", "+", "say", "end"]);
	session.type("early\n");
	t.match((await session.ended).out, /seen\r\nend/);
});

live("^C, ^\\ and ^D act in the container's terminal", async (t, box) => {
	const interrupted = box.terminal(["--", PROBE, "group"]);
	await interrupted.until("ready");
	interrupted.type("\x03");
	const { out } = await interrupted.ended;
	t.match(out, "parent 2");
	t.match(out, "child 2", "the whole foreground process group gets it");
	const quit = box.terminal(["--", PROBE, "hold"]);
	await quit.until("ready");
	quit.type("\x1c");
	t.equal((await quit.ended).status, 128 + 3);
	const end = box.terminal(["--", "cat"]);
	end.type("line\n");
	await end.until(/line[^]*line/);
	end.type("\x04");
	t.equal((await end.ended).status, 0);
});

/** Prints the terminal's modes before and after a command. */
const MODES = ["sh", "-c", 'echo "before $(stty -g)"; "$@"; echo; echo "after $(stty -g)"', "sh"];

function modesKept(out: string): boolean {
	const told = facts(out);
	return told("before").includes(":") && told("before") === told("after");
}

live("the terminal's modes are as before, however the command ends", async (t, box) => {
	for (const words of [["exit", "0"], ["exit", "3"], ["die", "9"], ["die", "11"], ["raw"]]) {
		const { out } = await box.terminal(["--", PROBE, ...words], { via: MODES }).ended;
		t.ok(modesKept(out), `${words.join(" ")}: ${out}`);
	}
	for (const args of [
		["--", "/no/such/command"],
		["-c", "/no/such/place", "--", "true"],
	]) {
		const { out } = await box.terminal(args, { via: MODES }).ended;
		t.ok(modesKept(out), `${args.join(" ")}: ${out}`);
	}
});

live("the terminal's modes are as before when a signal ends pflask", async (t, box) => {
	for (const name of ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"]) {
		const file = `${box.dir}/pid`;
		const become = ["sh", "-c", `echo $$ >"${file}"; exec "$@"`, "sh"];
		const session = box.terminal(["--", PROBE, "hold"], { via: [...MODES, ...become] });
		await session.until("ready");
		process.kill(Number(readFileSync(file, "utf8")), `SIG${name}`);
		const { out } = await session.ended;
		t.ok(modesKept(out), `${name}: ${out}`);
	}
});

live("the terminal's modes are as before, at whichever moment pflask is ended", async (t, box) => {
	const log = `${box.dir}/log`;
	const traced = (...words: string[]) => [...MODES, "strace", "-qq", "-e", "trace=ioctl", ...words];
	const words = ["--", PROBE, "exit", "0"];
	t.equal((await box.terminal(words, { via: traced("-o", log) }).ended).status, 0);
	const calls = readFileSync(log, "utf8").split("\n");
	const last = calls.findLastIndex((call) => call.includes("TCSETS"));
	t.ok(last > 0, "the terminal is changed");
	for (let call = 1; call <= last + 2; call++) {
		const inject = ["-o", "/dev/null", "-e", `inject=ioctl:signal=SIGALRM:when=${call}`];
		const { out } = await box.terminal(words, { via: traced(...inject) }).ended;
		t.ok(modesKept(out), `SIGALRM at ${calls[call - 1]}: ${out}`);
	}
});

live("a terminal that is closed and opened again does not end the session", async (t, box) => {
	const root = tinyRoot(box);
	for (const path of ["/dev/console", "/dev/pts/0"]) {
		const words = ["say", "one", "+", "reopen", path, "+", "wait-for", "two", "+", "exit", "4"];
		const session = box.terminal([`--chroot=${root}`, "--", "/bin/probe", ...words]);
		await session.until("reopened");
		session.type("two\n");
		const { status, out } = await session.ended;
		t.equal(status, 4, path);
		t.match(out, /one[^]*reopened[^]*seen/, path);
	}
});

live("a process that keeps the terminal open does not keep the session", async (t, box) => {
	const { status, out } = await box.terminal(["--", PROBE, "daemon", "+", "say", "bye"]).ended;
	t.equal(status, 0);
	t.match(out, "bye");
});

live("a hang-up of the terminal reaches the command and ends pflask", async (t, box) => {
	const session = box.terminal(["--", PROBE, "hold"]);
	await session.until("ready");
	session.hangUp();
	const { status, signal } = await session.ended;
	t.equal(status, 129, `status ${status}, signal ${signal}`);
});

live("a failed write of output is an error", async (t, box) => {
	const full = openSync("/dev/full", "w");
	const run = await box.run(["--tty=always", "--", PROBE, "lines", "100000", "+", "hold"], {
		stdout: full,
	});
	t.equal(run.status, 125);
	t.match(run.err, /^pflask: [^\n]*No space left on device\n/m);
});

/** Makes a pipe that no process reads. */
function brokenPipe(path: string): number {
	Bun.spawnSync(["mkfifo", path]);
	const reader = openSync(path, "r+");
	const writer = openSync(path, "w");
	closeSync(reader);
	return writer;
}

live("lost output gives status 125", async (t, box) => {
	const message = (why: string) => `pflask: standard output: ${why}\n`;
	const ends = [["exit", "0"], ["exit", "3"], ["hold"], ["catch", "1", "+", "exit", "0"]];
	for (const end of ends) {
		const words = ["--tty=always", "--", PROBE, "say", "x", "+", ...end];
		const via = ["sh", "-c", '"$@" >&-', "sh"];
		const closed = await box.run(words, { via });
		t.same([closed.status, closed.err], [125, message("Bad file descriptor")], end.join(" "));
		const full = await box.run(words, { stdout: openSync("/dev/full", "w") });
		t.same([full.status, full.err], [125, message("No space left on device")], end.join(" "));
		const broken = await box.run(words, { stdout: brokenPipe(`${box.dir}/${end.join("")}`) });
		t.same([broken.status, broken.err], [125, ""], `${end.join(" ")}: a pipe without a reader`);
	}
});

live("the command's terminal is not the host's", async (t, box) => {
	const script = `tty; "$@"`;
	const session = box.terminal(["--", PROBE, "ls", "/dev/pts"], {
		via: ["sh", "-c", script, "sh"],
	});
	const { out } = await session.ended;
	t.same(facts(out).all("ls./dev/pts").sort(), ["0", "ptmx"], "it has a /dev/pts of its own");
});

live("other terminals can be opened inside", async (t, box) => {
	const { out } = await box.terminal(["--", PROBE, "new-terminal"]).ended;
	t.match(facts(out)("ptmx"), /^ok \/dev\/pts\/1$/);
	t.equal(facts(out)("pts"), "ok");
});

live("without mount namespace the terminal is one of the host's /dev/pts", async (t, box) => {
	const { status, out } = await box.terminal(["-M", "--", PROBE, "tty", "+", "fds"]).ended;
	t.equal(status, 0, out);
	t.equal(facts(out)("ctty"), "ok");
	t.match(facts(out).all("fd")[0], /\/dev\/pts\/\d+$/);
});

live("a login shell works as at any terminal", async (t, box) => {
	const session = box.terminal([]);
	session.type('echo "[$0]" "[$(tty)]" "[$-]"\n');
	await session.until(/\[-bash\] \[\/dev\/pts\/0\] \[\w*i\w*\]/);
	session.type("sleep 1000 &\njobs\n");
	await session.until(/Running\s+sleep 1000/);
	t.notMatch(session.out, "no job control");
	session.type("exit 6\n");
	t.equal((await session.ended).status, 6);
});

/**
 * The bytes that terminals send for ^]: one byte, the press and the release of kitty's protocol,
 * and the sequence of modifyOtherKeys.
 */
const ESCAPES = ["\x1d", "\x1b[93;5u\x1b[93;5:3u", "\x1b[27;5;93~"] as const;
const DEAF = ["ignore", "1", "+", "ignore", "15", "+", "say", "deaf", "+", "hold"] as const;

live("^] three times within a second kills the container", async (t, box) => {
	for (const key of ESCAPES) {
		const session = box.terminal(["--", PROBE, "raw", "+", ...DEAF]);
		await session.until("deaf");
		session.type(key.repeat(3));
		t.equal((await session.ended).status, 137, JSON.stringify(key));
	}
	const other = box.terminal(["--escape-key=^A", "--", PROBE, "raw", "+", ...DEAF]);
	await other.until("deaf");
	other.type("\x01\x01");
	other.type("\x01");
	t.equal((await other.ended).status, 137, "--escape-key");
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const guest = box.terminal([`--exec=${pid}`, "--", PROBE, "raw", "+", ...DEAF]);
	await guest.until("deaf");
	guest.type("\x1d\x1d\x1d");
	t.equal((await guest.ended).status, 137, "--exec");
	await finish(box, pid);
});

live("^] is input, and kills only if typed three times in a row", async (t, box) => {
	for (const [options, typed] of [
		[[], "\x1d\x1da\x1d\x1dbcd"],
		[["--escape-key=none"], "\x1d\x1d\x1d\x1dabcd"],
		[["--escape-key=^A"], "\x1d\x1d\x1d\x1dabcd"],
	] as const) {
		const session = box.terminal([...options, "--", PROBE, "raw", "+", "count", "8"]);
		await session.until("ready");
		session.type(typed);
		const { status, out } = await session.ended;
		t.equal(status, 0, out);
	}
	const refused = await box.run(["--detach", "--escape-key=^A", "--", "true"]);
	t.equal(refused.err.split("\n")[0], "pflask: --escape-key: contradicts --detach");
});

t.end();
