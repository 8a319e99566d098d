// SPDX-License-Identifier: BSD-2-Clause
// What is loaded at every start, and what only where it is asked for.
import { dirname } from "node:path";
import t from "tap";

const MAIN = Bun.resolveSync("../src/main.ts", import.meta.dir);

/** Returns the files that a file imports, and those that they import. */
async function closure(start: string, kind: string): Promise<Set<string>> {
	const found = new Set([start]);
	const transpiler = new Bun.Transpiler({ loader: "ts" });
	for (const file of found) {
		if (!file.endsWith(".ts")) continue;
		for (const part of transpiler.scanImports(await Bun.file(file).text()))
			if (part.kind === kind && /^[.@]/.test(part.path))
				found.add(Bun.resolveSync(part.path, dirname(file)));
	}
	return found;
}

t.test("running a command loads nothing of what is done with detached containers", async (t) => {
	const files = [...(await closure(MAIN, "import-statement"))];
	t.ok(
		files.some((file) => file.endsWith("/runtime/src/library.ts")),
		"the files are found",
	);
	t.same(
		files.filter((file) => /packages\/attach\/|\/(control|list)\.ts$/.test(file)),
		[],
	);
	const later = await closure(MAIN, "dynamic-import");
	t.ok([...later].some((file) => file.endsWith("/cli/src/control.ts")));
});
