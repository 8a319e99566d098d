// SPDX-License-Identifier: BSD-2-Clause
// The command line of pflask-attach.
import t from "tap";
import { TREE } from "../../../test/lib/paths.ts";
import { parse } from "../src/options.ts";

const MAIN = `${TREE}/packages/attach/src/main.ts`;

/** Runs the program. Returns its exit status and its output on stdout and stderr. */
function run(...args: readonly string[]) {
	const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, MAIN, ...args], {
		env: {},
	});
	return { status: exitCode, out: stdout.toString(), err: stderr.toString() };
}

t.test("valid command lines", async (t) => {
	const web = { action: "attach", which: "web", detachKey: 0 };
	t.same(parse(["web"]), web);
	t.same(parse(["--", "web"]), web);
	t.same(parse(["4242"]), { ...web, which: "4242" });
	t.same(parse(["--detach-key=^A", "web"]), { ...web, detachKey: 1 });
	t.same(parse(["web", "--detach-key=^A"]), { ...web, detachKey: 1 });
	t.same(parse(["web", "-h"]), { action: "help" });
	t.same(parse(["--detach-key", "^]", "web"]), { ...web, detachKey: 29 });
	t.same(parse(["--detach-key=none", "web"]), { ...web, detachKey: null });
	t.same(parse(["--detach-key=^A", "--detach-key=^@", "web"]), web, "the last one counts");
	t.same(parse(["-h", "web"]), { action: "help" });
	t.same(parse(["--version"]), { action: "version" });
});

t.test("invalid command lines", async (t) => {
	const wrong: readonly (readonly [string, string])[] = [
		["", "PID\\|NAME: missing operand"],
		["web db", "db: extra operand"],
		["--frob web", "--frob: unknown option"],
		["--detach-key", "--detach-key: requires a value"],
		["--detach-key=x web", "--detach-key: 'x': not a control character or none"],
		["--help=x", "--help: does not take a value"],
	];
	for (const [line, message] of wrong) {
		const argv = line.split(" ").filter((word) => word !== "");
		t.throws(() => parse(argv), { name: "UsageError", message: new RegExp(`^${message}$`) }, line);
		const { status, out, err } = run(...argv);
		t.same([status, out], [125, ""], line);
		t.match(err, new RegExp(`^pflask-attach: ${message}\nhint: [^\n]+\n$`), line);
	}
});

t.test("help and version", async (t) => {
	const help = run("--help");
	t.same([help.status, help.err], [0, ""]);
	t.match(help.out, /^Usage: pflask-attach /);
	for (const line of help.out.split("\n")) t.ok(line.length <= 80, line);
	t.match(run("-V"), { status: 0, out: /^pflask-attach \d+\.\d+\.\d+\n$/, err: "" });
});

t.test("an unknown container", async (t) => {
	const { status, out, err } = run("no-such-container");
	t.same([status, out], [125, ""]);
	t.match(err, /^pflask-attach: [^\n]*no-such-container[^\n]*\n(hint: [^\n]+\n)?$/);
});

t.test("no file of the current directory runs", async (t) => {
	const cwd = t.testdir({
		"bunfig.toml": 'preload = ["./preload.ts"]\n',
		"preload.ts": 'console.log("preloaded");\n',
	});
	const env = { PATH: `${TREE}/scripts:/usr/bin:/bin` };
	const start = (...command: string[]) => Bun.spawnSync(command, { cwd, env }).stdout.toString();
	t.match(start("bun", "-p", "1"), /preloaded/, "Bun by itself would");
	t.match(start(MAIN, "--version"), /^pflask-attach/, "as an executable file");
});
