// SPDX-License-Identifier: BSD-2-Clause
// The table of options and the texts from the table are consistent.
import t from "tap";
import { version } from "../package.json" with { type: "json" };
import { helpText, versionText } from "../src/help.ts";
import { GROUPS, OPTIONS, type Option } from "../src/options.ts";
import { parse } from "../src/parse.ts";

const options = Object.entries<Option>(OPTIONS);

t.test("short options are unique", async (t) => {
	const letters = options.flatMap(([, { short = [] }]) => short);
	t.same(letters, [...new Set(letters)]);
	t.same(
		letters.filter((letter) => !/^[A-Za-z]$/.test(letter)),
		[],
	);
});

t.test("an option has a name for its value only if it takes a value", async (t) => {
	for (const [name, { argument, value }] of options)
		if (argument !== "optional") t.equal(value !== undefined, argument === "required", name);
});

t.test("help shows every option in its group", async (t) => {
	const help = helpText();
	for (const [name, { short, argument, value, group, help: text, rare }] of options) {
		if (rare) t.notMatch(help, `--${name}`, "only the manual has a rare option");
		if (rare) continue;
		const { title, brief } = GROUPS[group];
		const [, section = ""] = help.split(`${title}\n`);
		const [body = ""] = section.split(/^\S/m);
		const named = new RegExp(`^.*${short ? `-${short}, ` : ""}--${name}(\\[?=|\\s|$).*$`, "m");
		t.match(body, named, `--${name} is in ${group}`);
		const line = named.exec(body)?.[0] ?? "";
		if (!brief) t.ok(line.endsWith(text), `--${name} says what it does`);
		const shown = argument === "optional" ? `--${name}[=${value}]` : `--${name}=${value}`;
		if (value !== undefined) t.ok(line.includes(shown), shown);
	}
});

t.test("help fits a screen", async (t) => {
	const lines = helpText().split("\n");
	t.equal(lines.pop(), "", "the last line ends");
	t.ok(lines.length <= 78, `${lines.length} lines`);
	t.same(
		lines.filter((line) => line.length > 80 || line !== line.trimEnd()),
		[],
	);
});

t.test("--version prints the version of the package", async (t) => {
	t.equal(versionText(), `pflask ${version}\n`);
});

t.test("repeated options become one value", async (t) => {
	const { values, operands, error } = parse([
		"-kr/a",
		"--chroot=/b",
		"-sA=1",
		"--setenv",
		"B=2",
		"-n",
		"x",
		"-k",
	]);
	t.equal(error, undefined);
	t.same(values, { keepenv: true, chroot: "/b", setenv: ["A=1", "B=2"], netif: [true] });
	t.same(operands, ["x", "-k"]);
	t.same(parse(["-nx"]).values, { netif: ["x"] }, "an optional value");
	t.same(parse(["--netif="]).values, { netif: [""] }, "an empty one");
	t.same(parse(["-n", "-na", "-nb"]).values, { netif: [true, "a", "b"] }, "several");
});

t.test("the options before a mistake are kept", async (t) => {
	const { values, error } = parse(["--status-fd=3", "--keepenv=no", "--help"]);
	t.same(values, { "status-fd": "3" });
	t.match(error, { message: "--keepenv: does not take a value" });
});
