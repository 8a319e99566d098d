// SPDX-License-Identifier: BSD-2-Clause
// A spec becomes a plan without any privilege.
import t from "tap";
import { mountField } from "../src/kinds.ts";
import { isPlan, plan, planHandle } from "../src/plan.ts";
import type { Spec } from "../src/spec.gen.ts";

/** Returns the text of a spec's plan. */
function text(spec: Spec): string {
	using made = plan(spec);
	return made.text;
}

function lines(spec: Spec, operation: string): string[] {
	return text(spec)
		.split("\n")
		.filter((line) => line.includes(` ${operation} `));
}

t.test("a plan is text, and freed once", async (t) => {
	const made = plan({ command: ["id", "-u"] });
	t.match(made.text, /exec +id id -u\n/);
	t.ok(isPlan(made));
	t.ok(planHandle(made));
	made[Symbol.dispose]();
	made[Symbol.dispose]();
	t.ok(isPlan(made), "it stays one");
	const freed = { code: "invalid", message: "plan: already freed" };
	t.throws(() => made.text, freed);
	t.throws(() => planHandle(made), freed);
	t.notOk(isPlan({ command: ["id"] }));
});

t.test("a plan is data", async (t) => {
	using made = plan({ command: ["id", "-u"], mount: ["tmp:/a"], chdir: "/tmp" });
	const targets = made.operations.map((one) => (one.op === "mount" ? one.target : ""));
	t.ok(targets.includes("/a"), "op selects the type");
	const [mount] = made.operations.filter((one) => one.field === "mount");
	t.match(mount, { op: "mount", by: "init", type: "tmpfs", target: "/a", options: /mode=/ });
	const exec = { op: "exec", by: "init", field: "command", path: "id", argv: ["id", "-u"] };
	t.same(made.operations.at(-1), exec);
	t.equal(made.operations, made.operations, "it is made once");
	t.same(JSON.parse(made.json), { version: 1, operations: made.operations });
	t.equal(made.operations.length, made.text.trimEnd().split("\n").length);
});

t.test("values of all types are passed on", async (t) => {
	t.match(lines({ command: ["x"], setenv: { A: "1", B: "" } }, "environ")[0], / A=1 B= ?/);
	t.match(lines({ command: ["x"], hostname: "h" }, "hostname")[0], / h$/);
	t.match(lines({ command: ["x"], openFiles: 77 }, "open_files")[0], / 77$/);
	t.same(lines({ command: ["x"], openFiles: 0 }, "open_files"), [], "0 leaves it");
	t.equal(lines({ command: ["x"] }, "open_files").length, 1, "the caller's parent's");
	const mounts = lines({ command: ["x"], mount: ["tmp:/proc", "tmp:/sys"] }, "mount");
	t.match(mounts.slice(-2).join(), /tmpfs \/proc .*tmpfs \/sys /, "a list in its order");
	t.match(lines({ command: ["x"], ipcns: false }, "clone")[0], /^(?!.*\bipc\b)/);
	t.match(lines({ command: ["x"] }, "clone")[0], /\bipc\b/);
});

t.test("arguments are bytes", async (t) => {
	t.match(text({ command: ["x", "\udcff", "é"] }), "exec        x x $'\\xff' 'é'\n");
	t.not(text({ command: ["x", "\udcff"] }), text({ command: ["x", "\udcfe"] }));
});

t.test("errors name the wrong field", async (t) => {
	const refuses = (spec: object, field: string, message: string | RegExp) =>
		t.throws(() => plan(spec), { name: "PflaskError", code: "invalid", field, message });
	refuses({ nonesuch: "x" }, "nonesuch", "nonesuch: no such key");
	refuses({ rows: 99999 }, "rows", /99999: must be/);
	refuses({ chroot: "/no/such/root" }, "chroot", /No such file or directory$/);
});

t.test("an undefined field is left out", async (t) => {
	const spec = { command: ["x"], chroot: undefined } as unknown as Spec;
	t.equal(text(spec), text({ command: ["x"] }));
});

t.test("a colon in a path does not separate fields of a mount", async (t) => {
	t.equal(mountField("/a:b\\:"), "/a\\:b\\\\:");
	const [mount] = lines(
		{ command: ["x"], mount: [`tmp:${mountField("/tmp/a:b")}`] },
		"mount",
	).slice(-1);
	t.match(mount, /tmpfs \/tmp\/a:b /);
});
