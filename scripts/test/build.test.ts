// SPDX-License-Identifier: BSD-2-Clause
// A distribution can build pflask in a copy of the sources, with other flags and tools, without a
// network and packages of a registry, and for another processor.
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";

const root = `${import.meta.dir}/../..`;
const SOURCES = [
	...["Makefile", "bun.lock", "bunfig.toml", "package.json"],
	...["core-c", "debian", "docs", "packages", "scripts"],
];
/** The flags of dpkg-buildflags(1) in Debian 13. */
const DEBIAN = {
	CFLAGS:
		"-g -O2 -Werror=implicit-function-declaration -ffile-prefix-map=/copy=. " +
		"-fstack-protector-strong -fstack-clash-protection -Wformat -Werror=format-security " +
		"-fcf-protection",
	CPPFLAGS: "-Wdate-time -D_FORTIFY_SOURCE=2",
	LDFLAGS: "-Wl,-z,relro -Wl,-z,now",
} as const;
const LIBRARIES = ["libpflask.so.0", "libpflask.a", "libpflask-trial.so.0"].map(
	(name) => `dist/lib/${name}`,
);
const [NO_NETWORK, NO_INSTALL] = [["unshare", "--net"], "NO_INSTALL=1"];

const copy = mkdtempSync("/tmp/pftest-build-");
t.teardown(() => rmSync(copy, { recursive: true }));
run({}, "cp", "-R", ...SOURCES.map((name) => `${root}/${name}`), copy);
run({}, "sh", "-c", `rm -rf ${copy}/packages/*/node_modules`);
mkdirSync(`${copy}/build`);
run({}, "cp", "-R", `${root}/build/bun`, `${copy}/build`);

/** Runs a command in the copy, with only PATH of this process's variables. */
function run(variables: Readonly<Record<string, string>>, ...command: string[]) {
	const env = { PATH: process.env.PATH, HOME: `${copy}/home`, ...variables };
	const { stdout, stderr, exitCode } = Bun.spawnSync(command, { cwd: copy, env });
	// make prints a command of several lines with a backslash at the end of each line.
	const out = stdout.toString().replace(/\\\n\s*/g, " ");
	return { out, err: stderr.toString(), exitCode };
}

/** Makes a program that records its name, and then executes another program. */
function recorder(name: string, program: string): string {
	const path = `${copy}/${name}`;
	writeFileSync(path, `#!/bin/sh\necho ${name} >>${copy}/used\nexec ${program} "$@"\n`, {
		mode: 0o755,
	});
	return path;
}

/** Returns the commands of a compiler in the output of make. */
function compilations(output: string): string[] {
	return output.split("\n").filter((line) => line.includes(" -c -o "));
}

/** Checks that each line has each flag. */
function haveFlags(t: Test, lines: readonly string[], flags: readonly string[]): void {
	t.ok(lines.length > 10, "the compilers have run");
	t.same(
		lines.filter((line) => !flags.every((flag) => line.includes(flag))),
		[],
	);
}

t.test("Debian's flags, without a network and without packages of a registry", async (t) => {
	const { out, err, exitCode } = run(DEBIAN, ...NO_NETWORK, "make", "-j2", "V=1", NO_INSTALL);
	t.equal(exitCode, 0, err);
	t.notMatch(err, "warning");
	haveFlags(t, compilations(out), [DEBIAN.CFLAGS, DEBIAN.CPPFLAGS]);
	const links = out.split("\n").filter((line) => /-o build\/\w+\/(lib)?pflask\S* build/.test(line));
	const linked = "pflask-init, two libraries, the front, and the object for the archive";
	t.equal(links.length, 5, linked);
	t.equal(links.filter((line) => line.includes(DEBIAN.LDFLAGS)).length, 4);
	t.notMatch(out, /\b(apt-get|curl|npm) |install --frozen/);
	t.notOk(existsSync(`${copy}/node_modules`));
	t.equal(run({}, "dist/pflask", "--", "echo", "inside").out, "inside\n");
	t.match(run({}, "dist/pflask", "--help").out, /^Usage: pflask/);
});

t.test("make CFLAGS=-O2, and other tools", async (t) => {
	const tools = ["AR", "NM", "OBJCOPY", "STRIP"].map(
		(name) => `${name}=${recorder(name, name.toLowerCase())}`,
	);
	const words = [NO_INSTALL, "V=1", "CFLAGS=-O2", `CC=${recorder("CC", "gcc")}`, ...tools];
	const { out, err, exitCode } = run({}, "make", "-j2", ...words, ...LIBRARIES);
	t.equal(exitCode, 0, err);
	haveFlags(t, compilations(out), [" -O2 "]);
	t.notMatch(out, "-Oz");
	const used = new Set(readFileSync(`${copy}/used`, "utf8").trim().split("\n"));
	t.same([...used].sort(), ["AR", "CC", "NM", "OBJCOPY", "STRIP"]);

	const again = run({}, "make", ...words, ...LIBRARIES);
	t.same([compilations(again.out), again.exitCode], [[], 0], "the same flags: nothing to do");
	const others = run({}, "make", "-n", ...words, "CFLAGS=-O1", ...LIBRARIES);
	haveFlags(t, compilations(others.out), [" -O1 "]);
	const install = run({}, "make", "-n", NO_INSTALL, "install");
	const library = compilations(install.out).filter((line) => line.includes(" build/lib/"));
	t.same(library, [], "make install takes the library that was built with other flags");
});

t.test("a library never contains a pflask-init for another processor", async (t) => {
	// A real cross compiler may be missing. So this compiler has the name of a cross compiler,
	// but runs gcc -m32, which compiles for another processor, too.
	const cross = `${copy}/aarch64-linux-gnu-gcc`;
	const script = 'case $1 in -dumpmachine) echo aarch64-linux-gnu ;; *) exec gcc -m32 "$@" ;; esac';
	writeFileSync(cross, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
	const { err, exitCode } = run({ CC: cross }, "make", NO_INSTALL, ...LIBRARIES);
	t.equal(exitCode, 2);
	t.match(err, /^check-compilers: CC \(.*-gcc\) compiles for ELF32 Intel 80386, INIT_CC /);
	t.match(err, /; hint: set INIT_CC to a compiler with musl for ELF32 .*, or run make arm64$/m);
	const words = [NO_INSTALL, `CC=${cross}`, `INIT_CC=${cross}`];
	const bun = run({}, "make", "-n", ...words, "build/pflask");
	t.match(bun.err, "Bun compiles for another processor only with TARGET; hint: make arm64");
	const database = run({}, "make", "-n", "-p", ...words, "help").out;
	t.match(database, `AR := ${copy}/aarch64-linux-gnu-ar`, "the other tools belong to CC");
	t.match(database, "LIB_MAX := 425984", "the limit of this processor");
});

t.test("missing tools are named in one line", async (t) => {
	const tools = { CC: "gcc-nowhere", INIT_CC: "musl-nowhere -static" };
	const { err } = run(tools, "make", NO_INSTALL, "build/pflask-init");
	const line = `
		^install-packages: missing: gcc-nowhere \\(Debian: gcc\\), .*
		musl-nowhere \\(Debian: musl-tools\\); hint: .*$`.replace(/\s*\n\s*/g, "");
	rmSync(`${copy}/build/stamp/packages-build`);
	t.match(run(tools, "make", NO_INSTALL, "build/pflask-init").err, new RegExp(line, "m"));
	t.match(err, /^check-compilers: CC \(gcc-nowhere\): /, "after the tools were found once");
	rmSync(`${copy}/build/bun`, { recursive: true });
	const bun = run({ NO_INSTALL: "1", PATH: "/usr/bin:/bin" }, "scripts/install-bun.sh");
	t.match(
		bun.err,
		/^install-bun: missing: bun \d+\.\d+\.\d+ in PATH; hint: leave out NO_INSTALL\n$/,
	);
});

t.test("a system other than Debian, with and without the tools", async (t) => {
	const bin = `${copy}/bin`;
	const link = (...names: string[]) => {
		for (const name of names) symlinkSync(`${Bun.which(name)}`, `${bin}/${name}`);
	};
	const script = ["/bin/sh", "scripts/install-packages.sh", "build"];
	mkdirSync(bin);
	link("dirname", "grep", "sed");
	const { err, exitCode } = run({ PATH: bin }, ...script);
	t.equal(exitCode, 1);
	t.match(err, /^install-packages: missing: gcc \(Debian: gcc\), .*; hint: install them\s*\n$/);
	link("gcc", "lz4", "musl-gcc");
	t.same(run({ PATH: bin }, ...script), { out: "", err: "", exitCode: 0 });
});
