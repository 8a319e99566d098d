// SPDX-License-Identifier: BSD-2-Clause
// The library and pflask-init are loaded from memory, even if /tmp is useless or dangerous.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import t from "tap";
import { live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { CACHE, PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { inNamespace } from "../../lib/propagation.ts";

const SETTING = "/proc/sys/vm/memfd_noexec";
const INSTALLED = "/usr/libexec/pflask-init";

/** Mounts that make /tmp useless or dangerous, in a mount namespace. */
const TEMPORARY: Readonly<Record<string, string>> = {
	"read-only": "mount -t tmpfs -o ro none /tmp",
	noexec: "mount -t tmpfs -o noexec none /tmp",
	full: "mount -t tmpfs -o size=4k none /tmp && dd if=/dev/zero of=/tmp/x 2>/dev/null || true",
	"without any permission": "mount -t tmpfs -o mode=0 none /tmp",
	"a file system without inodes": "mount -t tmpfs -o nr_inodes=1 none /tmp",
	"in everybody's hands":
		"mount -t tmpfs -o mode=777 none /tmp && ln -s /etc/passwd /tmp/.bun-0.so",
	"read-only with everything else": "mount -o remount,bind,ro /",
};

/** Calls a function with copies of the executable and the probe outside /tmp. */
async function awayFromTmp(use: (program: string, probe: string) => Promise<void>) {
	mkdirSync(CACHE, { recursive: true });
	const away = mkdtempSync(`${CACHE}/away-`);
	try {
		copyFileSync(PFLASK, `${away}/pflask`);
		copyFileSync(PROBE, `${away}/probe`);
		await use(`${away}/pflask`, `${away}/probe`);
	} finally {
		rmSync(away, { recursive: true });
	}
}

live("/tmp that is read-only, noexec, full or hostile", async (t, box) => {
	await awayFromTmp(async (program, probe) => {
		for (const [what, setUp] of Object.entries(TEMPORARY)) {
			const script = `cd /\n${setUp}\nexport TMPDIR=/tmp BUN_TMPDIR=/tmp\nexec "$@"`;
			const via = inNamespace(script);
			for (const args of [[], ["--netif"]]) {
				const run = await box.run([...args, "--", probe, "say", "hello"], { via, program });
				t.same([run.status, run.out, run.err], [0, "hello\n", ""], `/tmp is ${what}`);
			}
		}
	});
});

/**
 * Returns a command prefix that runs a command in a new pid namespace with a value of
 * vm.memfd_noexec.
 */
function withSetting(value: number): string[] {
	const script = `echo ${value} >${SETTING} && "$@"; exit $?`;
	return ["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh"];
}

live("every value of vm.memfd_noexec", async (t, box) => {
	if (!need(t, existsSync(SETTING), "this kernel has no vm.memfd_noexec")) return;
	const before = await Bun.file(SETTING).text();
	for (const value of [0, 1]) {
		const via = withSetting(value);
		const run = await box.run(["--", PROBE, "say", "hello"], { via });
		t.same([run.status, run.out, run.err], [0, "hello\n", ""], `vm.memfd_noexec=${value}`);
	}
	const run = await box.run(["--", PROBE, "say", "hello"], { via: withSetting(2) });
	if (existsSync(INSTALLED)) t.same([run.status, run.out], [0, "hello\n"]);
	else {
		t.equal(run.status, 125, "2 forbids it, and it says so");
		t.match(run.err, /^pflask: [^\n]+\nhint: [^\n]+\n$/);
		t.match(run.err, "vm.memfd_noexec");
		t.equal(run.out, "");
	}
	t.equal(await Bun.file(SETTING).text(), before, "the host's value is as before");
});

live("with vm.memfd_noexec=2 a helper installed by root serves", async (t, box) => {
	if (!need(t, existsSync(SETTING), "this kernel has no vm.memfd_noexec")) return;
	const helper = new URL("../../../build/pflask-init", import.meta.url).pathname;
	// Only the mount namespace of this test has the installed pflask-init.
	const install = (mode: string, owner: string) => `
		mount -t tmpfs -o mode=755 none /usr/libexec
		cp "${helper}" ${INSTALLED}
		chmod ${mode} ${INSTALLED}; chown ${owner} ${INSTALLED}
		exec "$@"`;
	const run = (setUp: string) => {
		const via = [...inNamespace(setUp), ...withSetting(2)];
		return box.run(["--", PROBE, "say", "hello"], { via });
	};
	const good = await run(install("755", "0:0"));
	t.same([good.status, good.out], [0, "hello\n"], good.err);
	for (const [mode, owner] of [
		["777", "0:0"],
		["755", "1:1"],
		["775", "0:1"],
	] as const) {
		const bad = await run(install(mode, owner));
		t.equal(bad.status, 125, `one with mode ${mode} and owner ${owner} does not`);
		t.match(bad.err, /^pflask: /);
	}
});

live("a kernel without MFD_EXEC", async (t, box) => {
	// 38 is ENOSYS, the error of a kernel without memfd_create(2). A kernel that lacks only the flag
	// returns EINVAL.
	const via = [PROBE, "refuse", "memfd_create", "38", "+", "exec"];
	const run = await box.run(["--", PROBE, "say", "hello"], { via });
	t.equal(run.status, 125, "without memfd_create(2) it is an error");
	t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/);
});

t.end();
