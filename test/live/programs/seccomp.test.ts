// SPDX-License-Identifier: BSD-2-Clause
// Real programs work under the default filter of system calls: shells, threads, tracers, a package
// manager, Bun, and a booted system. chromium.test.ts has the browser.
import { live } from "../../lib/live.ts";
import { debianCopy, debianRoot } from "../../lib/roots.ts";

/** Scripts, and patterns of their output. */
const SCRIPTS: Readonly<Record<string, readonly [script: string, said: RegExp]>> = {
	bash: ["echo $(( 6 * 7 )) | cat; ulimit -n >/dev/null; wait; jobs; kill -0 $$", /^42\n$/],
	strace: [
		"strace -f -qq -e trace=getppid -o /dev/null sh -c 'exec true' && echo traced",
		/traced/,
	],
	setarch: ['setarch "$(uname -m)" -R uname', /^Linux\n$/],
	dpkg: ["dpkg-query -W -f '${Status}\\n' dpkg; dpkg --verify base-files; apt-config dump", /APT/],
};

live("shells, tracers and dpkg", async (t, box) => {
	for (const [name, [script, said]] of Object.entries(SCRIPTS))
		for (const args of [[], ["--user=nobody"]]) {
			const run = await box.run(["--seccomp=default", ...args, "--", "bash", "-c", script]);
			t.equal(run.status, 0, `${name} ${args}: ${run.err}`);
			t.match(run.out, said, `${name} ${args}`);
		}
});

live("Bun with its threads", async (t, box) => {
	const script = `
		const worker = new Worker("data:text/javascript,postMessage(42)");
		worker.onmessage = async ({ data }) => {
			const out = await Bun.$\`echo shell\`.text();
			const text = await (await import("node:fs/promises")).readFile("/proc/self/comm", "utf8");
			console.log(data, out.trim(), text.length > 0);
			process.exit(0);
		};`;
	for (const args of [[], ["--user=nobody"]]) {
		const run = await box.run(["--seccomp=default", ...args, "--", process.execPath, "-e", script]);
		t.equal(run.out, "42 shell true\n", run.err);
	}
});

live("apt-get in an ephemeral root, as root of a user namespace too", async (t, box) => {
	const root = await debianRoot();
	const script = `
		set -e
		mkdir -p /tmp/odd/DEBIAN /tmp/odd/usr/share/odd
		printf '%s\\n' 'Package: odd' 'Version: 1' 'Architecture: all' 'Maintainer: x' \\
			'Description: x' >/tmp/odd/DEBIAN/control
		dpkg-deb --build /tmp/odd /tmp/odd.deb >/dev/null
		apt-get install -y /tmp/odd.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
		dpkg-query -W -f '\${Status}\\n' odd`;
	for (const map of [[], ["--user-map=auto"]]) {
		const args = [`--chroot=${root}`, "--ephemeral", ...map, "--seccomp=default"];
		const run = await box.run([...args, "--", "sh", "-c", script]);
		t.equal(run.out, "install ok installed\n", run.err);
	}
});

live("Debian boots to running, and powers off", async (t, box) => {
	const root = await debianCopy();
	const session = box.terminal(["--seccomp=default", `--chroot=${root}`, "--", "/sbin/init"]);
	await session.until(/ login: $/);
	session.type("root\n");
	await session.until(/root@[^\n]*# $/);
	session.type("systemctl is-system-running --wait; grep Seccomp: /proc/1/status; echo do''ne\n");
	await session.until(/\ndone\r?\n/);
	t.match(session.out, /running\r?\n/);
	t.match(session.out, /Seccomp:\s+2\r?\n/);
	session.type("poweroff\n");
	t.equal((await session.ended).status, 0);
});
