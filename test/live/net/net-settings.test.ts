// SPDX-License-Identifier: BSD-2-Clause
// The network settings in /proc/sys/net. Root of a container with its own network may write only
// the settings of this network. Every user of the container may use ping sockets.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt } from "../../lib/mount-table.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-settings", { range: RANGE });

const FORWARD = "/proc/sys/net/ipv4/ip_forward";
/**
 * Settings outside the container's network. The last setting applies to all networks of the
 * machine, and its change cannot be undone.
 */
const OTHERS = [
	"/proc/sys/kernel/sysctl_writes_strict",
	"/proc/sys/vm/drop_caches",
	"/proc/sys/kernel/printk_delay",
	"/proc/sys/net/netfilter/nf_hooks_lwtunnel",
].filter(existsSync);

/**
 * Returns containers with a separate root and a command of root: their options, and the probe's
 * path.
 */
async function containers(box: Box) {
	const roots = ["--ephemeral", `--chroot=${await shellRoot(box)}`];
	const probe = (args: readonly string[]) => (args[0] === roots[1] ? "/bin/probe" : PROBE);
	const list = roots.flatMap((root) => [
		[root],
		[root, "--user-map=auto"],
		[root, "--no-pidns"],
		[root, "--no-pidns", "--user-map=auto"],
		[root, "--proc=bind"],
	]);
	return list.map((args) => ({ args, probe: probe(args) }));
}

live("with --netif /proc/sys/net can be written, and nothing else of /proc/sys", async (t, box) => {
	const before = readFileSync(FORWARD, "utf8");
	for (const { args, probe } of await containers(box)) {
		const words = [FORWARD, "7", "+", "cat", FORWARD];
		for (const path of OTHERS) words.push("+", "write", path, "1");
		const run = await box.run([...args, "--netif", "--", probe, "write", ...words, "+", "mounts"]);
		t.equal(run.facts(`write.${FORWARD}`), "ok", args.join(" ") + run.err);
		t.match(run.out, /^7$/m, "it is what was written");
		for (const path of OTHERS) t.match(run.facts(`write.${path}`), /^E(ROFS|ACCES)$/, path);
		t.ok(mountAt(run.facts, "/proc/sys")?.options.includes("ro"), args.join(" "));
	}
	t.equal(readFileSync(FORWARD, "utf8"), before, "the host's is as it was");
});

live("without --netif all of /proc/sys is read-only", async (t, box) => {
	for (const { args, probe } of await containers(box)) {
		const run = await box.run([...args, "--", probe, "write", FORWARD, "7"]);
		t.match(run.facts(`write.${FORWARD}`), /^E(ROFS|ACCES)$/, args.join(" ") + run.err);
	}
});

live("a proc on another mount point has the same settings", async (t, box) => {
	const root = await shellRoot(box);
	const args = [`--chroot=${root}`, "--netif", "--mount=proc:/p", "--", "/bin/probe"];
	const words = [
		"write",
		`/p${FORWARD.slice(5)}`,
		"1",
		"+",
		"write",
		"/p/sys/kernel/printk_delay",
		"1",
	];
	const { facts } = await box.run([...args, ...words]);
	t.equal(facts("write./p/sys/net/ipv4/ip_forward"), "ok");
	t.equal(facts("write./p/sys/kernel/printk_delay"), "EROFS");
});

live("an ordinary user's root can write the settings, too", async (t, box) => {
	const root = await shellRoot(box, user.uid);
	for (const args of [["--ephemeral", "--user-map=auto"], [`--chroot=${root}`]]) {
		const probe = args.length > 1 ? PROBE : "/bin/probe";
		const words = ["write", FORWARD, "1", "+", "write", "/proc/sys/kernel/printk_delay", "1"];
		const run = await as(user, box).run([...args, "--netif", "--", probe, ...words]);
		t.equal(run.facts(`write.${FORWARD}`), "ok", args.join(" ") + run.err);
		t.match(run.facts("write./proc/sys/kernel/printk_delay"), /^E(ROFS|ACCES)$/);
	}
});

live("if the host's /proc/sys is read-only, /proc/sys of --proc=bind is, too", async (t, box) => {
	const via = inMounts("mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys");
	for (const more of [[], ["--user-map=auto"]]) {
		const args = ["--proc=bind", "--ephemeral", "--netif", ...more, "--", PROBE];
		const run = await box.run([...args, "write", FORWARD, "1"], { via });
		t.same([run.status, run.facts(`write.${FORWARD}`)], [0, "EROFS"], more.join(" ") + run.err);
	}
});

/** Returns the settings of the network of this process, with their values. */
function settings(): Map<string, string> {
	const found = new Map<string, string>();
	for (const entry of readdirSync("/proc/sys/net", { recursive: true, withFileTypes: true })) {
		const path = `${entry.parentPath}/${entry.name}`;
		if (!entry.isFile() || /count$|fib_multipath_hash_seed$|stable_secret$/.test(path)) continue;
		try {
			found.set(path, readFileSync(path, "utf8"));
		} catch {
			// This process cannot read all settings.
		}
	}
	return found;
}

/** Writes another number to every setting. */
const CHANGE_ALL = `
	find /proc/sys/net -type f | while read -r path; do
		old=$(cat "$path") || continue
		set -- $old; first=$1
		case $first in "" | *[!0-9]*) continue ;; esac
		for new in $((first + 1)) $((first - 1)) $((1 - first)); do
			echo $old | { read -r _ rest; echo $new $rest >"$path"; }
			[ "$(cat "$path")" = "$old" ] || { echo "changed $path"; break; }
		done
	done 2>/dev/null`;

live("root inside reaches no setting of the host", async (t, box) => {
	const root = await shellRoot(box);
	const before = settings();
	t.ok(before.size > 200, "the host has settings");
	for (const args of [[], ["--no-pidns"], ["--user-map=auto"], ["--proc=bind"]]) {
		const words = [
			`--chroot=${root}`,
			"--netif",
			...args,
			"--",
			"/bin/busybox",
			"sh",
			"-c",
			CHANGE_ALL,
		];
		const { facts, err } = await box.run(words);
		t.ok(facts.all("changed").length > 100, `${args.join(" ")}: many can be written ${err}`);
		for (const [path, value] of settings()) {
			if (before.get(path) === value) continue;
			t.equal(value, before.get(path), path);
			writeFileSync(path, before.get(path) ?? "");
		}
	}
});

/** Uses ping sockets, like ping(8) without capabilities. */
const PING = ["ping-socket", "127.0.0.1", "+", "ping-socket", "::1"];
const NO_PRIVILEGE = ["/usr/bin/setpriv", "--reuid=1234", "--regid=1234", "--clear-groups"];

live("every user may use ping sockets in a new network", async (t, box) => {
	const root = await shellRoot(box, user.uid);
	const own = await shellRoot({ ...box, dir: `${box.dir}/own` });
	const mine = as(user, box);
	const maps = ["0:100000:1000", `1000:${user.uid}:1`, "1001:101000:64535"];
	const keep = maps.map((map) => `--user-map=${map}`);
	for (const [runner, args, words] of [
		[box, [], NO_PRIVILEGE],
		[box, ["--no-mountns"], NO_PRIVILEGE],
		[box, ["--no-pidns"], NO_PRIVILEGE],
		[box, ["--proc=bind"], NO_PRIVILEGE],
		[box, ["--ephemeral"], NO_PRIVILEGE],
		[box, ["--user-map=auto"], NO_PRIVILEGE],
		[box, ["--user-map=auto", "--no-mountns"], NO_PRIVILEGE],
		[box, ["--user-map=auto", "--ephemeral"], NO_PRIVILEGE],
		[box, [`--user=${user.name}`], []],
		[box, ["--no-userns", `--user=${user.name}`], []],
		[box, [`--user=${user.uid}:${user.gid}`, "--no-mountns", `--chroot=${own}`], ["/bin"]],
		[box, [`--user=${user.uid}:${user.gid}`, `--chroot=${own}`], ["/bin"]],
		[mine, [], []],
		[mine, ["--no-mountns"], []],
		[mine, ["--proc=bind"], []],
		[mine, ["--ephemeral"], []],
		[mine, ["--user-map=auto"], NO_PRIVILEGE],
		[mine, keep, NO_PRIVILEGE],
		[mine, [...keep, "--user=1000:1000"], []],
		[mine, [`--chroot=${root}`, "--no-mountns"], ["/bin"]],
		[mine, [`--chroot=${root}`], ["/bin"]],
	] as const) {
		const command = words[0] === "/bin" ? ["/bin/probe"] : [...words, PROBE];
		const run = await runner.run(["--netif", ...args, "--", ...command, ...PING]);
		t.same(run.facts.all("ping-socket"), ["ok", "ok"], `${args.join(" ")} ${run.err}${run.out}`);
	}
});

function isIn(map: string, id: number): boolean {
	const [inside = 0, , count = 0] = map.split(":").map(Number);
	return id >= inside && id < inside + count;
}

/**
 * Maps with another order of ids outside than inside, each with the range of groups that may ping.
 */
const TURNED = [
	{ maps: ["0:300000:10", "10:100000:10", "20:200000:10"], user: "", range: [10, 29] },
	{ maps: ["0:300000:10", "10:100000:10", "20:200000:10"], user: "5:5", range: [0, 9] },
	{ maps: ["0:300000:10", "10:100000:10", "20:200000:10"], user: "5:25", range: [10, 29] },
	{ maps: ["0:200000:9", "9:100000:21"], user: "", range: [9, 29] },
	{ maps: ["0:200000:9", "9:300000:10", "19:100000:11"], user: "", range: [0, 18] },
] as const;

live("one range of groups may ping: the widest with the command's group", async (t, box) => {
	for (const {
		maps,
		user: who,
		range: [low, high],
	} of TURNED) {
		const args = maps.map((map) => `--user-map=${map}`);
		const what = `${maps.join(" ")} ${who}`;
		if (who !== "") {
			const words = [`--user=${who}`, "--", PROBE, ...PING];
			const run = await box.run(["--netif", ...args, ...words]);
			t.same(run.facts.all("ping-socket"), ["ok", "ok"], `${what}: ${run.err}`);
			const plan = await box.run(["--dry-run", "--netif", ...args, ...words]);
			const [, first, last] = /ping_groups (\d+) (\d+)/.exec(plan.out) ?? [];
			t.same([first, last].map(Number), [low, high], what);
			continue;
		}
		for (let group = 0; group < 30; group++) {
			const words = ["/usr/bin/setpriv", "--reuid=1", `--regid=${group}`, "--clear-groups"];
			if (!maps.some((map) => isIn(map, group))) continue;
			const run = await box.run(["--netif", ...args, "--", ...words, PROBE, ...PING.slice(0, 2)]);
			const is = group >= low && group <= high ? "ok" : "EACCES";
			t.match(run.facts("ping-socket"), new RegExp(`^${is}`), `${what}: ${group} ${run.err}`);
		}
	}
});

live("a further command may ping, too", async (t, box) => {
	const monitor = await detach(box, ["--netif", "--", PROBE, "hold"]);
	const words = [`--exec=${monitor}`, "--", ...NO_PRIVILEGE, PROBE, "ping-socket", "::1"];
	const run = await box.run(words);
	t.equal(run.facts("ping-socket"), "ok", run.err);
	await finish(box, monitor);
});

live("--netif works if /proc/sys is read-only", async (t, box) => {
	const via = inMounts("mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys");
	for (const args of [["--no-mountns"], ["--no-pidns"], ["--proc=bind"]]) {
		const run = await box.run(["--netif", ...args, "--", PROBE, "net"], { via });
		t.same([run.status, run.err], [0, ""], args.join(" "));
		t.same(run.facts.all("interface"), ["lo up"]);
	}
});

live("a joined network and the host's network are unchanged", async (t, box) => {
	const file = "/proc/sys/net/ipv4/ping_group_range";
	const before = readFileSync(file, "utf8");
	const via = ["unshare", "--net"];
	for (const args of [[], ["--netif=host"], ["--netif=ns:/proc/self/ns/net"]]) {
		const run = await box.run([...args, "--", PROBE, "cat", file], { via });
		t.equal(run.out, "1\t0\n", args.join(" ") + run.err);
	}
	t.equal(readFileSync(file, "utf8"), before);
});

t.end();
