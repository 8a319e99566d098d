// SPDX-License-Identifier: BSD-2-Clause
// npm and bun install the packages for the npm registry into an empty project, outside this
// repository, and the packages work there.
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import t, { type Test } from "tap";
import { TREE } from "../../test/lib/paths.ts";
import { manifestIn, startRegistry } from "../../test/lib/registry.ts";

const LIBRARY = `${TREE}/dist/lib/libpflask.so.0`;
const TRIAL_LIBRARY = `${TREE}/dist/lib/libpflask-trial.so.0`;
/** `e_machine` of the ELF header (elf(5)) by processor. */
const MACHINES = { x64: 62, arm64: 183 };
const OWN = process.arch as keyof typeof MACHINES;
const OTHER = OWN === "x64" ? "arm64" : "x64";
const NAMES = [
	"pflask",
	...["attach", "command", "linux-arm64", "linux-x64", "runtime", "trial", "userns"],
];
const LIBRARIES = ["@pflask/attach", "@pflask/runtime", "@pflask/trial", "@pflask/userns"];
const PROGRAM = `
	import { find, list } from "@pflask/attach";
	import { libraryVersion, PflaskError, plan, run, type Spec } from "@pflask/runtime";
	import { openTrial } from "@pflask/trial";
	import { REQUIREMENTS, ranges } from "@pflask/userns";

	const spec: Spec = { command: ["id", "-u"], chdir: "/" };
	try {
		openTrial("/no-such-trial");
	} catch (error) {
		if (!(error instanceof PflaskError && error.errno === 2)) throw error;
	}
	const told: string[] = [libraryVersion(), typeof plan(spec), typeof list().length];
	try {
		find("no-such-container");
	} catch (error) {
		if (error instanceof PflaskError) told.push(error.code);
	}
	const { exitCode, stdout } = await run(spec);
	told.push(String(exitCode), stdout.trim());
	console.log(...told, REQUIREMENTS.length > 5, Array.isArray(ranges(0).uid));
`;
const TRAP = `console.log("trapped");`;
const STRICT = {
	...{ module: "nodenext", target: "es2022", lib: ["ES2022"], strict: true, noEmit: true },
	...{ noPropertyAccessFromIndexSignature: true, noUncheckedIndexedAccess: true },
	...{ exactOptionalPropertyTypes: true, verbatimModuleSyntax: true, isolatedModules: true },
	...{ types: ["bun"], skipLibCheck: false },
};

const base = mkdtempSync("/tmp/pftest-packages-");
t.teardown(() => rmSync(base, { recursive: true }));
mkdirSync(`${base}/bin`);
for (const name of ["bun", "bunx"]) symlinkSync(process.execPath, `${base}/bin/${name}`);
const home = { HOME: base, BUN_INSTALL: base, npm_config_cache: `${base}/npm-cache` };
const away = { ...home, BUN_INSTALL_CACHE_DIR: `${base}/bun-cache`, TMPDIR: base };
const PATH = `${base}/bin:${process.env.PATH}`;

interface Ended {
	readonly status: number;
	readonly out: string;
	readonly err: string;
}

type Env = Readonly<Record<string, string>>;

/** Runs a command in a directory. The registry of this process can answer meanwhile. */
async function run(cwd: string, command: readonly string[], env: Env = {}): Promise<Ended> {
	const program = Bun.spawn([...command], {
		cwd,
		env: { PATH, ...away, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const [out, err] = await Promise.all([program.stdout.text(), program.stderr.text()]);
	return { status: await program.exited, out, err };
}

/** Runs a command that must succeed, and returns its output. */
async function output(cwd: string, ...command: string[]): Promise<string> {
	const { status, out, err } = await run(cwd, command, registry.env);
	if (status !== 0) throw new Error(`${command.join(" ")}: status ${status}: ${err}${out}`);
	return out;
}

function pack(out: string, ...libraries: string[]): Promise<Ended> {
	return run(base, [process.execPath, `${TREE}/scripts/pack.ts`, out, ...libraries]);
}

/** Makes files with the ELF headers of libraries for the other processor. */
function otherLibrary(): string {
	mkdirSync(`${base}/other`);
	for (const library of [LIBRARY, TRIAL_LIBRARY]) {
		const bytes = readFileSync(library);
		bytes.writeUInt16LE(MACHINES[OTHER], 18);
		writeFileSync(`${base}/other/${basename(library)}`, bytes);
	}
	return `${base}/other/${basename(LIBRARY)}`;
}

function project(name: string): string {
	mkdirSync(`${base}/${name}`);
	writeFileSync(`${base}/${name}/package.json`, '{ "name": "project", "type": "module" }');
	writeFileSync(`${base}/${name}/program.ts`, PROGRAM);
	return `${base}/${name}`;
}

/** Makes a directory with code of another user that a careless program would load. */
function hostile(t: Test): string {
	const traps = { "libpflask.so.0": "no library\n", node_modules: { "@pflask": {} } };
	const directory = t.testdir(traps);
	for (const name of ["linux-arm64", "linux-x64", "runtime"]) {
		mkdirSync(`${directory}/node_modules/@pflask/${name}`);
		writeFileSync(`${directory}/node_modules/@pflask/${name}/index.js`, TRAP);
	}
	return directory;
}

const libraries = [`${OWN}=${LIBRARY}`, `${OTHER}=${otherLibrary()}`];
const packed = await pack(`${base}/packages`, ...libraries);
const tarballs = readdirSync(`${base}/packages`).map((name) => `${base}/packages/${name}`);
const registry = startRegistry(`${base}/packages`);
t.teardown(() => registry.stop());
const VERSION = manifestIn(tarballs[0] ?? "").version;
const SAID = `${VERSION} object number invalid 0 0 true true\n`;

t.test("each package is complete, and has no install script", async (t) => {
	t.match(packed, { status: 0, err: "" });
	t.same(
		tarballs.map((tarball) => manifestIn(tarball).name).sort(),
		NAMES.map((name) => (name === "pflask" ? name : `@pflask/${name}`)).sort(),
	);
	for (const tarball of tarballs) {
		const { name, version, scripts, os, cpu, libc } = manifestIn(tarball);
		t.same([version, scripts, os], [VERSION, undefined, ["linux"]], name);
		const processor = name.match(/linux-(.*)/)?.[1];
		const only = processor === undefined ? [undefined, undefined] : [[processor], ["glibc"]];
		t.same([cpu, libc], only, name);
		const files = (await output(base, "tar", "tf", tarball)).split("\n");
		for (const file of ["LICENSE", "README.md"]) t.ok(files.includes(`package/${file}`), name);
	}
});

t.test("publint and attw find no fault", async (t) => {
	const tool = (name: string) => [process.execPath, `${TREE}/node_modules/.bin/${name}`];
	const check = async (tarball: string) => {
		t.match(await run(base, [...tool("publint"), "run", "--strict", tarball]), { status: 0 });
		if (manifestIn(tarball).exports === undefined) return;
		const attw = [...tool("attw"), tarball, "--profile", "esm-only", "--no-color"];
		t.match(await run(base, attw), { status: 0 }, tarball);
	};
	await Promise.all(tarballs.map(check));
});

t.test(
	"another place, umask, language and time zone make the same packages, bit for bit",
	async (t) => {
		const tree = `${base}/another/tree`;
		mkdirSync(`${tree}/dist`, { recursive: true });
		const copied = ["packages", "scripts", "LICENSE", "package.json", "tsconfig.json"];
		await output(TREE, "cp", "-a", ...copied, tree);
		await output(TREE, "cp", "-a", "dist/share", `${tree}/dist`);
		symlinkSync(`${TREE}/node_modules`, `${tree}/node_modules`);
		const command = ["sh", "-c", 'umask 077; exec "$@"', "sh", process.execPath];
		const env = { TZ: "Asia/Tokyo", LC_ALL: "C.UTF-8", LANGUAGE: "de", TMPDIR: t.testdir() };
		const again = `${base}/again`;
		await run("/", [...command, `${tree}/scripts/pack.ts`, again, ...libraries], env);
		for (const tarball of tarballs) {
			const other = tarball.replace("/packages/", "/again/");
			t.ok(readFileSync(tarball).equals(readFileSync(other)), tarball);
		}
	},
);

t.test("a library that is missing or wrong is refused", async (t) => {
	const out = `${base}/refused`;
	const missing = await pack(out, `${OWN}=${LIBRARY}`, "arm64=/no/such/library");
	const hint = "hint: make arm64\n";
	const why = "No such file or directory";
	t.match(missing, { status: 1, err: `pack: /no/such/library: ${why}\n${hint}` });
	t.match(await pack(out, `${OTHER}=${LIBRARY}`), { err: `not a library for ${OTHER}\n` });
	const old = readFileSync(LIBRARY, "latin1").replaceAll(`\0${VERSION}\0`, "\u00000.0.9\0");
	writeFileSync(`${base}/old.so`, old, "latin1");
	t.match(await pack(out, `${OWN}=${base}/old.so`), {
		err: /libpflask-trial\.so\.0: No such file/,
	});
	cpSync(TRIAL_LIBRARY, `${base}/libpflask-trial.so.0`);
	t.match(await pack(out, `${OWN}=${base}/old.so`), { err: `not of version ${VERSION}\n` });
	t.match(await pack(out, `riscv64=${LIBRARY}`), { status: 1, err: /^pack: riscv64: not one of / });
	t.match(await pack(out), { status: 1, err: /^pack: arguments: usage: / });
	t.notOk(existsSync(out));
});

for (const [client, install, x] of [
	["npm", ["npm", "install"], "npx"],
	["bun", ["bun", "add"], "bunx"],
] as const)
	t.test(`${client} installs the packages, and ${x} runs pflask`, async (t) => {
		const directory = project(client);
		await output(directory, ...install, "pflask", ...LIBRARIES);
		const has = (name: string) => existsSync(`${directory}/node_modules/@pflask/linux-${name}`);
		t.same([has(OWN), has(OTHER)], [true, false], "only the library for this processor");
		t.equal(await output(directory, x, "pflask", "--", "id", "-u"), "0\n");
		t.equal(await output(directory, x, "pflask-attach", "--version"), `pflask-attach ${VERSION}\n`);
		t.match(await output(directory, x, "pflask-userns", "--help"), /^Usage: pflask-userns/i);
		t.equal(await output(directory, "bun", "program.ts"), SAID);
	});

t.test("npm installs the programs and their manual pages for all users", async (t) => {
	const prefix = `${base}/prefix`;
	await output(base, "npm", "install", "--global", `--prefix=${prefix}`, "pflask");
	for (const name of ["pflask", "pflask-attach", "pflask-userns"]) {
		t.match(await output("/", `${prefix}/bin/${name}`, "--version"), `${name} ${VERSION}\n`);
		t.match(readFileSync(`${prefix}/share/man/man1/${name}.1`, "utf8"), `.Nm ${name}\n`);
	}
	const manual = readFileSync(`${prefix}/share/man/man1/pflask.1`, "utf8");
	const documents = [...manual.matchAll(/share\/doc\/pflask\/[\w.-]+\w/g)];
	t.ok(documents.length > 3);
	for (const [path] of documents)
		t.ok(existsSync(`${prefix}/lib/node_modules/pflask/${path}`), path);
});

t.test("npx and bunx run pflask in a directory without a project", async (t) => {
	mkdirSync(`${base}/empty`);
	for (const x of [["npx", "--yes"], ["bunx"]])
		t.equal(await output(`${base}/empty`, ...x, "pflask", "--", "id", "-u"), "0\n", `${x}`);
});

t.test("the types are right for every kind of project", async (t) => {
	const directory = `${base}/bun`;
	mkdirSync(`${directory}/node_modules/@types`, { recursive: true });
	symlinkSync(`${TREE}/node_modules/bun-types`, `${directory}/node_modules/@types/bun`);
	// "bun init" first writes its settings. It then installs nothing, because the registry has no
	// types.
	mkdirSync(`${base}/init`);
	await run(`${base}/init`, ["bun", "init", "--yes"], registry.env);
	cpSync(`${base}/init/tsconfig.json`, `${directory}/tsconfig.init.json`);
	const settings = [
		["nodenext", { module: "nodenext", strict: true, noEmit: true, types: ["bun"] }],
		["strict", STRICT],
	] as const;
	for (const [name, compilerOptions] of settings)
		writeFileSync(`${directory}/tsconfig.${name}.json`, JSON.stringify({ compilerOptions }));
	const tsc = [process.execPath, `${TREE}/node_modules/.bin/tsc`, "-p"];
	for (const name of ["init", "nodenext", "strict"]) {
		const ended = await run(directory, [...tsc, `tsconfig.${name}.json`]);
		t.match(ended, { status: 0, out: "", err: "" }, name);
	}
	writeFileSync(`${directory}/program.ts`, PROGRAM.replace('["id", "-u"]', '"id -u"'));
	const wrong = await run(directory, [...tsc, "tsconfig.strict.json"]);
	t.match(wrong.out, /^program\.ts\(7,\d+\): error TS2322/, "the types are known");
});

t.test("a compiled program and a bundle need no node_modules", async (t) => {
	const directory = project("compiled");
	await output(directory, "bun", "add", ...LIBRARIES);
	const program = `${directory}/program.ts`;
	await output(directory, "bun", "build", "--compile", program, "--outfile=program");
	await output(directory, "bun", "build", "--target=bun", program, "--outdir=bundle");
	renameSync(`${directory}/node_modules`, `${base}/gone`);
	const traps = hostile(t);
	t.equal(await output(base, "env", "-i", `${directory}/program`), SAID);
	t.equal(await output(traps, `${directory}/program`), SAID);
	t.equal(await output(traps, "bun", `${directory}/bundle/program.js`), SAID);
});

t.test("pflask loads nothing of the current directory", async (t) => {
	const traps = hostile(t);
	writeFileSync(`${traps}/trap.ts`, TRAP);
	writeFileSync(`${traps}/bunfig.toml`, 'preload = ["./trap.ts"]\n');
	const pflask = `${base}/npm/node_modules/.bin/pflask`;
	t.equal(await output(traps, pflask, "--", "id", "-u"), "0\n");
	rmSync(`${base}/npm/node_modules/@pflask/linux-${OWN}`, { recursive: true });
	const { status, out, err } = await run(traps, [pflask, "--", "id", "-u"]);
	t.same([status, out], [125, ""]);
	t.match(err, new RegExp(`^pflask: cannot load libpflask: .*'@pflask/linux-${OWN}'`));
	t.match(err, `hint: bun add @pflask/linux-${OWN}\n`);
});

t.test("where only Node is in PATH", async (t) => {
	const directory = project("node");
	await output(directory, "npm", "install", "pflask");
	const only = t.testdir({ bin: {}, home: {}, bun: { bin: {} } });
	symlinkSync(Bun.which("node") ?? "", `${only}/bin/node`);
	const bin = `${directory}/node_modules/.bin`;
	const alone = { PATH: `${only}/bin`, HOME: `${only}/home`, BUN_INSTALL: "" };
	const both = [[`${bin}/pflask`], ["node", `${directory}/node_modules/pflask/bin/pflask.js`]];
	const shell = ["--", "/bin/sh", "-c"];
	const says = (text: string, status: number) => [...shell, `echo ${text}; exit ${status}`];
	for (const command of both) {
		const missing = "pflask: bun: not found in PATH, BUN_INSTALL and node_modules/.bin\n";
		const refused = await run("/", [...command, ...shell, "true"], alone);
		t.same(refused, { status: 125, out: "", err: `${missing}hint: npm install bun\n` });
	}
	symlinkSync(process.execPath, `${only}/bun/bin/bun`);
	const ours = { ...alone, BUN_INSTALL: `${only}/bun` };
	for (const command of both)
		t.match(await run("/", [...command, ...says("a", 3)], ours), { status: 3, out: "a\n" });
	symlinkSync(process.execPath, `${bin}/bun`);
	for (const command of both) {
		t.match(await run("/", [...command, ...says("b", 4)], alone), { status: 4, out: "b\n" });
		const killed = await run("/", [...command, ...shell, "kill -9 $$"], alone);
		t.equal(killed.status, 137);
		const waits = Bun.spawn([...command, ...shell, "echo waits; read end"], {
			...{ cwd: "/", env: alone, stdin: "pipe", stdout: "pipe" },
		});
		await waits.stdout.getReader().read();
		waits.kill("SIGTERM");
		t.equal(await waits.exited, 143, "a signal reaches pflask");
	}
});
