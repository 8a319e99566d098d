// SPDX-License-Identifier: BSD-2-Clause
// Makes the manual pages, in mdoc(7), below a directory:
//	scripts/bun scripts/manuals.ts DIRECTORY
// Replaces the lines "@options", "@functions" and "@fields" by texts made from the option table,
// the headers and the table of a spec's fields. "@functions trial" and the like come from
// pflask/trial.h. Replaces "@mount TYPE" and "@netif KIND" by texts
// from the tables of mounts and interfaces. All other lines of a page are written by hand. The page
// of each function of the library comes from the headers alone.
import { basename } from "node:path";
import { GROUPS, OPTIONS, type Option } from "../packages/cli/src/options.ts";
import { version } from "../packages/command/package.json" with { type: "json" };
import { readHeaders, readTrialHeader } from "./header.ts";
import { functionPages, functions, synopsis, types } from "./manual-header.ts";
import { prose, quote, sentence } from "./mdoc.ts";
import { type Field, readFields, valuesOf } from "./spec-fields.ts";
import { type Kind, limits, mounts, netifs } from "./spec-kinds.ts";

const ROOT = `${import.meta.dir}/..`;
const PAGES = [
	"packages/cli/man/pflask.1",
	"packages/attach/man/pflask-attach.1",
	"packages/userns/man/pflask-userns.1",
];
const LIBRARY = "core-c/man/libpflask.3";
const TRIAL_LIBRARY = "core-c/man/libpflask-trial.3";

/** Reads the additions to the help texts of options. */
async function readDetails(): Promise<ReadonlyMap<string, string>> {
	const [, ...blocks] = (await read("packages/cli/man/options.mdoc")).split(/^@/m);
	const details = new Map(
		blocks.map((block) => {
			const end = block.indexOf("\n");
			return [block.slice(0, end), block.slice(end + 1).trimEnd()];
		}),
	);
	const unknown = [...details.keys()].filter((name) => !Object.hasOwn(OPTIONS, name));
	if (unknown.length > 0) throw new Error(`options.mdoc: no such option: ${unknown.join(", ")}`);
	return details;
}

/** Returns the options in the groups and the order of --help. */
function optionsText(details: ReadonlyMap<string, string>): string {
	const groups = Object.entries(GROUPS).flatMap(([group, { title }]) => [
		`.Ss ${title.replace(/:$/, "")}`,
		".Bl -tag -width Ds",
		...Object.entries<Option>(OPTIONS)
			.filter(([, option]) => option.group === group)
			.flatMap(([name, option]) => [
				itemOf(name, option),
				(details.get(name) ?? sentence(option.help)).replace('.\\" limits', limitsText()),
			]),
		".El",
	]);
	return groups.join("\n");
}

function itemOf(name: string, { short, argument, value }: Option): string {
	const letter = short === undefined ? "" : `Fl ${short} , `;
	const argumentText = value === undefined ? "" : `= Ns Ar ${quote(value)}`;
	const attached = argument === "optional" ? ` Ns Oo ${argumentText} Oc` : ` Ns ${argumentText}`;
	return `.It ${letter}Fl -${quote(name)}${argumentText === "" ? "" : attached}`;
}

/** Returns the list of limits, for the line `.\" limits`. */
function limitsText(): string {
	return [".Bl -tag -width Ds", ...limits().map(itemText), ".El"].join("\n");
}

function fieldsText(fields: readonly Field[]): string {
	return fields
		.map((field) => `.It Cm ${field.name} Pq ${quote(valuesOf(field))}\n${prose(field.text)}`)
		.join("\n");
}

/** Returns the texts for "@mount TYPE" and "@netif KIND", by "mount TYPE" and so on. */
function kindParts(): Readonly<Record<string, string>> {
	const parts = (part: string, kinds: readonly Kind[]) =>
		kinds.map((kind) => [`${part} ${kind.name}`, itemText(kind)] as const);
	return Object.fromEntries([...parts("mount", mounts()), ...parts("netif", netifs())]);
}

/** Returns an item of a list: the shape, and the meaning of the shape. */
function itemText({ shape, text }: Pick<Kind, "shape" | "text">): string {
	const plain = text.replaceAll("`", "");
	return `.It ${marked(shape)}\n${prose(`${plain.charAt(0).toUpperCase()}${plain.slice(1)}.`)}`;
}

/** Marks up a shape. Words in lower case are literal; words in upper case stand for values. */
function marked(shape: string): string {
	return (shape.match(/[a-z][a-z-]*|[A-Z]+|./g) ?? [])
		.map((token) => {
			if (token === "[") return "Oo";
			if (token === "]") return "Oc";
			if (/^[a-z]/.test(token)) return `Cm ${token}`;
			return /^[A-Z]/.test(token) ? `Ar ${token}` : `\\&${token}`;
		})
		.join(" Ns ")
		.replaceAll("Oo Ns", "Oo")
		.replaceAll("Ns Oc", "Oc");
}

function read(path: string): Promise<string> {
	return Bun.file(`${ROOT}/${path}`).text();
}

/** Replaces the lines "@NAME" and "@NAME KIND", and "@VERSION@" at any place. */
function fill(page: string, parts: Readonly<Record<string, string>>): string {
	return page
		.replace(/^@(\w+(?: [\w:-]+)?)$/gm, (line, name: string) => {
			const part = parts[name];
			if (part === undefined) throw new Error(`${line}: no such part`);
			return part;
		})
		.replaceAll("@VERSION@", version);
}

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: manuals.ts DIRECTORY");
const headers = readHeaders();
const header = headers.join("");
const trialHeader = readTrialHeader();
const parts = {
	options: optionsText(await readDetails()),
	synopsis: synopsis(header),
	types: types(header),
	functions: functions(header),
	"synopsis trial": synopsis(trialHeader),
	"types trial": types(trialHeader),
	"functions trial": functions(trialHeader),
	fields: fieldsText(readFields()),
	...kindParts(),
};
const write = (name: string, text: string) =>
	Bun.write(`${directory}/man${name.slice(-1)}/${name}`, fill(text, parts));
for (const path of PAGES) await write(basename(path), await read(path));
for (const [path, include, all] of [
	[LIBRARY, "pflask.h", headers],
	[TRIAL_LIBRARY, "pflask/trial.h", [trialHeader]],
] as const) {
	const [page, library] = [await read(path), basename(path, ".3")];
	const [date = ""] = /^\.Dd .*$/m.exec(page) ?? [];
	const [place = ""] = /^\.Sh LIBRARY\n[^]*?(?=\n\.Sh)/m.exec(page) ?? [];
	await write(basename(path), page);
	for (const [name, text] of functionPages({ library, include, place, date, headers: all }))
		await write(`${name}.3`, text);
}
