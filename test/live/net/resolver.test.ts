// SPDX-License-Identifier: BSD-2-Clause
// With systemd-resolved and on cloud images, /etc/resolv.conf of a root leads into /run. The fresh
// /run gets the text of the host's /etc/resolv.conf, and the root stays unchanged.
import { chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import t from "tap";
import { account, as } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { inMounts } from "../../lib/private.ts";
import { debianCopy, tinyRoot } from "../../lib/roots.ts";
import { names } from "../../lib/tree.ts";

const user = await account("pft-resolver");

const TEXT = "# of the host\nnameserver 192.0.2.1\nsearch example.org\noptions edns0";

/** Returns a command prefix that runs a command on a machine with the given resolv.conf. */
function machine(box: Box, text = TEXT): string[] {
	writeFileSync(`${box.dir}/host`, text);
	return inMounts(`mount --bind '${box.dir}/host' /etc/resolv.conf`);
}

/** Makes a root whose resolv.conf leads to a target. */
function rootTo(box: Box, target: string): string {
	const root = tinyRoot(box);
	mkdirSync(`${root}/var`, { recursive: true });
	for (const [to, from] of [
		[target, "etc/resolv.conf"],
		["../run", "var/run"],
		["systemd/resolve", "etc/resolve"],
	] as const) {
		Bun.spawnSync(["rm", "-f", `${root}/${from}`]);
		symlinkSync(to, `${root}/${from}`);
	}
	return root;
}

const READ = ["--", "/bin/probe", "tell", "+", "read", "/etc/resolv.conf"];
const HAS = `ok ${TEXT.length} # of the host`;

live("resolv.conf can be read, and the root is unchanged", async (t, box) => {
	const via = machine(box);
	for (const target of [
		"../run/systemd/resolve/stub-resolv.conf",
		"/run/systemd/resolve/resolv.conf",
		"/var/run/NetworkManager/resolv.conf",
		"../var/../run/./resolvconf//resolv.conf",
		"../../../run/x",
	]) {
		const root = rootTo(box, target);
		const before = await names(root);
		for (const args of [
			[],
			["--user-map=auto"],
			["--user=1234"],
			["--read-only"],
			["--ephemeral"],
		]) {
			const run = await box.run([`--chroot=${root}`, ...args, ...READ], { via });
			t.equal(run.facts("read./etc/resolv.conf"), HAS, `${target} ${args.join(" ")}: ${run.err}`);
		}
		t.same(await names(root), before, "nothing was written");
	}
});

live("resolv.conf for an ordinary user", async (t, box) => {
	const root = rootTo(box, "../run/systemd/resolve/stub-resolv.conf");
	chownSync(root, user.uid, user.gid);
	const run = await as(user, box).run([`--chroot=${root}`, ...READ], { via: machine(box) });
	t.equal(run.facts("read./etc/resolv.conf"), HAS, run.err);
});

live("a link that leads elsewhere or nowhere is left alone", async (t, box) => {
	const via = machine(box);
	for (const target of [
		"/etc/missing",
		"../etc/hosts",
		"/run",
		"/run/lock",
		"/run/host/container-manager",
		"/run/host/x/y",
		"resolv.conf",
		`/run/${"n".repeat(300)}`,
		`${"/run/..".repeat(500)}/run/x`,
	]) {
		const root = rootTo(box, target);
		const run = await box.run([`--chroot=${root}`, ...READ], { via });
		t.match([run.status, run.err], [0, ""], target);
		if (!target.endsWith("/run/x")) t.not(run.facts("read./etc/resolv.conf"), HAS, target);
	}
	const root = rootTo(box, "../run/x");
	const without = inMounts("mount -t tmpfs none /etc");
	const run = await box.run([`--chroot=${root}`, ...READ], { via: without });
	t.same([run.status, run.facts("read./etc/resolv.conf")], [0, "ENOENT"], "the host has none");
});

live("a host's resolv.conf that is a fifo does not block", async (t, box) => {
	const root = rootTo(box, "../run/x");
	for (const make of ["mkfifo /mnt/conf", "mkdir /mnt/conf", "cp -a /dev/zero /mnt/conf"]) {
		const via = inMounts(`mount -t tmpfs none /mnt; cp -a /etc/. /mnt; rm -f /mnt/resolv.conf
			${make}; mv /mnt/conf /mnt/resolv.conf; mount --bind /mnt /etc`);
		const run = await box.run([`--chroot=${root}`, ...READ], { via });
		t.same([run.status, run.facts("read./etc/resolv.conf")], [0, "ENOENT"], make);
		const pasta = await box.run(["--dry-run", "--netif=pasta", "--", "true"], { via });
		t.match(pasta.out, / text +\/etc\/resolv\.conf /, `${make}: ${pasta.err}`);
	}
});

live("the command may replace resolv.conf", async (t, box) => {
	const root = rootTo(box, "../run/systemd/resolve/stub-resolv.conf");
	const place = "/run/systemd/resolve";
	const words = ["rm", `${place}/stub-resolv.conf`, "+", "create", `${place}/stub-resolv.conf`];
	const run = await box.run([`--chroot=${root}`, "--", "/bin/probe", ...words], {
		via: machine(box),
	});
	t.equal(run.facts(`rm.${place}/stub-resolv.conf`), "ok", `as resolved does: ${run.err}`);
	t.equal(run.facts(`create.${place}/stub-resolv.conf`), "ok");
});

/** Answers every query for an address with 192.0.2.7 (RFC 1035, section 4). */
function answer(question: Buffer): Buffer {
	const end = question.indexOf(0, 12) + 5;
	const isIPv4 = question.readUInt16BE(end - 4) === 1;
	const header = Buffer.from([0x81, 0x80, 0, 1, 0, isIPv4 ? 1 : 0, 0, 0, 0, 0]);
	const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
	const parts = [question.subarray(0, 2), header, question.subarray(12, end)];
	return Buffer.concat(isIPv4 ? [...parts, record] : parts);
}

live("names resolve on the host's network", async (t, box) => {
	const hostname = `127.${process.pid % 250}.${(process.pid >> 8) % 250}.53`;
	const server = await Bun.udpSocket({
		hostname,
		port: 53,
		socket: { data: (socket, data, port, from) => void socket.send(answer(data), port, from) },
	});
	const root = await debianCopy();
	await sh(["ln", "-sf", "../run/systemd/resolve/stub-resolv.conf", `${root}/etc/resolv.conf`]);
	const via = machine(box, `nameserver ${hostname}\n`);
	const words = ["--", "getent", "ahostsv4", "name.example"];
	const run = await box.run([`--chroot=${root}`, ...words], { via });
	server.close();
	t.match([run.status, run.out], [0, /^192\.0\.2\.7 +STREAM name\.example\n/], run.err);
});

t.end();
