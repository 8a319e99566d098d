// SPDX-License-Identifier: BSD-2-Clause
// Every mistake in the options of spawn(), run() and runSync() is a PflaskError that names the key
// and has a hint. No container starts after a mistake.
import t from "tap";
import { PflaskError, plan, run, runSync, spawn } from "../src/index.ts";

const spec = { command: ["true"] };

/** The message and the hint of the error that the options cause. */
function mistake(act: () => unknown): [string, string] {
	try {
		act();
	} catch (error) {
		if (!(error instanceof PflaskError)) throw error;
		return [error.message, error.hint];
	}
	return ["accepted", ""];
}

t.test("spawn()", async (t) => {
	const is = (options: unknown, message: string, hint: string) =>
		t.same(
			mistake(() => spawn(spec, options as object)),
			[message, hint],
		);
	const output = 'must be "pipe", "inherit", "ignore" or the number of a descriptor';
	is({ stdout: "pip" }, `stdout: ${output}`, 'stdout: "pipe"');
	is({ stderr: "inherited" }, `stderr: ${output}`, 'stderr: "inherit"');
	is({ stdout: null }, `stdout: ${output}`, 'stdout: "ignore"');
	is({ stdout: -1 }, `stdout: ${output}`, 'stdout: "pipe"');
	const [message, hint] = mistake(() => spawn(spec, { stdin: "hello" } as object));
	t.match(message, /^stdin: must be .*, a Blob,/);
	t.equal(hint, "stdin: new TextEncoder().encode(text)");
	is({ timeout: "5s" }, "timeout: must be a whole number of milliseconds", "timeout: 5000");
	is({ timeout: 1.5 }, "timeout: must be a whole number of milliseconds", "timeout: 5000");
	is({ maxBuffer: "1M" }, "maxBuffer: must be a whole number", "maxBuffer: 1048576");
	is({ signal: "SIGINT" }, "signal: must be an AbortSignal", 'killSignal: "SIGINT"');
	is({ killSignal: "SIGTRM" }, "signal: 'SIGTRM': no such signal", "SIGTERM");
	is({ killSignal: "SIGUSER1" }, "signal: 'SIGUSER1': no such signal", "SIGUSR1");
	is({ onExit: 5 }, "onExit: must be a function", "");
	is({ stdOut: "pipe" }, "options: stdOut: no such key", "stdout");
	is({ cwd: "/" }, "options: cwd: no such key", "chdir, in the spec");
	is({ env: {} }, "options: env: no such key", "setenv, in the spec");
	is({ terminal: true }, "terminal: must be an object", "terminal: {}");
	is({ terminal: { colls: 80 } }, "terminal: colls: no such key", "cols");
	is(
		{ terminal: { cols: "80" } },
		"terminal.cols: must be a whole number",
		"terminal: { cols: 80 }",
	);
	is({ terminal: {}, stdout: "pipe" }, "stdout: contradicts terminal", "leave out stdout");
	is(null, "options: must be an object", "");
});

t.test("the spec", async (t) => {
	const is = (wrong: unknown, message: string, hint: string) => {
		t.same(
			mistake(() => spawn(wrong as object)),
			[message, hint],
		);
		t.same(
			mistake(() => runSync(wrong as object)),
			[message, hint],
		);
	};
	is({ comand: ["ls"] }, "comand: no such key", "command");
	is({ command: "ls" }, "command: must be a list of strings", '"command": ["ls"]');
	is({ command: [] }, "command: must not be empty", "leave command out for a login shell");
	is({ ...spec, cwd: "/" }, "cwd: no such key", "chdir");
	is({ ...spec, env: {} }, "env: no such key", "setenv");
	is({ ...spec, stdin: "pipe" }, "stdin: no such key", "stdin, in the options");
	is({ ...spec, chroot: null }, "chroot: must be a string", '"chroot": "TEXT"');
	is({ ...spec, mount: [5] }, "mount[0]: must be a string or an object", '"mount": ["TEXT"]');
	is({ ...spec, detach: true }, "detach: spawn() and run() start no detached container", "");
	is({ ...spec, files: [] }, "files: must be an object", 'files: { "/etc/motd": "hello\\n" }');
	is({ ...spec, files: { "etc/x": "" } }, 'files["etc/x"]: must be an absolute path', '"/etc/x"');
	const odd = { "/x": 5 };
	is({ ...spec, files: odd }, 'files["/x"]: must be a string, a Uint8Array or a Blob', "");
	is(null, "spec: must be an object", '{ "command": ["id"] }');
	is("ls", "spec: must be an object", '{ "command": ["id"] }');
});

t.test("run() and runSync()", async (t) => {
	const message = "stdout: run() collects the output";
	await t.rejects(run(spec, { stdout: "pipe" } as object), { message });
	await t.rejects(run(spec, { terminal: {} } as object), { field: "terminal" } as never);
	const sync = (options: object) => mistake(() => runSync(spec, options))[0];
	t.equal(sync({ signal: AbortSignal.timeout(1) }), "options: signal: no such key");
	t.match(sync({ stdin: new Blob(["x"]) }), /^stdin: runSync\(\) blocks the thread/);
	const files = { "/x": new Blob(["x"]) };
	t.match(mistake(() => runSync({ ...spec, files }))[0], /^files: runSync\(\) blocks/);
});

t.test("plan() has typed operations", async (t) => {
	const made = plan({ ...spec, mount: [{ type: "tmp", dest: "/x" }], files: { "/y": "z" } });
	const targets = made.operations.map((one) => (one.op === "mount" ? one.target : one.op));
	t.ok(targets.includes("/x") && targets.includes("file"), `${targets}`);
	t.match(`${made}`, /tmpfs \/x/);
});
