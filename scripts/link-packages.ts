// SPDX-License-Identifier: BSD-2-Clause
// Links the packages of this repository into node_modules, because Bun searches there when a
// package imports another package. Unlike "bun install", this script downloads nothing:
//	scripts/bun scripts/link-packages.ts
// So the packages from a registry are missing. Only tests and "make lint" need these packages.
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";

interface Manifest {
	readonly name: string;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

process.chdir(`${import.meta.dir}/../packages`);
const manifests = [...new Bun.Glob("*/package.json").scanSync()].map((path) => ({
	folder: dirname(path),
	...(JSON.parse(readFileSync(path, "utf8")) as Manifest),
}));
const folders = new Map(manifests.map(({ name, folder }) => [name, folder]));

for (const { folder, dependencies, optionalDependencies } of manifests)
	for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
		const target = folders.get(name);
		if (target === undefined) throw new Error(`${folder}: ${name} would have to be downloaded`);
		const link = `${folder}/node_modules/${name}`;
		mkdirSync(dirname(link), { recursive: true });
		if (!existsSync(link)) symlinkSync(`../../../${target}`, link);
	}
