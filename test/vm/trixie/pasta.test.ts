// SPDX-License-Identifier: BSD-2-Clause
// --netif=pasta as root, beside the AppArmor profile that Debian 13 gives to pasta(1).
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import t from "tap";
import { debianRoot } from "../../lib/debian.ts";
import { sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";
import { FAR, serve, stop, uplink } from "../../lib/network-user.ts";

const root = await debianRoot();
/** A directory with a copy of pasta, and a profile for this copy, which forbids /dev/net/tun. */
const OTHER = "/usr/local/libexec/pftest";
const PROFILE = "/etc/apparmor.d/pftest-pasta";
const TEXT = `
abi <abi/4.0>,
profile pftest-pasta ${OTHER}/pasta {
	allow capability, allow userns, allow network, allow signal, allow unix, allow ptrace,
	allow mount, allow umount, allow pivot_root, allow file rwlkm /{,**}, allow pix /{,**},
	deny /dev/net/tun rw,
}
`;

mkdirSync(OTHER, { recursive: true });
copyFileSync("/usr/bin/pasta", `${OTHER}/pasta`);
writeFileSync(PROFILE, TEXT);
await sh(["apparmor_parser", "--replace", PROFILE]);
t.teardown(async () => {
	await sh(["apparmor_parser", "--remove", PROFILE]);
	for (const path of [PROFILE, OTHER]) rmSync(path, { recursive: true });
});

live("the profile of pasta lets pasta serve a container of root", async (t, box) => {
	const profiles = readFileSync("/sys/kernel/security/apparmor/profiles", "utf8");
	t.match(profiles, /^pasta \(enforce\)$/m);
	const link = await uplink(box, box);
	for (const args of [[], [`--chroot=${root}`], ["--user-map=auto"]]) {
		const server = await serve(box, link.far, "tcp-serve", FAR.v4, "80");
		const command = ["bash", "-c", `exec 3<>/dev/tcp/${FAR.v4}/80 && echo connected`];
		const run = await link.near.run(["--netif=pasta", ...args, "--", ...command]);
		t.same([run.status, run.out, run.err], [0, "connected\n", ""], args.join(" "));
		await stop(server);
	}
	await link.close();
});

live("a profile that forbids pasta to make its interface", async (t, box) => {
	const link = await uplink(box, box);
	const PATH = `${OTHER}:${process.env.PATH}`;
	const run = await link.near.run(["--netif=pasta", "--", "true"], { env: { PATH } });
	t.same([run.status, run.out], [125, ""]);
	t.match(run.err, /^pflask: --netif: [^\n]*Permission denied[^\n]*\nhint: [^\n]+\n$/);
	t.match(run.err, "\nhint: sudo dmesg | grep DENIED: tells whether AppArmor has refused it\n");
	t.match(await sh(["sh", "-c", "dmesg | grep DENIED"]), /profile="pftest-pasta"/);
	await link.close();
});

t.end();
