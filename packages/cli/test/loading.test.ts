// SPDX-License-Identifier: BSD-2-Clause
// Every start loads only some files. All other files load on demand.
import { dirname } from "node:path";
import t from "tap";

const MAIN = Bun.resolveSync("../src/main.ts", import.meta.dir);

/** Returns the files that a file imports, directly and indirectly. */
async function closure(start: string, kind: string): Promise<Set<string>> {
	const found = new Set([start]);
	const transpiler = new Bun.Transpiler({ loader: "ts" });
	for (const file of found) {
		if (!file.endsWith(".ts")) continue;
		const text = (await Bun.file(file).text()).replace(/^#!.*/, ""); // not TypeScript
		for (const part of transpiler.scanImports(text))
			if (part.kind === kind && /^[.@]/.test(part.path))
				found.add(Bun.resolveSync(part.path, dirname(file)));
	}
	return found;
}

t.test("running a command loads no code for detached containers", async (t) => {
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
