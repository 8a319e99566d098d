// SPDX-License-Identifier: BSD-2-Clause
// --log-file appends all output of the command to a file while the command runs.
import {
	chmodSync,
	chownSync,
	existsSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t from "tap";
import { detach, finish, isAlive, nameIn } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { until } from "../../lib/until.ts";

const BOTH = ["sh", "-c", "echo out; echo err >&2; exit 4"];

live("without a terminal", async (t, box) => {
	const log = `${box.dir}/log`;
	for (const times of [1, 2]) {
		const run = await box.run([`--log-file=${log}`, "--", ...BOTH]);
		t.same([run.status, run.out, run.err], [4, "out\n", "err\n"]);
		const lines = readFileSync(log, "utf8").split("\n").sort();
		t.same(lines.slice(1), [...Array(times).fill("err"), ...Array(times).fill("out")], "appended");
	}
	t.equal(statSync(log).mode & 0o777, 0o600);
	const one = `${box.dir}/one`;
	const script =
		'exec "$0" --log-file=one -- sh -c "for i in 1 2 3; do echo o; echo e >&2; done" 2>&1';
	const merged = await box.run(["-c", script, PFLASK], { program: "sh", cwd: box.dir });
	t.equal(merged.out, "o\ne\no\ne\no\ne\n");
	t.equal(readFileSync(one, "utf8"), merged.out, "output to one file keeps its order");
	const gone = await box.run(["-c", '"$0" --log-file=two -- yes | head -n 1', PFLASK], {
		program: "sh",
		cwd: box.dir,
	});
	t.same([gone.out, gone.err], ["y\n", ""], "the reader goes away");
	const plan = await box.run([`--log-file=${log}`, "--dry-run", "--", "true"]);
	t.match(plan.out, new RegExp(`^ *\\d+ monitor log_file +${log}$`, "m"));
});

live("with a terminal", async (t, box) => {
	const log = `${box.dir}/log`;
	const session = box.terminal([`--log-file=${log}`, "--", ...BOTH]);
	const end = await session.ended;
	t.equal(end.status, 4);
	t.match(end.out, "out\r\nerr\r\n");
	t.equal(readFileSync(log, "utf8"), "out\r\nerr\r\n");
	const script = `exec "$0" --log-file=${log}.2 -- sh -c "echo out; echo err >&2" 2>${log}.err`;
	const own = await box.terminal(["-c", script, PFLASK], { program: "sh" }).ended;
	t.equal(own.status, 0);
	t.match(own.out, "out\r\n");
	t.equal(readFileSync(`${log}.err`, "utf8"), "err\n");
	t.same(readFileSync(`${log}.2`, "utf8").split(/\r?\n/).sort(), ["", "err", "out"]);
});

live("with --detach", async (t, box) => {
	for (const tty of ["always", "never"]) {
		const log = `${box.dir}/${tty}`;
		const script = "echo out; echo err >&2; exec cat /dev/zero | sleep 1000";
		const options = [`--tty=${tty}`, `--name=${nameIn(box, tty)}`, `--log-file=${log}`];
		await detach(box, [...options, "--", "sh", "-c", script]);
		const text = () => (existsSync(log) ? readFileSync(log, "utf8").replaceAll("\r", "") : "");
		await until("the output", () => text() === "out\nerr\n");
		if (tty === "always")
			t.equal((await box.run([`--logs=${nameIn(box, tty)}`])).out, "out\r\nerr\r\n");
		await finish(box, nameIn(box, tty));
		t.equal(text(), "out\nerr\n");
	}
});

live("a detached command cannot empty the log", async (t, box) => {
	const script = "echo one; echo two >/dev/stderr; : >/dev/stdout; seq 20000; exit 3";
	const wanted = ["one", "two", ...Array.from({ length: 20_000 }, (_, at) => `${at + 1}`), ""];
	for (const [word, ...more] of [["root"], ["user", "--user=nobody"], ["init", "--no-pidns"]]) {
		const log = `${box.dir}/${word}`;
		const name = nameIn(box, `${word}`);
		const options = ["--tty=never", `--name=${name}`, `--log-file=${log}`, ...more];
		await detach(box, [...options, "--", "sh", "-c", script]);
		t.equal((await box.run([`--wait=${name}`])).status, 3);
		t.equal(readFileSync(log, "utf8"), wanted.join("\n"), `${word}`);
	}
});

live("a file system that is full is told once, and stops nothing", async (t, box) => {
	mkdirSync(`${box.dir}/full`);
	const mount = `mount -t tmpfs -o size=16k none ${box.dir}/full`;
	const seq = "seq 1 20000 | sha256sum | cut -c1-64";
	const script = `${mount} || exit 99; ${seq}
"$0" --log-file=full/log --status-fd=3 -- seq 1 20000 3>status | sha256sum | cut -c1-64
"$0" --log-file=full/log -- seq 1 20000 >/dev/null; echo $?; stat -c %s full/log
"$0" -d --name=$1 --log-file=full/log -- sh -c 'sleep 0.2; seq 1 20000; exit 5' >pid
"$0" --wait=$1; echo $?
"$0" --logs=$1 | tail -n 1`;
	const via = ["unshare", "--mount", "--propagation=private"];
	const run = await box.run(["-c", script, PFLASK, nameIn(box, "full")], {
		program: "sh",
		via,
		cwd: box.dir,
	});
	const [wanted, got, status, size, waited, last] = run.out.split(/\r?\n/);
	t.equal(got, wanted, "all output came");
	t.same([status, size, waited, last], ["125", "16384", "5", "20000"], run.err);
	const line = "pflask: --log-file: cannot write all output to the log: No space left on device\n";
	t.equal(run.err, `${line}${line}${line.replace("--log-file: ", "")}`);
	t.match(readFileSync(`${box.dir}/status`, "utf8"), '"logErrno":"ENOSPC"');
});

live("a start that fails leaves no empty file", async (t, box) => {
	const log = `${box.dir}/log`;
	for (const [status, ...words] of [
		[127, "--", "no-such-command"],
		[125, "--mount=bind:/no/such:/mnt", "--", "true"],
		[126, "--", "/etc"],
	] as const)
		for (const more of [[], ["--detach"], ["--tty=never"], ["--detach", "--tty=never"]]) {
			const line = [`--log-file=${log}`, ...more, ...words];
			t.equal((await box.run(line)).status, status, line.join(" "));
			t.notOk(existsSync(log), "removed");
			writeFileSync(log, "");
			t.equal((await box.run(line)).status, status);
			t.ok(existsSync(log), "a file that was there stays");
			rmSync(log);
		}
});

live("a start that fails leaves the file of another container alone", async (t, box) => {
	const [log, name] = [`${box.dir}/log`, nameIn(box, "other")];
	const pasta = `#!/bin/sh\nwhile ! [ -e ${box.dir}/go ]; do sleep 0.1; done\nexit 3\n`;
	writeFileSync(`${box.dir}/pasta`, pasta, { mode: 0o755 });
	const env = { PATH: `${box.dir}:${process.env.PATH}` };
	const failing = box.start([`--log-file=${log}`, "--netif=pasta", "--", "true"], { env });
	await until("the file", () => existsSync(log));
	const script = `until [ -e ${box.dir}/say ]; do sleep 0.1; done; echo kept`;
	const words = [`--name=${name}`, "--tty=never", `--log-file=${log}`, "--", "sh", "-c", script];
	await detach(box, words);
	writeFileSync(`${box.dir}/go`, "");
	t.equal((await failing.ended).status, 125);
	writeFileSync(`${box.dir}/say`, "");
	t.equal((await box.run([`--wait=${name}`])).status, 0);
	t.equal(readFileSync(log, "utf8"), "kept\n");
});

live("files that are refused", async (t, box) => {
	const shared = `${box.dir}/shared`;
	mkdirSync(shared);
	chmodSync(shared, 0o1777);
	symlinkSync(`${box.dir}/target`, `${shared}/link`);
	writeFileSync(`${shared}/theirs`, "");
	chownSync(`${shared}/theirs`, 12345, 12345);
	symlinkSync("target", `${box.dir}/link`);
	symlinkSync("shared", `${box.dir}/way`);
	writeFileSync(`${box.dir}/once`, "");
	linkSync(`${box.dir}/once`, `${box.dir}/twice`);
	for (const [path, why] of [
		[`${shared}/link`, "is a symbolic link\nhint: --log-file=FILE, with"],
		[`${box.dir}/link`, "is a symbolic link\nhint: --log-file=FILE, with"],
		[`${shared}/theirs`, "belongs to another user\nhint: --log-file=FILE, with"],
		[`${box.dir}/twice`, "has several names \\(hard links\\)\nhint: --log-file=FILE, with"],
		["/dev/null", "is not a regular file\nhint: --log-file=FILE, with"],
		[box.dir, "is not a regular file\nhint: --log-file=FILE, with"],
		[`${box.dir}/no/such`, "No such file or directory\n$"],
		[
			`${box.dir}/way/log`,
			`a directory of the path is a symbolic link\nhint: --log-file=${shared}/log\n$`,
		],
	] as const)
		for (const more of [[], ["--detach"]]) {
			const run = await box.run([`--log-file=${path}`, ...more, "--", PROBE, "say", "ran"]);
			t.same([run.status, run.out], [125, ""], path);
			t.match(run.err, new RegExp(`^pflask: --log-file: ${path}: ${why}`));
		}
	t.notOk(existsSync(`${box.dir}/target`));
	t.same(readdirSync(shared).sort(), ["link", "theirs"], "nothing is left");
	const pid = await detach(box, [`--log-file=${shared}/mine`, "--", "true"]);
	await until("the end", () => !isAlive(pid));
	t.ok(existsSync(`${shared}/mine`));
});

t.end();
