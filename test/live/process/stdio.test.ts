// SPDX-License-Identifier: BSD-2-Clause
// Standard input, output and error without a terminal: the command gets the caller's descriptors.
import { closeSync, existsSync, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { facts, PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

live("echo hi | pflask -- cat | cat", async (t, box) => {
	t.equal(await sh(["sh", "-c", `echo hi | "$1" -- cat | cat`, "sh", PFLASK]), "hi\n");
	const run = await box.run(["--", "cat"], { stdin: "hi\n" });
	t.same([run.status, run.out, run.err], [0, "hi\n", ""]);
});

live("1 GB of random data passes byte by byte", async (t, box) => {
	const script = `
		mkfifo "$2/copy"
		sha256sum <"$2/copy" >"$2/sent" &
		head -c 1000000000 /dev/urandom | tee "$2/copy" | "$1" -- cat | cat | sha256sum
		wait`;
	const received = await sh(["sh", "-c", script, "sh", PFLASK, box.dir]);
	t.match(received, /^[0-9a-f]{64} /);
	t.equal(received, readFileSync(`${box.dir}/sent`, "utf8"));
});

live("the command has the caller's three descriptors themselves", async (t, box) => {
	const files = ["in", "out", "err"].map((name) => `${box.dir}/${name}`);
	for (const file of files) writeFileSync(file, "");
	const [stdin = 0, stdout = 1, stderr = 2] = files.map((file) => openSync(file, "r+"));
	const inodes = [stdin, stdout, stderr].map((fd) => {
		const info = fstatSync(fd);
		return `${info.dev}:${info.ino}`;
	});
	for (const args of [[], [`--chroot=${tinyRoot(box)}`]]) {
		const command = args.length ? "/bin/probe" : PROBE;
		const run = box.start([...args, "--", command, "fds"], { stdin, stdout, stderr });
		t.equal((await run.ended).status, 0);
	}
	for (const fd of [stdin, stdout, stderr]) closeSync(fd);
	const lines = facts(readFileSync(`${box.dir}/out`, "utf8")).all("fd");
	t.equal(lines.length, 6, "and no other descriptor");
	for (const [index, line] of lines.entries())
		t.match(line, `${index % 3} ${inodes[index % 3]} `, line);
});

live("stderr stays apart from stdout", async (t, box) => {
	const run = await box.run(["--", PROBE, "complain", "bad", "+", "say", "good"]);
	t.same([run.out, run.err], ["good\n", "bad\n"]);
});

live("the command leads a session of its own, without a controlling terminal", async (t, box) => {
	const { facts } = await box.run(["--", PROBE, "ids", "+", "tty"]);
	t.equal(facts("sid"), facts("pid"));
	t.equal(facts("pgrp"), facts("pid"));
	t.equal(facts("ctty"), "ENXIO");
});

live("no controlling terminal if stdout is a terminal", async (t, box) => {
	const words = ["ids", "+", "tty", "+", "steal"];
	const session = box.terminal(["--tty=never", "--", PROBE, ...words]);
	const { out } = await session.ended;
	const told = facts(out);
	t.equal(told("isatty.0"), "0", "stdin is copied");
	t.equal(told("isatty.1"), "1", "stdout is the terminal itself");
	t.equal(told("ctty"), "ENXIO");
	t.equal(told("sid"), told("pid"));
	t.equal(told("steal.1"), "EPERM", "it cannot become the controlling terminal");
});

live("closed standard descriptors", async (t, box) => {
	for (const closed of [["0"], ["1"], ["2"], ["0", "1"], ["0", "1", "2"]]) {
		const root = tinyRoot(box);
		const made = `${root}/etc/${closed.join()}`;
		const words = ["--", "/bin/probe", "create", `/etc/${closed.join()}`];
		const run = await box.run([`--chroot=${root}`, ...words], {
			via: [PROBE, "close", ...closed, "+", "exec"],
		});
		t.ok(existsSync(made), `closed ${closed}: it ran`);
		t.ok(run.status === 0 || run.status === 1, `closed ${closed}: status ${run.status}`);
		t.equal(run.err, "", `closed ${closed}: without a word`);
	}
});

live("no descriptor of pflask takes the place of a closed descriptor", async (t, box) => {
	const run = await box.run(["--", PROBE, "fds"], { via: [PROBE, "close", "0", "+", "exec"] });
	t.equal(run.status, 0, run.err);
	for (const line of run.facts.all("fd"))
		t.match(line, /^([12] \S+ socket:|0 \S+ \/dev\/null)/, "the caller's, or /dev/null");
});

live("a closed stdin does not make the command wait", async (t, box) => {
	const run = await box.run(["--", "cat"], { via: [PROBE, "close", "0", "+", "exec"] });
	t.equal(run.out, "");
	t.ok(run.status === 0 || run.status === 1);
});

live("stdout on /dev/full is the command's problem", async (t, box) => {
	const full = openSync("/dev/full", "w");
	const run = await box.run(["--", PROBE, "say", "hi"], { stdout: full });
	closeSync(full);
	t.equal(run.status, 1, "the status is that of the command, whose write failed");
	t.equal(run.err, "");
});

live("a failed write of pflask is an error", async (t, box) => {
	for (const args of [["--dry-run", "--", "true"], ["--help"], ["--version"]]) {
		const full = openSync("/dev/full", "w");
		const run = await box.run(args, { stdout: full });
		closeSync(full);
		t.equal(run.status, 125, args.join(" "));
		t.match(run.err, /^pflask: [^\n]*No space left on device\n/, args.join(" "));
	}
});

live("pflask survives a write to a closed pipe", async (t, box) => {
	for (const args of [["--dry-run", "--", "true"], ["--help"]]) {
		const run = await box.run(args, { via: ["sh", "-c", '"$@" | true', "sh"] });
		t.equal(run.status, 0, args.join(" "));
	}
});

live("a reader that goes away ends the command by SIGPIPE, as without pflask", async (t, box) => {
	const script = '"$@" | head -n 1; echo "status ${PIPESTATUS[0]}"';
	const run = await box.run(["--", "yes"], { via: ["bash", "-c", script, "bash"] });
	t.equal(run.out, "y\nstatus 141\n", run.err);
});

live("a slow reader gets every byte", async (t, box) => {
	const script = `"$@" | "${PROBE}" count 3000000 1`;
	const run = await box.run(["--", PROBE, "spew", "3000000"], {
		via: ["sh", "-c", script, "sh"],
	});
	const direct = await sh(["sh", "-c", `"${PROBE}" spew 3000000 | "${PROBE}" count 3000000`]);
	t.match(run.out, /^bytes 3000000 /);
	t.equal(run.out, direct);
});

live("pflask ends although a process holds stdout", async (t, box) => {
	const run = await box.run(["--", PROBE, "daemon", "+", "say", "bye"]);
	t.same([run.status, run.out], [0, "bye\n"]);
});

t.end();
