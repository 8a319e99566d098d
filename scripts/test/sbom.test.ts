// SPDX-License-Identifier: BSD-2-Clause
// The bill of materials that "make" writes is complete.
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import t from "tap";
import { LIBRARIES, NO_LIBRARIES } from "../bun-libraries.ts";
import { bill } from "../sbom.ts";

const root = `${import.meta.dir}/../..`;
const SCHEMAS = `${root}/node_modules/@cyclonedx/cyclonedx-library/res/schema`;

interface Component {
	readonly "bom-ref": string;
	readonly name: string;
	readonly version?: string;
	readonly hashes?: readonly { readonly content: string }[];
}

interface Bill {
	readonly metadata: { readonly component: Component };
	readonly components: readonly Component[];
	readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

function read(path: string): string {
	return readFileSync(path, "utf8");
}

const file = `${root}/dist/share/doc/pflask/pflask.cdx.json`;
const made = JSON.parse(read(file)) as Bill;
const { component: product } = made.metadata;
const parts = [product, ...made.components];
const named = (name: string) => parts.find((part) => part.name === name);

/** Returns a function that checks a value against the schema of CycloneDX 1.6. */
function validator() {
	const schema = (name: string) => JSON.parse(read(`${SCHEMAS}/${name}`)) as object;
	// The schema names formats and keywords of other drafts, which Ajv would refuse.
	const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
	for (const name of ["spdx", "jsf-0.82", "cryptography-defs"])
		ajv.addSchema(
			schema(`${name}.SNAPSHOT.schema.json`),
			`http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`,
		);
	const check = ajv.compile(schema("bom-1.6.SNAPSHOT.schema.json"));
	return (value: unknown) => (check(value) ? [] : (check.errors ?? []));
}

t.test("the file has the format CycloneDX 1.6", async (t) => {
	const errors = validator();
	t.same(errors(made), []);
	t.ok(errors({ ...made, specVersion: 5 }).length > 0, "another file is refused");
	t.ok(errors({ ...made, components: [{ type: "library" }] }).length > 0);
});

t.test("each part is named once, and each dependency is a part", async (t) => {
	const names = parts.map((part) => part["bom-ref"]);
	t.equal(new Set(names).size, names.length);
	for (const { ref, dependsOn } of made.dependencies)
		for (const name of [ref, ...dependsOn]) t.ok(names.includes(name), name);
	const needed = new Set(made.dependencies.flatMap(({ dependsOn }) => dependsOn));
	t.same([...names.filter((name) => !needed.has(name))], [product["bom-ref"]]);
});

t.test("the versions are those of the build", async (t) => {
	const version = read(`${root}/core-c/include/pflask.h`).match(/PFLASK_VERSION "(.*)"/)?.[1];
	for (const name of ["pflask", "libpflask", "@pflask/runtime"])
		t.equal(named(name)?.version, version, name);
	const bun = named("bun");
	t.equal(bun?.version, Bun.version);
	const sum = new Bun.CryptoHasher("sha256").update(readFileSync(process.execPath)).digest("hex");
	t.equal(bun?.hashes?.[0]?.content, sum, "the hash of the Bun that compiles");
	t.equal(named("webkit")?.version, process.versions.webkit);
	t.match(named("musl")?.version, /^\d+\.\d+\.\d+/);
	const other = bill("aarch64", "1.2.3") as Bill;
	const hash = other.components.find(({ name }) => name === "bun")?.hashes?.[0]?.content;
	t.ok(read(`${root}/scripts/install-bun.sh`).includes(`hash=${hash}`));
	t.not(hash, sum);
});

t.test("each library that Bun names is known", async (t) => {
	const known = [...Object.values(LIBRARIES).map(({ version }) => version), ...NO_LIBRARIES];
	const unknown = Object.keys(process.versions).filter((name) => !known.includes(name));
	t.same(unknown, [], "look at the new library, and add its license to bun-libraries.ts");
});
