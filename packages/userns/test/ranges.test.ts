// SPDX-License-Identifier: BSD-2-Clause
// The subordinate ids of users, and the ids that are free.
import { PflaskError } from "@pflask/runtime/internal";
import { pick, ranges } from "@pflask/userns";
import t from "tap";
import { parseGrants } from "../src/range.ts";
import { machine, type Tree } from "./machine.ts";

const DEFINITIONS = `
# SUB_UID_MIN 5
SUB_UID_MIN		   100000
SUB_UID_MAX		   400000
SUB_GID_MIN		   150000
SUB_GID_MAX		600100000
`;

t.test("the ranges of a user", async (t) => {
	const subuid = `bob:1:2
alice:100000:65536
1000:300000:10
10000:400000:10
alice2:500000:10
nonsense
alice:200000:5`;
	const root = t.testdir(machine({ subuid, subgid: "1000:7:8\nvideo:9:9\n" }));
	const uid = [
		{ start: 100000, count: 65536 },
		{ start: 300000, count: 10 },
		{ start: 200000, count: 5 },
	];
	for (const user of ["alice", "1000", 1000])
		t.same(ranges(user, { root }), { uid, gid: [{ start: 7, count: 8 }] }, `${user}`);
	t.same(ranges("root", { root }), { uid: [], gid: [] });
	t.same(ranges("bob", { root: `${root}/` }).uid, [{ start: 1, count: 2 }], "a slash at the end");
});

t.test("digits are a name before they are a uid", async (t) => {
	const root = t.testdir(machine({ subuid: "1003:5:6\n1002:7:8\n" }));
	t.same(ranges("1002", { root }).uid, [
		{ start: 5, count: 6 },
		{ start: 7, count: 8 },
	]);
});

t.test("an unknown user, and missing files", async (t) => {
	const root = t.testdir(machine());
	for (const user of ["mallory", 4242, "", "alice:x", "--", "-h"])
		t.throws(() => ranges(user, { root }), { code: "invalid", field: "user" }, `${user}`);
	t.throws(() => ranges("pft-u-nobody"), { message: "pft-u-nobody: no such user" }, "here");
	const empty = t.testdir({ etc: { passwd: "alice:x:1:1:::\nno line\nx:y:z:w:\n" } });
	t.same(ranges("alice", { root: empty }), { uid: [], gid: [] });
});

t.test("the next free range", async (t) => {
	const next = (files: Tree, count?: number) => pick(count, { root: t.testdir(files) }).start;
	t.equal(next(machine()), 100_000, "the usual beginning");
	t.equal(next(machine({ subuid: "bob:100000:65536\n" })), 165_536);
	t.equal(next(machine({ subgid: "bob:100000:65536\n" })), 165_536, "a gid counts too");
	const both = { subuid: "bob:165536:65536\n", subgid: "bob:100000:1\n" };
	t.equal(next(machine(both)), 231_072, "too small a gap is passed over");
	t.equal(next(machine(both), 100), 100_001, "unless less is wanted");
	t.equal(next(machine({ passwd: "u:x:120000:5:::\n" })), 120_001, "a uid");
	t.equal(next(machine({ passwd: "u:x:5:120000:::\n" })), 120_001, "a primary group");
	t.equal(next(machine({ group: "g:x:120000:\n" })), 120_001, "a gid");
	t.equal(next(machine({ "login.defs": DEFINITIONS })), 150_000, "the higher beginning");
});

t.test("no free range", async (t) => {
	const root = t.testdir(machine({ "login.defs": DEFINITIONS, subuid: "bob:200000:100000\n" }));
	t.same(pick(50_000, { root }), { start: 150_000, count: 50_000 });
	t.same(pick(65_536, { root }), { start: 300_000, count: 65_536 });
	t.throws(() => pick(100_002, { root }), {
		code: "setup",
		message: "no range of 100002 subordinate ids is free from 150000 to 400000",
		hint: /SUB_UID_MAX/,
	});
	t.same(pick(100_001, { root }), { start: 300_000, count: 100_001 }, "up to the last one");
	for (const count of [0, -1, 1.5, Number.NaN, 2 ** 32])
		t.throws(() => pick(count, { root }), { name: "PflaskError", field: "count" }, `${count}`);
});

t.test("ids that this user namespace does not map", async (t) => {
	const maps = { uid_map: "0 5000 200000\n", gid_map: "0 0 4294967295\n" };
	const root = t.testdir({ ...machine(), proc: { self: maps } });
	t.same(pick(65_536, { root }), { start: 100_000, count: 65_536 });
	t.throws(() => pick(100_001, { root }), PflaskError);
});

t.test("the running machine", async (t) => {
	const { start, count } = pick();
	t.equal(count, 65_536);
	for (const file of ["/etc/subuid", "/etc/subgid"])
		for (const line of parseGrants(await Bun.file(file).text()))
			t.notOk(start < line.start + line.count && line.start < start + count, line.owner);
});
