// SPDX-License-Identifier: BSD-2-Clause
// Libraries of a hostile user. A careless program would load these libraries.
import { writeFileSync } from "node:fs";

/** Makes a shared library that creates a file when a program loads the library. */
export function trapLibrary(path: string, trace: string): void {
	const source = `${path}.c`;
	writeFileSync(
		source,
		`#include <fcntl.h>
		__attribute__((constructor)) static void load(void)
		{
			creat("${trace}", 0644);
		}
		`,
	);
	const { exitCode, stderr } = Bun.spawnSync(["gcc", "-shared", "-fPIC", "-o", path, source]);
	if (exitCode !== 0) throw new Error(stderr.toString());
}
