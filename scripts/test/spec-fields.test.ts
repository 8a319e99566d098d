// SPDX-License-Identifier: BSD-2-Clause
// The scripts read the table of a spec's fields by the rules of C, and the documents contain the
// numbers of the table.
import { readFileSync } from "node:fs";
import t from "tap";
import { OPTIONS } from "../../packages/cli/src/options.ts";
import { signalName } from "../../packages/runtime/src/signal.ts";
import { DEFAULTS } from "../../packages/runtime/src/spec.gen.ts";
import { parseFields, readFields, TABLE } from "../spec-fields.ts";

function read(path: string): string {
	return readFileSync(`${import.meta.dir}/../../${path}`, "utf8");
}

t.test("every row is a field", async (t) => {
	const rows = [...read(TABLE).matchAll(/^PF_[A-Z]+\((\w+),/gm)].map(([, name]) => name);
	t.ok(rows.length > 30, "there are rows");
	t.same(
		readFields().map(({ name }) => name),
		rows,
	);
});

t.test("a row has the arguments of its macro", async (t) => {
	t.same(parseFields('/* PF_NO(x) */\n#define PF_X(y)\nPF_LIST(a, "One. "\n\t"Two.")\n'), [
		{ name: "a", kind: "list", text: "One. Two." },
	]);
	t.same(parseFields('PF_WORD(a, 7, "^x+$", "One (1).")'), [
		{ name: "a", kind: "word", text: "One (1).", most: 7, pattern: "^x+$" },
	]);
	t.same(parseFields('PF_FLAG(a, PF_YES, "Whether.")'), [
		{ name: "a", kind: "flag", text: "Whether. Default: yes.", standard: true },
	]);
	const number = { standard: 5, isPlain: false, least: 1, most: 9 };
	t.same(parseFields('PF_NUMBER(a, 0, 5, 1, 9, "ms", "One. Default: {default}.")'), [
		{ name: "a", kind: "number", text: "One. Default: 5.", ...number },
	]);
});

t.test("a malformed row is an error", async (t) => {
	for (const row of [
		'PF_STRING(a, "One.");',
		'PF_STRING(a, 1 << 2, "One.")',
		'PF_STRING(a, "\\x41.")',
		'PF_STRING(a, "one")',
		'PF_STRING(a, 1, "One.")',
		'PF_NONE(a, "One.")',
		'PF_FLAG(a, PF_AUTO, "Whether.")',
		'PF_NUMBER(a, 0, 5, 1, 9, "", "One. Default: 5.")',
	])
		t.throws(() => parseFields(row), new RegExp(TABLE), row);
});

t.test("the documents have the defaults and limits of the table", async (t) => {
	const fields = new Map(readFields().map((field) => [field.name, field]));
	const most = (name: string) => fields.get(name)?.most ?? 0;
	const { rows, cols, killAfter, scrollback } = DEFAULTS;
	const halt = signalName(DEFAULTS.killSignal);
	const shortHalt = halt.replace("SIG", "");
	const grace = `${killAfter / 1000} seconds`;
	const kept = scrollback / 1024;
	const size = `${rows} x ${cols}`;
	const options = "packages/cli/man/options.mdoc";
	for (const [path, text] of [
		["README.md", `kills the container after ${grace}`],
		["packages/attach/README.md", `KILL after ${grace}`],
		[options, `The default is ${shortHalt},`],
		[options, `kills a container ${grace} after the signal of`],
		[options, `SIGKILL after .Fl -kill-after (${grace});`],
		[options, `a terminal of ${size} until`],
		[options, `1 to ${most("name")} characters`],
		[options, `The default is ${kept}K; at most ${most("scrollback") >> 20}M`],
	] as const)
		t.ok(read(path).replace(/\s+/g, " ").includes(text), `${path}: ${text}`);
	const list = read("docs/list.schema.json");
	t.ok(list.includes(`"maxLength": ${most("name")},`), "the longest name");
	t.ok(list.includes(`"pattern": "${fields.get("name")?.pattern}"`), "the pattern of names");
	t.match(
		read("core-c/defs/abi.txt"),
		new RegExp(`^record.name \\d+ char\\[${most("name") + 1}\\]$`, "m"),
	);
	t.match(fields.get("killSignal")?.text, `${DEFAULTS.killSignal}, which is ${halt},`);
	t.match(OPTIONS["kill-signal"].help, `(init: ${shortHalt})`);
	t.match(OPTIONS.scrollback.help, `(${kept}K)`);
});
