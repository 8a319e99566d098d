// SPDX-License-Identifier: BSD-2-Clause
// apt-get in an ephemeral copy of the Debian root. Bind mounts give the root the host's sources and
// network settings. apt-get fetches and installs a real package, and the package's program runs.
import { existsSync } from "node:fs";
import t from "tap";
import { aptOptions } from "../../lib/apt.ts";
import { live } from "../../lib/live.ts";
import { debianRoot } from "../../lib/roots.ts";
import { differences, snapshot } from "../../lib/snapshot.ts";
import { tree } from "../../lib/tree.ts";

// Without this setting, each package would rebuild the index of all manual pages, which takes time.
const INSTALL = `
	set -e
	export DEBIAN_FRONTEND=noninteractive
	rm -f /var/lib/man-db/auto-update
	install() { apt-get install -y --no-install-recommends hello; }
	{ install || { apt-get update && install; }; } >/tmp/log 2>&1 </dev/null ||
		{ cat /tmp/log; exit 9; }
	hello
	dpkg-query -W -f '\${Status}\\n' hello`;

live("apt-get install in an ephemeral root", async (t, box) => {
	const root = await debianRoot();
	const before = await snapshot(root);
	const args = [`--chroot=${root}`, "--ephemeral", "--changes", ...aptOptions()];
	const run = await box.run([...args, "--", "/bin/sh", "-c", INSTALL], { bound: 300_000 });
	t.equal(run.status, 0, `${run.err}${run.out}`);
	t.match(run.out, /^Hello, world!\ninstall ok installed\n/);
	t.match(run.err, /^A \/usr\/bin\/hello$/m, "what it has installed is told");
	t.match(run.err, /^M \/var\/lib\/dpkg\/status$/m);
	t.same(differences(before, await snapshot(root)), []);
	const again = await box.run([`--chroot=${root}`, "--", "/bin/sh", "-c", "hello"]);
	t.equal(again.status, 127, "and it is gone");
});

live("apt-get install on the host's own root leaves the host untouched", async (t, box) => {
	const places = ["/var/lib/dpkg", "/var/lib/apt", "/var/cache/apt", "/etc/apt"];
	const before = await Promise.all(places.map(tree));
	const program = existsSync("/usr/bin/hello");
	const script = `${INSTALL}; ls /usr/bin/hello`;
	const run = await box.run(["--ephemeral", "--", "/bin/sh", "-c", script], { bound: 300_000 });
	t.equal(run.out, "Hello, world!\ninstall ok installed\n/usr/bin/hello\n", run.err);
	const after = await Promise.all(places.map(tree));
	t.same(
		before.flatMap((old, i) => differences(old, after[i] ?? [])),
		[],
	);
	t.equal(existsSync("/usr/bin/hello"), program);
});

t.end();
