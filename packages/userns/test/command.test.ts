// SPDX-License-Identifier: BSD-2-Clause
// The command line of pflask-userns.
import t from "tap";
import { TREE } from "../../../test/lib/paths.ts";
import { parse } from "../src/options.ts";
import { changesText, reportText } from "../src/text.ts";
import { machine } from "./machine.ts";

const MAIN = `${TREE}/packages/userns/src/main.ts`;
const DEFAULTS = { user: undefined, json: false, dryRun: false, root: "/" };

/** Runs the program. Returns its exit status and its output on stdout and stderr. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
	const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, MAIN, ...args], { env });
	return { status: exitCode, out: stdout.toString(), err: stderr.toString() };
}

t.test("valid command lines", async (t) => {
	t.same(parse(["check"]), { ...DEFAULTS, command: "check" });
	t.same(parse(["check", "--json"]), { ...DEFAULTS, command: "check", json: true });
	t.same(parse(["--json", "check"]), { ...DEFAULTS, command: "check", json: true });
	const setup = { ...DEFAULTS, command: "setup", user: "alice" };
	t.same(parse(["setup", "alice"]), setup);
	for (const argv of [
		["setup", "alice", "--dry-run"],
		["setup", "--dry-run", "alice"],
		["--dry", "setup", "--", "alice"],
		["setup", "--dry-run", "--", "alice"],
	])
		t.same(parse(argv), { ...setup, dryRun: true }, argv.join(" "));
	t.same(parse(["setup", "--", "-x"]).user, "-x");
	t.same(parse(["setup"]).user, undefined);
	t.same(parse(["check", "--root=/x"]).root, "/x");
	t.same(parse(["-h"]).command, "help");
	t.same(parse(["setup", "--version"]).command, "version");
});

t.test("invalid command lines", async (t) => {
	const wrong: readonly (readonly [string, string])[] = [
		["", "COMMAND: missing operand"],
		["frob", "frob: unknown command"],
		["check --frob", "--frob: unknown option"],
		["check alice", "alice: extra operand"],
		["setup alice bob", "bob: extra operand"],
		["check --dry-run", "--dry-run: not an option of check"],
		["setup --json alice", "--json: not an option of setup"],
		["check --json=x", "--json: does not take a value"],
		["setup alice --root", "--root: requires a value"],
	];
	for (const [line, message] of wrong) {
		const argv = line.split(" ").filter((word) => word !== "");
		t.throws(() => parse(argv), { name: "UsageError", message }, line);
		const { status, out, err } = run(argv);
		t.equal(status, 125, line);
		t.equal(out, "");
		t.match(err, new RegExp(`^pflask-userns: ${message}\nhint: [^\n]+\n$`), line);
	}
});

t.test("help and version", async (t) => {
	const help = run(["--help"]);
	t.equal(help.status, 0);
	t.match(help.out, /^Usage: pflask-userns check/);
	for (const line of help.out.split("\n")) t.ok(line.length < 80, line);
	t.match(run(["-V"]), { status: 0, out: /^pflask-userns \d+\.\d+\.\d+\n$/, err: "" });
});

t.test("the user who called sudo", async (t) => {
	const root = t.testdir(machine());
	const setup = (env: Readonly<Record<string, string>>) =>
		run(["setup", "--dry-run", `--root=${root}`], env);
	t.match(setup({ SUDO_USER: "alice" }), { status: 0, out: /alice:100000:65536/ });
	const error = "pflask-userns: setup: missing USER\nhint: pflask-userns setup USER\n";
	for (const env of [{}, { SUDO_USER: "" }, { SUDO_USER: "root" }])
		t.same(setup(env), { status: 125, out: "", err: error });
	t.same(
		setup({ SUDO_USER: "mallory" }).err.split("\n")[0],
		"pflask-userns: mallory: no such user",
	);
});

t.test("the report as text", async (t) => {
	const row = { needed: true, errno: null, ok: false, found: "found", remedy: "do it" };
	const text = reportText({
		version: 1,
		ok: false,
		user: { name: "alice", uid: 1000, gid: 1000 },
		requirements: [
			{ ...row, name: "proc", ok: true, remedy: "" },
			{ ...row, name: "subuid" },
			{ ...row, name: "overlay", needed: false },
			{ ...row, name: "cgroup", needed: false },
			{ ...row, name: "newuidmap", needed: false },
		],
	});
	t.equal(
		text,
		`ok       proc                       found
missing  subuid                     found; remedy: do it
missing  overlay                    found (only --ephemeral needs it); remedy: do it
missing  cgroup                     found (only limits and a boot need it); remedy: do it
missing  newuidmap                  found (root does not need it); remedy: do it
`,
	);
});

t.test("the changes as text", async (t) => {
	t.equal(changesText([]), "nothing to do\n");
	const text = changesText([
		{ kind: "run", command: ["usermod", "--", "alice"] },
		{ kind: "append", path: "/etc/subuid", line: "alice:1:2" },
		{ kind: "write", path: "/etc/sysctl.d/x.conf", text: "# x\na = 1\nb = 2\n" },
		{ kind: "set", key: "a", before: 0, value: 1 },
		{ kind: "set", key: "b", before: 0, value: 2, undoneBy: "/etc/sysctl.conf" },
	]);
	t.equal(
		text,
		`run: usermod -- alice
append to /etc/subuid: alice:1:2
write /etc/sysctl.d/x.conf: a = 1; b = 2
set a = 1 (it was 0)
set b = 2 (it was 0); at boot /etc/sysctl.conf sets it back
`,
	);
});

t.test("the errors as text", async (t) => {
	const { err } = run(["setup", "a\n\u001bb", "--dry-run"]);
	t.equal(err, "pflask-userns: a\\x0a\\x1bb: no such user\nhint: getent passwd\n");
});

t.test("no file of the current directory runs", async (t) => {
	const cwd = t.testdir({
		"bunfig.toml": 'preload = ["./preload.ts"]\n',
		"preload.ts": 'console.log("preloaded");\n',
		".env": "SUDO_USER=alice\n",
		"package.json": '{ "name": "pflask", "imports": { "#x": "./preload.ts" } }\n',
		machine: machine(),
	});
	const env = { PATH: `${TREE}/scripts:/usr/bin:/bin` };
	const start = (...command: string[]) => Bun.spawnSync(command, { cwd, env }).stdout.toString();
	t.match(start("bun", "-p", "1"), /preloaded/, "Bun by itself would");
	t.match(start(MAIN, "--version"), /^pflask-userns/, "as an executable file");
	t.equal(start(MAIN, "setup", "--dry-run", "--root=machine"), "");
});

t.test("a full standard output", async (t) => {
	const child = Bun.spawnSync(["sh", "-c", `"$0" "$1" --help >/dev/full`, process.execPath, MAIN], {
		env: {},
	});
	t.equal(child.exitCode, 125);
	t.equal(child.stderr.toString(), "pflask-userns: standard output: No space left on device\n");
});
