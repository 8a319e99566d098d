// SPDX-License-Identifier: BSD-2-Clause
// The tables of mounts and network interfaces are consistent, and the documents agree with them.
import { readFileSync } from "node:fs";
import t from "tap";
import {
	listOf,
	mountOptions,
	mounts,
	netifOptions,
	netifs,
	type Option,
	placeholders,
} from "../spec-kinds.ts";

const root = `${import.meta.dir}/../..`;
const PAGE = "packages/cli/man/pflask.1";

function read(path: string): string {
	return readFileSync(`${root}/${path}`, "utf8");
}

/** Returns a part of a text: from a heading up to the next heading. */
function section(text: string, heading: string, next: string): string {
	const [, after = ""] = text.split(heading);
	return after.split(next)[0] ?? "";
}

t.test("the letters of a type are the fields of its shape", async (t) => {
	const letters: Readonly<Record<string, string>> = { DEST: "d", WORK: "w", MODE: "m" };
	t.ok(mounts().length > 5, "there are types");
	for (const { name, fields, shape } of mounts()) {
		const [first, ...words] = shape
			.replace("[:OPTIONS]", "")
			.replace(/\[(.*)\]$/, "$1")
			.split(":");
		t.equal(first, name);
		t.equal(words.map((word) => letters[word] ?? "s").join(""), fields, shape);
	}
});

t.test("the letters of a kind are the fields of its shape", async (t) => {
	t.ok(netifs().length > 5, "there are kinds");
	for (const { name, fields, shape, modes } of netifs()) {
		const words: readonly string[] = shape.replace(/\[.*\]$/, "").match(/[A-Z]+/g) ?? [];
		const letters = words.map((word, index) => (word === "PATH" ? "p" : "on"[index]));
		t.equal(letters.join(""), fields, shape);
		t.ok(shape.startsWith(name), shape);
		t.equal(shape.includes("[:MODE]"), modes.length > 0, shape);
	}
});

t.test("an option lists the kinds that have it, unless all kinds have it", async (t) => {
	const find = (options: readonly Option[], shape: string) =>
		options.find((option) => option.shape === shape)?.kinds;
	t.same(find(mountOptions(), "ro"), []);
	t.same(find(mountOptions(), "idmap"), ["bind", "bind-ro"]);
	t.same(find(mountOptions(), "size=SIZE"), ["tmp"]);
	t.same(find(netifOptions(), "addr=ADDRESS/PREFIX"), []);
	t.same(find(netifOptions(), "mac=ADDRESS"), ["DEV:NAME", "macvlan", "veth"]);
	t.same(find(netifOptions(), "tcp=PORTS"), ["pasta"]);
	t.match(placeholders().netifModes, "MODE of ipvlan is l3 (the default), l2 or l3s");
	t.equal(listOf(["a, b", "c", "d"], "or"), "a, b, c or d");
});

t.test("pflask(1) has an item for each type and kind", async (t) => {
	const page = read(PAGE);
	for (const [part, kinds] of [
		["mount", mounts()],
		["netif", netifs()],
	] as const)
		t.same(
			[...page.matchAll(new RegExp(`^@${part} (.*)$`, "gm"))].map(([, name]) => name),
			kinds.map(({ name }) => name),
		);
});

t.test("pflask(1) has every option of mounts and interfaces", async (t) => {
	const page = read(PAGE).replace(/^\.Cm |(?<= )Cm |\bNs | ?\bAr /gm, "");
	for (const [heading, options] of [
		["MOUNTS", mountOptions()],
		["NETWORKING", netifOptions()],
	] as const) {
		const words = section(page, `.Sh ${heading}`, ".Sh ").split(/[\s,]+/);
		const text = words.join(" ").replaceAll(" =", "=");
		for (const { shape } of options)
			t.ok(text.includes(shape.replace(/=.*/, "=")), `${PAGE}: ${shape}`);
	}
});
