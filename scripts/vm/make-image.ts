// SPDX-License-Identifier: BSD-2-Clause
// Makes the image of image.ts: make-image.ts DIRECTORY GROUP...
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { archive, bootstrap } from "../../test/lib/bootstrap.ts";
import { makeOnce } from "../../test/lib/cache.ts";
import { debianRoot } from "../../test/lib/debian.ts";
import { sh } from "../../test/lib/host.ts";
import { GUEST, packagesOf, RELEASE } from "./image.ts";

/** The size of the disk. Most of the disk stays a hole in the file. */
const DISK = "6G";

/** The drivers for the disk, the terminal and ext4. They are modules of Debian's kernel. */
const DRIVERS = ["virtio_pci", "virtio_blk", "virtio_console", "ext4"];

/** Units that no test needs, and that take time at every start. */
const USELESS = [
	"apt-daily.timer",
	"apt-daily-upgrade.timer",
	"dpkg-db-backup.timer",
	"e2scrub_all.timer",
	"e2scrub_reap.service",
	"fstrim.timer",
	"getty@tty1.service",
	"serial-getty@hvc0.service",
	"serial-getty@ttyS0.service",
	"systemd-journal-flush.service",
	"systemd-random-seed.service",
	"systemd-update-utmp.service",
];

/** Runs a command in the root directory of the machine. */
function inside(root: string, ...argv: string[]): Promise<string> {
	return sh(["chroot", root, ...argv]);
}

/** Fills the root directory of the machine. */
async function fill(root: string): Promise<void> {
	await bootstrap(root, process.argv.slice(3).flatMap(packagesOf), archive(RELEASE));
	await sh(["cp", "-a", "--no-preserve=ownership", `${GUEST}/.`, root]);
	chmodSync(`${root}/usr/local/sbin/vm-command`, 0o755);
	writeFileSync(`${root}/etc/hostname`, "vm\n");
	writeFileSync(`${root}/etc/hosts`, "127.0.0.1 localhost vm\n::1 localhost\n");
	writeFileSync(`${root}/etc/resolv.conf`, "nameserver 127.0.0.1\n");
	await inside(root, "systemctl", "enable", "vm-command.service");
	await inside(root, "systemctl", "mask", ...USELESS);
	// The root directory of the tests has one path in the machine and on this host.
	const shared = await debianRoot();
	mkdirSync(`${root}/var/cache/pflask`);
	// Hard links would change the ctime of the files, and other tests compare the ctime.
	await sh(["cp", "-a", "--reflink=auto", shared, `${root}/var/cache/pflask`]);
}

/** Makes an initramfs with the drivers of the disk, in the order in which they are loaded. */
async function makeInitramfs(root: string, file: string): Promise<void> {
	const tree = `${root}/initramfs`;
	for (const name of ["bin", "dev", "disk", "modules"])
		mkdirSync(`${tree}/${name}`, { recursive: true });
	copyFileSync(`${root}/bin/busybox`, `${tree}/bin/busybox`);
	copyFileSync(`${import.meta.dir}/initramfs.sh`, `${tree}/init`);
	chmodSync(`${tree}/init`, 0o755);
	const [kernel = ""] = readdirSync(`${root}/lib/modules`);
	const show = ["modprobe", "--show-depends", "--set-version", kernel, "--all", ...DRIVERS];
	const paths = (await inside(root, ...show)).matchAll(/^insmod (\S+)/gm);
	for (const [index, path] of [...new Set([...paths].map((match) => match[1] ?? ""))].entries())
		copyFileSync(`${root}${path}`, `${tree}/modules/${String(index).padStart(2, "0")}`);
	const pack = "cd /initramfs && find . | cpio --quiet -o -H newc -R 0:0 >/initramfs.cpio";
	await inside(root, "sh", "-c", pack);
	await sh(["mv", `${root}/initramfs.cpio`, file]);
	await sh(["rm", "-rf", tree]);
}

async function make(directory: string): Promise<void> {
	const root = `${directory}/root`;
	mkdirSync(root, { recursive: true });
	await fill(root);
	await makeInitramfs(root, `${directory}/initramfs`);
	const [kernel = ""] = new Bun.Glob("vmlinuz-*").scanSync(`${root}/boot`);
	copyFileSync(`${root}/boot/${kernel}`, `${directory}/kernel`);
	await sh(["find", `${root}/boot`, "-name", "initrd.img*", "-delete"]);
	// Each machine mounts the file system once, so a journal would only cost time.
	const format = ["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root];
	await sh([...format, `${directory}/disk`, DISK]);
	await sh(["rm", "-rf", "--one-file-system", root]);
}

if (import.meta.main) await makeOnce(process.argv[2] ?? "", make);
