// SPDX-License-Identifier: BSD-2-Clause
// Installed files are self-contained: no text in them names a file that only the source tree has.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import t, { type Test } from "tap";

const root = `${import.meta.dir}/../..`;
const DOCUMENTS = "share/doc/pflask";
const ELSEWHERE = /README|ARCHITECTURE|CONTRIBUTING|\bdocs\/|https?:\/\/|\.md\b/;

function run(...command: string[]): string {
	const { stdout, stderr, exitCode } = Bun.spawnSync(command, { cwd: root });
	if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
	return stdout.toString();
}

/** Returns the lines that name a file that is not installed. */
function strays(text: string): string[] {
	return text
		.split("\n")
		.map((line) => line.replace(/share\/doc\/pflask\/[\w.-]+/g, ""))
		.filter((line) => ELSEWHERE.test(line));
}

/** Checks a text. Also checks that the documents in the text are installed. */
function standsAlone(t: Test, name: string, text: string): void {
	t.not(text, "", `${name} has a text`);
	t.same(strays(text), [], name);
	for (const [path] of text.matchAll(/share\/doc\/pflask\/[\w-]+(\.\w+)+/g))
		t.ok(existsSync(`${root}/dist/${path}`), `${name}: ${path}`);
}

t.test("--help", async (t) => {
	standsAlone(t, "pflask", run("dist/pflask", "--help"));
	for (const name of ["attach", "userns"])
		standsAlone(t, name, run("scripts/bun", `packages/${name}/src/main.ts`, "--help"));
});

t.test("manuals, completions and the header", async (t) => {
	const files = [...new Bun.Glob("{include,share}/**/*").scanSync(`${root}/dist`)];
	const texts = files.filter((file) => !file.startsWith(DOCUMENTS));
	t.ok(texts.length >= 8, texts.join(" "));
	for (const file of texts) standsAlone(t, file, readFileSync(`${root}/dist/${file}`, "utf8"));
});

t.test("error texts and hints", async (t) => {
	standsAlone(t, "libpflask", run("strings", "-n", "6", "dist/lib/libpflask.so.0"));
	const transpiler = new Bun.Transpiler({ loader: "ts" });
	for (const file of new Bun.Glob("packages/*/src/*.ts").scanSync(root)) {
		const code = transpiler.transformSync(readFileSync(`${root}/${file}`, "utf8"));
		t.same(strays(code), [], file);
	}
});

t.test("links of installed documents lead to installed documents", async (t) => {
	const directory = `${root}/dist/${DOCUMENTS}`;
	const documents = readdirSync(directory).filter((name) => name.endsWith(".md"));
	t.ok(documents.length > 0, "there are documents");
	for (const name of documents) {
		const text = readFileSync(`${directory}/${name}`, "utf8");
		for (const [, target = ""] of text.matchAll(/\]\(([^)]*)\)/g))
			t.ok(existsSync(`${directory}/${target}`), `${name}: ${target}`);
		t.equal(text, readFileSync(`${root}/docs/${name}`, "utf8"), `${name} is fresh`);
	}
});

t.test("make help lists every target", async (t) => {
	const makefile = readFileSync(`${root}/Makefile`, "utf8");
	const phony = [...makefile.matchAll(/^\.PHONY: (.*)$/gm)].flatMap(([, names = ""]) =>
		names.split(" "),
	);
	const wanted = phony.filter((name) => !name.endsWith("-needs")).sort();
	const help = run("make", "--silent", "help");
	const targets = [...help.matchAll(/^([a-z0-9-]+) +\S/gm)].map(([, name = ""]) => name);
	t.same(targets.sort(), wanted);
	for (const variable of ["ARGS='", "V=1"]) t.match(help, variable);
});
