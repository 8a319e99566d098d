// SPDX-License-Identifier: BSD-2-Clause
// Checks that no folder of core-c includes a folder above it. An include names a file of the same
// folder by its name, and every other file by its path below core-c.
import { basename, dirname } from "node:path";

/** The folders of core-c: in each list, from the lowest to the highest. */
const COMMON = ["defs", "common", "common/net", "common/terminal", "common/protocol"];
const ORDERS = [
	[
		...COMMON,
		...["src/base", "src/spec", "src/host", "src/ids", "src/find", "src/explain"],
		...["src/register", "src/compile", "src/terminal", "src/run", "src/detached", "src", "front"],
	],
	[...COMMON, "src/base", "trial"],
	[
		...COMMON,
		...["init/base", "init/changes", "init/root", "init/net", "init/pid1", "init/monitor"],
		...["init/join", "init/serve", "init"],
	],
];

/** The public headers, which are below all folders. */
const PUBLIC = ["pflask.h", "pflask/trial.h"];

/** Returns the fault of an include in a file, or undefined if the include is correct. */
export function fault(file: string, included: string): string | undefined {
	if (PUBLIC.includes(included)) return undefined;
	const here = dirname(file);
	if (!included.includes("/")) return undefined; // in the folder of the file itself
	const there = dirname(included);
	if (there === here)
		return `${file}: ${basename(included)} is in the same folder: include the file by its name`;
	const order = ORDERS.find((folders) => folders.includes(here));
	if (!order) return `${file}: ${here} is not listed in scripts/check-folders.ts`;
	if (!order.includes(there)) return `${file}: must not include ${there}`;
	if (order.indexOf(there) > order.indexOf(here))
		return `${file}: must not include ${there}, which is above ${here}`;
	return undefined;
}

/** Returns the faults of a source tree. */
export async function faults(root: string): Promise<string[]> {
	const files = [...new Bun.Glob("{common,src,trial,init,front}/**/*.{c,h}").scanSync(root)].sort();
	const found: string[] = [];
	for (const file of files) {
		const text = await Bun.file(`${root}/${file}`).text();
		for (const [, included = ""] of text.matchAll(/^#include "([^"]+)"/gm))
			found.push(fault(file, included) ?? "");
	}
	if (files.length === 0) found.push(`${root}: no sources`);
	return found.filter((text) => text !== "");
}

if (import.meta.main) {
	const found = await faults(`${import.meta.dir}/../core-c`);
	for (const text of found) console.error(text);
	process.exitCode = found.length === 0 ? 0 : 1;
}
