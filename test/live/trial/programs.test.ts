// SPDX-License-Identifier: BSD-2-Clause
// Trials of programs that people run: npm, git, make, a build of many files, rm -rf.
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import type { Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { setAttribute } from "../../lib/attributes.ts";
import { exactTree as tree } from "../../lib/exact-tree.ts";
import { sh } from "../../lib/host.ts";
import { liveWithUserXattrs } from "../../lib/kernel.ts";
import { type Box, live } from "../../lib/live.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-programs", { range: RANGE });

/** The time limit of a run, milliseconds. npm and compilers are slow on a busy machine. */
const BOUND_OF_PROGRAM = 600_000;

/** A home directory of an ordinary user, and a trial. */
interface Home {
	readonly home: string;
	readonly dir: string;
	/** Runs a script as the user, in no container. */
	script(text: string): Promise<string>;
	/** Runs pflask as the user. Checks that pflask succeeds. Returns the output. */
	pflask(...args: string[]): Promise<string>;
}

async function homeOf(t: Test, box: Box): Promise<Home> {
	const [home, dir] = [`${box.dir}/home`, `${box.dir}/trial`];
	for (const path of [home, dir]) mkdirSync(path);
	await sh(["chown", `${user.uid}:${user.uid}`, home, dir]);
	const mine = as(user, box);
	const options = {
		cwd: home,
		// TMPDIR of the box belongs to root, so a command in a user namespace cannot change TMPDIR.
		env: { ...user.env, HOME: home, LC_ALL: "C", TMPDIR: "/tmp" },
		bound: BOUND_OF_PROGRAM,
	};
	async function run(args: readonly string[], program?: string): Promise<string> {
		const ended = await mine.run(args, program === undefined ? options : { ...options, program });
		t.same([ended.status, ended.err], [0, ""], args.join(" "));
		return ended.out;
	}
	return {
		home,
		dir,
		script: (text) => run(["-ceu", text], "/bin/sh"),
		pflask: (...args) => run(args),
	};
}

/**
 * Runs a script in a trial, applies the trial, checks the result by another script, and reverts.
 * Checks that the trial does not change the home, and that the revert restores the home.
 */
async function tryOut(t: Test, it: Home, script: string, check: string): Promise<string> {
	const before = await tree(it.home);
	await it.pflask(`--ephemeral=${it.dir}`, "--", "sh", "-ceu", script);
	t.equal(await tree(it.home), before, "the trial changes nothing");
	const list = await it.pflask(`--diff=${it.dir}`, "--name-status");
	t.match(await it.pflask(`--diff=${it.dir}`), "diff --git ");
	t.equal(await it.pflask(`--apply=${it.dir}`), "");
	await it.script(check);
	t.equal(await it.pflask(`--revert=${it.dir}`), "");
	t.equal(await tree(it.home), before, "reverted");
	return list;
}

const PACKAGE = `
	mkdir -p package project
	echo '{"name": "dep", "version": "1.0.0", "bin": {"dep": "cli.js"}}' >package/package.json
	echo 'module.exports = 42;' >package/index.js
	printf '#!/usr/bin/env node\\nconsole.log(require("./"));\\n' >package/cli.js
	tar -czf dep-1.0.0.tgz package
	rm -r package
	echo '{"name": "project", "version": "1.0.0"}' >project/package.json`;

liveWithUserXattrs("npm install", async (t, box) => {
	const it = await homeOf(t, box);
	await it.script(PACKAGE);
	const script =
		"cd project; npm install --offline --no-audit --no-fund --no-update-notifier " +
		"../dep-1.0.0.tgz >/dev/null";
	// npm writes to its cache, so the cache is outside the home.
	const check = `
		export npm_config_cache='${box.tmp}/cache'; cd project
		test "$(node -p 'require("dep")')" = 42; test "$(node_modules/.bin/dep)" = 42
		npm ls --offline --no-update-notifier >/dev/null; rm -r "$npm_config_cache"`;
	const list = await tryOut(t, it, script, check);
	for (const path of ["M project/package.json", "A project/node_modules/dep/index.js"])
		t.match(list, `${path.replace(" ", ` ${it.home}/`)}\n`);
});

const SOURCES = `
	git init -q -b main upstream
	cd upstream
	printf 'hello: hello.o\\n\\tcc -o $@ hello.o\\nhello.o: hello.c\\n\\tcc -c hello.c\\n' >Makefile
	printf '#include <stdio.h>\\nint main(void) { puts("hello"); }\\n' >hello.c
	printf '*.o\\nhello\\n' >.gitignore
	git add -A
	git -c user.name=n -c user.email=e commit -q -m first`;

liveWithUserXattrs("git clone and make", async (t, box) => {
	const it = await homeOf(t, box);
	await it.script(SOURCES);
	// A clone of a path makes hard links. In a user namespace, overlayfs gives the second name
	// another inode number, and git refuses such a link.
	const script = `git clone -q 'file://${it.home}/upstream' copy; cd copy; make -s`;
	// make rebuilds a product that is older than its source, so this shows that --apply keeps the
	// times.
	const check = `
		cd copy; test "$(./hello)" = hello; make -q; git fsck --strict 2>/dev/null
		test -z "$(git --no-optional-locks status --porcelain)"`;
	const list = await tryOut(t, it, script, check);
	t.match(list, `A ${it.home}/copy/hello\n`);
	t.match(list, `A ${it.home}/copy/.git/HEAD\n`);
});

/** Makes sources of an assembler, and assembles them. */
function buildOf(count: number): string {
	return `
		mkdir build; cd build
		for i in $(seq ${count}); do mkdir -p d$((i % 50)); echo ".long $i" >d$((i % 50))/f$i.s; done
		printf 'all: $(patsubst %%.s,%%.o,$(wildcard d*/*.s))\\n' >Makefile
		printf '%%.o: %%.s\\n\\tas -o $@ $<\\n' >>Makefile
		make -s -j2`;
}

liveWithUserXattrs("a build of many files", async (t, box) => {
	const it = await homeOf(t, box);
	const count = 1500;
	const list = await tryOut(t, it, buildOf(count), "cd build; make -q; size -t d*/*.o >/dev/null");
	t.equal(list.trimEnd().split("\n").length, 2 * count + 52);
});

const TREE = `
	mkdir -p d/sub/deep d/private d/empty; cd d
	echo 1 >file; ln file sub/hard; ln -s ../nowhere link; mkfifo fifo
	truncate -s 1M hole; echo 2 >"$(printf 'byte\\351 \\n')"
	cp /bin/true suid; chown 5:6 suid; chmod 4711 suid
	cp /bin/true ping; setcap cap_net_raw=ep ping
	setfacl -m u:7:r file; setfacl -d -m g:8:rwx sub
	mknod null c 1 3; chmod 2750 sub; chown 9:10 sub/deep; chmod 700 private; echo 3 >private/f
	touch -d '2001-02-03 04:05:06.789' file sub link -h; touch -d '1999-01-01' private`;

live("rm -rf, and the return of the directory", async (t, box) => {
	const root = await shellRoot(box);
	const dir = `${box.dir}/trial`;
	mkdirSync(dir);
	await sh(["sh", "-ceu", `cd '${root}'; ${TREE}`]);
	for (const [name, key] of [
		["file", "user.note"],
		["sub", "trusted.note"],
	] as const) {
		const fd = openSync(`${root}/d/${name}`, "r");
		setAttribute(fd, key, Buffer.from("here"));
		closeSync(fd);
	}
	const before = await tree(root);
	for (const key of ["user.note", "trusted.note", "security.capability", "posix_acl_default"])
		t.match(before, key, "the tree shows attributes");
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "rm", "-rf", "/d"]);
	t.equal(run.status, 0, run.err);
	t.equal(await tree(root), before, "the trial changes nothing");
	const stat = await box.run([`--diff=${dir}`, "--stat"]);
	t.match(stat.out, " D /d/sub/hard ");
	t.match(stat.out, " 15 paths, 0 lines added, ");
	t.equal((await box.run([`--apply=${dir}`])).status, 0);
	t.notOk(readdirSync(root).includes("d"));
	t.equal((await box.run([`--revert=${dir}`])).status, 0);
	t.equal(await tree(root), before);
});

liveWithUserXattrs("files of subordinate ids are refused by name", async (t, box) => {
	const it = await homeOf(t, box);
	writeFileSync(`${it.home}/kept`, "1\n");
	await sh(["chown", `${user.uid}:${user.uid}`, `${it.home}/kept`]);
	const script = "echo 1 >mine; echo 2 >theirs; chown 5:6 theirs; echo 3 >group; chgrp 7 group";
	const before = await tree(it.home);
	await it.pflask("--user-map=auto", `--ephemeral=${it.dir}`, "--", "sh", "-ceu", script);
	const patch = await it.pflask(`--diff=${it.dir}`);
	t.match(patch, /^owner \S+\/theirs: 10000\d:10000\d$/m);
	t.notMatch(patch, /^owner \S+\/mine/m);
	for (const [paths, what] of [
		[["theirs"], "theirs: belongs to user 10000"],
		[["group"], "group: belongs to group 10000"],
		[[], "group: belongs to group 10000"],
	] as const) {
		const run = await as(user, box).run([`--apply=${it.dir}`, ...paths], { cwd: it.home });
		t.equal(run.status, 125);
		t.match(run.err, `pflask: ${it.home}/${what}`);
		t.match(run.err, / in the trial, and only root can give files away\nhint: pflask --apply=/);
		t.equal(await tree(it.home), before, "nothing was applied");
	}
	await it.pflask(`--apply=${it.dir}`, "mine");
	t.same(readdirSync(it.home).sort(), ["kept", "mine"]);
});
