// SPDX-License-Identifier: BSD-2-Clause
// `pflask-userns check` reports on directories that stand for machines.
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { PflaskError, type Spec } from "@pflask/runtime/internal";
import { type Attempt, check, REQUIREMENTS, type Requirement } from "@pflask/userns";
import t, { type Test } from "tap";
import { isRoot, sh } from "../../../test/lib/host.ts";
import { need } from "../../../test/lib/need.ts";
import { oldControllers, ownCgroup } from "../src/cgroup.ts";
import { tryAll } from "../src/facts.ts";
import { findHelper, hasCapability, installCommand } from "../src/helper.ts";
import { rangesOf } from "../src/ranges.ts";
import { rows } from "../src/rows.ts";
import { machine, type Tree } from "./machine.ts";

const ALICE = { name: "alice", uid: 1000 };
const ROOT = { name: "root", uid: 0 };
const works: Attempt = () => 0;

function refused(message: string, errno: number, hint = ""): PflaskError {
	return new PflaskError(message, { code: "setup", errno, hint });
}

function fails(error: PflaskError): Attempt {
	return () => {
		throw error;
	};
}

/** Returns the report about a machine for a user: each requirement by its name. */
async function said(
	t: Test,
	files: Tree,
	attempt: Attempt,
	{ name, uid }: { readonly name: string; readonly uid: number } = ROOT,
): Promise<Readonly<Record<string, Requirement>>> {
	const root = t.testdir(files);
	const user = { name, uid, gid: uid };
	const facts = { ...(await tryAll(root, attempt)), user, ranges: rangesOf(user, root) };
	return Object.fromEntries(rows(facts).map((found) => [found.name, found]));
}

t.test("the form of a report", async (t) => {
	const report = await check({ root: t.testdir(machine()), attempt: works });
	t.equal(report.version, 1);
	t.equal(report.user.uid, process.getuid?.());
	t.same(
		report.requirements.map(({ name }) => name),
		REQUIREMENTS,
	);
	for (const requirement of report.requirements) {
		const { ok, remedy, found, errno } = requirement;
		t.same(Object.keys(requirement).sort(), ["errno", "found", "name", "needed", "ok", "remedy"]);
		t.equal(remedy === "", ok, `${requirement.name}: a remedy where it is needed`);
		t.notMatch(`${found}${remedy}`, /\n/);
		t.not(found, "");
		if (ok) t.equal(errno, null);
	}
});

t.test("blocking settings", async (t) => {
	const settings = {
		"max-user-namespaces": ["user.max_user_namespaces", 0, 15000, 5],
		"unprivileged-userns-clone": ["kernel.unprivileged_userns_clone", 0, 1, 1],
		apparmor: ["kernel.apparmor_restrict_unprivileged_userns", 1, 0, 0],
	} as const;
	const denied = fails(refused("clone user: Operation not permitted", 1, "other"));
	for (const [name, [key, blocking, allowing, other]] of Object.entries(settings)) {
		const [directory = "", file = ""] = key.split(".");
		const files = (value: number) => machine({}, { [directory]: { [file]: value } });
		const remedy = `sudo sysctl -w ${key}=${allowing}`;
		const blocked = await said(t, files(blocking), denied, ALICE);
		const found = `${key} = ${blocking}`;
		t.match(blocked[name], { ok: false, needed: true, found, remedy });
		t.match(blocked["user-namespaces"], {
			ok: false,
			needed: true,
			found: "clone user: Operation not permitted",
			remedy,
			errno: "EPERM",
		});
		t.match(blocked.proc, { ok: false, found: /^not tried/, remedy });
		const harmless = await said(t, files(blocking), works, ALICE);
		t.match(harmless[name], { ok: true, found, remedy: "" }, "it was no obstacle");
		const allowed = await said(t, files(other), denied, ALICE);
		t.match(allowed[name], { ok: true, found: `${key} = ${other}`, remedy: "" });
		t.match(allowed["user-namespaces"], { ok: false, remedy: "other" }, "the error's own");
		const without = await said(t, machine(), denied, ALICE);
		t.match(without[name], { ok: true, found: /no such setting/ });
		const forRoot = await said(t, files(blocking), denied, ROOT);
		const limits = name === "max-user-namespaces";
		t.match(forRoot[name], { ok: !limits, needed: limits }, "root");
		t.match(forRoot["user-namespaces"], { remedy: limits ? remedy : "other" }, "root");
	}
});

t.test("users and root", async (t) => {
	const noRanges = fails(refused("no ranges", 0, "hint"));
	const attempt: Attempt = (spec) => (spec.userMap?.[0] === "auto" ? noRanges(spec) : 0);
	const alice = await said(t, machine({ subgid: "alice:100000:10\n" }), attempt, ALICE);
	t.match(alice.subuid, {
		ok: false,
		needed: true,
		found: "alice has no subordinate ids",
		remedy: "sudo usermod --add-subuids 100010-165545 alice",
	});
	t.match(alice.subgid, {
		found: "alice has only 10: 100000-100009",
		remedy: "sudo usermod --add-subgids 100010-165545 alice",
	});
	t.match(alice["id-maps"], { ok: false, needed: true, found: "no ranges" });
	const root = await said(t, machine(), works, ROOT);
	t.match(root.subuid, { ok: true, needed: false, found: "root does not need subordinate ids" });
	t.match(root.newuidmap, { needed: false });
	const full = machine({ "login.defs": "SUB_UID_MAX 100000\n" });
	t.match((await said(t, full, works, ALICE)).subuid, {
		found: /^alice has no subordinate ids, and .*free/,
		remedy: /SUB_UID_MAX/,
	});
});

t.test("without a user namespace no trial inside runs, and the check fails", async (t) => {
	const tried: Spec[] = [];
	const report = await check({
		root: t.testdir(machine()),
		attempt(spec) {
			tried.push(spec);
			throw refused("x", 1);
		},
	});
	t.equal(tried.length, 1);
	t.notOk(report.ok);
});

t.test("the specs of the trials", async (t) => {
	const tried: Spec[] = [];
	await check({
		root: t.testdir(machine()),
		attempt(spec) {
			tried.push(spec);
			return 0;
		},
	});
	const own = [`u:0:${process.geteuid?.()}:1`, `g:0:${process.getegid?.()}:1`];
	t.match(tried, [
		{ userns: true, mountns: true, pidns: false, userMap: own },
		{ userns: true, userMap: ["auto"] },
		{ userns: true, pidns: true, userMap: own },
		{ userns: true, userMap: own, command: ["sh", "-c", /overlay/, String] },
	]);
});

t.test("overlays", async (t) => {
	const ending = (status: number): Attempt => {
		return ({ command }) => (command?.[0] === "sh" ? status : 0);
	};
	const overlay = async (attempt: Attempt) => (await said(t, machine(), attempt)).overlay;
	t.match(await overlay(works), { ok: true, needed: false });
	t.match(await overlay(ending(10)), { ok: false, needed: false, found: /tmpfs/ });
	t.match(await overlay(ending(11)), { ok: false, remedy: /5\.11/ });
	t.match(await overlay(ending(12)), { ok: false, remedy: /--ephemeral=DIR.*6\.6/ });
	t.match(await overlay(ending(137)), { ok: false, found: /status 137/ });
});

t.test("newuidmap with each kind of privilege", async (t) => {
	const directory = t.testdir({ newuidmap: "#!/bin/true\n" });
	const path = `${directory}/newuidmap`;
	t.equal(findHelper("newuidmap", directory), undefined, "it can not be executed");
	chmodSync(path, 0o755);
	t.match(findHelper("newuidmap", directory), { path, privilege: undefined });
	t.equal(findHelper("newgidmap", directory), undefined);
	if (!need(t, isRoot(), "setuid root and capabilities are root's to give")) return;
	chmodSync(path, 0o4755);
	t.match(findHelper("newuidmap", directory), { path, privilege: "setuid" });
	chownSync(path, 1, 1);
	chmodSync(path, 0o4755);
	t.match(
		findHelper("newuidmap", directory),
		{ path, privilege: undefined, isOfRoot: false },
		"not of root",
	);
	await sh(["setcap", "cap_setuid=ep", path]);
	t.match(findHelper("newuidmap", directory), { path, privilege: "capability" });
	await sh(["setcap", "cap_setgid=ep", path]);
	t.match(findHelper("newuidmap", directory), { path, privilege: undefined }, "another one");
});

t.test("the output of getcap", async (t) => {
	t.ok(hasCapability("/usr/bin/newuidmap cap_setuid=ep\n", "cap_setuid"));
	t.ok(hasCapability("/usr/bin/newuidmap = cap_setgid,cap_setuid+ep\n", "cap_setuid"));
	for (const text of [
		"",
		"/x cap_setuid=ei\n",
		"/cap_setuid=ep cap_setgid=ep\n",
		"/x cap_setuidx=ep",
	])
		t.notOk(hasCapability(text, "cap_setuid"), text);
});

t.test("the command that installs newuidmap", async (t) => {
	const command = (release: string) =>
		installCommand(t.testdir({ etc: { "os-release": release } }));
	t.equal(command("NAME=x\nID=debian\n"), "sudo apt-get install uidmap");
	t.equal(command('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), "sudo apt-get install uidmap");
	t.equal(command('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), "sudo dnf install shadow-utils");
	t.match(command("VERSION_ID=debian\n"), /^install the package/);
	t.match(installCommand(t.testdir({})), /^install the package/);
});

t.test("the caller's cgroup", async (t) => {
	const mount = (top: string, path: string, type = "cgroup2") =>
		`36 25 0:31 ${top} ${path} rw,nosuid shared:9 - ${type} none rw\n`;
	const own = (name: string, mounts: string) => ownCgroup(`1:cpu:/x\n0::${name}\n`, mounts)?.path;
	t.equal(own("/a/b", mount("/", "/sys/fs/cgroup")), "/sys/fs/cgroup/a/b");
	t.equal(own("/", mount("/", "/sys/fs/cgroup")), "/sys/fs/cgroup");
	t.equal(own("/a/b", mount("/a", "/c")), "/c/b", "a part of the hierarchy");
	t.equal(own("/a", mount("/a", "/c")), "/c");
	t.equal(own("/ab", mount("/a", "/c")), undefined, "another part");
	t.equal(own("/a", mount("/", "/with\\040space")), "/with space/a");
	t.equal(own("/a", mount("/", "/sys/fs/cgroup", "cgroup")), undefined, "version 1");
	t.equal(ownCgroup("1:cpu:/x\n", mount("/", "/sys/fs/cgroup")), undefined, "no version 2");
	const one = (controllers: string) => mount("/", "/v1", "cgroup").replace("none rw", controllers);
	t.same(oldControllers(mount("/", "/c")), []);
	t.same(oldControllers(one("none rw,xattr,name=systemd") + one("cgroup rw,cpu,cpuacct")), [
		"cpu",
		"cpuacct",
	]);
	const { cgroup } = await said(t, machine(), works);
	t.match(cgroup, { ok: false, needed: false, found: /cgroup2/, remedy: /systemd/ });
});

t.test("an unexpected error is thrown", async (t) => {
	const attempt = () => {
		throw new TypeError("x");
	};
	await t.rejects(check({ root: t.testdir(machine()), attempt }), TypeError);
});

t.test("a trial removes its directory", async (t) => {
	let path = "";
	await said(t, machine(), (spec) => {
		path = spec.command?.[3] ?? path;
		return 0;
	});
	t.match(path, /pflask-userns-/);
	t.throws(() => writeFileSync(`${path}/x`, ""), { code: "ENOENT" });
});
