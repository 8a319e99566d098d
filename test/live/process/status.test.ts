// SPDX-License-Identifier: BSD-2-Clause
// The exit status of pflask.
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import t from "tap";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

live("pflask returns every exit code of the command", async (t, box) => {
	const got: (number | null)[] = [];
	for (let code = 0; code < 256; code++)
		got.push((await box.run(["--", PROBE, "exit", String(code)])).status);
	t.same(got, [...Array(256).keys()]);
});

live("exit codes of many containers at the same time", async (t, box) => {
	const codes = [...Array(40).keys()];
	const runs = codes.map((code) => box.run(["--netif", "--", PROBE, "exit", String(code)]));
	t.same(
		(await Promise.all(runs)).map(({ status, err }) => [status, err]),
		codes.map((code) => [code, ""]),
	);
});

/** Signals that end a process by default, and two real-time signals. */
const DEADLY = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31];

live("128 + N where signal N killed the command", async (t, box) => {
	for (const number of [...DEADLY, 34, 64]) {
		const run = await box.run(["--", PROBE, "die", String(number)]);
		const ended = number === 2 ? [null, "SIGINT"] : [128 + number, null];
		t.same([run.status, run.signal], ended, `signal ${number}`);
		t.equal(run.err, "", "without a word");
	}
});

live("the same for a command that is pid 1", async (t, box) => {
	for (const code of [0, 1, 77, 255]) {
		const run = await box.run(["--as-pid1", "--", PROBE, "exit", String(code)]);
		t.equal(run.status, code);
	}
});

live("the same without a pid namespace, and on a terminal", async (t, box) => {
	t.equal((await box.run(["-P", "--", PROBE, "exit", "9"])).status, 9);
	t.equal((await box.run(["-P", "--", PROBE, "die", "9"])).status, 137);
	t.equal((await box.terminal(["--", PROBE, "exit", "9"]).ended).status, 9);
	t.equal((await box.terminal(["--", PROBE, "die", "15"]).ended).status, 143);
});

const NOT_FOUND = ["no-such-command", "/no/such/command", "./no-such-command"];

live("127 and one line for a command that is not found", async (t, box) => {
	const root = tinyRoot(box);
	for (const args of [[], [`--chroot=${root}`], ["--as-pid1"], ["--no-pidns"]])
		for (const command of NOT_FOUND) {
			const run = await box.run([...args, "--", command]);
			t.equal(run.status, 127, `${args.join(" ")} ${command}: ${run.err}`);
			t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/);
			t.ok(run.err.split("\n")[0]?.includes(command), `it names the command: ${run.err}`);
			t.equal(run.out, "");
		}
});

live("127 for a command that exists only outside the root", async (t, box) => {
	const run = await box.run([`--chroot=${tinyRoot(box)}`, "--", PROBE, "say", "hi"]);
	t.equal(run.status, 127);
	t.equal(run.out, "");
});

live("126 and one line for a command that cannot be executed", async (t, box) => {
	const root = tinyRoot(box);
	writeFileSync(`${root}/etc/plain`, "no program\n");
	writeFileSync(`${root}/etc/garbage`, "no program\n", { mode: 0o755 });
	writeFileSync(`${root}/etc/empty`, "", { mode: 0o755 });
	mkdirSync(`${root}/etc/directory`);
	for (const name of ["plain", "garbage", "empty", "directory"]) {
		const run = await box.run([`--chroot=${root}`, "--", `/etc/${name}`]);
		t.equal(run.status, 126, `${name}: ${run.err}`);
		t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/);
		t.match(run.err, `/etc/${name}`);
		t.equal(run.out, "");
	}
});

live(
	"126 for a file in PATH that is not executable, 127 where there is no other",
	async (t, box) => {
		const root = tinyRoot(box);
		copyFileSync(`${root}/bin/probe`, `${root}/bin/tool`);
		chmodSync(`${root}/bin/tool`, 0o644);
		const run = await box.run([`--chroot=${root}`, "--", "tool"]);
		t.equal(run.status, 126, run.err);
		t.match(run.err, /^pflask: [^\n]*tool[^\n]*: Permission denied\n/);
	},
);

live("a script whose interpreter is missing says so", async (t, box) => {
	const root = tinyRoot(box);
	writeFileSync(`${root}/etc/script`, "#!/no/interpreter\n", { mode: 0o755 });
	const run = await box.run([`--chroot=${root}`, "--", "/etc/script"]);
	t.ok(run.status === 126 || run.status === 127, `${run.status}`);
	t.match(run.err, /^pflask: [^\n]*\/etc\/script[^\n]*\n/);
});

live("125 where pflask itself fails", async (t, box) => {
	const file = `${box.dir}/file`;
	writeFileSync(file, "");
	for (const args of [["--no-such-option"], ["-r", `${box.dir}/missing`], ["-r", file]]) {
		const run = await box.run([...args, "--", PROBE, "say", "hi"]);
		t.equal(run.status, 125, args.join(" "));
		t.equal(run.out, "");
	}
});

const REBOOTS = [
	["off", 0],
	["halt", 0],
	["restart", 133],
] as const;

live("0 when the system inside is switched off, 133 when it is restarted", async (t, box) => {
	for (const [how, status] of REBOOTS)
		for (const args of [["--as-pid1"], []]) {
			const run = await box.run([...args, "--", PROBE, "reboot", how]);
			t.equal(run.status, status, `${args.join(" ")} reboot ${how}: ${run.err}`);
			t.equal(run.err, "");
		}
});

live("arguments reach the command byte by byte", async (t, box) => {
	const words = ["", " ", "a b", "--help", "-", "--", "äö", "\n", "'\"$`\\", "x".repeat(100_000)];
	const run = await box.run(["--", PROBE, "args", ...words]);
	t.same(
		run.facts.all("arg"),
		words.map((word) => Buffer.from(word).toString("hex")),
	);
	const script =
		'exec "$@" -- "$PROBE" args "$(printf "\\377\\301x")" "$(printf "\\355\\240\\200")"';
	const bytes = await box.run([], {
		via: ["sh", "-c", script, "sh"],
		env: { PATH: "/usr/bin:/bin", PROBE },
	});
	t.same(bytes.facts.all("arg"), ["ffc178", "eda080"], "also what is no text");
});

t.end();
