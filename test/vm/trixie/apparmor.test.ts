// SPDX-License-Identifier: BSD-2-Clause
// The AppArmor profile of the Debian package, in a kernel that mediates user namespaces. Ubuntu
// 24.04 restricts programs without a profile, by kernel.apparmor_restrict_unprivileged_userns. The
// kernel of Debian does not have this setting, and restricts only programs with a profile. So the
// tests give programs a profile of their own: DENIED forbids user namespaces, and STRIPPED takes
// the capabilities in a user namespace away, as the profile unprivileged_userns of Ubuntu does.
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { TREE } from "../../lib/paths.ts";

/** The executable that the profile of the package names. */
const PACKAGED = "/usr/bin/pflask";
const SHARE = "/usr/share/pflask/apparmor";
const LINK = "/etc/apparmor.d/pflask";
const PROFILES = "/etc/apparmor.d/pftest";
const ALL = `allow network, allow signal, allow dbus, allow unix, allow mqueue, allow ptrace,
	allow mount, allow umount, allow pivot_root, allow file rwlkm /{,**}, allow pix /{,**},`;
const [DENIED, STRIPPED, NO_MEMORY] = ["pftest-denied", "pftest-stripped", "pftest-no-memory"];
const TEXT = `
abi <abi/4.0>,
include <tunables/global>
profile ${DENIED} flags=(attach_disconnected) { allow capability, ${ALL} }
profile ${STRIPPED} flags=(attach_disconnected) { deny capability, allow userns, ${ALL} }
profile ${NO_MEMORY} { allow capability, allow userns, ${ALL} }
`;
/** The hint after an access that a profile forbids. */
const HINT = "hint: sudo dmesg | grep DENIED: tells whether AppArmor has refused it\n";

const user = await account("pft-armor", { range: RANGE });

mkdirSync(SHARE, { recursive: true });
copyFileSync(`${TREE}/debian/apparmor/pflask`, `${SHARE}/pflask`);
cpSync(`${TREE}/dist/pflask`, PACKAGED);
writeFileSync(PROFILES, TEXT);
await sh(["apparmor_parser", "--replace", PROFILES]);
await sh(["sh", `${TREE}/debian/pflask.postinst`, "configure"]);
t.teardown(async () => {
	await sh(["apparmor_parser", "--remove", PROFILES]);
	await sh(["apparmor_parser", "--remove", LINK]);
	for (const path of [PROFILES, LINK, PACKAGED, "/usr/share/pflask", "/var/lib/pflask"])
		rmSync(path, { recursive: true });
});

/** Runs a program as the user. The program begins in a profile, and env(1) executes the program. */
function confined(box: Box, profile: string, words: readonly string[], program?: string) {
	const inProfile = ["aa-exec", "-p", profile, "--", "env"];
	const who = { ...user, become: [...user.become, ...inProfile] };
	return as(who, box).run(words, program === undefined ? {} : { program });
}

live("the profile of the package lets a user make user namespaces", async (t, box) => {
	for (const [profile, why] of [
		[DENIED, "Permission denied"],
		[STRIPPED, "Operation not permitted"],
	] as const) {
		const unshare = ["--user", "--map-root-user", "--mount", "true"];
		const other = await confined(box, profile, unshare, "/usr/bin/unshare");
		t.equal(other.status, 1, `${profile}: another program`);
		for (const options of [[], ["--user-map=auto"], ["--confine"]]) {
			const words = [...options, "--", "cat", "/proc/self/attr/current"];
			const run = await confined(box, profile, words, PACKAGED);
			t.same([run.status, run.out, run.err], [0, "pflask (unconfined)\n", ""], words.join(" "));
			const without = await confined(box, profile, words);
			t.equal(without.status, 125, `${profile}: pflask in another place`);
			t.match(without.err, /^pflask: cannot create namespaces \([^)]* user [^)]*\): /);
			t.match(without.err, `): ${why}\n`);
			t.equal(without.err.includes(HINT), profile === DENIED, "a hint about the profile");
			t.equal(without.out, "");
		}
	}
});

live("a profile that forbids execution from memory", async (t, box) => {
	const run = await confined(box, NO_MEMORY, ["--", "true"]);
	t.same([run.status, run.out], [125, ""]);
	t.equal(run.err, `pflask: cannot start pflask-init: Permission denied\n${HINT}`);
	t.match(await sh(["sh", "-c", "dmesg | grep DENIED"]), /profile="pftest-no-memory"/);
});

t.end();
