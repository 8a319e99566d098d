// SPDX-License-Identifier: BSD-2-Clause
// Under the name pflask-attach or pflask-userns, the executable runs the program of this name.
import { lstatSync, readlinkSync, symlinkSync } from "node:fs";
import { basename } from "node:path";
import t, { type Test } from "tap";
import { PFLASK } from "../lib/paths.ts";

const DIST = `${import.meta.dir}/../../dist`;

/** Runs a program. Returns its output and its status. */
function say(program: string, ...args: string[]): { out: string; err: string; status: number } {
	const { stdout, stderr, exitCode } = Bun.spawnSync([program, ...args]);
	return { out: stdout.toString(), err: stderr.toString(), status: exitCode };
}

/** Makes a link to the executable. */
function link(t: Test, name: string): string {
	const path = `${t.testdir({})}/${name}`;
	symlinkSync(PFLASK, path);
	return path;
}

for (const name of ["pflask-attach", "pflask-userns"])
	t.test(`dist/${name} is a link`, async (t) => {
		t.ok(lstatSync(`${DIST}/${name}`).isSymbolicLink());
		t.equal(readlinkSync(`${DIST}/${name}`), "pflask");
		t.match(say(`${DIST}/${name}`, "--version"), { out: /^pflask-[a-z]+ [\d.]+\n$/, status: 0 });
	});

for (const name of ["pflask-attach", "pflask-userns"])
	t.test(`${name} is found by PATH and by a path`, async (t) => {
		const path = link(t, name);
		const script = 'PATH=$1:$PATH; "$2" --version; exec -a "$2" "$3" --version';
		const words = [path.slice(0, -name.length - 1), name, PFLASK];
		const { out, err } = say("bash", "-c", script, "bash", ...words);
		const [first, second] = out.trimEnd().split("\n");
		t.match(first, new RegExp(`^${name} \\d`), err);
		t.equal(second, first, "the name decides, not the path of the file");
		t.match(say(path, "--help").out, new RegExp(`^Usage: ${name} `));
	});

t.test("pflask-attach and pflask-userns report mistakes by their own names", async (t) => {
	const attach = say(link(t, "pflask-attach"), "no-such-container");
	t.match(attach.err, /^pflask-attach: [^\n]*no-such-container[^\n]*\nhint: pflask --list\n$/);
	t.equal(attach.status, 125);
	const userns = say(link(t, "pflask-userns"), "chekc");
	t.match(userns.err, /^pflask-userns: chekc: unknown command\n/);
	t.equal(userns.status, 125);
});

t.test("pflask-userns check tries the requirements", async (t) => {
	const { out, status } = say(link(t, "pflask-userns"), "check", "--json");
	const report = JSON.parse(out);
	t.equal(report.version, 1);
	t.equal(status, report.ok ? 0 : 1);
	t.ok(report.requirements.length > 5);
	t.ok(report.requirements.every((one: { errno: string | null }) => one.errno !== "ENOSYS"));
});

t.test("every other name is pflask", async (t) => {
	for (const name of ["pf", "pflask-0.1", "pflask"]) {
		const path = link(t, name);
		t.match(say(path, "--version").out, /^pflask \d/, basename(path));
		t.match(say(path, "--bogus").err, /^pflask: --bogus/);
	}
});
