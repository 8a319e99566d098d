// SPDX-License-Identifier: BSD-2-Clause
// Writes the bill of materials of pflask, CycloneDX 1.6 in JSON:
//	scripts/bun scripts/sbom.ts FILE PROCESSOR [VERSION-OF-MUSL]
// The build pins the facts: the version in pflask.h, Bun's version and hash in install-bun.sh, the
// packages in bun.lock, and the libraries that Bun reports. Equal facts give an equal file, bit for
// bit, because the time is the time of debian/changelog.
import { readFileSync, writeFileSync } from "node:fs";
import { LIBRARIES } from "./bun-libraries.ts";

/** A part of the product. */
interface Part {
	readonly type: "application" | "library" | "platform";
	readonly name: string;
	readonly version?: string | undefined;
	/** The package URL, without the version. */
	readonly purl?: string;
	/** An SPDX license expression. Not set if the part has several licenses. */
	readonly license?: string | undefined;
	/** The sha256 sum of the downloaded file. */
	readonly hash?: string;
}

interface Workspace {
	readonly name: string;
	readonly dependencies?: Readonly<Record<string, string>>;
}

const PRODUCT = "pflask";
const OURS = "BSD-2-Clause";
/** The word for each processor in the names of Bun's packages. */
const PROCESSORS: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "aarch64" };

function read(path: string): string {
	return readFileSync(`${import.meta.dir}/../${path}`, "utf8");
}

/** Returns the first group of a pattern in a file. */
function fact(path: string, pattern: RegExp): string {
	const found = read(path).match(pattern)?.[1];
	if (found === undefined) throw new Error(`${path}: has nothing like ${pattern}`);
	return found;
}

/** Returns pflask, and the other packages of this repository. Refuses packages from a registry. */
function ownPackages(version: string): readonly [Part, Part[]] {
	const lock = Bun.JSONC.parse(read("bun.lock")) as { workspaces: Record<string, Workspace> };
	const packages = Object.entries(lock.workspaces).filter(([path]) => path !== "");
	for (const [path, { dependencies = {} }] of packages)
		for (const [name, wanted] of Object.entries(dependencies))
			if (!wanted.startsWith("workspace:"))
				throw new Error(`${path}: the bill of materials lacks ${name} of a registry`);
	const parts = packages.map(([, { name }]): Part => {
		return { type: name === PRODUCT ? "application" : "library", name, version, license: OURS };
	});
	const product = parts.find(({ name }) => name === PRODUCT);
	if (product === undefined) throw new Error(`bun.lock: has no package ${PRODUCT}`);
	return [product, parts.filter((part) => part !== product)];
}

function bun(processor: string): Part {
	const installer = "scripts/install-bun.sh";
	const branch = new RegExp(`^${processor}\\)[^]*?hash=(\\w+)`, "m");
	return {
		type: "platform",
		name: "bun",
		version: fact(installer, /^version=(.*)$/m),
		purl: `npm/%40oven/bun-linux-${PROCESSORS[processor]}`,
		license: "MIT",
		hash: fact(installer, branch),
	};
}

/**
 * Returns the libraries in Bun. The Bun that runs this script has the release of the Bun in the
 * product.
 */
function bunLibraries(): Part[] {
	return Object.entries(LIBRARIES).map(([name, { version, license, purl }]) => {
		const said = version === undefined ? undefined : process.versions[version];
		if (version !== undefined && said === undefined)
			throw new Error(`${name}: Bun does not tell the version of ${version}`);
		return { type: "library", name, version: said, license, purl };
	});
}

/** Returns the name of a part in this file. */
function refer({ name, version }: Part): string {
	return version ? `${name}@${version}` : name;
}

function component(part: Part): object {
	const { type, name, version, purl, license, hash } = part;
	return {
		type,
		"bom-ref": refer(part),
		name,
		...(version ? { version } : {}),
		...(hash ? { hashes: [{ alg: "SHA-256", content: hash }] } : {}),
		licenses: [license ? { expression: license } : { license: { name: "several licenses" } }],
		...(purl ? { purl: `pkg:${purl}${version ? `@${version}` : ""}` } : {}),
	};
}

/** Returns the bill of materials. */
export function bill(processor: string, muslVersion: string): object {
	const version = fact("core-c/include/pflask.h", /define PFLASK_VERSION "(.*)"/);
	const library: Part = { type: "library", name: "libpflask", version, license: OURS };
	const musl: Part = {
		type: "library",
		name: "musl",
		version: muslVersion,
		purl: "deb/debian/musl-dev",
		license: "MIT",
	};
	const [product, packages] = ownPackages(version);
	const [runtime, linked] = [bun(processor), bunLibraries()];
	const needs = (part: Part, ...needed: Part[]) => ({
		ref: refer(part),
		dependsOn: needed.map(refer),
	});
	return {
		$schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
		bomFormat: "CycloneDX",
		specVersion: "1.6",
		version: 1,
		metadata: {
			timestamp: new Date(fact("debian/changelog", /^ -- .*> {2}(.*)$/m)).toISOString(),
			component: component(product),
		},
		components: [library, ...packages, musl, runtime, ...linked].map(component),
		dependencies: [
			needs(product, library, ...packages, runtime, musl),
			needs(library, musl),
			needs(runtime, ...linked),
		],
	};
}

if (import.meta.main) {
	const [file = "", processor = "", musl = ""] = process.argv.slice(2);
	writeFileSync(file, `${JSON.stringify(bill(processor, musl), null, "\t")}\n`);
}
