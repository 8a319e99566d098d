// SPDX-License-Identifier: BSD-2-Clause
// PFLASK_DEBUG=1 prints the steps of a start on the caller's stderr, and changes nothing else.
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import t from "tap";
import { account } from "../../lib/account.ts";
import { finish, nameIn } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { DEFAULT_ENVIRONMENT } from "../../lib/run.ts";

const LINE = /^pflask: ((caller|monitor|init): \S.*: \S.*|wire: \w+ -> \w+: \w+)$/;
const env = { ...DEFAULT_ENVIRONMENT, PFLASK_DEBUG: "1" };
const user = await account("pft-debug");

/** Splits error output into lines. */
function linesOf(err: string): string[] {
	return err.split("\n").slice(0, -1);
}

live("a successful start is printed from the first step to the last", async (t, box) => {
	const run = await box.run(["--", "/bin/echo", "hi"], { env });
	t.same([run.status, run.out], [0, "hi\n"], "the command's output is unchanged");
	const lines = linesOf(run.err);
	for (const line of lines) t.match(line, LINE);
	t.same(lines.slice(0, 2), [
		"pflask: caller: start pflask-init: 0",
		"pflask: wire: caller -> monitor: start",
	]);
	t.match(run.err, /^pflask: monitor: clone [a-z ]*mnt[a-z ]*: 0$/m);
	t.match(run.err, /^pflask: init: mount proc \/proc .*: 0$/m);
	t.match(run.err, /^pflask: wire: init -> command: handover$/m);
	t.same(lines.slice(-3), [
		"pflask: wire: command -> monitor: exec",
		"pflask: init: exec /bin/echo /bin/echo hi: 0",
		"pflask: wire: monitor -> caller: ready",
	]);
});

live("every operation of the plan is printed", async (t, box) => {
	const words = [
		`--chroot=${tinyRoot(box)}`,
		"--user-map=0:100000:65536",
		"--",
		"/bin/probe",
		"ids",
	];
	const plan = await box.run(["--dry-run", ...words]);
	const told = linesOf((await box.run(words, { env })).err)
		.map((line) => /^pflask: (monitor|init): (\w+).*: 0$/.exec(line))
		.flatMap((found) => (found ? [`${found[1]} ${found[2]}`] : []));
	const planned = linesOf(plan.out).map((line) => line.trim().split(/ +/).slice(1, 3).join(" "));
	t.same(told.toSorted(), planned.toSorted());
	t.ok(planned.length > 20, "there are some");
});

live("a start that fails names the operation, and why", async (t, box) => {
	const gone = await box.run(["--", "/no/such/command"], { env });
	t.equal(gone.status, 127);
	t.match(gone.err, /^pflask: init: exec \/no\/such\/command .*: No such file or directory$/m);
	t.match(gone.err, /^pflask: wire: command -> monitor: failed\n.*monitor -> caller: failed\n/m);
	t.notMatch(gone.err, "ready");
	const dir = await box.run(["--chdir=/no/such", "--", "true"], { env });
	t.match(dir.err, /^pflask: init: chdir \/no\/such: No such file or directory$/m);
	const words = ["--netif=macvlan:lo:eth0", "--", "true"];
	const outside = await box.run(words, { env });
	t.match(outside.err, /^pflask: monitor: macvlan lo eth0 bridge: Invalid argument$/m);
});

live("created mount points are printed with the process that creates them", async (t, box) => {
	mkdirSync(`${box.dir}/from`);
	const root = tinyRoot(box);
	const words = [
		`--chroot=${root}`,
		`--mount=bind:${box.dir}/from:/made`,
		"--",
		"/bin/probe",
		"ids",
	];
	const run = await box.run(words, { env });
	t.equal(run.status, 0, run.err);
	const between = linesOf(run.err).filter((line) => / maker\b/.test(line));
	t.same(between.slice(0, 4), [
		"pflask: wire: init -> monitor: maker",
		"pflask: wire: monitor -> init: maker",
		"pflask: wire: init -> maker: make",
		"pflask: wire: maker -> init: made",
	]);
});

live("without the variable nothing is printed", async (t, box) => {
	for (const value of [undefined, "", "0", "yes"]) {
		const variable = value === undefined ? {} : { PFLASK_DEBUG: value };
		const run = await box.run(["--", "/bin/echo", "hi"], {
			env: { ...DEFAULT_ENVIRONMENT, ...variable },
		});
		t.same([run.status, run.out, run.err], [0, "hi\n", ""], `${value}`);
	}
	const set = await box.run(["--setenv=PFLASK_DEBUG=1", "--", "/bin/echo", "hi"]);
	t.equal(set.err, "", "the command's environment is not the caller's");
	const dry = await box.run(["--dry-run", "--", "true"], { env });
	t.equal(dry.err, "", "nothing is started");
});

live("the command has the same descriptors and the same output", async (t, box) => {
	const root = tinyRoot(box);
	for (const args of [[], [`--chroot=${root}`], [`--chroot=${root}`, "--user=1000"]]) {
		const command = args.length > 0 ? "/bin/probe" : PROBE;
		const words = [...args, "--", command, "fds", "+", "complain", "bad"];
		const plain = await box.run(words);
		const told = await box.run(words, { env });
		const numbers = (run: typeof told) => run.facts.all("fd").map((line) => line.split(" ")[0]);
		t.same(numbers(told), numbers(plain), args.join(" "));
		t.equal(new Set(numbers(told)).size, 3);
		const others = linesOf(told.err).filter((line) => !LINE.test(line));
		t.same(others, ["bad"], "the command's own output is whole");
		t.equal(plain.err, "bad\n");
	}
});

live("control characters do not reach the terminal", async (t, box) => {
	const run = await box.run(["--", PROBE, "say", "\x1b[31m\nred"], { env });
	t.match(run.err, "say $'\\x1b[31m\\x0ared': 0\n");
	t.notMatch(run.err, "\x1b");
	for (const line of linesOf(run.err)) t.match(line, LINE);
});

live("a detached monitor prints steps only until its command runs", async (t, box) => {
	const name = nameIn(box, "debug");
	const words = ["--detach", `--name=${name}`, "--", "sleep", "infinity"];
	const started = await box.run(words, { env });
	t.match(started.out, /^\d+\n$/);
	t.equal(linesOf(started.err).at(-1), "pflask: wire: monitor -> caller: ready");
	const executed = await box.run([`--exec=${name}`, "--", "/bin/echo", "hi"]);
	t.same([executed.out, executed.err], ["hi\n", ""]);
	await finish(box, name);
});

live("a set-user-ID program ignores the variable", async (t, box) => {
	const program = `${box.dir}/copy`;
	copyFileSync(PFLASK, program);
	const options = { program, via: user.become, env: { ...user.env, PFLASK_DEBUG: "1" } };
	const words = ["--", "/bin/true"];
	chmodSync(program, 0o755);
	t.match((await box.run(words, options)).err, "pflask: caller: start pflask-init: 0\n");
	chmodSync(program, 0o4755);
	const run = await box.run(words, options);
	t.notMatch(run.err, /^pflask: (caller|monitor|init|wire): /m);
});

t.end();
