// SPDX-License-Identifier: BSD-2-Clause
// pflask-userns setup changes directories that stand for machines.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { setup } from "@pflask/userns";
import t from "tap";
import { isRoot } from "../../../test/lib/host.ts";
import { need } from "../../../test/lib/need.ts";
import { machine, type Tree } from "./machine.ts";

const MAIN = `${import.meta.dir}/../src/main.ts`;
const CONF = "etc/sysctl.d/90-pflask-userns.conf";
const HEADER = "# Written by pflask-userns(1): users may make user namespaces.\n";
const BLOCKED = {
	user: { max_user_namespaces: 0 },
	kernel: { unprivileged_userns_clone: 0, apparmor_restrict_unprivileged_userns: 1 },
};

/** Returns each file below a directory: its text, mode and time of modification. */
function everything(root: string): readonly string[] {
	const names = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
	return names.map((name) => {
		const stat = statSync(`${root}/${name}`);
		const text = stat.isFile() ? readFileSync(`${root}/${name}`, "latin1") : "";
		return `${name} ${stat.mode} ${stat.ino} ${stat.mtimeMs} ${text}`;
	});
}

function read(root: string, name: string): string {
	return readFileSync(`${root}/${name}`, "utf8");
}

t.test("ranges are added", async (t) => {
	if (!need(t, isRoot(), "setup is for root")) return;
	const root = t.testdir(machine({ subuid: "bob:100000:65536\n", subgid: "bob:100000:65536" }));
	const changes = await setup({ user: "alice", root });
	t.same(changes, [
		{ kind: "append", path: "/etc/subuid", line: "alice:165536:65536" },
		{ kind: "append", path: "/etc/subgid", line: "alice:165536:65536" },
	]);
	t.equal(read(root, "etc/subuid"), "bob:100000:65536\nalice:165536:65536\n");
	t.equal(read(root, "etc/subgid"), "bob:100000:65536\nalice:165536:65536\n");
	const before = everything(root);
	t.same(await setup({ user: "alice", root }), [], "once is enough");
	t.same(await setup({ user: 1000, root }), [], "by uid too");
	t.same(await setup({ user: "bob", root }), [], "who had some");
	t.same(everything(root), before);
});

t.test("existing ranges count", async (t) => {
	if (!need(t, isRoot(), "setup is for root")) return;
	const subuid = "1000:100000:40000\nalice:120000:40000\nalice:200000:5536\n";
	const root = t.testdir(machine({ subuid, subgid: "alice:100000:65535\n" }));
	t.same(await setup({ user: "alice", root }), [
		{ kind: "append", path: "/etc/subgid", line: "alice:205536:65536" },
	]);
	t.equal(read(root, "etc/subuid"), subuid, "65536 in pieces are 65536");
});

t.test("missing files", async (t) => {
	if (!need(t, isRoot(), "setup is for root")) return;
	const root = t.testdir({ etc: { passwd: read("/", "etc/passwd") } });
	await setup({ user: "root", root });
	t.equal(read(root, "etc/subuid"), "root:100000:65536\n");
	t.equal(read(root, "etc/subgid"), "root:100000:65536\n");
	t.equal(statSync(`${root}/etc/subuid`).mode, 0o100644);
});

t.test("settings are changed, now and at boot", async (t) => {
	if (!need(t, isRoot(), "setup is for root")) return;
	const granted = "alice:100000:65536\n";
	const root = t.testdir(machine({ subuid: granted, subgid: granted }, BLOCKED));
	const text = `${HEADER}user.max_user_namespaces = 15000
kernel.unprivileged_userns_clone = 1
kernel.apparmor_restrict_unprivileged_userns = 0
`;
	t.same(await setup({ user: "alice", root }), [
		{ kind: "write", path: `/${CONF}`, text },
		{ kind: "set", key: "user.max_user_namespaces", before: 0, value: 15000 },
		{ kind: "set", key: "kernel.unprivileged_userns_clone", before: 0, value: 1 },
		{ kind: "set", key: "kernel.apparmor_restrict_unprivileged_userns", before: 1, value: 0 },
	]);
	t.equal(read(root, CONF), text);
	t.equal(read(root, "proc/sys/user/max_user_namespaces"), "15000\n");
	t.equal(read(root, "proc/sys/kernel/unprivileged_userns_clone"), "1\n");
	t.equal(read(root, "proc/sys/kernel/apparmor_restrict_unprivileged_userns"), "0\n");
	t.same(await setup({ user: "alice", root }), [], "once is enough");
	writeFileSync(`${root}/proc/sys/user/max_user_namespaces`, "0\n");
	t.match(await setup({ user: "alice", root }), [{ kind: "set" }], "the file said so already");
	t.equal(read(root, CONF), text);
});

t.test("other lines of the file are kept", async (t) => {
	if (!need(t, isRoot(), "setup is for root")) return;
	const granted = "alice:100000:65536\n";
	const conf = "# mine\n-user/max_user_namespaces=0\nvm.swappiness = 1";
	const etc = { subuid: granted, subgid: granted, "sysctl.d": { "90-pflask-userns.conf": conf } };
	const root = t.testdir(machine(etc, BLOCKED));
	await setup({ user: "alice", root });
	t.equal(
		read(root, CONF),
		`# mine
user.max_user_namespaces = 15000
vm.swappiness = 1
kernel.unprivileged_userns_clone = 1
kernel.apparmor_restrict_unprivileged_userns = 0
`,
	);
});

t.test("a file that undoes the setting at boot is named", async (t) => {
	const key = "user.max_user_namespaces";
	const undoing = async (etc: Tree, rest: Tree = {}) => {
		const root = t.testdir({ ...machine(etc, { user: { max_user_namespaces: 0 } }), ...rest });
		const changes = await setup({ user: "alice", root, dryRun: true });
		return changes.find((change) => change.kind === "set")?.undoneBy;
	};
	const inDirectory = (files: Tree) => undoing({ "sysctl.d": files });
	t.equal(await undoing({}), undefined);
	t.equal(await inDirectory({ "10-x.conf": `${key}=0` }), undefined, "an earlier one");
	t.equal(await inDirectory({ "99-x.conf": `${key}=0` }), "/etc/sysctl.d/99-x.conf");
	t.equal(await inDirectory({ "99-x.conf": `${key}=0\n${key}=5` }), undefined, "the last line");
	t.equal(await inDirectory({ "99-x.conf": `# ${key}=0` }), undefined, "a comment");
	t.equal(await inDirectory({ "99-x": `${key}=0` }), undefined, "a name without .conf");
	t.equal(await inDirectory({ "99-x.conf": `${key}=5` }), undefined, "one that allows as well");
	t.equal(await undoing({ "sysctl.conf": `${key} = 0\n` }), "/etc/sysctl.conf");
	const elsewhere = (files: Tree) => ({ usr: { lib: { "sysctl.d": files } } });
	const blocks = { "95-x.conf": `${key} = 0` };
	const allows = { "99-x.conf": `${key} = 1` };
	t.equal(await undoing({ "sysctl.d": allows }, elsewhere(blocks)), undefined, "the last file");
	const other = { "99-x.conf": "vm.swappiness = 1" };
	t.equal(await undoing({ "sysctl.d": other }, elsewhere(blocks)), "/usr/lib/sysctl.d/95-x.conf");
	const same = { "95-x.conf": "" };
	t.equal(await undoing({ "sysctl.d": same }, elsewhere(blocks)), undefined, "a name counts once");
});

t.test("a dry run prints the same changes and makes none", async (t) => {
	const files = machine({ subuid: "bob:100000:65536\n" }, BLOCKED);
	const root = t.testdir(files);
	const before = everything(root);
	const planned = await setup({ user: "alice", root, dryRun: true });
	t.equal(planned.length, 6);
	t.same(everything(root), before);
	if (!need(t, isRoot(), "setup is for root")) return;
	t.same(await setup({ user: "alice", root }), planned);
});

t.test("a held lock", async (t) => {
	if (!need(t, isRoot(), "setup is for root")) return;
	const root = t.testdir(machine({ "subgid.lock": `${process.pid}\0` }));
	const before = everything(root);
	await t.rejects(setup({ user: "alice", root, patience: 0 }), {
		code: "setup",
		message: `cannot lock ${root}/etc/subgid: locked by process ${process.pid}`,
	});
	t.equal(read(root, "etc/subuid"), "");
	t.same(everything(root).length, before.length, "nothing is left");
});

t.test("several setups at once", async (t) => {
	if (!need(t, isRoot(), "setup is for root")) return;
	const root = t.testdir(machine());
	const users = ["alice", "bob", "alice", "1000", "root", "bob"];
	const children = users.map((user) =>
		Bun.spawn([process.execPath, MAIN, "setup", user, `--root=${root}`]),
	);
	t.same(await Promise.all(children.map((child) => child.exited)), [0, 0, 0, 0, 0, 0]);
	for (const name of ["etc/subuid", "etc/subgid"]) {
		const lines = read(root, name).trim().split("\n").sort();
		t.same(
			lines.map((line) => line.split(":")[0]),
			["alice", "bob", "root"],
			name,
		);
		const starts = lines.map((line) => Number(line.split(":")[1])).sort();
		t.same(starts, [100_000, 165_536, 231_072], name);
	}
	t.same(
		readdirSync(`${root}/etc`).sort(),
		["group", "passwd", "subgid", "subuid"],
		"no lock and no temporary file is left",
	);
});
