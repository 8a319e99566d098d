// SPDX-License-Identifier: BSD-2-Clause
// --wait, --logs and --list --all show the kept end of a detached container.
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import t from "tap";
import schema from "../../../docs/list.schema.json" with { type: "json" };
import { faults } from "../../../packages/cli/test/schema.ts";
import { CONTROL, detach, finish, isAlive, kept, lookUp, nameIn } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { until } from "../../lib/until.ts";

const CRASH = ["sh", "-c", "echo starting; echo FATAL >&2; exit 3"];
const GONE = "no such container";

/** Runs a detached container to its end. Returns the pid of its monitor. */
async function ended(box: Box, options: readonly string[], command = CRASH): Promise<number> {
	const pid = await detach(box, [...options, "--", ...command]);
	await until("the end", () => !isAlive(pid));
	return pid;
}

live("the end of a container with a name is known", async (t, box) => {
	const crash = nameIn(box, "crash");
	const pid = await ended(box, [`--name=${crash}`]);
	const logs = await box.run([`--logs=${crash}`]);
	t.same([logs.status, logs.out, logs.err], [0, "starting\r\nFATAL\r\n", ""]);
	const follow = await box.run(["--logs", crash, "--follow"]);
	t.same([follow.status, follow.out], [0, "starting\r\nFATAL\r\n"]);
	for (const which of [crash, `${pid}`, `root/${crash}`]) {
		const wait = await box.run([`--wait=${which}`]);
		t.same([wait.status, wait.out, wait.err], [3, "", ""], which);
	}
	const stats = await box.run([`--wait=${crash}`, "--stats=json"]);
	t.match(JSON.parse(stats.err), { event: "exited", reason: "exit", status: 3, usage: {} });
	t.equal(await lookUp(box, crash), undefined, "--list has only what runs");
	const table = (await box.run(["--list", "--all"])).out.split("\n");
	t.match(table[0], /^NAME +USER +PID +LEADER +UPTIME +STATUS +COMMAND +ROOT +PORTS$/);
	t.match(
		table.find((line) => line.startsWith(crash)),
		new RegExp(`^${crash} +root +${pid} +- +0s +exit 3 +sh -c echo starting`),
	);
	const json = JSON.parse((await box.run(["--list", "--all", "--json"])).out);
	t.same(faults(json, schema), []);
	const one = json.containers.find(({ name }: { name: string }) => name === crash);
	t.match(one, { pid, leader: null, end: { reason: "exit", status: 3, text: "exit 3" } });
	t.ok(one.end.time >= one.started, `${one.started} ${one.end.time}`);
	const file = statSync(`${CONTROL}/${crash}.end`);
	t.equal(file.mode & 0o777, 0o600);
});

live("a system that fails to boot at once", async (t, box) => {
	const [root, name] = [await shellRoot(box), nameIn(box, "b1")];
	mkdirSync(`${root}/sbin`, { recursive: true });
	const boot = ["-d", `--name=${name}`, `--chroot=${root}`, "--", "/sbin/init"];
	const init = (mode: number) => {
		const script = "#!/bin/sh\necho 'init: no root file system'\nexit 4\n";
		writeFileSync(`${root}/sbin/init`, script);
		chmodSync(`${root}/sbin/init`, mode);
	};
	init(0o755);
	const start = await box.run(boot);
	t.same([start.status, start.err], [0, ""]);
	t.match(start.out, /^\d+\n$/);
	const wait = await box.run([`--wait=${name}`]);
	t.same([wait.status, wait.out, wait.err], [4, "", ""]);
	t.equal((await box.run([`--logs=${name}`])).out, "init: no root file system\r\n");
	const list = await box.run(["--list", "--all"]);
	t.match(
		list.out,
		new RegExp(`^${name} +root +\\d+ +- +\\d+s +exit 4 +/sbin/init +${root} `, "m"),
	);
	await box.run(["--forget", name]);
	init(0o644);
	const refused = await box.run(boot);
	t.same([refused.status, refused.out], [126, ""], "an init that cannot be executed has no pid");
	t.equal(refused.err, "pflask: /sbin/init: Permission denied\n");
});

live("what only a running container can do", async (t, box) => {
	const web = nameIn(box, "web");
	await ended(box, [`--name=${web}`]);
	for (const [words, option] of [
		[[`--attach=${web}`], "--attach"],
		[[`--exec=${web}`, "--", "true"], "--exec"],
		[["--kill", web], "--kill"],
		[["--kill=HUP", web], "--kill"],
	] as const) {
		const run = await box.run(words);
		t.same([run.status, run.out], [125, ""], option);
		t.equal(
			run.err,
			`pflask: ${option}: ${web}: has ended with status 3\nhint: pflask --logs=${web}\n`,
		);
	}
	const silent = nameIn(box, "silent");
	await ended(box, [`--name=${silent}`, "--tty=never"], ["true"]);
	const logs = await box.run([`--logs=${silent}`]);
	t.same([logs.status, logs.out], [125, ""]);
	t.match(logs.err, `pflask: --logs: ${silent}: the container has no terminal\n`);
	const kill = await box.run(["--kill", silent]);
	t.match(kill.err, `has ended with status 0\nhint: pflask --wait=${silent}\n`);
});

live("how containers have ended", async (t, box) => {
	for (const [word, command, status, text] of [
		["term", [PROBE, "die", "15"], 143, "killed: SIGTERM"],
		["code", ["sh", "-c", "exit 255"], 255, "exit 255"],
	] as const) {
		const name = nameIn(box, word);
		await ended(box, [`--name=${name}`], [...command]);
		t.equal((await box.run([`--wait=${name}`])).status, status, word);
		t.match((await box.run(["--list", "--all"])).out, new RegExp(`^${name} .* ${text} `, "m"));
	}
	const killed = nameIn(box, "killed");
	const victim = await detach(box, [`--name=${killed}`, "--", PROBE, "hold"]);
	await box.run(["--kill=KILL", killed]);
	await until("the end", () => !isAlive(victim));
	t.equal((await box.run([`--wait=${killed}`])).status, 137);
	t.match((await box.run(["--list", "--all"])).out, `killed: SIGKILL of pflask `);
	const late = nameIn(box, "late");
	await ended(box, [`--name=${late}`, "--timeout=50ms"], [PROBE, "hold"]);
	const wait = await box.run([`--wait=${late}`]);
	t.same([wait.status, wait.err], [124, "pflask: timed out after 50ms\n"]);
	t.match((await box.run(["--list", "--all"])).out, new RegExp(`${late} .* timed out after 50ms `));
});

live("a name that is used again, and a start that fails", async (t, box) => {
	const name = nameIn(box, "again");
	await ended(box, [`--name=${name}`]);
	const failed = await box.run(["--detach", `--name=${name}`, "--", "/no/such/command"]);
	t.equal(failed.status, 127);
	t.equal((await box.run([`--wait=${name}`])).status, 3, "the end before is still known");
	await detach(box, [`--name=${name}`, "--", PROBE, "hold"]);
	t.notOk(existsSync(`${CONTROL}/${name}.end`));
	t.notMatch((await box.run(["--list", "--all"])).out, "exit 3");
	const forget = await box.run(["--forget", name]);
	t.same([forget.status, forget.out], [125, ""]);
	t.equal(
		forget.err,
		`pflask: --forget: ${name}: the container runs\nhint: pflask --wait=${name}\n`,
	);
	await finish(box, name);
	t.not((await box.run([`--wait=${name}`])).status, 3);
});

live("--forget", async (t, box) => {
	const [a, b, c] = ["a", "b", "c"].map((word) => nameIn(box, word)) as [string, string, string];
	for (const name of [a, b, c]) await ended(box, [`--name=${name}`]);
	const some = await box.run([`--forget=${a}`, "no-such-name", b]);
	t.same([some.status, some.out], [125, ""]);
	t.match(some.err, /^pflask: --forget: no-such-name: no such container\nhint: [^\n]*\n$/);
	for (const name of [a, b]) {
		const wait = await box.run([`--wait=${name}`]);
		t.same([wait.status], [125]);
		t.match(wait.err, GONE);
	}
	t.equal((await box.run(["--forget", c])).status, 0);
	t.same(kept(box), []);
	t.match((await box.run(["--forget"])).err, /^pflask: --forget: requires a value\n/);
});

live("a container without a name", async (t, box) => {
	const plain = await ended(box, []);
	t.match((await box.run([`--logs=${plain}`])).err, GONE);
	const pid = await ended(box, ["--keep-log"]);
	t.equal((await box.run([`--logs=${pid}`])).out, "starting\r\nFATAL\r\n");
	t.equal((await box.run([`--wait=${pid}`])).status, 3);
	t.match((await box.run(["--list", "--all"])).out, new RegExp(`^- +root +${pid} `, "m"));
	t.equal((await box.run([`--forget=${pid}`])).status, 0);
	t.notOk(existsSync(`${CONTROL}/${pid}.end`));
	const attached = await box.run(["--keep-log", "--", "true"]);
	t.equal(attached.status, 125);
	t.match(attached.err, /^pflask: --keep-log: requires --detach\n/);
});

live("the kept output is that of --scrollback", async (t, box) => {
	const name = nameIn(box, "long");
	const script = "seq 1 20000; printf '\\033[?25l'; seq 20001 20100";
	await ended(box, [`--name=${name}`, "--scrollback=4K"], ["sh", "-c", script]);
	const { out } = await box.run([`--logs=${name}`]);
	t.ok(out.length <= 4096 && out.length > 3900, `${out.length}`);
	t.match(out, /\r\n20100\r\n$/);
	t.ok(statSync(`${CONTROL}/${name}.end`).size < 8192);
});

live("there are at most 64 ends, and the oldest goes", async (t, box) => {
	const via = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh"];
	const script = `i=0; while [ $i -lt 70 ]; do
	pid=$("$PF" -d --name=n$i -- true) || exit 1
	"$PF" --wait=n$i || exit 1
	i=$((i + 1))
done
ls /run/pflask; ls -A /run/pflask | wc -l
"$PF" --wait=n5; "$PF" --wait=n6; "$PF" --list --all | grep -c "^n[0-9]"
"$PF" --forget n9 n10; ls -A /run/pflask | wc -l`;
	const env = { PF: PFLASK, PATH: "/usr/bin:/bin" };
	const run = await box.run(["-c", script], { program: "/bin/sh", via, env });
	const lines = run.out.trim().split("\n");
	t.same(lines.slice(-3), ["64", "64", "62"], run.err);
	t.match(run.err, /^pflask: --wait: n5: no such container\nhint: pflask --list\n$/);
	t.notOk(lines.includes("n5.end"));
	t.ok(lines.includes("n6.end"));
});

/** Makes files and other things with the names of kept ends, from a real end. */
const PLANT = `cd ${CONTROL} && umask 077
ln -s "$1.end" "$1-link.end"; mkfifo "$1-fifo.end"; mkdir "$1-directory.end"
mknod "$1-zero.end" c 1 5; : >"$1-empty.end"; head -c 900 "$1.end" >"$1-cut.end"
head -c 5000 /dev/zero >"$1-wrong.end"; cp "$1.end" "$1-theirs.end"; chown 1234 "$1-theirs.end"`;
const PLANTED = "link fifo directory zero empty cut wrong theirs".split(" ");

live("files that are no ends", async (t, box) => {
	const name = nameIn(box, "real");
	await ended(box, [`--name=${name}`]);
	await sh(["sh", "-c", PLANT, "sh", name]);
	for (const one of PLANTED)
		for (const action of ["--wait", "--logs", "--attach", "--forget"]) {
			const run = await box.run([`${action}=${name}-${one}`]);
			t.same([run.status, run.out], [125, ""], `${action} ${one}`);
			t.match(run.err, GONE);
		}
	const { status, out } = await box.run(["--list", "--all"]);
	t.equal(status, 0);
	t.same(out.split("\n").filter((line) => line.startsWith(name)).length, 1);
	await sh(["sh", "-c", `cd ${CONTROL} && cat "$1-wrong.end" >>"$1.end"`, "sh", name]);
	t.equal((await box.run([`--wait=${name}`])).status, 3);
	const logs = await box.run([`--logs=${name}`]);
	t.equal(logs.status, 125);
	t.match(logs.err, "the monitor has sent a malformed message");
	await sh(["sh", "-c", `cd ${CONTROL} && rm -r "$1"-*.end`, "sh", name]);
});

live("an end that cannot be kept, and a monitor that is killed at its end", async (t, box) => {
	const via = ["unshare", "--mount", "--propagation=private"];
	const script = `mount -t tmpfs -o size=20k none /run || exit 99
"$0" -d --name=full -- sh -c 'sleep 0.2; seq 1 20000; exit 5' >/dev/null
PFLASK_DEBUG=1 "$0" --wait=full; echo $?; "$0" --wait=full; echo $?; find /run -type f
mount -t tmpfs none /run; i=0
while [ $i -lt 30 ]; do
	i=$((i + 1)); pid=$("$0" -d --name=k --scrollback=4M -- sh -c 'seq 1 30000; exit 3')
	sleep 0.0$i; kill -KILL $pid 2>/dev/null
	while grep -q 'State:.[^ZX]' /proc/$pid/status 2>/dev/null; do :; done
	"$0" --wait=k 2>/dev/null; status=$?
	[ $status = 125 ] || [ $status = 137 ] || [ $status = 3 ] || echo $status
	[ $status != 3 ] || "$0" --logs=k | tail -n 1 | grep -qx '30000.' || echo half
	"$0" --forget=k 2>/dev/null
done`;
	const run = await box.run(["-c", script, PFLASK], { program: "sh", via });
	t.equal(run.out, "5\n125\n");
	t.equal(
		run.err,
		"pflask: caller: the end could not be kept: No space left on device\n" +
			"pflask: --wait: full: no such container\nhint: pflask --list\n",
	);
});

live("several containers are waited for at the same time", async (t, box) => {
	const go = `${box.dir}/go`;
	const wait = `until [ -e ${go} ]; do sleep 0.01; done`;
	const late = await detach(box, ["--", "sh", "-c", `${wait}; exit 4`]);
	const early = await detach(box, ["--", "sh", "-c", "sleep 0.5; exit 6"]);
	const waiting = box.start(["--wait", `${late}`, `${early}`]);
	await until("the end of the second", () => !isAlive(early));
	writeFileSync(go, "");
	const run = await waiting.ended;
	t.same([run.status, run.err], [6, ""], "the second ended while the first was waited for");
});

t.end();
