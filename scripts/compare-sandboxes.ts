// SPDX-License-Identifier: BSD-2-Clause
// Runs the probe of test/lib/reach.ts in pflask and in other sandboxes, and prints the answers in
// lines of the form "sandbox question answer". This script changes the machine, so run it in a
// virtual machine, by "make compare-sandboxes".
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { sh } from "../test/lib/host.ts";
import { PFLASK, TREE } from "../test/lib/paths.ts";
import { PROBE } from "../test/lib/probe.ts";
import { ask, prepare, type Sandbox } from "../test/lib/reach.ts";
import { sandboxes as ours } from "../test/lib/reach-pflask.ts";

const APP = "org.pflask.Probe";
const RUNTIME = "org.pflask.Runtime";
const NAME = "pftreach";

/** Makes an application of flatpak that has the probe and no permissions. */
const MAKE_APP = `
	mkdir -p runtime/usr/etc runtime/files app/files/bin app/export
	printf '[Runtime]\\nname=${RUNTIME}\\nruntime=${RUNTIME}/x86_64/1\\n' > runtime/metadata
	printf 'sdk=${RUNTIME}/x86_64/1\\n' >> runtime/metadata
	printf '[Application]\\nname=${APP}\\nruntime=${RUNTIME}/x86_64/1\\n' > app/metadata
	printf 'command=probe\\n' >> app/metadata
	cp "$1" app/files/bin/probe
	flatpak build-export --runtime --disable-sandbox repository runtime 1
	flatpak build-export --disable-sandbox repository app 1
	flatpak --user remote-add --no-gpg-verify probe repository
	flatpak --user install --noninteractive probe ${APP}`;

/** Settings of sandbox-runtime that deny more than the default. */
const HIDING = {
	network: { allowedDomains: [], deniedDomains: [] },
	filesystem: {
		denyRead: ["/home", "/root", "/tmp", "/var/tmp", "/run"],
		allowWrite: [],
		denyWrite: [],
	},
};

const RUN = ["systemd-run", "--quiet", "--wait", "--collect"];

/** The settings of systemd.exec(5) that confine a service and let most programs run. */
const CONFINED_SERVICE = [
	"PrivateDevices=yes PrivateNetwork=yes PrivateUsers=yes PrivateIPC=yes PrivateTmp=yes",
	"ProtectHome=tmpfs ProtectSystem=strict ProtectProc=invisible ProcSubset=pid ProtectClock=yes",
	"ProtectControlGroups=yes ProtectHostname=yes ProtectKernelLogs=yes ProtectKernelModules=yes",
	"ProtectKernelTunables=yes RestrictNamespaces=yes RestrictRealtime=yes RestrictSUIDSGID=yes",
	"RestrictAddressFamilies=AF_INET RestrictAddressFamilies=AF_INET6 LockPersonality=yes",
	"MemoryDenyWriteExecute=yes NoNewPrivileges=yes CapabilityBoundingSet= KeyringMode=private",
	"SystemCallFilter=@system-service SystemCallFilter=~@privileged SystemCallErrorNumber=EPERM",
	"SystemCallArchitectures=native TasksMax=1024 UMask=0077",
]
	.join(" ")
	.split(" ");

function service(...properties: string[]): Sandbox {
	const options = ["DynamicUser=yes", ...properties].map((property) => `--property=${property}`);
	return {
		byRoot: true,
		run: (...program) => [...RUN, "--pipe", ...options, "--", ...program],
		onTerminal: (...program) => [...RUN, "--pty", ...options, "--", ...program],
	};
}

/** The strictest options of firejail with which a program still has files and a terminal. */
const STRICT = [
	"--private --private-tmp --private-dev --private-cache --net=none --ipc-namespace",
	"--caps.drop=all",
	"--nonewprivs --noroot --seccomp --seccomp.block-secondary --restrict-namespaces --nogroups",
	"--disable-mnt --dbus-user=none --dbus-system=none --rlimit-nproc=1024 --protocol=inet,inet6",
]
	.join(" ")
	.split(" ");

function firejail(...options: string[]): Sandbox {
	return { run: (...program) => ["firejail", "--quiet", ...options, "--", ...program] };
}

function runtime(...options: string[]): Sandbox {
	const srt = [`${TREE}/build/bun/bun`, `${TREE}/build/peers/node_modules/.bin/srt`];
	return { run: (...program) => [...srt, ...options, ...program] };
}

const SANDBOXES: Record<string, Sandbox> = {
	none: { run: (...program) => program },
	...ours(PFLASK),
	flatpak: {
		run: (_, ...words) => ["flatpak", "run", "--command=probe", APP, ...words],
	},
	firejail: firejail("--private"),
	"firejail strict": firejail(...STRICT),
	DynamicUser: service(),
	"DynamicUser strict": service(...CONFINED_SERVICE),
	srt: runtime(),
	"srt strict": runtime("--settings", "/etc/srt-strict.json"),
};

async function account() {
	await sh(["useradd", "--create-home", "--shell", "/bin/bash", NAME]);
	await sh(["loginctl", "enable-linger", NAME]);
	const uid = Number(await sh(["id", "-u", NAME]));
	const become = ["setpriv", `--reuid=${NAME}`, `--regid=${NAME}`, "--init-groups"];
	const home = `/home/${NAME}`;
	const PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
	const env = { PATH, HOME: home, USER: NAME, LOGNAME: NAME, TERM: "xterm" };
	return { name: NAME, uid, gid: uid, home, become, env };
}

/** Returns the files in the directories where a sandbox can leave files. */
async function files(): Promise<Set<string>> {
	const ignored = ["/run/systemd", "/run/log", "/run/udev"].flatMap((path) => [
		"-path",
		path,
		"-o",
	]);
	const find = ["find", "/home", "/root", "/run", "/tmp", "/var/lib", "/var/tmp", "/dev/shm"];
	const prune = ["(", ...ignored, "-false", ")", "-prune", "-o", "-print"];
	return new Set((await sh([...find, ...prune]).catch((error) => `${error}`)).split("\n"));
}

writeFileSync("/etc/srt-strict.json", JSON.stringify(HIDING));
const user = await account();
mkdirSync("/var/lib/pft-app");
await sh(["chown", NAME, "/var/lib/pft-app"]);
const inHome = ["env", "-C", "/var/lib/pft-app", `HOME=${user.home}`, "sh", "-ceu", MAKE_APP];
console.log(await sh([...user.become, ...inHome, "sh", PROBE]).catch((error) => `${error}`));
// Lift the limit of the service that runs this script. Otherwise the limit would count as a limit
// of each sandbox.
writeFileSync("/sys/fs/cgroup/system.slice/vm-command.service/pids.max", "max");
const host = await prepare(NAME, user);
const wanted = process.argv.slice(2);
for (const [name, sandbox] of Object.entries(SANDBOXES)) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const before = await files();
	const answers = await ask(host, sandbox).catch((error) => ({ failed: `${error}` }));
	const left = [...(await files())].filter((file) => !before.has(file));
	const all = { ...answers, "leaves-files": left.length > 0 ? `yes ${left.join(" ")}` : "no" };
	for (const [question, answer] of Object.entries(all))
		console.log(`${name}\t${question}\t${answer}`);
}
await host.close();
if (!existsSync(PFLASK)) throw new Error(PFLASK);
