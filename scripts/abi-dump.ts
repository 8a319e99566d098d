// SPDX-License-Identifier: BSD-2-Clause
// Prints the binary interface of libpflask or libpflask-trial. abidw(1) finds the interface in the
// debugging information of a library:
//	scripts/bun scripts/abi-dump.ts LIBRARY
// The handles are opaque: the dump has their names, but neither their members nor the types that
// only these members use.
const OPTIONS = [
	...["--no-show-locs", "--no-corpus-path", "--no-comp-dir-path", "--no-architecture"],
	...["--type-id-style", "hash", "--exported-interfaces-only", "--no-elf-needed"],
];
/** The private functions that only pflask's command line calls (core-c/src/pflask.map). */
const PRIVATE_FUNCTION = /^ {4}<function-decl .* elf-symbol-id='\w+@@PFLASK_PRIVATE'/;
const PRIVATE_SYMBOL = /^ *<elf-symbol .* version='PFLASK_PRIVATE' .*\n/gm;
const HANDLE = /^ {4}<class-decl name='pflask_(?:spec|plan|container|trial)' .*$/;

/** Returns the dump of a library. */
export function dumpOf(library: string): string {
	const { stdout, stderr, exitCode } = Bun.spawnSync(["abidw", ...OPTIONS, library]);
	if (exitCode !== 0) throw new Error(`abidw ${library}: ${stderr}`);
	return withoutInternals(stdout.toString());
}

/**
 * Makes the handles opaque. Removes private functions, and then all types that no public function
 * needs.
 */
function withoutInternals(dump: string): string {
	const parts = elementsOf(dump)
		.map((part) => part.replace(PRIVATE_SYMBOL, ""))
		.filter((part) => !PRIVATE_FUNCTION.test(part))
		.map(opaque);
	const types = new Map(parts.flatMap((part) => idsOf(part).map((id) => [id, part])));
	const kept = new Set(parts.filter((part) => idsOf(part).length === 0));
	for (const part of kept) {
		for (const id of part.match(/(?<=type-id=')[^']+/g) ?? []) {
			const type = types.get(id);
			if (type !== undefined) kept.add(type);
		}
	}
	return parts.filter((part) => kept.has(part)).join("");
}

/** Returns the id of a type, or an empty list for any other element. */
function idsOf(part: string): string[] {
	const [, id] = part.match(/^ {4}<(?!function-decl).*? id='([^']+)'/) ?? [];
	return id === undefined ? [] : [id];
}

/**
 * Splits a dump before each line that begins an element of the second level, or ends such an
 * element.
 */
function elementsOf(dump: string): string[] {
	return dump.split(/^(?= {4}<[^/]| {0,2}<)/m);
}

function opaque(element: string): string {
	const [first = ""] = element.split("\n");
	if (!HANDLE.test(first)) return element;
	const head = first.replace(/ size-in-bits='\d+'/, "").replace(/ id=.*/, "");
	const [, id = ""] = first.match(/ id='([^']+)'/) ?? [];
	return `${head} is-declaration-only='yes' id='${id}'/>\n`;
}

if (import.meta.main) {
	const [library] = process.argv.slice(2);
	if (library === undefined) throw new Error("usage: abi-dump.ts LIBRARY");
	await Bun.write(Bun.stdout, dumpOf(library));
}
