// SPDX-License-Identifier: BSD-2-Clause
// Reads the tables of mounts and of network interfaces, and formats them for documents.
import { type Row, readRows } from "./def-rows.ts";

const MOUNTS = "core-c/defs/mounts.def";
const LIMITS = "core-c/defs/cgroups.def";
const NETIFS = "core-c/defs/netifs.def";

/** A type of mount or a kind of interface. */
export interface Kind {
	readonly name: string;
	/** The letters of the kind's fields, for the C parser. */
	readonly fields: string;
	/** The notation, for example "bind:HOST:DEST[:OPTIONS]". */
	readonly shape: string;
	/** The meaning of DEST, or the network of the container, in Markdown. */
	readonly text: string;
	/** The modes, the default first. */
	readonly modes: readonly string[];
}

/** An option of mounts or interfaces. */
export interface Option {
	/** The notation, for example "addr=ADDRESS/PREFIX". */
	readonly shape: string;
	/**
	 * The names of the kinds that have the option. The list is empty if all kinds with options have
	 * the option.
	 */
	readonly kinds: readonly string[];
}

/** Returns the types of mounts. */
export function mounts(): readonly Kind[] {
	return readRows(MOUNTS)
		.filter(({ macro }) => macro === "MOUNT" || macro === "MOUNT_VARIANT")
		.map(({ rest: [name = "", fields = "", words, , text = ""] }) => {
			return { name, fields, shape: `${name}:${words}`, text, modes: [] };
		});
}

/** Returns the options of mounts. */
export function mountOptions(): readonly Option[] {
	const rows = readRows(MOUNTS);
	const namesOf = (type: string | undefined) =>
		rows
			.filter(({ macro, first }) => macro.match(/^MOUNT(_VARIANT)?$/) && first === type)
			.map(({ rest }) => rest[0] ?? "");
	return rows.flatMap(({ macro, first, rest: [type, value = ""] }) => {
		if (macro === "MOUNT_FLAG" || macro === "MOUNT_PROPAGATION") return { shape: first, kinds: [] };
		return macro === "MOUNT_OPTION" ? { shape: shapeOf(first, value), kinds: namesOf(type) } : [];
	});
}

/** A limit on resources, or a rate of a disk. */
export interface Limit {
	readonly name: string;
	/** The notation, for example "memory=SIZE". */
	readonly shape: string;
	/** The subject of the limit, in Markdown. */
	readonly text: string;
}

/** Returns the limits on resources. */
export function limits(): readonly Limit[] {
	return readRows(LIMITS)
		.filter(({ macro }) => macro === "CGROUP_LIMIT")
		.map(({ first: name, rest: [, value = "", , , , , text = ""] }) => {
			const list = value.startsWith("DEVICE") ? ` ${listOf(rates().map(rateText), "and")}` : "";
			return { name, shape: `${name}=${value}`, text: `${text}${list}` };
		});
}

/** Returns the rates of a disk. */
export function rates(): readonly Limit[] {
	return readRows(LIMITS)
		.filter(({ macro }) => macro === "CGROUP_RATE")
		.map(({ first: name, rest: [, text = ""] }) => ({ name, shape: `${name}=NUMBER`, text }));
}

function rateText({ name, text }: Limit): string {
	return `\`${name}\` (${text})`;
}

/** Returns the kinds of interfaces. */
export function netifs(): readonly Kind[] {
	const rows = readRows(NETIFS);
	return netifRows(rows).map(({ rest: [name = "", fields = "", shape = "", , text = ""] }) => {
		const modes = rows
			.filter(({ macro, first }) => macro === "NETIF_MODE" && first === name)
			.map(({ rest }) => rest[0] ?? "");
		const quoted = modesText(modes.map((mode) => `\`${mode}\``));
		return { name, fields, shape, text: text.replace("{modes}", quoted), modes };
	});
}

/** Returns the options of interfaces. */
export function netifOptions(): readonly Option[] {
	const rows = readRows(NETIFS);
	const kinds = netifRows(rows).map(({ rest }) => ({
		name: rest[0] ?? "",
		isLink: rest[1]?.includes("n"),
		options: (rest[3] ?? "").split(" "),
	}));
	const links = kinds.filter(({ isLink }) => isLink);
	return rows
		.filter(({ macro }) => macro === "NETIF_OPTION")
		.map(({ first, rest: [value = ""] }) => {
			const isGeneral = links.every(({ options }) => options.includes(first));
			const having = kinds.filter(({ options }) => options.includes(first));
			return {
				shape: shapeOf(first, value),
				kinds: isGeneral ? [] : having.map(({ name }) => name),
			};
		});
}

function netifRows(rows: readonly Row[]): readonly Row[] {
	return rows.filter(({ macro }) => macro === "NETIF");
}

function modesText([standard, ...rest]: readonly string[]): string {
	return listOf([`${standard} (the default)`, ...rest], "or");
}

function shapeOf(name: string, value: string): string {
	return value === "" ? name : `${name}=${value}`;
}

/** Returns the texts for the words in braces in the table of a spec's fields. */
export function placeholders(): Readonly<Record<string, string>> {
	const shapes = (kinds: readonly Kind[]) => kinds.map(({ shape }) => shape).join(", ");
	const modes = netifs()
		.filter((kind) => kind.modes.length > 0)
		.map((kind) => `MODE of ${kind.name} is ${modesText(kind.modes)}`);
	return {
		mounts: shapes(mounts()),
		mountOptions: listOf(mountOptions().map(optionText), "and"),
		limits: listOf(
			limits().map(({ shape }) => shape),
			"or",
		),
		rates: `A RATE is one of ${listOf(
			rates().map(({ name, text }) => `${name} (${text})`),
			"and",
		)}.`,
		netifs: shapes(netifs()),
		netifModes: modes.join("; "),
		netifOptions: listOf(netifOptions().map(optionText), "and"),
	};
}

function optionText({ shape, kinds }: Option): string {
	return kinds.length === 0 ? shape : `${shape} (${kinds.join(", ")})`;
}

/** Joins words as in a sentence: "a, b and c". */
export function listOf(words: readonly string[], last: "and" | "or"): string {
	const [end = "", ...before] = words.toReversed();
	return before.length === 0 ? end : `${before.toReversed().join(", ")} ${last} ${end}`;
}
