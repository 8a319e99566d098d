// SPDX-License-Identifier: BSD-2-Clause
// Builds the payload of the live tests (test/probe/probe.c), and parses the output of the payload.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { sh } from "./host.ts";
import { BUILD, TREE } from "./paths.ts";

const SOURCES = `${TREE}/test/probe`;
/**
 * The files of core-c that the probe includes: the messages of clients and monitors, and the
 * namespaces.
 */
const SHARED = [
	"common/protocol/wire.h",
	"defs/messages.def",
	"defs/namespaces.def",
	"include/pflask/types.h",
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

/** The path of the probe on the host, a static program. */
export const PROBE: string = await build();

/** The output of the probe: lines of the form "name value". */
export interface Facts {
	/** Returns the value of the first line with this name, or "(nothing)". */
	(name: string): string;
	/** Returns the values of all lines with this name. */
	all(name: string): string[];
}

/** Parses the output of the probe. */
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
