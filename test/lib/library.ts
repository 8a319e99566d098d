// SPDX-License-Identifier: BSD-2-Clause
// Compiles C programs of the tests, and links them with the built libpflask.
import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import t from "tap";
import { sh } from "./host.ts";
import { BUILD, TREE } from "./paths.ts";

/** The ways to link a program. */
const LIBRARIES: Readonly<Record<"shared" | "static", readonly string[]>> = {
	shared: [`-L${TREE}/dist/lib`, "-lpflask", `-Wl,-rpath,${TREE}/dist/lib`],
	static: [`${TREE}/dist/lib/libpflask.a`],
};

/**
 * Compiles a file of test/library. Returns the path of the program. The program is removed after
 * the tests.
 */
export async function compile(file: string, kind: "shared" | "static"): Promise<string> {
	const program = `${BUILD}/${basename(file, ".c")}-${kind}-${process.pid}`;
	mkdirSync(BUILD, { recursive: true });
	const flags = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", `-I${TREE}/dist/include`];
	const source = `${TREE}/test/library/${file}`;
	await sh(["gcc", ...flags, "-o", program, source, "-pthread", ...LIBRARIES[kind]]);
	t.teardown(() => sh(["rm", "-f", program]));
	return program;
}
