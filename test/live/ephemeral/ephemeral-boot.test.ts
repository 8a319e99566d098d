// SPDX-License-Identifier: BSD-2-Clause
// A whole Debian boots from a root that does not change.
import t from "tap";
import { live } from "../../lib/live.ts";
import { debianRoot } from "../../lib/roots.ts";
import { differences, snapshot } from "../../lib/snapshot.ts";

live("pflask --chroot=DIR --ephemeral -- /sbin/init", async (t, box) => {
	const root = await debianRoot();
	const before = await snapshot(root);
	const session = box.terminal([`--chroot=${root}`, "--ephemeral", "--", "/sbin/init"]);
	await session.until(/ login: $/);
	session.type("root\n");
	await session.until(/root@[^\n]*# $/);
	session.type('touch /etc/new; rm /etc/issue; ls /etc/new; echo "do""ne"\n');
	await session.until("done");
	session.type("poweroff\n");
	t.equal((await session.ended).status, 0);
	t.same(differences(before, await snapshot(root)), []);
});

t.end();
