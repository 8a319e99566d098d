// SPDX-License-Identifier: BSD-2-Clause
// A manifest or a journal that is not as docs/trial.md describes it is refused. No text of another
// user reaches a file outside the root.
import { readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { disturbed, makeLab, snapshot } from "./lab.ts";

function lab() {
	return makeLab((_root, upper) => {
		writeFileSync(`${upper}/a`, "1");
		writeFileSync(`${upper}/b`, "2");
		return ["A /a", "A /b"];
	});
}

const LINE = '{"path":"/a","kind":"A","type":"file","mode":"0644","uid":0,"gid":0,"size":1}';

t.test("a line that is not as described", async (t) => {
	const box = lab();
	const manifest = `${box.trial}/manifest`;
	const good = readFileSync(manifest, "utf8");
	const [header = "", overlay = "", , , end = ""] = good.split("\n");
	const before = snapshot(box.root);
	for (const [wrong, why] of [
		[LINE.slice(0, -1), "line 3 is not as expected"],
		[`${LINE}x`, "line 3 is not as expected"],
		[`${LINE.slice(0, -1)},"x":${"[".repeat(100)}${"]".repeat(100)}}`, "not as expected"],
		[LINE.replace('"A"', '"X"'), "line 3 is not as expected"],
		[LINE.replace('"size":1', '"size":-1'), "line 3 is not as expected"],
		[LINE.replace('"size":1', '"size":99999999999999999999'), "line 3 is not as expected"],
		[LINE.replace('"size":1', '"size":01'), "line 3 is not as expected"],
		[LINE.replace('"uid":0', '"uid":4294967296'), "line 3 is not as expected"],
		[LINE.replace("0644", "99999"), "line 3 is not as expected"],
		[LINE.replace('"file"', '"door"'), "line 3 is not as expected"],
		[LINE.replace("/a", "\\u0000"), "line 3 is not as expected"],
		[LINE.replace("/a", "/\\ud800"), "line 3 is not as expected"],
		[LINE.replace("/a", "/\xff"), "line 3 is not as expected"],
		[LINE.replace("/a", "a"), "line 3 has a wrong path"],
		[LINE.replace("/a", "/../a"), "line 3 has a wrong path"],
		[LINE.replace("/a", "/x/./a"), "line 3 has a wrong path"],
		[LINE.replace("/a", "//a"), "line 3 has a wrong path"],
		[LINE.replace("/a", "/a/"), "line 3 has a wrong path"],
		[`${LINE}\n${LINE}`, "a path has two changes"],
		[overlay.replace('"upper":"upper"', '"upper":".."'), "line 3 has a wrong path"],
		['{"path":"/a"}', "line 3 is incomplete"],
		["{}", "line 3 is unknown"],
		["[]", "line 3 is not as expected"],
		["\0", "contains a NUL"],
	] as const) {
		writeFileSync(manifest, Buffer.from([header, overlay, wrong, end, ""].join("\n"), "latin1"));
		const { status, err } = disturbed("apply", box.trial);
		t.equal(status, 1, JSON.stringify(wrong));
		t.match(err, why, JSON.stringify(wrong));
	}
	writeFileSync(manifest, `${header.replace('"version":1', '"version":2')}\n`);
	t.match(disturbed("apply", box.trial).err, "line 1 has an unknown version");
	t.same(snapshot(box.root), before);
	writeFileSync(manifest, good.replace('"path"', '"later":{"a":[1,null,-2,"b"]},"path"'));
	t.equal(disturbed("apply", box.trial).status, 0, "an unknown member is left out");
	box.remove();
});

t.test("a manifest or a journal with a wrong byte is no crash", async (t) => {
	const box = lab();
	t.equal(disturbed("apply", box.trial).status, 0);
	for (const name of ["manifest", "journal"]) {
		const file = `${box.trial}/${name}`;
		const good = readFileSync(file);
		for (let at = 0; at < good.length; at += 31) {
			for (const byte of [0, 0x22, 0x39, 0x7d]) {
				const bytes = Buffer.from(good);
				bytes[at] = byte;
				writeFileSync(file, bytes);
				const { status, err } = disturbed("revert", box.trial);
				if (status === 0) disturbed("apply", box.trial);
				if (![0, 1, 2].includes(status)) t.fail(`${name}, byte ${at} = ${byte}: ${status}\n${err}`);
			}
		}
		writeFileSync(file, good);
	}
	t.pass();
	box.remove();
});

t.test("a journal that does not fit the manifest", async (t) => {
	const box = lab();
	t.equal(disturbed("apply", box.trial).status, 0);
	const journal = `${box.trial}/journal`;
	for (const wrong of ['{"revert":[9]}', '{"apply":[[0]],"parents":[]}', '{"other":1}', "x"]) {
		const good = readFileSync(journal);
		writeFileSync(journal, `${good}${wrong}\n`);
		const { status, err } = disturbed("revert", box.trial);
		t.same([status, err], [1, `${box.trial}: the journal does not fit the manifest\n`], wrong);
		writeFileSync(journal, good);
	}
	t.equal(disturbed("revert", box.trial).status, 0);
	box.remove();
});
