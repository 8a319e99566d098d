// SPDX-License-Identifier: BSD-2-Clause
// scripts/release.ts makes a release in a throwaway clone, with a fake CI and a fake make.
import {
	appendFileSync,
	chmodSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";

const root = `${import.meta.dir}/../..`;
const NEXT = "999.1.0";

/** Makes a clone in which `make` writes two files, and .ci/run ends with a status. */
function clone(t: Test, ciStatus = 0) {
	const directory = mkdtempSync("/tmp/pftest-release-");
	t.teardown(() => rmSync(directory, { recursive: true }));
	const tree = `${directory}/tree`;
	const env: Record<string, string> = { PATH: `${directory}/bin:${process.env.PATH}` };
	for (const who of ["AUTHOR", "COMMITTER"]) {
		env[`GIT_${who}_NAME`] = "Test";
		env[`GIT_${who}_EMAIL`] = "test@example.org";
	}
	const run = (...command: string[]) => {
		const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: tree, env });
		return { status: exitCode, out: stdout.toString(), err: stderr.toString() };
	};
	const script = (path: string, body: string) => {
		writeFileSync(path, `#!/bin/sh\n${body}\n`);
		chmodSync(path, 0o755);
	};
	mkdirSync(`${directory}/bin`);
	Bun.spawnSync(["git", "clone", "--quiet", root, tree], { env });
	cpSync(`${root}/scripts/release.ts`, `${tree}/scripts/release.ts`);
	script(`${tree}/.ci/run`, `exit ${ciStatus}`);
	const log = `${directory}/targets`;
	const make = `mkdir -p dist/lib; echo "$@" >>${log}; echo made >dist/pflask; echo l >dist/lib/l`;
	script(`${directory}/bin/make`, make);
	run("git", "add", "--all");
	run("git", "commit", "--quiet", "--message", "test: the tree of the test");
	const release = (...words: string[]) =>
		run(process.execPath, `${tree}/scripts/release.ts`, ...words);
	const read = (path: string) => readFileSync(`${tree}/${path}`, "utf8");
	return { tree, run, release, read, targets: () => readFileSync(log, "utf8") };
}

t.test("a release", async (t) => {
	const { run, release, read, targets } = clone(t);
	const before = read("CHANGELOG.md");
	const oldDebian = read("debian/changelog");
	t.match(release(NEXT), { status: 0, err: "" });
	t.equal(targets(), "build deb deb-arm64 pack\n");
	t.match(read("core-c/include/pflask.h"), `#define PFLASK_VERSION "${NEXT}"\n`);
	t.match(read("packages/runtime/src/abi.gen.ts"), `VERSION = "${NEXT}"`);
	const packages = [...new Bun.Glob("packages/*/package.json").scanSync(root)];
	t.ok(packages.length > 3);
	for (const path of packages) t.equal(JSON.parse(read(path)).version, NEXT, path);
	t.equal(read("bun.lock").split(`"version": "${NEXT}"`).length - 1, packages.length);
	const heading = `## Unreleased\n\n## ${NEXT} - ${new Date().toISOString().slice(0, 10)}\n`;
	t.equal(read("CHANGELOG.md"), before.replace("## Unreleased\n", heading));
	const debian = read("debian/changelog");
	t.match(debian, `pflask (${NEXT}-1) `);
	t.ok(debian.endsWith(`\n\n${oldDebian}`), "the old entries follow");
	t.equal(run("dpkg-parsechangelog", "--show-field", "Version").out, `${NEXT}-1\n`);
	const date = new Date(run("dpkg-parsechangelog", "--show-field", "Date").out);
	t.equal(date.toISOString().slice(0, 10), new Date().toISOString().slice(0, 10));
	const sums = run("sh", "-c", "cd dist && sha256sum --check SHA256SUMS");
	t.same([sums.status, sums.out], [0, "lib/l: OK\npflask: OK\n"]);
	t.equal(run("git", "cat-file", "-t", `v${NEXT}`).out, "tag\n", "it is annotated");
	t.equal(run("git", "rev-parse", `v${NEXT}^{commit}`).out, run("git", "rev-parse", "HEAD").out);
	t.match(run("git", "tag", "-n9", "--list", `v${NEXT}`).out, `pflask ${NEXT}`);
	t.equal(run("git", "status", "--porcelain").out, "", "all is committed");
	t.match(release("999.1.1"), { status: 1, err: /nothing below Unreleased/ });
});

t.test("--dry-run changes nothing", async (t) => {
	const { run, release } = clone(t, 1);
	const { status, out, err } = release("--dry-run", NEXT);
	t.same([status, err], [0, ""]);
	t.match(out, `write ${NEXT} to core-c/include/pflask.h\n`);
	t.match(out, `tag the commit v${NEXT} with this text`);
	t.equal(run("git", "status", "--porcelain", "--ignored").out, "");
	t.equal(run("git", "tag", "--list", "v999*").out, "");
});

t.test("a refused release changes nothing", async (t) => {
	const { tree, run, release } = clone(t, 3);
	t.match(release(), { status: 1, err: /^release: arguments: usage: / });
	t.match(release(NEXT, NEXT), { status: 1, err: /usage: / });
	t.match(release("1.2"), { status: 1, err: "release: 1.2: not a version such as 1.2.3\n" });
	t.match(release("0.0.1"), { status: 1, err: /^release: 0\.0\.1: not newer than / });
	t.match(release(NEXT), { status: 1, err: "release: .ci/run: status 3\n" });
	run("git", "tag", `v${NEXT}`);
	t.match(release(NEXT), { status: 1, err: `release: v${NEXT}: already exists\n` });
	t.equal(run("git", "status", "--porcelain").out, "");
	appendFileSync(`${tree}/README.md`, "more\n");
	t.match(release(NEXT), { status: 1, err: /^release: the tree: has changes/ });
});
