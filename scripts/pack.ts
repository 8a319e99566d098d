// SPDX-License-Identifier: BSD-2-Clause
// Makes the tarballs of the packages for `npm publish`:
//	scripts/bun scripts/pack.ts DIRECTORY PROCESSOR=LIBRARY...
// PROCESSOR is x64 or arm64, and LIBRARY is the libpflask.so.0 for this processor, beside its
// libpflask-trial.so.0. The same sources give the same files, bit for bit.
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";

const USAGE = "usage: pack.ts DIRECTORY PROCESSOR=LIBRARY...";
const LIBRARY = "libpflask.so.0";
/** The library of trials, in the same directory. */
const TRIAL_LIBRARY = "libpflask-trial.so.0";
/** The processors: `e_machine` of the ELF header (elf(5)), and the command that makes a library. */
const PROCESSORS: Readonly<Record<string, { machine: number; make: string }>> = {
	x64: { machine: 62, make: "make build" },
	arm64: { machine: 183, make: "make arm64" },
};
/** The offset of `e_machine` in a file. */
const MACHINE_AT = 18;
/** The packages that a program imports. */
const LIBRARIES = ["attach", "command", "runtime", "trial", "userns"];
/** The programs, and the packages that have their main.ts. */
const PROGRAMS = { pflask: "cli", "pflask-attach": "attach", "pflask-userns": "userns" };
/** The manual pages, and the documents to which they refer. */
const MANUALS = "share/man/man1";
const DOCUMENTS = "share/doc/pflask";
/** The time of all files in the packages, which is also the time that `npm pack` sets. */
const TIME = "@499162500";

type Json = Record<string, unknown>;
type Texts = Record<string, string>;

function fail(what: string, why: string, hint = ""): never {
	console.error(`pack: ${what}: ${why}`);
	if (hint !== "") console.error(`hint: ${hint}`);
	process.exit(1);
}

function run(...command: string[]): void {
	const { exitCode, stdout, stderr } = Bun.spawnSync(command);
	if (exitCode !== 0) fail(command.join(" "), `status ${exitCode}\n${stdout}${stderr}`);
}

/** Returns the path of the library of trials beside a library. */
function trialLibrary(library: string): string {
	return `${dirname(library)}/${TRIAL_LIBRARY}`;
}

/** Checks that a library is for its processor. Returns the library. */
function checkProcessor(processor: string, library: string): Buffer {
	const known = PROCESSORS[processor] ?? fail(processor, `not one of ${Object.keys(PROCESSORS)}`);
	if (!existsSync(library)) fail(library, "No such file or directory", known.make);
	const bytes = readFileSync(library);
	const machine = bytes.length > MACHINE_AT ? bytes.readUInt16LE(MACHINE_AT) : 0;
	if (machine !== known.machine) fail(library, `not a library for ${processor}`, known.make);
	return bytes;
}

/** Checks that the libraries are for their processor, and were built from this version. */
function checkLibrary(processor: string, library: string): void {
	const bytes = checkProcessor(processor, library);
	const known = PROCESSORS[processor] as { readonly make: string };
	checkProcessor(processor, trialLibrary(library));
	if (!bytes.includes(`\0${version}\0`)) fail(library, `not of version ${version}`, known.make);
}

function manifest(folder: string): Json {
	return JSON.parse(readFileSync(`packages/${folder}/package.json`, "utf8"));
}

/** Replaces "workspace:*" by the version. */
function versions(dependencies: unknown): Texts {
	const names = Object.keys((dependencies ?? {}) as Texts);
	return Object.fromEntries(names.map((name) => [name, version]));
}

/** Returns the entry of a source file in the `exports` of its package. */
function exported(source: string): Texts {
	const made = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
	return { types: `${made}.d.ts`, default: `${made}.js` };
}

/** Returns `exports` with the compiled files. Leaves out the programs, which `pflask` contains. */
function exports(folder: string): Json {
	const { exports } = manifest(folder);
	const entries = typeof exports === "string" ? { ".": exports } : (exports as Texts);
	const kept = Object.entries(entries).filter(([name]) => name !== "./main");
	return Object.fromEntries(kept.map(([name, source]) => [name, exported(source)]));
}

/** Begins the directory of a package, with the files that every package has. */
function begin(folder: string, manifest: Json): string {
	const directory = `${stage}/${folder}/package`;
	mkdirSync(directory, { recursive: true });
	writeFileSync(`${directory}/package.json`, `${JSON.stringify(manifest, null, "\t")}\n`);
	cpSync("LICENSE", `${directory}/LICENSE`);
	cpSync(`packages/${folder}/README.md`, `${directory}/README.md`);
	return directory;
}

/**
 * Writes the tarball of a package. The tarball has no times, owners and modes of this machine, and
 * its files are sorted.
 */
function finish(folder: string, name: string): void {
	const tarball = `${out}/${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
	const same = ["--sort=name", `--mtime=${TIME}`, "--owner=0", "--group=0", "--numeric-owner"];
	const more = ["--mode=u+rw,go+r,go-w,a+X", "--format=ustar", "--use-compress-program=gzip -n9"];
	run("tar", "--create", ...same, ...more, "-C", `${stage}/${folder}`, "-f", tarball, "package");
	console.log(tarball);
}

/**
 * Makes the package of a library: sources, and compiled files in a folder of their own. Beside the
 * compiled files, a type checker would prefer the sources. The checker would then check the sources
 * by the rules of the program that imports the package.
 */
function packSources(folder: string): void {
	const { bin, dependencies, optionalDependencies, ...rest } = manifest(folder);
	const directory = begin(folder, {
		...rest,
		exports: exports(folder),
		dependencies: versions(dependencies),
		optionalDependencies: versions(optionalDependencies),
		files: ["dist", "src"],
	});
	cpSync(`packages/${folder}/src`, `${directory}/src`, { recursive: true });
	cpSync(`${stage}/compiled/${folder}/src`, `${directory}/dist`, { recursive: true });
	for (const name of readdirSync(`${directory}/dist`).filter((name) => name.endsWith(".d.ts"))) {
		const path = `${directory}/dist/${name}`;
		const text = readFileSync(path, "utf8").replaceAll(/(["']\.\.?\/[^"']*)\.ts(["'])/g, "$1.js$2");
		writeFileSync(path, text);
	}
	finish(folder, `${rest.name}`);
}

/** Makes the package with the library for a processor. */
function packLibrary(processor: string, library: string): void {
	const folder = `linux-${processor}`;
	const directory = begin(folder, manifest(folder));
	for (const name of ["index.d.ts", "index.js", "trial.js"])
		cpSync(`packages/${folder}/${name}`, `${directory}/${name}`);
	cpSync(library, `${directory}/${LIBRARY}`, { dereference: true });
	cpSync(trialLibrary(library), `${directory}/${TRIAL_LIBRARY}`, { dereference: true });
	finish(folder, `@pflask/${folder}`);
}

/**
 * Makes the package with the programs. Each program is bundled into few files, so that the program
 * starts quickly.
 */
async function packPrograms(): Promise<void> {
	const names = Object.keys(PROGRAMS);
	const { bin, dependencies, ...rest } = manifest("cli");
	const { optionalDependencies } = manifest("runtime");
	const directory = begin("cli", {
		...rest,
		bin: Object.fromEntries(names.map((name) => [name, `bin/${name}.js`])),
		man: names.map((name) => `./${MANUALS}/${name}.1`),
		optionalDependencies: versions(optionalDependencies),
		files: ["bin", "dist", "share"],
	});
	for (const folder of [MANUALS, DOCUMENTS])
		cpSync(`dist/${folder}`, `${directory}/${folder}`, { recursive: true });
	for (const name of names) cpSync("packages/cli/bin/start", `${directory}/bin/${name}.js`);
	const entries = Object.entries(PROGRAMS).map(([name, folder]) => {
		const entry = `${stage}/${name}.ts`;
		writeFileSync(entry, `import ${JSON.stringify(resolve(`packages/${folder}/src/main.ts`))};\n`);
		return entry;
	});
	const built = await Bun.build({
		entrypoints: entries,
		outdir: `${directory}/dist`,
		target: "bun",
		minify: true,
		splitting: true,
		external: Object.keys(optionalDependencies as Texts),
	});
	if (!built.success) fail("pflask", built.logs.join("\n"));
	finish("cli", "pflask");
}

process.chdir(`${import.meta.dir}/..`);
const [out = "", ...words] = process.argv.slice(2);
if (out === "" || words.length === 0) fail("arguments", USAGE);
const version = `${manifest("cli").version}`;
const libraries = words.map((word) => word.split("=", 2) as [string, string]);
for (const [processor, library] of libraries)
	checkLibrary(processor, library ?? fail(processor, USAGE));
const stage = mkdtempSync(`${tmpdir()}/pflask-pack-`);
try {
	mkdirSync(out, { recursive: true });
	run(
		process.execPath,
		"node_modules/.bin/tsc",
		"-p",
		"scripts/tsconfig.pack.json",
		"--outDir",
		`${stage}/compiled`,
	);
	for (const folder of LIBRARIES) packSources(folder);
	for (const [processor, library] of libraries) packLibrary(processor, library);
	await packPrograms();
} finally {
	rmSync(stage, { recursive: true });
}
