// SPDX-License-Identifier: BSD-2-Clause
// What two languages must agree on is generated: "make gen" would change nothing.
import { readFileSync } from "node:fs";
import t from "tap";
import { generated } from "../gen-spec.ts";

const root = `${import.meta.dir}/../..`;

t.test("abi.gen.ts is what pflask.h gives", async (t) => {
	const made = Bun.spawnSync([`${root}/scripts/gen-abi.sh`], { stderr: "inherit" });
	t.equal(made.exitCode, 0);
	t.equal(
		readFileSync(`${root}/packages/runtime/src/abi.gen.ts`, "utf8"),
		made.stdout.toString(),
		'"make gen" makes it anew',
	);
});

t.test("what spec.def gives is what is there", async (t) => {
	const files = Object.entries(generated());
	t.equal(files.length, 3, "the header, the type and the schema");
	for (const [path, text] of files)
		t.equal(readFileSync(`${root}/${path}`, "utf8"), text, `${path}: "make gen" makes it anew`);
});

t.test("one version stands everywhere", async (t) => {
	const version = readFileSync(`${root}/core-c/include/pflask.h`, "utf8").match(
		/define PFLASK_VERSION "(.*)"/,
	)?.[1];
	t.match(version, /^\d+\.\d+\.\d+$/);
	const packages = [...new Bun.Glob("packages/*/package.json").scanSync(root)];
	t.ok(packages.length > 3, "the packages are found");
	for (const path of packages)
		t.equal(JSON.parse(readFileSync(`${root}/${path}`, "utf8")).version, version, path);
	const said = Bun.spawnSync([`${root}/dist/pflask`, "--version"]).stdout.toString();
	t.match(said, version);
});
