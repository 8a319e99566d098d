// SPDX-License-Identifier: BSD-2-Clause
// Payloads pose as detached containers of their user. Such a payload has the user's uid, and
// without --chroot the host's files. If no control directory existed at the start of the payload,
// the payload can create one.
import { openSync, rmSync, statSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { CONTROL, detach, finish, isAlive, type Listed, listed } from "../../lib/detached.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Running } from "../../lib/run.ts";
import { inStation, type Station } from "../../lib/station.ts";
import { until } from "../../lib/until.ts";

const alice = await account("pft-posing-a");

type Runner = Pick<Station, "run" | "start" | "terminal">;

const SECRET = "what the payload may not read";

/** All uses of the container that a user believes to be "web". */
const USES: readonly (readonly string[])[] = [
	["--exec=web", "--", "cat"],
	["--attach=web"],
	["--logs=web"],
	["--wait=web"],
	["--kill", "--kill-after=10ms", "web"],
	["--kill=KILL", "web"],
];

/** Replies of a payload that poses as a container. */
const ANSWERS = ["send=done", "wait=exited", "attach=output", "logs=output", "exec=ready-exited"];

async function isNoContainer(
	t: Test,
	box: Station,
	runner: Runner,
	control: string,
	args: readonly string[],
): Promise<void> {
	const what = args.join(" ");
	const path = `${box.dir}/secret`;
	writeFileSync(path, `${SECRET}\n`, { mode: 0o600 });
	const stdin = openSync(path, "r");
	const words = ["pose", control, "web", "text=caught", ...ANSWERS];
	const payload = runner.start([...args, "--", PROBE, ...words]);
	await payload.until("posing");
	const { uid } = statSync(`/proc/${payload.pid}`);
	const web = (all: readonly Listed[]) =>
		all.filter((one) => one.name === "web" && one.uid === uid);
	t.same(web(await listed(runner)), [], `${what}: it is not listed`);
	for (const use of USES) {
		const run = await runner.run(use, { stdin, bound: 60_000 });
		t.same([run.status, run.out], [125, ""], `${what}: ${use.join(" ")}: ${run.err}`);
		t.match(run.err, /^pflask: --(exec|attach|logs|wait|kill): web: /, `${what}: ${use.join(" ")}`);
	}
	t.notMatch(payload.out, SECRET, `${what}: it has read nothing`);
	const handed = payload.out.match(/^handed [1-9]/m);
	t.equal(handed, null, `${what}: it was handed nothing`);
	t.ok(isAlive(payload.pid), what);
	payload.kill("SIGTERM");
	await payload.ended;
	const pid = await detach(runner, ["--name=web", "--", PROBE, "hold"]);
	t.match(web(await listed(runner)), [{ pid }], `${what}: then the name is free`);
	await finish(runner, "web");
	await until("the end", () => !isAlive(pid));
	await box.sh('rm -rf "$1"', control);
}

inStation("a user's payload that makes /run/user/UID/pflask", [alice], async (t, box) => {
	const control = `/run/user/${alice.uid}/pflask`;
	for (const args of [[], ["-P"], ["-M"], ["-P", "-M"], ["--netif"], ["-I", "-H"]])
		await isNoContainer(t, box, as(alice, box), control, args);
});

inStation("a user's payload that makes /tmp/pflask-UID", [], async (t, box) => {
	const control = `/tmp/pflask-${alice.uid}`;
	for (const args of [[], ["-P"], ["-M"]])
		await isNoContainer(t, box, as(alice, box), control, args);
});

inStation("root's payload that makes /run/pflask", [], async (t, box) => {
	for (const args of [[], ["-P"], ["-M"], ["-P", "-M"], [`--user=${alice.name}`, "--no-userns"]]) {
		const user = args[0]?.startsWith("--user");
		if (user) await box.sh('mkdir -m 700 "$1"; chown "$2" "$1"', CONTROL, `${alice.uid}`);
		if (user) await isRefusedDirectory(t, box, args);
		else await isNoContainer(t, box, box, CONTROL, args);
	}
});

/** Tests that a directory of another user is not accepted as root's control directory. */
async function isRefusedDirectory(t: Test, box: Station, args: readonly string[]): Promise<void> {
	const payload = box.start([...args, "--", PROBE, "pose", CONTROL, "web", ...ANSWERS]);
	await payload.until(/posing|bind/).catch(() => undefined);
	for (const use of USES) {
		const run = await box.run(use, { bound: 60_000 });
		t.same([run.status, run.out], [125, ""], `${use.join(" ")}: ${run.err}`);
	}
	payload.kill("SIGTERM");
	await payload.ended;
	await box.sh('rm -rf "$1"', CONTROL);
}

/** The time limit of a command that an attacker tries to block, milliseconds. */
const SOON = 30_000;

inStation(
	"a payload that locks the directory does not block clients forever",
	[alice],
	async (t, box) => {
		const mine = as(alice, box);
		const control = `/run/user/${alice.uid}/pflask`;
		const payload = mine.start(["--", PROBE, "lock-directory", control, "+", "hold"]);
		await payload.until("ready");
		t.match(payload.out, "lock ok");
		const commands = [
			["--detach", "--name=held", "--", PROBE, "hold"],
			["--list", "--json"],
			["--exec=held", "--", "true"],
			["--kill=KILL", "held"],
		];
		for (const words of commands) {
			const via = ["timeout", "--signal=KILL", `${SOON / 1000}`];
			const run = await mine.run(words, { via });
			t.match(run.status, /^(0|125)$/, `${words.join(" ")}: it ends: ${run.err}`);
		}
		payload.kill("SIGTERM");
		await payload.ended;
		const pid = await detach(mine, ["--name=free", "--", PROBE, "hold"]);
		await finish(mine, "free");
		t.notOk(isAlive(pid));
	},
);

/**
 * Tests commands while a payload locks the directory of a container that is older than the payload.
 */
async function locksOut(t: Test, runner: Runner, payload: Running, name: string): Promise<void> {
	for (const words of [["--list"], [`--exec=${name}`, "--", "true"], [`--logs=${name}`]]) {
		const via = ["timeout", "--signal=KILL", `${SOON / 1000}`];
		const run = await runner.run(words, { via });
		t.same([run.status, run.err], [0, ""], `${words.join(" ")} beside a lock`);
	}
	t.ok(isAlive(payload.pid));
}

inStation("a payload that locks a shared directory blocks no client", [alice], async (t, box) => {
	const mine = as(alice, box);
	const control = `/run/user/${alice.uid}/pflask`;
	const payload = mine.start(
		[
			"--",
			PROBE,
			"say",
			"ready",
			"+",
			"wait-for",
			"go",
			"+",
			"lock-directory",
			control,
			"+",
			"hold",
		],
		{ stdin: "pipe" },
	);
	await payload.until("ready");
	const pid = await detach(mine, ["--name=first", "--", PROBE, "hold"]);
	await payload.write("go\n");
	await payload.until("lock ok");
	await locksOut(t, mine, payload, "first");
	payload.kill("SIGTERM");
	await payload.ended;
	await finish(mine, "first");
	t.notOk(isAlive(pid));
	rmSync(`/tmp/pflask-${alice.uid}`, { recursive: true, force: true });
});

t.end();
