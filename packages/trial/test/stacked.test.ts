// SPDX-License-Identifier: BSD-2-Clause
// A trial above a trial: hostile lines about the trial below, and steps that are interrupted.
import {
	appendFileSync,
	mkdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { disturbed, everything, type Lab, lineAbout, makeAbove, makeLab, snapshot } from "./lab.ts";

const REACHED = 3;

/** Changes that replace and delete what the trial below has made. */
function again(upper: string): string[] {
	mkdirSync(`${upper}/d`);
	mkdirSync(`${upper}/to-file`);
	writeFileSync(`${upper}/d/a`, "changed again\n");
	writeFileSync(`${upper}/mode`, "mode\n", { mode: 0o640 });
	writeFileSync(`${upper}/to-dir`, "a file again\n");
	writeFileSync(`${upper}/to-file/inside`, "inside\n");
	symlinkSync("further", `${upper}/link`);
	for (const dir of ["to-file", "d", ""]) utimesSync(`${upper}/${dir}`, 5000, 6000);
	return [
		...["M /d/a", "D /d/c", "M /link", "M /mode", "D /new", "D /opened", "D /text", "M /to-dir"],
		...["M /to-file", "A /to-file/inside"],
	];
}

function works(t: Test, action: "apply" | "revert", dir: string, why: string): void {
	t.same(disturbed(action, dir), { status: 0, out: "", err: "" }, `${action}: ${why}`);
}

/** Disturbs a step at a call. Returns whether the step has such a call. */
function isReached(t: Test, action: "apply" | "revert", dir: string, how: string, at: number) {
	const { status, err } = disturbed(action, dir, how, `${at}`);
	t.ok(status === 0 || status === REACHED, `${action}, call ${at}: status ${status}: ${err}`);
	return status === REACHED;
}

for (const how of ["crash", "fail"]) {
	t.test(`steps of a trial above, interrupted (${how})`, async (t) => {
		const lab = makeLab(everything);
		const above = makeAbove(lab, again);
		const start = snapshot(lab.root);
		works(t, "apply", lab.trial, "first");
		const middle = snapshot(lab.root);
		works(t, "apply", above, "first");
		const wanted = snapshot(lab.root);
		let at = 1;
		for (; isReached(t, "revert", above, how, at); at++) {
			const { status, err } = disturbed("revert", above);
			const isDone = status === 0 || err === `${above}: nothing is applied\n`;
			t.ok(isDone, `call ${at}: ${err}`);
			t.same(snapshot(lab.root), middle, `revert finishes after call ${at}`);
			works(t, "revert", lab.trial, `call ${at}`);
			t.same(snapshot(lab.root), start, `the trial below is reverted after call ${at}`);
			works(t, "apply", lab.trial, `call ${at}`);
			works(t, "apply", above, `call ${at}`);
			t.same(snapshot(lab.root), wanted, `apply after call ${at}`);
		}
		t.ok(at > 30, `${at} calls`);
		for (at = 1; isReached(t, "apply", above, how, at); at++) {
			works(t, "apply", above, `call ${at}`);
			t.same(snapshot(lab.root), wanted, `apply finishes after call ${at}`);
			works(t, "revert", above, `call ${at}`);
			t.same(snapshot(lab.root), middle);
		}
		t.ok(at > 30, `${at} calls`);
		lab.remove();
	});
}

t.test("another file of the same size is not taken for what was applied", async (t) => {
	const lab = makeLab((root, upper) => {
		mkdirSync(`${root}/dir`);
		mkdirSync(`${upper}/dir`);
		for (const name of ["one", "two"]) writeFileSync(`${upper}/dir/${name}`, `${name}\n`);
		return ["A /dir/one", "A /dir/two"];
	});
	const above = makeAbove(lab, (upper) => {
		mkdirSync(`${upper}/dir`);
		writeFileSync(`${upper}/dir/one`, "ONE\n");
		return ["M /dir", "M /dir/one"];
	});
	works(t, "apply", lab.trial, "below");
	works(t, "apply", above, "above");
	rmSync(`${lab.root}/dir/two`);
	writeFileSync(`${lab.root}/dir/two`, "own\n");
	works(t, "revert", above, "above");
	const { status, out } = disturbed("revert", lab.trial);
	t.same([status, out], [2, "conflict: /dir/two: has changed\n"]);
	lab.remove();
});

/** Makes a trial with one file, and another trial above. */
function pair(): { lab: Lab; above: string; good: string; line: string } {
	const lab = makeLab((_root, upper) => {
		writeFileSync(`${upper}/a`, "1");
		return ["A /a"];
	});
	const above = makeAbove(lab, (upper) => {
		writeFileSync(`${upper}/a`, "12");
		return ["M /a"];
	});
	const good = readFileSync(`${above}/manifest`, "utf8");
	return { lab, above, good, line: good.split("\n")[1] ?? "" };
}

t.test("a line about a trial below that is not as described", async (t) => {
	const { lab, above, good, line } = pair();
	works(t, "apply", lab.trial, "below");
	const before = snapshot(lab.root);
	const changed = `${lab.trial}: has changed since the trial ${above} above it`;
	for (const [wrong, why] of [
		[line.replace(/"trial":"[^"]*"/, '"trial":1'), "line 2 is not as expected"],
		[line.replace('"trial":"/', '"trial":"'), "line 2 has a wrong path"],
		[line.replace(/,"mtime".*/, "}"), "line 2 is incomplete"],
		[line.replace(/"mtime":"/, '"mtime":"x'), "line 2 is not as expected"],
		[line.replace(/"mtime":"/, '"mtime":"1'), changed],
		[line.replace(/"inode":"/, '"inode":"1'), changed],
		[line.replace(/"inode":"/, '"inode":"99999999999999999999'), "line 2 is not as expected"],
		[Array(9).fill(line).join("\n"), "line 10 is about one trial too many"],
		[`${line}\n${line}`, `${lab.trial}: another pflask uses the trial`],
		[JSON.stringify(lineAbout(above)), `${above}: has changed since the trial ${above}`],
		[line.replace(lab.trial, `${lab.dir}/none`), `${lab.dir}/none: No such file or directory`],
	] as const) {
		writeFileSync(`${above}/manifest`, good.replace(line, wrong));
		const { status, err } = disturbed("apply", above);
		t.equal(status, 1, wrong);
		t.match(err, why, wrong);
	}
	symlinkSync(lab.trial, `${lab.dir}/link`);
	writeFileSync(`${above}/manifest`, good.replace(`"${lab.trial}"`, `"${lab.dir}/link"`));
	t.match(disturbed("apply", above).err, `${lab.dir}/link: Too many levels of symbolic links`);
	for (const number of [-1, 9, "4294967297", '"1"'])
		for (const action of ["apply", "revert"] as const) {
			writeFileSync(`${above}/manifest`, good.replace('"trial":1', `"trial":${number}`));
			t.match(disturbed(action, above).err, "line 4 is not as expected");
		}
	writeFileSync(`${above}/manifest`, good.replace('"trial":1', '"trial":2'));
	const two = disturbed("apply", above);
	t.same([two.status, two.out], [2, "conflict: /a: has changed in the trial below\n"]);
	t.same(snapshot(lab.root), before);
	writeFileSync(`${above}/manifest`, good);
	works(t, "apply", above, "the right manifest");
	lab.remove();
});

t.test("a trial below that was not applied, or not completely", async (t) => {
	const { lab, above } = pair();
	const why = `${lab.trial}: is not applied, and the trial ${above} lies above it\n`;
	t.equal(disturbed("apply", above).err, why);
	works(t, "apply", lab.trial, "below");
	appendFileSync(`${lab.trial}/journal`, '{"apply":[],"parents":[]}\n');
	t.equal(disturbed("apply", above).err, why);
	works(t, "apply", lab.trial, "below, again");
	works(t, "apply", above, "above");
	appendFileSync(`${lab.trial}/journal`, "x\n");
	const damaged = disturbed("revert", above);
	t.equal(damaged.err, `${lab.trial}: the journal does not fit the manifest\n`);
	lab.remove();
});

t.test("a wrong byte in a manifest or in the journal of the trial below is no crash", async (t) => {
	const { lab, above } = pair();
	works(t, "apply", lab.trial, "below");
	for (const file of [`${above}/manifest`, `${lab.trial}/journal`]) {
		const good = readFileSync(file);
		for (let at = 0; at < good.length; at += 23) {
			for (const byte of [0, 0x22, 0x39, 0x7d]) {
				const bytes = Buffer.from(good);
				bytes[at] = byte;
				writeFileSync(file, bytes);
				const { status, err } = disturbed("apply", above);
				if (status === 0) disturbed("revert", above);
				if (![0, 1, 2].includes(status)) t.fail(`${file}, byte ${at} = ${byte}: ${status}\n${err}`);
			}
		}
		writeFileSync(file, good);
	}
	t.pass();
	lab.remove();
});

t.test("a change of the directory of the trial below", async (t) => {
	const lab = makeLab(
		(_root, upper) => {
			writeFileSync(`${upper}/a`, "1");
			return ["A /a"];
		},
		{},
		"root/x/trial",
	);
	works(t, "apply", lab.trial, "below");
	const before = snapshot(lab.root);
	for (const change of ["A /x/trial/journal", "M /x/trial", "M /x/trial/manifest", "D /x"]) {
		const above = makeAbove(lab, (upper) => {
			mkdirSync(`${upper}/x/trial`, { recursive: true });
			for (const name of ["journal", "manifest"]) writeFileSync(`${upper}/x/trial/${name}`, "");
			return [change];
		});
		const why = `${change.slice(2)}: is, contains, or lies in a trial below\n`;
		const { status, err } = disturbed("apply", above);
		t.same([status, err], [1, why], change);
		t.same(snapshot(lab.root), before);
		rmSync(above, { recursive: true });
	}
	lab.remove();
});
