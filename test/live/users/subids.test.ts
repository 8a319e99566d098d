// SPDX-License-Identifier: BSD-2-Clause
// The tests check the sources of subordinate ids, the use by an ordinary user, and the remedy for a
// user without subordinate ids.
import { appendFileSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as, executable, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { BUILD } from "../../lib/paths.ts";
import { inMounts } from "../../lib/private.ts";
import type { Ended } from "../../lib/run.ts";
import { FIRST, shellRoot, subordinateDebian } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-subids", { range: RANGE });
const plain = await account("pft-subids2");

/** The command of the original README, word for word except for the user's name. */
const ORIGINAL = ["--user-map=0:100000:65536"];

const MAPS = ["uid", "gid"]
	.map((kind) => `sed 's/^ */${kind} /; s/ \\+/ /g' /proc/self/${kind}_map`)
	.join("; ");

/** Copies /etc. The lock keeps other tests from adding users meanwhile. */
async function copyOfEtc(box: Box): Promise<string> {
	const etc = `${box.dir}/etc`;
	await sh(["rm", "-rf", etc]);
	await sh(["flock", `${BUILD}/lock`, "cp", "-a", "/etc", etc]);
	return etc;
}

/**
 * Returns a command prefix that runs a command with these contents of /etc/subuid and /etc/subgid.
 * Replaces all of /etc: a mount on one file disappears when another test renames a new file to the
 * name of the file.
 */
async function withFiles(box: Box, subuid: string, subgid = subuid): Promise<string[]> {
	const etc = await copyOfEtc(box);
	writeFileSync(`${etc}/subuid`, subuid);
	writeFileSync(`${etc}/subgid`, subgid);
	return inMounts(`mount --bind "${etc}" /etc`);
}

/** The message of newuidmap(1) about ids that do not belong to the user. */
const NOT_ALLOWED =
	/^pflask: --user-map: cannot map user ids: newuidmap: uid range [^\n]* not allowed\n/;

function isError(t: Test, run: Ended, why: RegExp, what: string): void {
	t.same([run.status, run.out], [125, ""], `${what}: ${run.err}`);
	t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `${what}: one line`);
	t.match(run.err, why, what);
}

live("pflask --user-map=0:100000:65536 --chroot=DIR", async (t, box) => {
	const root = await subordinateDebian();
	const session = as(user, box).terminal([...ORIGINAL, `--chroot=${root}`]);
	await session.until(/# $/);
	session.type("id; stat -c %U:%G /etc/shadow; exit 7\n");
	const { status, out } = await session.ended;
	t.equal(status, 7);
	t.match(out, /\ruid=0\(root\) gid=0\(root\) groups=0\(root\)\r\n/);
	t.match(out, /\r\nroot:shadow\r\n/);
});

live("a root of subordinate ids needs no option", async (t, box) => {
	const root = await subordinateDebian();
	const run = await as(user, box).run([`--chroot=${root}`, "--", "sh", "-c", `id; ${MAPS}`]);
	t.match(run.out, /^uid=0\(root\) gid=0\(root\) groups=0\(root\)\n/, run.err);
	t.match(run.out, `uid 0 ${FIRST} 65536\ngid 0 ${FIRST} 65536\n`);
});

live("a root of the user needs no option either", async (t, box) => {
	const root = await shellRoot(box, user.uid);
	const run = await as(user, box).run([
		`--chroot=${root}`,
		"--",
		"/bin/sh",
		"-c",
		"id -u; stat -c %u:%g /",
	]);
	t.equal(run.out, "0\n0:0\n", run.err);
});

live("files can be given to several ids, as a package manager does", async (t, box) => {
	const root = await shellRoot(box, FIRST);
	const owners = ["0:0", "1:1", "33:33", "42:65534", "1000:1000", "65534:65534", "65535:65535"];
	const script = `
		set -e; mkdir /made
		for o; do echo "$o" >"/made/$o"; chown "$o" "/made/$o"; chmod 4755 "/made/$o"; done
		stat -c %u:%g /made/*; chown 33:33 /made; chgrp -R 42 /made/0:0`;
	const args = [`--chroot=${root}`, ...ORIGINAL, "--", "/bin/sh", "-c", script, "sh", ...owners];
	const run = await as(user, box).run(args);
	t.same(run.out.trim().split("\n").sort(), [...owners].sort(), run.err);
	for (const owner of owners) {
		const found = statSync(`${root}/made/${owner}`);
		const [uid = 0, gid = 0] = owner.split(":").map(Number);
		const expected = [uid + FIRST, (owner === "0:0" ? 42 : gid) + FIRST];
		t.same([found.uid, found.gid], expected, `${owner} on the host`);
	}
	const beyond = ["/bin/sh", "-c", "chown 65536 /made; echo $?"];
	const out = await as(user, box).run([`--chroot=${root}`, ...ORIGINAL, "--", ...beyond]);
	t.equal(out.out, "1\n", "an id that is not mapped");
});

live("users, su and setuid programs of a distribution", async (t, box) => {
	const root = await subordinateDebian();
	const script = `
		set -e; useradd --create-home someone
		su -s /bin/sh someone -c 'id -un; passwd -S someone | cut -d" " -f1'
		install -o man -g mail -m 2755 /bin/true /usr/local/bin/x; stat -c '%U:%G %a' /usr/local/bin/x
		apt-mark hold dpkg >/dev/null; dpkg -l dpkg | tail -1 | cut -c1-2
		setpriv --reuid=www-data --regid=www-data --clear-groups id -un`;
	const args = [`--chroot=${root}`, ...ORIGINAL, "--ephemeral", "--", "/bin/sh", "-c", script];
	const run = await as(user, box).run(args);
	t.equal(run.out, "someone\nsomeone\nman:mail 2755\nhi\nwww-data\n", run.err);
});

live("--user inside a root of subordinate ids", async (t, box) => {
	const root = await subordinateDebian();
	const args = [
		`--chroot=${root}`,
		...ORIGINAL,
		"--ephemeral",
		"--user=www-data",
		"--",
		"/bin/sh",
		"-c",
	];
	const run = await as(user, box).run([...args, "id -un; id -Gn; echo $HOME; cat /etc/shadow"]);
	t.equal(run.out, "www-data\nwww-data\n/var/www\n");
	t.match(run.err, "Permission denied");
});

live("a root directory that root owns", async (t, box) => {
	const root = await shellRoot(box);
	const before = await names(root);
	const run = await as(user, box).run([`--chroot=${root}`, "--", "/bin/true"]);
	isError(t, run, /\nhint: [^\n]*sudo pflask [^\n]*--user-map=auto/, "one line says what to do");
	t.match(run.err, root);
	t.same(await names(root), before);
});

live("ranges of several lines, by name and by number", async (t, box) => {
	const file = `# a comment
root:1:1
${user.name}:200000:1000

nobody:700000:10
${user.uid}:300000:500
${user.name}x:400000:500
broken
${user.name}:x:y
`;
	const via = await withFiles(box, file);
	const mine = as(user, box);
	for (const [map, works] of [
		["0:200000:1000", true],
		["0:300000:500", true],
		["0:200100:10", true],
		["0:400000:10", false],
		["0:700000:10", false],
		["0:1:1", false],
		["0:199999:2", false],
		["0:200999:2", false],
	] as const) {
		const run = await mine.run([`--user-map=${map}`, "--", "/bin/true"], { via });
		if (works) t.equal(run.status, 0, `${map}: ${run.err}`);
		else isError(t, run, NOT_ALLOWED, map);
	}
	const both = await mine.run(["-e0:200000:10", "-e10:300000:10", "--", "/bin/sh", "-c", MAPS], {
		via,
	});
	t.match(both.out, "uid 0 200000 10\nuid 10 300000 10\n", both.err);
	const auto = await mine.run(["-eauto", "--", "/bin/sh", "-c", MAPS], { via });
	t.match(auto.out, `uid 0 ${user.uid} 1\nuid 1 200000 1000\n`, auto.err);
});

live("maps that are not permitted are refused before anything runs", async (t, box) => {
	const root = await shellRoot(box, user.uid);
	const before = await names(root);
	for (const map of ["0:0:1", "0:1:1", "0:99999:2", "0:100000:65537", "0:165536:1", "0:1000:1"]) {
		for (const args of [[], [`--chroot=${root}`, "-mtmp:/new"]]) {
			const run = await as(user, box).run([...args, `--user-map=${map}`, "--", "/bin/echo", "ran"]);
			isError(t, run, NOT_ALLOWED, map);
		}
		t.same(await names(root), before);
	}
	const { uid } = plain;
	const other = await as(user, box).run([`--user-map=0:${uid}:1`, "--", "/bin/echo", "ran"]);
	isError(t, other, NOT_ALLOWED, "another user's own id");
	t.notMatch(other.err, new RegExp(`subuids ${uid}-`), "and no hint gives it away");
});

/** Returns the command in the hint, without "sudo". */
function remedy(run: Ended): string[] {
	const command = run.err.match(/\nhint: sudo (usermod [^\n]+)\n/)?.[1];
	return command?.split(" ") ?? [];
}

live("the hint is a command that works", async (t, box) => {
	const someone = await account("pft-subids3");
	const mine = as(someone, box);
	// No user has these ids.
	for (const map of ["auto", "0:1700000000:65536", "0:1700070000:10"]) {
		const args = [`--user-map=${map}`, "--", "/bin/sh", "-c", "id -u"];
		const run = await mine.run(args);
		isError(t, run, map === "auto" ? /\/etc\/subuid/ : NOT_ALLOWED, map);
		const words = remedy(run);
		t.match(words.join(" "), /^usermod --add-subuids \d+-\d+ --add-subgids \d+-\d+ pft-subids3$/);
		if (words.length === 0) continue;
		await sh(words);
		const again = await mine.run(args);
		t.equal(again.out, "0\n", `${map}, after ${words.join(" ")}: ${again.err}`);
		await sh([
			"flock",
			"/etc/login.defs",
			"sed",
			"-i",
			"/^pft-subids3:/d",
			"/etc/subuid",
			"/etc/subgid",
		]);
	}
});

live("a map of more ids than a range has", async (t, box) => {
	const someone = await account("pft-subids4", { range: "1700100000-1700165535" });
	const run = await as(someone, box).run(["--user-map=0:1700100000:65537", "--", "/bin/true"]);
	isError(t, run, NOT_ALLOWED, "one id too many");
	const [, words = "", option = ""] =
		run.err.match(/\nhint: sudo (usermod [^\n]+), and (--user-map=\S+)\n/) ?? [];
	t.match(option, /^--user-map=0:\d+:65537$/, run.err);
	if (words === "") return;
	await sh(words.split(" "));
	const again = await as(someone, box).run([option, "--", "/bin/sh", "-c", "id -u"]);
	t.equal(again.out, "0\n", `${words}, ${option}: ${again.err}`);
	const most = await as(someone, box).run(["--user-map=0:100000:4294867295", "--", "/bin/true"]);
	isError(t, most, NOT_ALLOWED, "more than there can be");
	t.notMatch(most.err, "usermod");
});

live("a range in only one of the two files", async (t, box) => {
	const line = `${user.name}:${FIRST}:65536\n`;
	const noGroups = await as(user, box).run([...ORIGINAL, "--", "/bin/true"], {
		via: await withFiles(box, line, ""),
	});
	isError(t, noGroups, /newgidmap: gid range [^\n]* not allowed/, "no group ids");
	t.match(noGroups.err, /--add-subgids/);
	t.notMatch(noGroups.err, /--add-subuids/, "what is there is not added again");
	const noUsers = await as(user, box).run([...ORIGINAL, "--", "/bin/true"], {
		via: await withFiles(box, "", line),
	});
	isError(t, noUsers, NOT_ALLOWED, "no user ids");
	t.notMatch(noUsers.err, /--add-subgids/);
});

live("without ranges", async (t, box) => {
	const mine = as(plain, box);
	const auto = await mine.run(["--user-map=auto", "--", "/bin/true"]);
	isError(t, auto, /\/etc\/subuid[^\n]*\nhint: sudo usermod --add-subuids /, "auto");
	const theirs = await mine.run([...ORIGINAL, "--", "/bin/true"]);
	isError(t, theirs, /not allowed\nhint: /, "a range of somebody else");
	t.notMatch(theirs.err, "--add-subuids 100000", "which is not given away");
	const own = await mine.run(["--", "/bin/sh", "-c", "id -u"]);
	t.equal(own.out, `${plain.uid}\n`, "what needs none works");
	const root = await shellRoot(box, plain.uid);
	const chroot = await mine.run([`--chroot=${root}`, "--", "/bin/probe", "ls", "/"]);
	t.equal(chroot.status, 0, chroot.err);
	const missing = await mine.run([...ORIGINAL, "--", "/bin/true"], {
		via: inMounts(
			"mount -t tmpfs none /mnt; cp -a /etc/. /mnt; rm /mnt/sub?id; mount --bind /mnt /etc",
		),
	});
	isError(t, missing, /: newuidmap: exit status 1\nhint: sudo usermod /, "without the files");
});

live("without newuidmap", async (t, box) => {
	const hidden = inMounts(`
		for p in newuidmap newgidmap; do
			for d in /usr/bin /bin /usr/local/bin /usr/sbin; do
				[ ! -x "$d/$p" ] || mount --bind "${box.dir}/plain" "$d/$p"
			done
		done`);
	writeFileSync(`${box.dir}/plain`, "", { mode: 0o644 });
	const root = await shellRoot(box, FIRST);
	const run = await as(user, box).run([...ORIGINAL, "--", "/bin/true"], { via: hidden });
	const line =
		"pflask: --user-map: a map of ids other than your own needs newuidmap, and " +
		"/usr/bin/newuidmap is not executable\nhint: sudo chmod 4755 /usr/bin/newuidmap\n";
	t.same([run.status, run.out, run.err], [125, "", line], "not executable");
	mkdirSync(`${box.dir}/own`);
	writeFileSync(`${box.dir}/own/newuidmap`, "", { mode: 0o644 });
	await sh(["chown", "-R", user.name, `${box.dir}/own`]);
	const mine = { env: { ...user.env, PATH: `${box.dir}/own` } };
	const own = await as(user, box).run([...ORIGINAL, "--", "/bin/true"], mine);
	isError(
		t,
		own,
		/own\/newuidmap is not executable\nhint: sudo apt install uidmap\n/,
		"no file of root's",
	);
	for (const args of [ORIGINAL, ["--user-map=auto"], [`--chroot=${root}`]]) {
		const env = { ...user.env, PATH: `${box.dir}/nowhere` };
		const out = await as(user, box).run([...args, "--", "/bin/true"], { env });
		isError(t, out, /newuidmap[^\n]*\nhint: sudo apt(-get)? install uidmap\n/, args.join(" "));
	}
	const none = await as(user, box).run(["--", "/bin/true"], { env: { ...user.env, PATH: "/no" } });
	t.equal(none.status, 0, `one's own id needs none: ${none.err}`);
});

live("a newuidmap that fails, or that root does not own", async (t, box) => {
	mkdirSync(`${box.dir}/bin`);
	const words = '#!/bin/sh\necho "newuidmap: broken" >&2\nexit 1\n';
	for (const name of ["newuidmap", "newgidmap"])
		writeFileSync(`${box.dir}/bin/${name}`, words, { mode: 0o755 });
	const env = { ...user.env, PATH: `${box.dir}/bin:/usr/bin:/bin` };
	const run = await as(user, box).run([...ORIGINAL, "--", "/bin/echo", "ran"], { env });
	t.same([run.status, run.out], [125, ""], run.err);
	const line = "pflask: --user-map: cannot map user ids: newuidmap: broken\n";
	t.match(run.err, line, "it says why");
	t.match(run.err, /\nhint: sudo chmod u\+s [^\n]*\/bin\/newuidmap/, "and has no privilege");
	for (const [change, back] of [
		[
			["chown", user.name],
			["chown", "root"],
		],
		[
			["chgrp", user.name],
			["chgrp", "root"],
		],
		[
			["chmod", "o+w"],
			["chmod", "o-w"],
		],
	])
		for (const file of [`${box.dir}/bin/newuidmap`, `${box.dir}/bin`]) {
			await sh(["chmod", "g+w", file]);
			await sh([...(change ?? []), file]);
			const foreign = await as(user, box).run([...ORIGINAL, "--", "/bin/echo", "ran"], { env });
			isError(
				t,
				foreign,
				/: newuidmap: broken\nhint: sudo apt install uidmap\b/,
				`${change} ${file}`,
			);
			t.notMatch(foreign.err, "chmod", "root makes no program of another user setuid");
			await sh([...(back ?? []), file]);
			await sh(["chmod", "g-w", file]);
		}
	const silent = "#!/bin/sh\nexit 3\n";
	writeFileSync(`${box.dir}/bin/newuidmap`, silent, { mode: 0o755 });
	const nothing = await as(user, box).run([...ORIGINAL, "--", "/bin/echo", "ran"], { env });
	isError(t, nothing, /: newuidmap: exit status 3\n/, "a program that says nothing");
	const much = "#!/bin/sh\nyes broken | head -c 1000000 >&2\nexit 1\n";
	writeFileSync(`${box.dir}/bin/newuidmap`, much, { mode: 0o755 });
	const long = await as(user, box).run([...ORIGINAL, "--", "/bin/echo", "ran"], { env });
	isError(t, long, /: broken broken /, "a program that says very much");
	const shell = `${box.dir}/x; touch made #`;
	await sh(["cp", "-r", `${box.dir}/bin`, shell]);
	await sh(["chmod", "777", shell]);
	const odd = { ...user.env, PATH: `${shell}:/usr/bin:/bin` };
	const again = await as(user, box).run([...ORIGINAL, "--", "/bin/true"], { env: odd, cwd: shell });
	t.equal(again.status, 125, again.err);
	t.notOk(existsSync(`${shell}/made`), "no shell takes its name apart");
});

live("a signal ends a start that waits for newuidmap", async (t, box) => {
	mkdirSync(`${box.dir}/bin`);
	const words = `#!/bin/sh\n: >"${box.dir}/asked"\nexec /bin/sleep 1000\n`;
	writeFileSync(`${box.dir}/bin/newuidmap`, words, { mode: 0o755 });
	await sh(["ln", "-s", "/usr/bin/newgidmap", `${box.dir}/bin/newgidmap`]);
	await sh(["chmod", "1777", box.dir]);
	const env = { ...user.env, PATH: `${box.dir}/bin` };
	for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const) {
		const running = as(user, box).start([...ORIGINAL, "--", "/bin/true"], { env, bound: 30_000 });
		await until("newuidmap", () => existsSync(`${box.dir}/asked`));
		running.kill(signal);
		const ended = await running.ended;
		t.same([ended.signal, ended.out, ended.err], [signal, "", ""], signal);
		await sh(["rm", `${box.dir}/asked`]);
	}
	const late = await as(user, box).run(["--timeout=1", ...ORIGINAL, "--", "/bin/true"], { env });
	isError(t, late, /: [^\n]*user ids: Connection timed out\n/, "--timeout");
	await sh(["chmod", "755", box.dir]);
});

live("the error of newuidmap is shown, with a fitting hint", async (t, box) => {
	const program = executable(box);
	const run = async (...become: string[]) =>
		await box.run([...ORIGINAL, "--", "/bin/echo", "ran"], {
			program,
			env: user.env,
			via: ["/usr/bin/setpriv", ...become],
		});
	const [mine, group] = [`--reuid=${user.name}`, `--regid=${user.name}`];
	const other = await run(mine, "--regid=games", "--clear-groups");
	isError(t, other, /: newuidmap: Target process [^\n]* is owned by a different user/, "a group");
	t.match(other.err, `\nhint: newgrp ${user.name}`);
	const unknown = await run("--reuid=1234567", "--regid=1234567", "--clear-groups");
	isError(t, unknown, /: newuidmap: Cannot determine your user name/, "no account");
	t.match(unknown.err, "\nhint: getent passwd 1234567");
	const powerless = await run(mine, group, "--init-groups", "--no-new-privs");
	isError(t, powerless, /: newuidmap: [^\n]*Operation not permitted/, "no_new_privs");
	t.match(powerless.err, "\nhint: start pflask without no_new_privs");
});

/** A module that gives every user the subordinate ids 300000 to 300999 (nsswitch.conf(5)). */
const MODULE = `
	#include <stdbool.h>
	#include <stdlib.h>
	#include <sys/types.h>
	struct subid_range { unsigned long start, count; };
	int shadow_subid_has_range(const char *owner, unsigned long start, unsigned long count,
				   int type, bool *result)
	{
		(void)owner; (void)type;
		*result = start >= 300000 && start + count <= 301000;
		return 0;
	}
	int shadow_subid_list_owner_ranges(const char *owner, int type, struct subid_range **ranges,
					   int *count)
	{
		(void)owner; (void)type;
		*ranges = malloc(sizeof(**ranges));
		**ranges = (struct subid_range){300000, 1000};
		*count = 1;
		return 0;
	}
	int shadow_subid_find_subid_owners(unsigned long id, int type, uid_t **uids, int *count)
	{
		(void)id; (void)type; (void)uids;
		*count = 0;
		return 0;
	}`;

/**
 * Returns a command prefix that runs a command with the module, in place of the files, as the
 * source of subordinate ids.
 */
async function withSource(box: Box): Promise<string[]> {
	const library = `${box.dir}/libsubid_pft.so`;
	writeFileSync(`${box.dir}/module.c`, MODULE);
	await sh(["gcc", "-shared", "-fPIC", "-o", library, `${box.dir}/module.c`]);
	const libraries = (await sh(["sh", "-c", 'echo "/usr/lib/$(uname -m)-linux-gnu"'])).trim();
	const etc = await copyOfEtc(box);
	appendFileSync(`${etc}/nsswitch.conf`, "subid: pft\n");
	return inMounts(`
		mount -t tmpfs none /mnt; cp "${library}" /mnt; chmod -R a+rX /mnt
		mount -t overlay -o lowerdir=/mnt:${libraries} none ${libraries}
		mount --bind "${etc}" /etc`);
}

live("nsswitch.conf names the source of subordinate ids", async (t, box) => {
	const via = await withSource(box);
	const mine = as(user, box);
	const auto = await mine.run(["-eauto", "--", "/bin/sh", "-c", MAPS], { via });
	t.match(auto.out, `uid 0 ${user.uid} 1\nuid 1 300000 1000\n`, auto.err);
	t.match(auto.out, `gid 0 ${user.gid} 1\ngid 1 300000 1000\n`);
	const map = await mine.run(["-e0:300000:10", "--", "/bin/sh", "-c", MAPS], { via });
	t.match(map.out, "uid 0 300000 10\n", map.err);
	const files = await mine.run([...ORIGINAL, "--", "/bin/true"], { via });
	isError(t, files, NOT_ALLOWED, "the files are not the source");
	t.match(files.err, `\nhint: getsubids ${user.name}`);
	const root = await shellRoot(box, 300000);
	const chroot = await mine.run([`--chroot=${root}`, "--", "/bin/sh", "-c", "id -u"], { via });
	t.equal(chroot.out, "0\n", `the owner of a root selects these ids: ${chroot.err}`);
	const nowhere = [...via, "/usr/bin/env", "PATH=/nowhere"];
	const blind = await mine.run(["-eauto", "--", "/bin/true"], { via: nowhere });
	isError(t, blind, /getsubids[^\n]*\nhint: sudo apt install uidmap\n/, "it cannot be asked");
});

t.end();
