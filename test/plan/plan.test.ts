// SPDX-License-Identifier: BSD-2-Clause
// Golden plans: test/plan/NAME.txt has the text that --dry-run prints for a command line. UPDATE=1
// writes the files again after an intended change, and git diff shows the differences.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import t from "tap";
import { golden, PLANNER } from "../lib/golden.ts";
import { PROBE } from "../lib/probe.ts";
import { type Ended, start } from "../lib/run.ts";

const ADDRESSES = "addr=10.0.0.2/24:addr=fd00::2/64";

/** Command lines by the name of their golden file. ROOT is a root directory. */
const PLANS: Readonly<Record<string, readonly string[]>> = {
	command: ["--", "id", "-u"],
	shell: [],
	netif: ["--netif", "--", "ip", "link"],
	"netif-veth": ["--netif=veth:pft0:eth0:addr=10.0.0.2/24:gw=10.0.0.1", "--", "id"],
	"netif-options": [
		`--netif=veth:pft0:eth0:${ADDRESSES}:mac=02:00:00:00:00:01:mtu=1400:bridge=lo`,
		"--",
		"id",
	],
	"netif-many": [
		"--netif",
		"--netif=macvlan:lo:m0:private:addr=10.0.0.2/24",
		"-nipvlan:lo:i0:mtu=1400",
		"-nlo:eth0:mac=02:00:00:00:00:01:up",
		"--",
		"id",
	],
	"netif-host": ["--netif=host", "--", "id"],
	hostname: ["--hostname=inside", "--", "hostname"],
	environment: ["--setenv=A=1,B=x\\,y", "-s", "PATH=/bin", "--", "env"],
	chdir: ["--chdir=/tmp", "--", "pwd"],
	"as-pid1": ["--as-pid1", "--", "id"],
	terminal: ["--tty=always", "--", "id"],
	"no-namespaces": ["-UMNIHP", "--", "id"],
	"no-mountns": ["--no-mountns", "--", "id"],
	"no-pidns": ["--no-pidns", "--", "id"],
	"no-ipcns-utsns": ["-IH", "--", "id"],
	timeout: ["--timeout=2m", "--kill-after=1s", "--", "id"],
	"kill-signal": ["--kill-signal=USR1", "--kill-after=1500ms", "--as-pid1", "--", "id"],
	chroot: ["--chroot=ROOT", "--", "/bin/probe", "say", "a b"],
	"chroot-shell": ["--chroot=ROOT"],
	"chroot-terminal": ["--chroot=ROOT", "--tty=always", "--", "/bin/probe"],
	"chroot-init": ["--chroot=ROOT", "--netif", "--", "/sbin/init"],
	"chroot-netif": ["--chroot=ROOT", "--netif", "--", "/bin/probe"],
	"chroot-no-mountns": ["--chroot=ROOT", "--no-mountns", "--", "/bin/probe"],
	"chroot-no-namespaces": ["--chroot=ROOT", "-MIHP", "--", "/bin/probe"],
	"chroot-chdir": ["--chroot=ROOT", "--chdir=/etc", "--", "/bin/probe"],
	"mount-bind": [
		"--chroot=ROOT",
		"-mbind:ROOT/etc:/a",
		"-mbind-ro:ROOT/bin/sh:/b/c",
		"--",
		"/bin/sh",
	],
	"mount-overlay": ["--chroot=ROOT", "-moverlay:ROOT/tmp:/etc:ROOT/run", "--", "/bin/sh"],
	"mount-tmp": ["--chroot=ROOT", "-mtmp:/a", "-mtmp:/b:size=1m,mode=0700,noexec", "--", "/bin/sh"],
	"mount-kernel": ["--chroot=ROOT", "-mproc:/p", "-mdev:/d", "-mmqueue:/q:ro", "--", "/bin/sh"],
	"mount-made": [
		"--chroot=ROOT",
		"-msymlink:x:/l",
		"-mdir:/d:0711",
		"-mfile:0:/f",
		"--",
		"/bin/sh",
	],
	"mount-options": ["--chroot=ROOT", "-mbind:ROOT/etc:/a:ro,nosuid,nodev,noexec", "--", "/bin/sh"],
	"mount-host": ["--mount=tmp:ROOT/tmp", "-mbind:ROOT/etc:ROOT/new", "--", "id"],
	unmasked: ["--chroot=ROOT", "--proc=unmasked", "--mount=proc:/p", "--", "/bin/sh"],
	"read-only": ["--chroot=ROOT", "--read-only", "-mtmp:/tmp", "--", "/bin/sh"],
	ephemeral: ["--chroot=ROOT", "--ephemeral", "-mtmp:/tmp", "--", "/bin/sh"],
	"ephemeral-directory": ["--chroot=ROOT", "--ephemeral=ROOT/tmp", "--", "/bin/sh"],
	"ephemeral-changes": ["--chroot=ROOT", "-w", "--changes", "--keep=ROOT/tmp", "--", "/bin/sh"],
	"ephemeral-changes-file": ["--chroot=ROOT", "-w", "--changes=ROOT/tmp/list", "--", "/bin/sh"],
	user: ["--user=1234:5678", "--", "id"],
	"chroot-user": ["--chroot=ROOT", "--user=1234:5678", "--", "/bin/sh"],
	caps: ["--caps=-chown,-0", "-b-sys_admin", "--no-new-privs", "--", "id"],
	rlimit: ["--rlimit=core=0", "--rlimit=NOFILE=10:20", "--", "id"],
};

/** Command lines with options that few users type. */
const RARE: Readonly<Record<string, readonly string[]>> = {
	"mount-more": [
		"-msysfs:/a:nosymfollow",
		"-mdevpts:/b:data=max=9,noatime",
		"-mcgroup:/c",
		"-mcgroup:/d:data=memory,rw",
		"-mproc:/e:data=hidepid=2",
		"-mtmp:/f:data=nr_inodes=9,data=noswap,shared,relatime",
		"-mbind:/usr:/g:rro,rnosuid,noatime,rprivate",
		"--",
		"id",
	],
	"exact-env": ["--exact-env", "--setenv=B=1,A=2", "--", "/usr/bin/env"],
	names: ["--domainname=b", "--umask=77", "--oom-score-adj=-500", "--", "id"],
	sysctl: [
		"--netif",
		"--sysctl=net.ipv4.conf.lo/1.rp_filter=1",
		"--sysctl=kernel/msgmax=9000",
		"--sysctl=kernel.hostname=a",
		"--sysctl=kernel.domainname=b",
		"--",
		"id",
	],
};

/** Makes a root with a shell and the mount points of a container. */
function makeRoot(): string {
	const root = mkdtempSync("/tmp/pftest-");
	for (const name of ["bin", "dev", "etc", "proc", "run", "sys", "tmp"])
		mkdirSync(`${root}/${name}`);
	copyFileSync(PROBE, `${root}/bin/sh`);
	return root;
}

async function plan(args: readonly string[], root: string): Promise<Ended> {
	const words = args.map((word) => word.replaceAll("ROOT", root));
	// With -U, root and an ordinary user get equal plans. Without -U, an ordinary user's plan has a
	// user namespace.
	return await start(["--dry-run", "-U", ...words], { cwd: "/", env: PLANNER }).ended;
}

function fileOf(name: string): string {
	return new URL(`${name}.txt`, import.meta.url).pathname;
}

for (const [name, args] of Object.entries({ ...PLANS, ...RARE }))
	t.test(name, async (t) => {
		const root = makeRoot();
		t.teardown(() => rmSync(root, { recursive: true }));
		const { status, out, err } = await plan(args, root);
		t.same([status, err], [0, ""]);
		const text = `pflask --dry-run ${args.join(" ")}\n\n${golden(out).replaceAll(root, "ROOT")}`;
		if (process.env.UPDATE === "1") await writeFile(fileOf(name), text);
		t.equal(text, existsSync(fileOf(name)) ? await Bun.file(fileOf(name)).text() : "");
	});

t.test("every golden file has its test", async (t) => {
	const names = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".txt"));
	t.same(
		names.sort(),
		Object.keys({ ...PLANS, ...RARE })
			.map((name) => `${name}.txt`)
			.sort(),
	);
});

t.end();
