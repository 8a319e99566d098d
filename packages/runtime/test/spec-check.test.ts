// SPDX-License-Identifier: BSD-2-Clause
// A wrong key or type in a spec, or in the options of a start, is a PflaskError that names the key.
import t, { type Test } from "tap";
import { run, start } from "../src/container.ts";
import { attach, exec, kill, logs } from "../src/control.ts";
import { PflaskError } from "../src/error.ts";
import { plan } from "../src/plan.ts";
import { fieldTypes, type Spec } from "../src/spec.gen.ts";
import { checkSpec } from "../src/spec-check.ts";

function refuses(t: Test, act: () => unknown, message: string, hint?: string): void {
	try {
		act();
		t.fail(`${message}: accepted`);
	} catch (error) {
		if (!(error instanceof PflaskError)) throw error;
		t.equal(error.message, message);
		t.equal(error.code, "invalid", message);
		if (hint !== undefined) t.equal(error.hint, hint, message);
	}
}

t.test("an unknown key has a suggestion", async (t) => {
	const is = (key: string, hint: string) =>
		refuses(t, () => checkSpec({ [key]: 1 }), `${key}: no such key`, hint);
	is("comand", "command");
	is("cwd", "chdir");
	is("env", "setenv");
	is("rootfs", "chroot");
	is("mounts", "mount");
	is("hostName", "hostname");
	is("kill-after", "killAfter");
	is("user_map", "userMap");
	is("readonly", "readOnly");
	is("constructor", "");
	is("toString", "");
	refuses(t, () => checkSpec(JSON.parse('{"__proto__": 1}')), "__proto__: no such key", "");
	refuses(t, () => checkSpec({ "a\nb": 1 }), '"a\\nb": no such key', "");
	for (const name of Object.keys(fieldTypes())) is(`${name}x`, name);
});

t.test("a wrong type", async (t) => {
	const is = (spec: object, message: string, hint: string) =>
		refuses(t, () => checkSpec(spec), message, hint);
	is({ chroot: null }, "chroot: must be a string", '"chroot": "TEXT"');
	is({ user: 1000 }, "user: must be a string", '"user": "1000"');
	is({ mount: [5] }, "mount[0]: must be a string or an object", '"mount": ["TEXT"]');
	is({ mount: "tmp:/a" }, "mount: must be a list of strings or objects", '"mount": ["tmp:/a"]');
	is({ netif: ["host", []] }, "netif[1]: must be a string or an object", '"netif": ["TEXT"]');
	is({ netif: new Array(1) }, "netif[0]: must be a string or an object", '"netif": ["TEXT"]');
	is({ caps: [5] }, "caps[0]: must be a string", '"caps": ["TEXT"]');
	is({ command: [] }, "command: must not be empty", "leave command out for a login shell");
	is({ userns: "no" }, "userns: must be true or false", '"userns": false');
	is({ setenv: ["A=1"] }, "setenv: must be an object of strings", '"setenv": {"NAME":"VALUE"}');
	is({ setenv: { A: 1 } }, "setenv.A: must be a string", '"setenv": {"NAME":"VALUE"}');
	is({ setenv: { "a b": 1 } }, 'setenv["a b"]: must be a string', '"setenv": {"NAME":"VALUE"}');
	const rows = "rows: must be a whole number from 0 to 65535";
	for (const odd of [1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, "24", null, true, 2 ** 60])
		is({ rows: odd }, rows, '"rows": 24');
});

t.test("a wrong text", async (t) => {
	const is = (spec: object, message: string) => refuses(t, () => checkSpec(spec), message);
	is({ chroot: "a\0b" }, "chroot: must not contain a NUL");
	is({ command: ["a", "\0"] }, "command[1]: must not contain a NUL");
	is({ setenv: { A: "\0" } }, "setenv.A: must not contain a NUL");
	is({ setenv: { "A\0": "" } }, 'setenv["A\\u0000"]: must not contain a NUL');
	is({ setenv: { "": "x" } }, 'setenv[""]: invalid name of a variable');
	is({ setenv: { "A=B": "x" } }, 'setenv["A=B"]: invalid name of a variable');
	is({ user: "\ud800" }, "user: must not contain half of a surrogate pair");
	is({ user: "\udc7f" }, "user: must not contain half of a surrogate pair");
	t.doesNotThrow(() => checkSpec({ command: ["\udc80\udcff", "\u{1f600}"] }), "bytes, and a pair");
});

t.test("what is no spec at all", async (t) => {
	for (const odd of [undefined, null, "ls", ["ls"], 5, () => {}]) {
		refuses(t, () => plan(odd as unknown as Spec), "spec: must be an object");
		refuses(t, () => run(odd as unknown as Spec), "spec: must be an object");
		refuses(t, () => start(odd as unknown as Spec), "spec: must be an object");
	}
});

t.test("unknown options", async (t) => {
	const spec: Spec = { command: ["true"] };
	const is = (act: (options: object) => unknown, key: string, hint: string) =>
		refuses(t, () => act({ [key]: 1 }), `options: ${key}: no such key`, hint);
	is((options) => run(spec, options), "stdOut", "stdout");
	is((options) => start(spec, options), "forground", "foreground");
	is((options) => exec("none", spec, options), "cwd", "chdir, in the spec");
	is((options) => kill("none", options), "signl", "signal");
	is((options) => attach("none", options), "detachkey", "detachKey");
	is((options) => logs("none", options), "folow", "follow");
	refuses(t, () => run(spec, null as unknown as object), "options: must be an object");
});

t.test("descriptors and signals", async (t) => {
	const spec: Spec = { command: ["true"] };
	for (const odd of ["pipe", -1, 1.5, {}]) {
		const fd = odd as unknown as number;
		const message = "stdout: must be the number of a descriptor, or null";
		refuses(t, () => run(spec, { stdout: fd }), message);
		refuses(t, () => start(spec, { stdout: fd }), message);
	}
	const none = "signal: 'SIGNONE': no such signal";
	refuses(t, () => kill("no-such-container", { signal: "SIGNONE" }), none, "SIGTERM");
	refuses(t, () => kill("no-such-container", { signal: 99 }), "signal: 99: no such signal");
	t.throws(() => kill("no-such-container", { signal: "TERM" }), {
		code: "invalid",
		field: "which",
	});
});
