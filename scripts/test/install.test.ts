// SPDX-License-Identifier: BSD-2-Clause
// "make install" and "make uninstall" work, and other programs can use the installed files.
import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	readlinkSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { functionsOf, readHeader, readTrialHeader } from "../header.ts";

const root = `${import.meta.dir}/../..`;
const VERSION = readHeader().match(/PFLASK_VERSION "(.*)"/)?.[1] ?? "";

/** Prints the error of a mistake in a spec, and the output of a command in a container. */
const PROGRAM = `
	#include <pflask.h>
	#include <stdio.h>
	int main(void)
	{
		struct pflask_error error;
		struct pflask_exit ended;
		pflask_plan *plan;
		pflask_spec *spec = pflask_spec_new();
		if (pflask_spec_set(spec, "chdri", "/", &error, sizeof(error)) < 0)
			printf("%s: %s\\n", pflask_version(), error.field);
		fflush(stdout);
		pflask_spec_set(spec, "command", "/bin/echo", &error, sizeof(error));
		pflask_spec_set(spec, "command", "inside", &error, sizeof(error));
		if (pflask_plan_make(spec, &plan, &error, sizeof(error)) < 0 ||
		    pflask_run(plan, 0, 1, 2, &ended, sizeof(ended), &error, sizeof(error)) < 0)
			return puts(error.message), 1;
		pflask_plan_free(plan);
		pflask_spec_free(spec);
		return ended.code;
	}
`;

interface Result {
	readonly out: string;
	readonly err: string;
	readonly exitCode: number;
}

function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Result {
	const { stdout, stderr, exitCode } = Bun.spawnSync([...command], {
		cwd: root,
		env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", ...env },
	});
	return { out: stdout.toString(), err: stderr.toString(), exitCode };
}

function must(command: readonly string[], env: Readonly<Record<string, string>> = {}): string {
	const { out, err, exitCode } = run(command, env);
	if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${exitCode}\n${err}${out}`);
	return out;
}

function temporary(t: Test): string {
	const directory = mkdtempSync("/tmp/pftest-install-");
	// The umask of this process must not decide the modes.
	chmodSync(directory, 0o755);
	t.teardown(() => rmSync(directory, { recursive: true }));
	return directory;
}

/** Runs make with the strict umask of a careful root. */
function make(...words: string[]): string {
	return must(["sh", "-c", 'umask 077; exec make "$@"', "sh", "NO_INSTALL=1", ...words]);
}

/** Returns all files, links and directories below a directory. */
function below(directory: string): string[] {
	const found = [...new Bun.Glob("**").scanSync({ cwd: directory, onlyFiles: false, dot: true })];
	return found.sort();
}

function mode(path: string): string {
	return (lstatSync(path).mode & 0o7777).toString(8);
}

t.test("the files of a package", async (t) => {
	const destination = temporary(t);
	const places = [`DESTDIR=${destination}`, "PREFIX=/usr", "LIBDIR=/usr/lib/some-arch"];
	make("install", ...places, "ZSHDIR=/usr/share/zsh/vendor-completions");
	const files = below(destination).filter(
		(name) => !lstatSync(`${destination}/${name}`).isDirectory(),
	);
	for (const name of below(destination))
		if (lstatSync(`${destination}/${name}`).isDirectory())
			t.equal(mode(`${destination}/${name}`), "755", name);
	const read = (name: string) => readlinkSync(`${destination}/usr/${name}`);
	t.equal(read("bin/pflask-attach"), "pflask");
	t.equal(read("bin/pflask-userns"), "pflask");
	t.equal(read("lib/some-arch/libpflask.so"), "libpflask.so.0");
	for (const name of files.filter((file) => !lstatSync(`${destination}/${file}`).isSymbolicLink()))
		t.equal(mode(`${destination}/${name}`), name === "usr/bin/pflask" ? "755" : "644", name);
	// The installed files are copies of the products of make.
	const built = new Set(below(`${root}/dist`).map((name) => name.replace(/^.*\//, "")));
	const made = files.map((name) => name.replace(/^.*\//, "")).filter((name) => !built.has(name));
	t.same(made, ["pflask-trial.pc", "pflask.pc"]);
	t.ok(files.includes("usr/share/zsh/vendor-completions/_pflask"));
	for (const { name } of functionsOf(readHeader() + readTrialHeader()))
		t.ok(files.includes(`usr/share/man/man3/${name}.3`), name);
	t.same(must(["cmp", "dist/pflask", `${destination}/usr/bin/pflask`]), "", "not stripped");
	t.equal(
		must([`${destination}/usr/bin/pflask-userns`, "--version"]),
		`pflask-userns ${VERSION}\n`,
	);

	const pc = { PKG_CONFIG_LIBDIR: `${destination}/usr/lib/some-arch/pkgconfig` };
	const config = (...words: string[]) => must(["pkg-config", ...words, "pflask"], pc).trim();
	t.equal(config("--modversion"), VERSION);
	t.equal(config("--variable=libdir"), "/usr/lib/some-arch");
	t.equal(config("--cflags", "--libs"), "-L/usr/lib/some-arch -lpflask");
	t.equal(read("lib/some-arch/libpflask-trial.so"), "libpflask-trial.so.0");
	const trial = (word: string) => must(["pkg-config", word, "pflask-trial"], pc).trim();
	t.equal(trial("--modversion"), VERSION);
	t.equal(trial("--libs"), "-L/usr/lib/some-arch -lpflask-trial");

	make("uninstall", ...places, "ZSHDIR=/usr/share/zsh/vendor-completions");
	const rest = below(destination);
	t.ok(
		rest.every((name) => lstatSync(`${destination}/${name}`).isDirectory()),
		"no file is left",
	);
	t.same(
		rest.filter((name) => name.endsWith("/pflask")),
		[],
		"nor a directory of pflask",
	);
});

t.test("a link in the place of a file is replaced", async (t) => {
	const destination = temporary(t);
	const other = `${destination}/other`;
	writeFileSync(other, "other");
	const places = ["bin/pflask", "lib/pkgconfig/pflask.pc"].map(
		(name) => `${destination}/usr/${name}`,
	);
	for (const directory of ["bin", "lib/pkgconfig"])
		mkdirSync(`${destination}/usr/${directory}`, { recursive: true });
	for (const place of places) symlinkSync(other, place);
	make("install", `DESTDIR=${destination}`, "PREFIX=/usr");
	t.equal(readFileSync(other, "utf8"), "other");
	for (const place of places) t.ok(lstatSync(place).isFile(), place);
});

t.test("programs in C and C++, compiled by the words of pkg-config alone", async (t) => {
	const prefix = temporary(t);
	make("install", `PREFIX=${prefix}`);
	const pc = { PKG_CONFIG_PATH: `${prefix}/lib/pkgconfig` };
	const config = (...words: string[]) =>
		must(["pkg-config", "--cflags", "--libs", ...words, "pflask"], pc)
			.trim()
			.split(" ");
	t.same(config(), [`-I${prefix}/include`, `-L${prefix}/lib`, "-lpflask"]);
	t.same(config("--static").at(-1), "-pthread");

	for (const [compiler, language] of [
		["gcc", "c"],
		["g++", "c++"],
	] as const)
		for (const link of ["shared", "static"] as const) {
			const isStatic = link === "static";
			const program = `${prefix}/program-${language}-${link}`.replace("++", "pp");
			const source = `${program}.txt`;
			await Bun.write(source, PROGRAM);
			const words = ["-Wall", "-Wextra", "-Werror", "-x", language, source, "-x", "none"];
			const flags = isStatic ? ["-static", ...config("--static")] : config();
			must([compiler, ...words, "-o", program, ...flags]);
			const env = isStatic ? {} : { LD_LIBRARY_PATH: `${prefix}/lib` };
			t.equal(must([program], env), `${VERSION}: chdri\ninside\n`, `${language}, ${link}`);
			const needed = must(["readelf", "-d", program]);
			t.equal(/NEEDED.*libpflask\.so\.0/.test(needed), !isStatic, "the library that it needs");
		}
});

t.test("manuals, where man(1) looks for them", async (t) => {
	const prefix = temporary(t);
	make("install", `PREFIX=${prefix}`);
	const manual = (...words: string[]) => must(["man", "-M", `${prefix}/share/man`, ...words]);
	for (const name of ["pflask", "pflask-attach", "pflask-userns"])
		t.match(manual("1", name), new RegExp(`^NAME\n +${name} [–—-] `, "m"), name);
	for (const { name, comment } of functionsOf(readHeader() + readTrialHeader())) {
		const page = manual(name).replace(/\s+/g, " ");
		t.match(page, `${name}(`, name);
		const [word = ""] = comment.match(/\w{4,}/) ?? [];
		t.match(page, word, `${name}: the comment of the header`);
	}
	t.match(manual("pflask_step"), /^TYPES[^]*PFLASK_STEP_ENDED/m);
});

t.test("a place that is not absolute is an error", async (t) => {
	const { err, exitCode } = run(["make", "NO_INSTALL=1", "install", "PREFIX=usr"]);
	t.not(exitCode, 0);
	t.match(
		err,
		/^install: usr\/\S+: not an absolute path; hint: make install PREFIX=\/usr\/local$/m,
	);
	t.notOk(existsSync(`${root}/usr`));
});
