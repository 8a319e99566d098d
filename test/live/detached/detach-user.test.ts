// SPDX-License-Identifier: BSD-2-Clause
// Detached containers of ordinary users have their sockets in the right place, and their monitors
// refuse other users.
import {
	chmodSync,
	chownSync,
	existsSync,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
} from "node:fs";
import t, { type Test } from "tap";
import { type Account, account, as } from "../../lib/account.ts";
import {
	CONTROL,
	destroy,
	detach,
	finish,
	isAlive,
	listed,
	nameIn,
	REFUSED,
	startWaiting,
} from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import type { RunOptions } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const alice = await account("pft-attach-a");
const mallory = await account("pft-attach-m");

/**
 * Returns functions that run programs as a user after a login, with XDG_RUNTIME_DIR in the box.
 */
function login(user: Account, box: Box) {
	const runtime = `${box.dir}/run-${user.name}`;
	if (!existsSync(runtime)) mkdirSync(runtime, { mode: 0o700 });
	chownSync(runtime, user.uid, user.gid);
	const runner = as({ ...user, env: { ...user.env, XDG_RUNTIME_DIR: runtime } }, box);
	return { ...runner, runtime, control: `${runtime}/pflask` };
}

/** Returns functions that run programs as a user without XDG_RUNTIME_DIR, like cron(8). */
function cron(user: Account, box: Box) {
	return { ...as(user, box), control: `/tmp/pflask-${user.uid}` };
}

const HOLD = ["--", PROBE, "say", "ready", "+", "hold"];
const TYPED = ["--", PROBE, "wait-for", "go", "+", "exit"];

/** Tests that root can read the kept end of the user's container, and nothing else. */
async function isKnownToRoot(t: Test, box: Box, control: string, name: string): Promise<void> {
	const root = await box.run([`--wait=${alice.name}/${name}`]);
	t.equal(root.status, 6, root.err);
	t.match((await box.run(["--list", "--all"])).out, new RegExp(`^${name} +${alice.name} `, "m"));
	symlinkSync("/etc/passwd", `${control}/link.end`);
	const link = await box.run([`--logs=${alice.name}/link`]);
	t.same([link.status, link.out], [125, ""], "root follows no link of a user");
	rmSync(`${control}/link.end`);
}

async function worksFor(
	t: Test,
	box: Box,
	runner: ReturnType<typeof cron>,
	name: string,
): Promise<void> {
	const pid = await detach(runner, [`--name=${name}`, ...TYPED, "6"]);
	const info = lstatSync(runner.control);
	t.equal((info.mode & 0o777).toString(8), "700", runner.control);
	t.ok(existsSync(`${runner.control}/${name}.sock`));
	t.match(
		(await listed(runner)).find((one) => one.pid === pid),
		{ name, uid: info.uid },
	);
	const inside = await runner.run([`--exec=${name}`, "--", PROBE, "ids"]);
	t.equal(inside.facts("uid"), `${info.uid} ${info.uid}`, inside.err);
	const session = runner.terminal(["--attach", name]);
	session.type("\x00");
	t.equal((await session.ended).status, 0);
	const waiter = await startWaiting(runner, pid);
	t.equal((await runner.run(["--attach", name], { stdin: "go\n" })).status, 6);
	t.equal((await waiter.ended).status, 6);
	await until("the end", () => !isAlive(pid));
	t.same(readdirSync(runner.control), [`${name}.end`]);
	t.equal((await runner.run(["--wait", name])).status, 6, "the end is kept");
	if (runner.control.startsWith("/tmp/pflask-")) await isKnownToRoot(t, box, runner.control, name);
	t.equal((await runner.run(["--forget", name])).status, 0);
	t.notOk(existsSync(runner.control), "the last end removes the directory");
}

live("sockets are in $XDG_RUNTIME_DIR, or in /tmp without this variable", async (t, box) => {
	await worksFor(t, box, login(alice, box), nameIn(box, "xdg"));
	await worksFor(t, box, cron(alice, box), nameIn(box, "tmp"));
});

live("--attach and --list look into all the directories", async (t, box) => {
	const [one, other] = [login(alice, box), cron(alice, box)];
	const pids = [
		await detach(one, [`--name=${nameIn(box, "one")}`, ...HOLD]),
		await detach(other, [`--name=${nameIn(box, "other")}`, ...HOLD]),
	];
	t.same(
		(await listed(one)).map(({ pid }) => pid),
		pids,
	);
	const again = await one.run(["--detach", `--name=${nameIn(box, "other")}`, ...HOLD]);
	t.equal(again.status, 125, "a name is looked for in all of them");
	t.match(again.err, /^pflask: --name: /);
	for (const pid of pids) {
		const run = await one.run(["--kill", `${pid}`]);
		t.same([run.status, run.err], [0, ""]);
	}
	await until("the end of all", () => descendants().length === 0);
});

/** Returns every command that another user might try. All of them must fail. */
function attempts(which: string | number): string[][] {
	return [
		[`--attach=${which}`],
		[`--logs=${which}`],
		["--kill=KILL", `${which}`],
		[`--exec=${which}`, "--", "/bin/true"],
	];
}

async function isRefused(
	t: Test,
	runner: Pick<Box, "run">,
	which: string | number,
	options: RunOptions = {},
): Promise<void> {
	for (const words of attempts(which)) {
		const run = await runner.run(words, options);
		t.same([run.status, run.out], [125, ""], `${words.join(" ")}: ${run.err}`);
		t.match(run.err, /^pflask: --(attach|logs|kill|exec): /, words.join(" "));
	}
}

live("another user sees no container and can do nothing", async (t, box) => {
	const [mine, other] = [login(alice, box), login(mallory, box)];
	const name = nameIn(box, "mine");
	const pid = await detach(mine, [`--name=${name}`, ...HOLD]);
	for (const which of [name, pid]) await isRefused(t, other, which);
	t.same(await listed(other), []);
	const thief = as({ ...mallory, env: { ...mallory.env, XDG_RUNTIME_DIR: mine.runtime } }, box);
	await isRefused(t, thief, name);
	const socket = `${mine.control}/${name}.sock`;
	const knock = await box.run(["knock", socket], { program: PROBE, via: mallory.become });
	t.equal(knock.facts("connect"), "EACCES");
	// All users may enter the directory. The monitor still checks its clients.
	chmodSync(mine.runtime, 0o755);
	chmodSync(mine.control, 0o755);
	chmodSync(socket, 0o777);
	const open = await box.run(["knock", socket], { program: PROBE, via: mallory.become });
	t.equal(open.facts("connect"), "ok");
	t.match(open.facts("knock"), REFUSED);
	chmodSync(mine.control, 0o700);
	t.ok(isAlive(pid));
	await destroy(pid);
	await listed(mine);
});

live("root can control all containers, a user none of root's", async (t, box) => {
	const mine = login(alice, box);
	const name = nameIn(box, "alice");
	const pid = await detach(mine, [...TYPED, "9"]);
	t.match(
		(await listed(box)).find((one) => one.pid === pid),
		undefined,
		"a directory that root can not know",
	);
	await destroy(pid);
	await listed(mine);
	const known = await detach(cron(alice, box), [`--name=${name}`, ...TYPED, "9"]);
	t.match(
		(await listed(box)).find((one) => one.pid === known),
		{ name, uid: alice.uid },
	);
	for (const which of [name, known]) await isRefused(t, box, which);
	for (const user of [alice.name, alice.uid]) {
		const inside = await box.run([`--exec=${user}/${name}`, "--", PROBE, "ids"]);
		t.equal(
			inside.facts("uid"),
			`${alice.uid} ${alice.uid}`,
			`root's command is the user's: ${inside.err}`,
		);
	}
	t.equal((await box.run([`--attach=${alice.name}/${known}`], { stdin: "go\n" })).status, 9);
	const roots = await detach(box, [`--name=${nameIn(box, "root")}`, ...HOLD]);
	for (const which of [nameIn(box, "root"), roots, `root/${roots}`])
		await isRefused(t, mine, which);
	t.same(await listed(mine), []);
	await finish(box, roots);
	await until("the end of all", () => descendants().length === 0);
});

live("a payload with the user's uid and files reaches no other container", async (t, box) => {
	for (const mine of [login(alice, box), cron(alice, box)]) {
		const name = nameIn(box, "victim");
		const pid = await detach(mine, [`--name=${name}`, ...HOLD]);
		const socket = `${mine.control}/${name}.sock`;
		const directory = openSync(mine.control, "r");
		for (const args of [[], ["--no-pidns"], ["--no-mountns"], ["--netif"]]) {
			const words = ["ls", mine.control, "+", "ls", CONTROL, "+", "knock"];
			for (const path of [socket, `/proc/self/fd/0/${name}.sock`, `/proc/${pid}/root${socket}`]) {
				const run = await mine.run([...args, "--", PROBE, ...words, path], { stdin: directory });
				const what = `${args.join(" ")} ${path}: ${run.out}${run.err}`;
				t.match(run.facts("connect"), /^(ok|ENOENT|EACCES|EPERM|ELOOP|ENOTDIR)$/, what);
				if (run.facts("connect") === "ok") t.match(run.facts("knock"), REFUSED, what);
			}
			const again = await mine.run([...args, "--", `${box.dir}/pflask`, `--attach=${name}`]);
			t.equal(again.status, 125, again.err);
		}
		const plain = await mine.run(["--", PROBE, "ls", mine.control, "+", "knock", socket]);
		t.same(plain.facts.all(`ls.${mine.control}`), [], "it sees an empty directory");
		t.equal(plain.facts("connect"), "ENOENT");
		t.ok(isAlive(pid));
		await destroy(pid);
		await listed(mine);
		t.notOk(existsSync(socket));
	}
});

live("without free processes --exec fails, and the container goes on", async (t, box) => {
	const mine = login(alice, box);
	const pid = await detach(mine, [...TYPED, "5"]);
	const limit = (soft: string) =>
		sh([...alice.become, "prlimit", `--pid=${pid}`, `--nproc=${soft}:`]);
	const before = readFileSync(`/proc/${pid}/limits`, "utf8");
	await limit("1");
	const failed = await mine.run([`--exec=${pid}`, "--", PROBE, "say", "x"]);
	t.same([failed.status, failed.out], [125, ""], failed.err);
	t.match(failed.err, /^pflask: [^\n]*Resource temporarily unavailable[^\n]*\n/);
	await limit(/^Max processes +(\w+)/m.exec(before)?.[1] ?? "");
	const worked = await mine.run([`--exec=${pid}`, "--", PROBE, "say", "x"]);
	t.same([worked.status, worked.out], [0, "x\n"], worked.err);
	t.equal((await mine.run([`--attach=${pid}`], { stdin: "go\n" })).status, 5);
	await until("the end of all", () => descendants().length === 0);
});

live("a directory of another user is refused", async (t, box) => {
	const mine = cron(alice, box);
	const trap = mine.control;
	const prepare: readonly (() => void)[] = [
		() => mkdirSync(trap, { mode: 0o777 }),
		() => symlinkSync("/etc", trap),
		() => {
			mkdirSync(trap);
			chownSync(trap, alice.uid, alice.gid);
			chmodSync(trap, 0o777);
		},
	];
	for (const make of prepare) {
		make();
		const run = await mine.run(["--detach", ...HOLD]);
		t.same([run.status, run.out], [125, ""], run.err);
		t.match(run.err, new RegExp(`^pflask: [^\\n]*${trap}[^\\n]*\\n(hint: [^\\n]+\\n)?$`));
		t.same(descendants(), []);
		rmSync(trap, { recursive: true });
	}
});

live("a server of another user gets no request", async (t, box) => {
	const mine = login(alice, box);
	const name = nameIn(box, "trap");
	mkdirSync(mine.control, { mode: 0o700 });
	const socket = `${mine.control}/${name}.sock`;
	for (const words of attempts(name)) {
		const server = box.start(["impostor", socket], { program: PROBE });
		await server.until("listening");
		chownSync(mine.control, alice.uid, alice.gid);
		chownSync(socket, alice.uid, alice.gid);
		const run = await mine.run(words);
		t.equal(run.status, 125, run.err);
		t.equal((await server.ended).facts("impostor"), "got 0", words.join(" "));
		rmSync(socket, { force: true });
	}
});

t.end();
