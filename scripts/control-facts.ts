// SPDX-License-Identifier: BSD-2-Clause
// Collects the facts that must be equal in a client and a monitor of different builds: the messages
// of clients, the structures in the messages, and the operations that a request of --exec may hold.
import { readFileSync } from "node:fs";
import { type Row, readRows } from "./def-rows.ts";
import type { Abi } from "./gen-abi.ts";

const ROOT = `${import.meta.dir}/..`;
const WIRE = "core-c/common/protocol/wire.h";
const HEADERS = ["core-c/include/**/*.h", "core-c/common/**/*.h"];

/** The enumerations of values in requests. */
const ENUMERATIONS = ["enum pf_want", "enum pf_request_has"];

/**
 * Returns the version and the facts. `sizes` has the sizes of the messages' bodies, from the
 * compiler.
 */
export function controlNow(sizes: string): Abi {
	const sizeOf = new Map(sizes.split("\n").map((line) => line.split(" ") as [string, string]));
	const messages = readRows("core-c/defs/messages.def");
	const operations = readRows("core-c/defs/ops.def");
	const declared = declarations(headers());
	const number = Number(readText(WIRE).match(/^#define PF_CONTROL_VERSION (\d+)$/m)?.[1]);
	const ofClients = messages.filter(({ rest }) => rest[0]?.includes("client"));
	return {
		number,
		facts: [
			...ofClients.map((row) => `${messages.indexOf(row) + 1} ${messageText(row, sizeOf)}`),
			...withMembers(ofClients.map(bodyOf), declared),
			...ENUMERATIONS.map((name) => declaration(name, declared)),
			...operations.flatMap(({ macro, first, rest }, index) =>
				macro === "EXEC_OP" ? [`operation ${index} ${first} "${rest[1]}"`] : [],
			),
		],
	};
}

function messageText({ macro, first, rest }: Row, sizeOf: ReadonlyMap<string, string>): string {
	switch (macro) {
		case "BODY":
			return `${first} ${rest[1]} ${sizeOf.get(first)}`;
		case "BYTES":
			return `${first} bytes ${rest[1]}`;
		default:
			return first;
	}
}

function bodyOf({ macro, rest }: Row): string {
	return macro === "BODY" ? (rest[1] ?? "") : "";
}

/** Returns the declarations of structures, including the structures inside them. */
function withMembers(names: readonly string[], declared: ReadonlyMap<string, string>): string[] {
	const found = new Set<string>();
	const visit = (name: string) => {
		if (name === "" || found.has(name)) return;
		found.add(name);
		for (const [inner] of declaration(name, declared)
			.slice(name.length)
			.matchAll(/struct \w+/g))
			visit(inner);
	};
	names.forEach(visit);
	return [...found].map((name) => declaration(name, declared));
}

function declaration(name: string, declared: ReadonlyMap<string, string>): string {
	const body = declared.get(name);
	if (body === undefined) throw new Error(`${name}: not declared in ${HEADERS.join(" ")}`);
	return `${name} { ${body} }`;
}

/** Returns the bodies of structures and enumerations by name, without comments, on one line. */
export function declarations(text: string): ReadonlyMap<string, string> {
	const code = text.replace(/\/\*[^]*?\*\//g, "");
	const all = code.matchAll(/^((?:struct|enum) \w+) \{\n([^]*?)\n\};/gm);
	return new Map(
		[...all].map(([, name = "", body = ""]) => [name, body.trim().replace(/\s+/g, " ")]),
	);
}

function headers(): string {
	const paths = HEADERS.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(ROOT)]);
	return paths.sort().map(readText).join("\n");
}

function readText(path: string): string {
	return readFileSync(`${ROOT}/${path}`, "utf8");
}

/** Returns the fault of a change of the protocol, or "" if the change is permitted. */
export function controlFault(before: Abi, now: Abi): string {
	if (now.number > before.number) return "";
	const was = before.facts.filter((fact) => !now.facts.includes(fact));
	const is = now.facts.filter((fact) => !before.facts.includes(fact));
	if (was.length === 0 && is.length === 0 && now.number === before.number) return "";
	return [
		`${WIRE}: clients and monitors of version ${before.number} would misread each other:`,
		...was.map((fact) => `\twas: ${fact}`),
		...is.map((fact) => `\tnew: ${fact}`),
		`Set PF_CONTROL_VERSION to ${before.number + 1} in ${WIRE} and run "make gen".`,
	].join("\n");
}
