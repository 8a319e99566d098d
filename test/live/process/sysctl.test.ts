// SPDX-License-Identifier: BSD-2-Clause
// --sysctl, seen from the inside, and the settings of the host, which never change.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { account, as } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";

const user = await account("pft-sysctl", { range: "100000-165535" });

/** Settings of all kinds of namespaces, each with a value that the host does not have. */
const SETTINGS = {
	"net/ipv4/ip_default_ttl": "77",
	"net/ipv4/conf/lo/rp_filter": "2",
	"net/ipv4/ip_local_reserved_ports": "1000,2000-2002",
	"fs/mqueue/msg_max": "23",
	"kernel/msgmax": "9001",
	"kernel/sem": "33\t32001\t501\t129",
	"kernel/shm_rmid_forced": "1",
	"kernel/hostname": "pft-inside",
	"kernel/domainname": "pft.example",
};
const PATHS = Object.keys(SETTINGS).map((path) => `/proc/sys/${path}`);
const ARGS = Object.entries(SETTINGS).map(
	([path, value]) => `--sysctl=${path.replaceAll("/", ".")}=${value}`,
);
const EXPECTED = `${Object.values(SETTINGS).join("\n")}\n`;

function ofHost(): string {
	return PATHS.map((path) => readFileSync(path, "utf8")).join("");
}

live("the settings are those of the container", async (t, box) => {
	const before = ofHost();
	const command = ["--", "cat", ...PATHS];
	for (const args of [[], ["--user-map=auto"], ["-M"], ["-P"], ["-MP"], ["--as-pid1"]]) {
		const run = await box.run([...args, "--netif", ...ARGS, ...command]);
		t.equal(run.status, 0, run.err);
		t.equal(run.out, EXPECTED, args.join(" "));
	}
	const mine = await as(user, box).run(["--user-map=auto", "--netif", ...ARGS, ...command]);
	t.equal(mine.out, EXPECTED, mine.err);
	const spaces = ["--user-map=auto", "--sysctl=user.max_net_namespaces=5"];
	const own = await box.run([...spaces, "--", "cat", "/proc/sys/user/max_net_namespaces"]);
	t.equal(own.out, "5\n", own.err);
	t.equal(ofHost(), before, "the host keeps its settings");
});

live("a root directory needs no /proc that is writable", async (t, box) => {
	mkdirSync(`${box.dir}/root`);
	const binds = ["bin", "lib", "lib64", "usr"].map((name) => `-mbind-ro:/${name}:/${name}`);
	const command = ["--", "cat", ...PATHS];
	for (const args of [[], ["--user-map=auto"]]) {
		const root = [`--chroot=${box.dir}/root`, ...binds, ...args, "--netif", ...ARGS];
		const run = await box.run([...root, ...command]);
		t.equal(run.out, EXPECTED, run.err);
		const covered = await box.run([...root, "-mtmp:/proc/sys", "--", "true"]);
		t.equal(covered.status, 0, covered.err);
	}
});

live("an interface exists before its settings", async (t, box) => {
	const run = await box.run([
		"--netif=veth:pft-sys0:eth0.7",
		"--sysctl=net.ipv4.conf.eth0/7.forwarding=1",
		"--",
		"cat",
		"/proc/sys/net/ipv4/conf/eth0.7/forwarding",
	]);
	t.equal(run.out, "1\n", run.err);
});

live("a setting that cannot be set is an error", async (t, box) => {
	const cases: readonly (readonly [string, RegExp])[] = [
		["net.ipv4.no_such=1", /no_such=1: No such file or directory\nhint: pflask --netif -- sys/],
		["net.ipv4.ip_default_ttl=x", /ttl=x: Invalid argument\nhint: /],
		["net.ipv4.ip_forward=1 2", /ward=1 2: Invalid argument\n/],
		["net.ipv4.ip_default_ttl=", /ttl=: Invalid argument\n/],
		["net.ipv4.conf=1", /conf=1: Is a directory\n/],
		["net.ipv4.tcp_available_congestion_control=x", /=x: Permission denied\n/],
		["net.netfilter.nf_hooks_lwtunnel=1", /belongs to the whole machine/],
	];
	for (const [setting, why] of cases) {
		const run = await box.run(["--netif", `--sysctl=${setting}`, "--", "true"]);
		t.equal(run.status, 125, setting);
		t.match(run.err, why);
		t.ok(run.err.startsWith(`pflask: --sysctl: ${setting}: `), run.err);
	}
});

live("the network namespace of the host is never written", async (t, box) => {
	// A network namespace of its own stands for that of the host, so that a fault harms no machine.
	const script = `"$@"; echo "$?"; cat ${PATHS[0]}`;
	const via = ["unshare", "--net", "sh", "-c", script, "sh"];
	for (const args of [[], ["--netif=ns:/proc/self/ns/net"], ["--netif=host"], ["-N"]]) {
		const run = await box.run([...args, ARGS[0] ?? "", "--", "true"], { via });
		t.equal(run.out, "125\n64\n", args.join(" "));
		t.match(run.err, /^pflask: --sysctl: net.ipv4.ip_default_ttl=77: /);
	}
});

live("a mount over a part of /proc gets nothing", async (t, box) => {
	const trap = `${box.dir}/net/ipv4/ip_default_ttl`;
	mkdirSync(`${box.dir}/net/ipv4`, { recursive: true });
	writeFileSync(trap, "untouched");
	const script = `mount --bind ${box.dir} /proc/sys; exec "$@"`;
	const via = ["unshare", "-m", "sh", "-ec", script, "sh"];
	const args = ["--netif", ARGS[0] ?? "", "--", "true"];
	const fresh = await box.run(args, { via });
	t.equal(fresh.status, 0, fresh.err);
	// In the host's pid namespace, the user namespace gets no procfs of its own.
	const bound = await box.run(["-P", "--user-map=auto", ...args], { via });
	t.equal(bound.status, 125);
	t.match(bound.err, /^pflask: --sysctl: .*Invalid cross-device link\nhint: mount -t proc /);
	t.equal(await sh(["cat", trap]), "untouched");
});

t.end();
