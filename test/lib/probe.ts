// SPDX-License-Identifier: BSD-2-Clause
// The payload of the live tests, see test/probe/probe.c, and what it prints.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { sh } from "./host.ts";
import { BUILD, TREE } from "./paths.ts";

const SOURCES = `${TREE}/test/probe`;
/** What it shares with the product: the messages of clients and monitors, and the namespaces. */
const SHARED = [
	"common/protocol/wire.h",
	"defs/messages.def",
	"defs/namespaces.def",
	"include/pflask.h",
].map((path) => `${TREE}/core-c/${path}`);
const COMPILE = `
	musl-gcc -static -std=gnu17 -O1 -Wall -Wextra -Werror -idirafter /usr/include \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" -I"$3" -I"$3/include" -o "$1.new" "$2"/*.c
	mv "$1.new" "$1"`;

async function build(): Promise<string> {
	const program = `${BUILD}/probe`;
	const made = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
	const sources = [...readdirSync(SOURCES).map((name) => `${SOURCES}/${name}`), ...SHARED];
	if (Math.max(...sources.map((path) => statSync(path).mtimeMs)) < made) return program;
	mkdirSync(BUILD, { recursive: true });
	await sh([
		"flock",
		`${BUILD}/lock`,
		"sh",
		"-ceu",
		COMPILE,
		"sh",
		program,
		SOURCES,
		`${TREE}/core-c`,
	]);
	return program;
}

/** The probe on the host, a static program. */
export const PROBE: string = await build();

/** What the probe printed: lines of the form "name value". */
export interface Facts {
	/** The value of the first line with this name, or "(nothing)". */
	(name: string): string;
	/** The values of all lines with this name. */
	all(name: string): string[];
}

/** Reads what the probe printed. */
export function facts(text: string): Facts {
	const lines = text.split(/\r?\n/).map((line) => {
		const space = line.indexOf(" ");
		return space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
	});
	function all(name: string): string[] {
		return lines.filter((line) => line[0] === name).map((line) => line[1] ?? "");
	}
	return Object.assign((name: string) => all(name)[0] ?? "(nothing)", { all });
}
