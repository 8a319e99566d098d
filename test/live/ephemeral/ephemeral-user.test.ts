// SPDX-License-Identifier: BSD-2-Clause
// --ephemeral with --chroot works for an ordinary user, in a user namespace.
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt } from "../../lib/mount-table.ts";
import { aroundMounts } from "../../lib/private.ts";
import { descendants } from "../../lib/processes.ts";
import { FIRST, shellRoot, subordinateDebian } from "../../lib/shell-root.ts";
import { differences, snapshot } from "../../lib/snapshot.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-ephemeral", { range: RANGE });
const plain = await account("pft-ephemeral2");

const CHANGE = `
	set -e
	rm /gone; echo new >/new; echo more >>/changed; mkdir -p /x/y; mv /srv/b /srv/moved
	rm -r /srv/deep; mkdir /srv/deep; echo again >/srv/deep/c; ln -s a /x/link
	cat /changed /new /srv/deep/c /srv/moved; [ ! -e /srv/deep/d ]`;
const CHANGED = "changed\nmore\nnew\nagain\nsrv/b\n";

async function richRoot(box: Box, owner: number): Promise<string> {
	const root = await shellRoot(box);
	mkdirSync(`${root}/srv/deep`, { recursive: true });
	for (const name of ["gone", "changed", "srv/b", "srv/deep/d"])
		writeFileSync(`${root}/${name}`, `${name}\n`);
	await sh(["chown", "-Rh", `${owner}:${owner}`, root]);
	return root;
}

async function isUnchanged(t: Test, box: Box, root: string, who = user, args: string[] = []) {
	const before = await snapshot(root);
	const all = [`--chroot=${root}`, "--ephemeral", ...args, "--", "/bin/sh", "-c", CHANGE];
	const run = await as(who, box).run(all);
	t.same([run.status, run.out, run.err], [0, CHANGED, ""], `${who.name} ${args.join(" ")}`);
	const running = as(who, box).start([...all.slice(0, -1), `${CHANGE}; echo ready; sleep 60`]);
	await running.until("ready");
	running.kill("SIGKILL");
	await running.ended;
	await until("the end of all", () => descendants().length === 0);
	t.same(differences(before, await snapshot(root)), [], `${args.join(" ")}: nothing has changed`);
}

live("a root of subordinate ids", async (t, box) => {
	const root = await richRoot(box, FIRST);
	await isUnchanged(t, box, root);
	await isUnchanged(t, box, root, user, [`--user-map=0:${FIRST}:65536`, "--netif"]);
});

live("a root of the user's own", async (t, box) => {
	await isUnchanged(t, box, await richRoot(box, user.uid));
});

live("a root of the user's own, without subordinate ids", async (t, box) => {
	const root = await richRoot(box, plain.uid);
	await isUnchanged(t, box, root, plain);
	await isUnchanged(t, box, root, plain, [`--user-map=0:${plain.uid}:1`]);
});

live("the Debian root of subordinate ids, with owners changed", async (t, box) => {
	const root = await subordinateDebian();
	const before = await snapshot(root);
	const script = `
		set -e
		useradd --create-home someone; chown someone:mail /etc/hostname; chmod 4755 /usr/bin/id
		rm -r /usr/share/doc; chown -R man /var/cache; stat -c %U:%G /etc/hostname /home/someone`;
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", script];
	const run = await as(user, box).run(args);
	t.same([run.status, run.out], [0, "someone:mail\nsomeone:someone\n"], run.err);
	t.same(differences(before, await snapshot(root)), []);
});

live("the overlay uses extended attributes that a user may set", async (t, box) => {
	const root = await richRoot(box, FIRST);
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/probe", "mounts"];
	const { facts, err } = await as(user, box).run(args);
	const mount = mountAt(facts, "/");
	t.equal(mount?.type, "overlay", err);
	t.ok(mount?.superOptions.includes("userxattr"));
});

live("a root that is itself on overlayfs", async (t, box) => {
	const root = await richRoot(box, FIRST);
	for (const name of ["upper", "work", "merged"]) mkdirSync(`${box.dir}/${name}`);
	const options = `lowerdir=${root},upperdir=${box.dir}/upper,workdir=${box.dir}/work`;
	const list = `find "${box.dir}/merged" -printf '%P %y %m %U %s %T@ %C@\\n' | sort`;
	const around = aroundMounts(
		`mount -t overlay -o "${options}" none "${box.dir}/merged"
		chown ${FIRST}:${FIRST} "${box.dir}/merged/srv"; ${list} >"${box.dir}/before"`,
		`${list} | diff "${box.dir}/before" - && echo same`,
	);
	await sh(["chown", `${FIRST}:${FIRST}`, `${box.dir}/upper`]);
	const before = await snapshot(root);
	const args = [`--chroot=${box.dir}/merged`, "--ephemeral", "--", "/bin/sh", "-c", CHANGE];
	const run = await as(user, box).run(args, { via: around });
	t.equal(run.out, `${CHANGED}status 0\nsame\n`, run.err);
	t.same(differences(before, await snapshot(root)), []);
});

live("mounts below the root, which the user cannot unmount", async (t, box) => {
	const root = await richRoot(box, FIRST);
	mkdirSync(`${root}/mnt/sub`, { recursive: true });
	writeFileSync(`${root}/mnt/plain`, "plain\n");
	await sh(["chown", "-Rh", `${FIRST}:${FIRST}`, root]);
	const prepare = `
		mount -t tmpfs -o uid=${FIRST},gid=${FIRST},mode=755 none "${root}/mnt/sub"
		echo below >"${root}/mnt/sub/file"; chown ${FIRST}:${FIRST} "${root}/mnt/sub/file"`;
	const compare = `cat "${root}/mnt/sub/file" "${root}/mnt/plain"
		ls "${root}/mnt" "${root}/mnt/sub"`;
	const script = `
		cat /mnt/sub/file /mnt/plain; echo changed >/mnt/sub/file; cat /mnt/sub/file
		echo x >/mnt/sub/new; echo x >/mnt/new; echo x >/etc/new; cat /mnt/new; exit 3`;
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", script];
	const before = await snapshot(root);
	const run = await as(user, box).run(args, { via: aroundMounts(prepare, compare) });
	const host = `below\nplain\n${root}/mnt:\nplain\nsub\n\n${root}/mnt/sub:\nfile\n`;
	t.equal(run.out, `below\nplain\nchanged\nx\nstatus 3\n${host}`, run.err);
	t.equal(run.err, "");
	t.same(differences(before, await snapshot(root)), []);
});

live("a plain file beside a mount does not lead to the host", async (t, box) => {
	const root = await richRoot(box, FIRST);
	mkdirSync(`${root}/mnt`);
	await sh(["chown", "-Rh", `${FIRST}:${FIRST}`, root]);
	const prepare = `mount -t tmpfs none "${root}/mnt"`;
	const script = "cat /changed; echo evil >>/changed; chmod 777 /changed; rm /changed; echo end";
	const before = await snapshot(root);
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", script];
	const run = await as(user, box).run(args, { via: aroundMounts(prepare, ":") });
	t.match(run.out, /^changed\nend\nstatus 0\n/, run.err);
	t.same(differences(before, await snapshot(root)), []);
});

live("--ephemeral=DIR: the user's own ids", async (t, box) => {
	const root = await richRoot(box, user.uid);
	const kept = `${user.home}/kept`;
	await sh([...user.become, "mkdir", kept]);
	const args = [`--chroot=${root}`, `--ephemeral=${kept}`, "--", "/bin/sh", "-c", CHANGE];
	const run = await as(user, box).run(args);
	t.same([run.status, run.out, run.err], [0, CHANGED, ""]);
	t.equal(readFileSync(`${kept}/upper/new`, "utf8"), "new\n");
	t.equal(statSync(`${kept}/upper/new`).uid, user.uid);
	t.ok(readdirSync(`${kept}/upper`).includes("gone"));
});

live("--ephemeral=DIR: subordinate ids, after following the hint", async (t, box) => {
	const root = await richRoot(box, FIRST);
	const kept = `${user.home}/kept2`;
	await sh([...user.become, "mkdir", kept]);
	const args = [`--chroot=${root}`, `--ephemeral=${kept}`, "--", "/bin/sh", "-c", CHANGE];
	const refused = await as(user, box).run(args);
	t.equal(refused.status, 125, refused.err);
	t.ok(refused.err.startsWith(`pflask: --ephemeral: ${kept}: `), refused.err);
	t.match(refused.err, /\nhint: chmod 1777 /);
	t.same(readdirSync(kept), [], "nothing is left");
	chmodSync(kept, 0o1777);
	const run = await as(user, box).run(args);
	t.same([run.status, run.out, run.err], [0, CHANGED, ""]);
	t.equal(readFileSync(`${kept}/upper/new`, "utf8"), "new\n");
	t.equal(statSync(`${kept}/upper/new`).uid, FIRST);
});

live("--ephemeral=DIR: a directory of another user", async (t, box) => {
	const root = await richRoot(box, user.uid);
	mkdirSync(`${box.dir}/theirs`);
	const args = [`--chroot=${root}`, `--ephemeral=${box.dir}/theirs`, "--", "/bin/true"];
	const run = await as(user, box).run(args);
	t.same([run.status, run.out], [125, ""]);
	t.match(run.err, /^pflask: --ephemeral: [^\n]+: Permission denied\n(hint: [^\n]+\n)?$/);
	t.same(readdirSync(`${box.dir}/theirs`), []);
});

live("a root of another user", async (t, box) => {
	const root = await richRoot(box, 0);
	const before = await snapshot(root);
	const run = await as(user, box).run([`--chroot=${root}`, "--ephemeral", "--", "/bin/true"]);
	t.equal(run.status, 125);
	t.match(run.err, /^pflask: --chroot: [^\n]+\nhint: [^\n]+\n$/, "one line that says what to do");
	const mine = await as(plain, box).run([`--chroot=${root}`, "--ephemeral", "--", "/bin/true"]);
	t.equal(mine.status, 0, mine.err);
	t.same(differences(before, await snapshot(root)), []);
	t.ok(existsSync(root));
});

t.end();
