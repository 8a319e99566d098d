// SPDX-License-Identifier: BSD-2-Clause
// --spec reads the fields of a container from a JSON file, and options override the file.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { anyone, type Box, live } from "../lib/live.ts";
import { PFLASK, TREE } from "../lib/paths.ts";
import type { RunOptions } from "../lib/run.ts";

type Text = string | Uint8Array;

/** Writes a spec file, and returns its name. The tests run in the directory of the file. */
function write(box: Box, contents: object | Text): string {
	const isText = typeof contents === "string" || contents instanceof Uint8Array;
	writeFileSync(`${box.dir}/web.json`, isText ? contents : JSON.stringify(contents));
	return "web.json";
}

function run(box: Box, contents: object | Text, args: readonly string[], options?: RunOptions) {
	return box.run([`--spec=${write(box, contents)}`, ...args], { cwd: box.dir, ...options });
}

/** Returns the operations of a file and options. */
async function planned(box: Box, spec: object, ...args: string[]) {
	const { status, out, err } = await run(box, spec, ["--dry-run", "--json", ...args]);
	if (status !== 0) throw new Error(err);
	const { operations } = JSON.parse(out) as { operations: Record<string, unknown>[] };
	return (op: string) => operations.filter((one) => one.op === op);
}

live("the example of pflask(1)", async (t, box) => {
	const [, page = ""] = readFileSync(`${TREE}/packages/cli/man/pflask.1`, "utf8").split(
		"\n.Sh SPEC FILES\n",
	);
	const [file = "", shown = ""] = [...page.matchAll(/^\.Bd -literal.*\n([^]*?)^\.Ed$/gm)].map(
		([, text]) => text ?? "",
	);
	write(box, file);
	const outputs = [];
	for (const line of shown.trimEnd().split("\n")) {
		t.match(line, /^\$ pflask /);
		const { status, out, err } = await box.run(line.split(" ").slice(2), { cwd: box.dir });
		t.same([status, err], [0, ""], line);
		outputs.push(out);
	}
	t.same(outputs, ["hello from web\n", "bye from web\n", "web\n"]);
});

live("a file can come from a pipe", async (t, box) => {
	const input = JSON.stringify({ command: ["sh", "-c", "cat; echo $0", "end"] });
	const piped = await box.run(["--spec=-"], { stdin: input });
	t.same([piped.status, piped.out, piped.err], [0, "end\n", ""]);
	const broken = await box.run(["--spec", "-"], { stdin: "{" });
	t.equal(broken.status, 125);
	t.match(
		broken.err,
		"pflask: --spec: standard input:1:2: expected a key in double quotes, not the",
	);
});

live("bytes that are not UTF-8 reach the command", async (t, box) => {
	const { stdout } = await run(box, '{"command": ["printf", "%s", "a\\udcff\\u00e9"]}', []);
	t.same(Buffer.from(stdout).toString("hex"), "61ffc3a9");
});

anyone("a value of an option replaces that of the file", async (t, box) => {
	const spec = { command: ["a", "b"], hostname: "file", chdir: "/", openFiles: 7, ipcns: false };
	const of = await planned(box, spec, "--hostname=option", "--", "c");
	t.match(of("hostname"), [{ name: "option" }]);
	t.match(of("exec"), [{ argv: ["c"], field: "command" }]);
	t.match(of("chdir"), [{ path: "/" }]);
	t.match(of("open_files"), [{ soft: 7 }]);
	t.notMatch(JSON.stringify(of("clone")), '"ipc"');
	t.match((await planned(box, spec))("exec"), [{ argv: ["a", "b"] }]);
	t.equal((await planned(box, {}))("login").length, 1, "no command: a login shell");
});

anyone("a value of a list comes after those of the file", async (t, box) => {
	const spec = {
		mount: ["tmp:/mnt"],
		setenv: { A: "1", B: "2" },
		caps: ["-all"],
		rlimit: ["core=0"],
	};
	const args = ["-mtmp:/media", "-sB=3,C=4", "--caps=+chown", "--rlimit=nofile=9", "--clearenv"];
	const of = await planned(box, spec, ...args, "--", "x");
	const targets = of("mount").flatMap(({ target, field }) => (field === "mount" ? [target] : []));
	t.same(targets, ["/mnt", "/media"]);
	t.match(JSON.stringify(of("environ")), /"A=1","B=3","C=4"|"A=1".*"B=3".*"C=4"/);
	t.match(of("bounding"), [{ caps: { all: false, only: ["chown"] } }]);
	t.match(of("rlimit"), [{ resource: { name: "core" } }, { resource: { name: "nofile" } }]);
});

anyone("paths are relative to the working directory", async (t, box) => {
	mkdirSync(`${box.dir}/sub`);
	mkdirSync(`${box.dir}/sub/data`);
	write(box, { command: ["x"], mount: ["bind:data:/mnt"] });
	const { status, out, err } = await box.run(["--dry-run", "--spec=../web.json"], {
		cwd: `${box.dir}/sub`,
	});
	t.same([status, err], [0, ""]);
	t.match(out, new RegExp(` source +\\d+ ${box.dir}/sub/data\n`));
});

/** Files with a mistake: the error after "pflask: --spec: web.json", and the hint. */
const MISTAKES: readonly (readonly [object | Text, string, string?])[] = [
	[{ comand: ["id"] }, ": comand: no such key", "command"],
	[{ netif: ["host", 5] }, ": netif[1]: must be a string or an object", '"netif": ["TEXT"]'],
	[{ setenv: { A: null } }, ": setenv.A: must be a string", '"setenv": {"NAME":"VALUE"}'],
	[{ command: [] }, ": command: must not be empty", "leave command out for a login shell"],
	['{"rows": 1e400}', ": rows: must be a whole number from 0 to 65535", '"rows": 24'],
	['{"rows": 1.5}', ": rows: must be a whole number from 0 to 65535", '"rows": 24'],
	['{"__proto__": {}}', ": __proto__: no such key", "man pflask"],
	['{"user": "a\\u0000b"}', ": user: must not contain a NUL", "man pflask"],
	['{"user": "\\ud800"}', ": user: must not contain half of a surrogate pair", "man pflask"],
	['{"user": "a",\n "user": "b"}', ':2:2: the key "user" occurs twice', "man pflask"],
	['{"user": "a", // x\n}', ':1:15: expected a key in double quotes, not "/"', "man pflask"],
	['{"user": "a",\n}', ':2:1: expected a key in double quotes, not "}"', "man pflask"],
	["[".repeat(1 << 19), ":1:34: nested too deeply", "man pflask"],
	["[]", ": spec: must be an object", '{ "command": ["id"] }'],
	["", ":1:1: expected a value, not the end", "man pflask"],
	[Buffer.from('{\n"a\xff', "latin1"), ":2:3: not UTF-8", "man pflask"],
	["x".repeat((1 << 20) + 1), ": larger than 1048576 bytes"],
	[{ chroot: "/no/such/root" }, ": chroot: /no/such/root: No such file or directory"],
	[{ rows: 70000, terminal: true }, ": rows: 70000: must be at most 65535"],
	[
		{ hostname: "x", utsns: false },
		": hostname: x: requires a uts namespace",
		'leave out "utsns": false',
	],
	[{ seccomp: "x.json" }, ": seccomp: x.json: not default, off or fd:NUMBER", "--seccomp=default"],
	[{ user: "no\nsuch" }, ": user: no\\x0asuch: no such user on this system"],
];

anyone("a mistake in a file is one line with the place", async (t, box) => {
	for (const [contents, message, hint] of MISTAKES) {
		const { status, out, err } = await run(box, contents, ["--dry-run"]);
		const [first, second, ...rest] = err.split("\n");
		t.same([status, out], [125, ""], message);
		t.equal(first, `pflask: --spec: web.json${message}`);
		if (hint !== undefined) t.equal(second, `hint: ${hint}`, message);
		t.ok(rest.length <= 1, `${message}: no more lines`);
	}
});

anyone("a file that cannot be read", async (t, box) => {
	const is = async (file: string, message: string) => {
		const { status, err } = await box.run([`--spec=${file}`, "--", "id"], { cwd: box.dir });
		t.equal(status, 125);
		t.equal(err.split("\n")[0], `pflask: --spec: ${message}`);
	};
	await is("none", "none: No such file or directory");
	await is(".", ".: Is a directory");
	await is("/dev/zero", "/dev/zero: larger than 1048576 bytes");
	await is("/dev/null", "/dev/null:1:1: expected a value, not the end");
	await is("a\nb", "a\\x0ab: No such file or directory");
	await is("", "the value is empty");
	for (const redirection of ["<&-", "0>/dev/null"]) {
		const { err } = await box.run(["-c", `"$0" --spec=- -- id ${redirection}`, PFLASK], {
			program: "sh",
		});
		t.equal(err, "pflask: --spec: standard input: Bad file descriptor\n", redirection);
	}
});

live("the time grows in proportion to the number of variables", async (t, box) => {
	const seconds = async (count: number) => {
		const entries = Array.from({ length: count }, (_, at) => [`V${at}`, ""]);
		write(box, { command: ["true"], setenv: { ...Object.fromEntries(entries), V0: "a" } });
		const script = 'TIMEFORMAT=%U; time "$0" --spec=web.json';
		const timed = { program: "bash", cwd: box.dir };
		const { status, err } = await box.run(["-c", script, PFLASK], timed);
		t.equal(status, 0, err);
		return Number(err);
	};
	const few = await seconds(7_000);
	t.ok((await seconds(70_000)) < 20 * few, "ten times as many variables");
});

anyone("an action on a container takes no file", async (t, box) => {
	write(box, {});
	for (const action of ["--exec=x", "--list", "--attach=x", "--kill", "--logs=x", "--wait=x"]) {
		const { status, err } = await box.run([action, "--spec=web.json"], { cwd: box.dir });
		const [name] = action.split("=");
		t.equal(status, 125);
		t.equal(err, `pflask: --spec: contradicts ${name}\nhint: leave one of them out\n`);
	}
});

live("an error of the start names the field of the file", async (t, box) => {
	const missing = await run(box, { command: ["no-such-command"] }, []);
	t.equal(missing.status, 127);
	t.match(missing.err, /^pflask: --spec: web.json: command: no-such-command: command not found\n/);
	const event = await run(box, { chroot: "/no/such" }, ["--status-fd=1"]);
	const { option, field, code } = JSON.parse(event.out);
	t.same(
		{ option, field, code },
		{ option: "--spec: web.json: chroot", field: "chroot", code: "invalid" },
	);
});

t.end();
