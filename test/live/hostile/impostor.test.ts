// SPDX-License-Identifier: BSD-2-Clause
// Impostors are processes that listen in place of monitors. Only the arguments of the user decide
// which container a name means. A server's reply never makes a client send a signal to a process,
// or pass on a file.
import { openSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { detach, finish, isAlive, startWaiting } from "../../lib/detached.ts";
import { TREE } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import type { Ended, Running } from "../../lib/run.ts";
import { inStation, type Station } from "../../lib/station.ts";
import { until } from "../../lib/until.ts";

const alice = await account("pft-impostor-a");
const mallory = await account("pft-impostor-m");

const TYPED = ["--", PROBE, "say", "up", "+", "wait-for", "go", "+", "exit"];

/** Text of a file that only root may read. */
const SECRET = "the secret of root";

function secretFile(box: Station): number {
	const path = `${box.dir}/secret`;
	writeFileSync(path, `${SECRET}\n`, { mode: 0o600 });
	return openSync(path, "r");
}

/** Starts a process of root that must not be signalled. The process prints every signal. */
async function startVictim(box: Station): Promise<Running> {
	const victim = box.start(["catch", "1"], { program: PROBE });
	await victim.until("ready");
	return victim;
}

/** Tests that the process received no signal, and ends the process. */
async function isUnharmed(t: Test, victim: Running, what: string): Promise<void> {
	t.ok(isAlive(victim.pid), `${what}: the victim lives`);
	t.notMatch(victim.out, "signal", `${what}: the victim got no signal`);
	victim.kill("SIGKILL");
	await victim.ended;
}

/** Starts Mallory's server, which poses as "web". */
async function startImpostor(box: Station, dir: string, ...words: string[]): Promise<Running> {
	const options = { program: PROBE };
	const impostor = as(mallory, box).start(["pose", dir, "web", ...words], options);
	await impostor.until("posing");
	return impostor;
}

async function endImpostor(impostor: Running): Promise<Ended> {
	impostor.kill("SIGKILL");
	return await impostor.ended;
}

/** Returns every use of a container. A use is an option with operands. */
function uses(which: string | number): string[][] {
	return [
		[`--exec=${which}`, "--", "cat"],
		["--kill", "--kill-after=10ms", `${which}`],
		["--kill=KILL", `${which}`],
		["--kill=USR1", `${which}`],
		[`--attach=${which}`],
		[`--logs=${which}`],
		[`--wait=${which}`],
	];
}

/** Tests that every use of a name fails with "no such container". */
async function isUnknown(
	t: Test,
	runner: Pick<Station, "run">,
	which: string | number,
	stdin: number | null = null,
): Promise<void> {
	for (const words of uses(which)) {
		const run = await runner.run(words, { stdin, bound: 60_000 });
		const option = words[0]?.split("=")[0];
		t.same([run.status, run.out], [125, ""], `${words.join(" ")}: ${run.err}`);
		t.match(run.err, `pflask: ${option}: ${which}: no such container\n`, words.join(" "));
	}
}

/** Tests that an impostor received nothing. */
async function gotNothing(t: Test, impostor: Running, what: string): Promise<void> {
	const { facts, out } = await endImpostor(impostor);
	t.same(
		facts.all("handed").filter((count) => count !== "0"),
		[],
		`${what}: it was handed nothing`,
	);
	t.notMatch(out, SECRET, what);
}

/**
 * The impostor's replies to a request of --exec. Some replies are READY, each with another second
 * descriptor.
 */
const ANSWERS: readonly (readonly string[])[] = [
	[],
	["exec=ready"],
	["exec=ready", "second=null"],
	["exec=ready", "second=socket"],
	["exec=ready", "second=tty"],
	["exec=ready-exited"],
	["exec=garbage"],
	["exec=failed", "text=it is broken"],
];

for (const place of [`/run/user/${mallory.uid}/pflask`, `/tmp/pflask-${mallory.uid}`])
	inStation(`root's WHICH is no other user's: ${place}`, [mallory], async (t, box) => {
		const stdin = secretFile(box);
		for (const answers of ANSWERS.slice(0, 6)) {
			const victim = await startVictim(box);
			const ids = [`leader=${victim.pid}`, `victim=${victim.pid}`, `pids=${victim.pid}`];
			const other = ["send=done", "wait=exited", "attach=exited", "logs=output"];
			const impostor = await startImpostor(box, place, ...ids, ...other, ...answers);
			const names = answers.length === 0 ? ["web", impostor.pid, victim.pid] : ["web"];
			for (const which of names) await isUnknown(t, box, which, stdin);
			await gotNothing(t, impostor, answers.join(" "));
			await isUnharmed(t, victim, answers.join(" "));
			await box.sh('rm -rf "$1"', place);
		}
	});

const MALFORMED = "the monitor has sent a malformed message";
const HOME = `/run/user/${mallory.uid}/pflask`;

inStation("a hostile server does no harm to root by its answers", [mallory], async (t, box) => {
	for (const answers of ANSWERS) {
		const victim = await startVictim(box);
		const ids = [`victim=${victim.pid}`, `pids=${victim.pid}`];
		const impostor = await startImpostor(box, HOME, ...ids, ...answers);
		const words = [`--exec=${mallory.name}/web`, "--", "cat"];
		const run = await box.run(words, { bound: 60_000 });
		t.ok(run.status !== null, `${answers.join(" ")}: it ends: ${run.err}`);
		const { facts } = await endImpostor(impostor);
		t.ok(facts.all("asked").includes("7"), `${answers.join(" ")}: the server was asked`);
		await isUnharmed(t, victim, answers.join(" "));
		await box.sh('rm -rf "$1"', HOME);
	}
});

inStation("a descriptor that cannot be closed does not hold --exec", [mallory], async (t, box) => {
	const place = `/run/user/${mallory.uid}/held`;
	await box.sh('mkdir -m 700 "$1" && chown "$2:" "$1"', place, mallory.name);
	const server = box.start(["fuse", place, `${mallory.uid}`, "holding"], { program: PROBE });
	await server.until("ready now");
	const impostor = await startImpostor(box, HOME, "exec=ready", `second=${place}/file`);
	const words = [`--exec=${mallory.name}/web`, "--", "cat"];
	const run = await box.run(words, { bound: 60_000 });
	t.equal(run.status, 137, run.err);
	server.kill("SIGKILL"); // the end of the impostor would wait for close(2)
	await server.ended;
	t.match((await endImpostor(impostor)).out, "ready ok");
	await box.sh('umount "$1"; rm -rf "$1" "$2"', place, HOME);
});

inStation("a hostile server does no harm during --exec", [mallory], async (t, box) => {
	for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
		const victim = await startVictim(box);
		const ids = [`victim=${victim.pid}`, `pids=${victim.pid}`];
		const impostor = await startImpostor(box, HOME, ...ids, "exec=ready-hold");
		const client = box.start([`--exec=${mallory.name}/web`, "--", "cat"], { stdin: "pipe" });
		let over = false;
		client.ended.then(() => {
			over = true;
		});
		const messages = () => impostor.out.match(/^handed/gm)?.length ?? 0;
		await until("READY", () => over || impostor.out.includes("ready ok"));
		const before = messages();
		client.kill(signal);
		await until("the signal was passed on", () => over || messages() > before);
		client.kill("SIGKILL");
		await client.ended;
		t.match((await endImpostor(impostor)).out, "ready ok", `${signal}: the server was asked`);
		await isUnharmed(t, victim, signal);
		await box.sh('rm -rf "$1"', HOME);
	}
});

/** Runs a command in a container, and counts the turns of the event loop during the run. */
const TURNS = `
	const container = await find(process.argv[2]);
	let turns = 0;
	const timer = setInterval(() => turns++, 5);
	const command = container.exec(["true"], { stderr: "pipe" });
	const ended = await command.exited.catch(({ message }) => message);
	clearInterval(timer);
	console.log(turns, ended, command.exit?.reason);
	container[Symbol.dispose]();`;

inStation("a hostile server does not hold the event loop of exec()", [mallory], async (t, box) => {
	const program = `${box.dir}/turns.ts`;
	const runtime = JSON.stringify(`${TREE}/packages/runtime/src/index.ts`);
	writeFileSync(program, `import { find } from ${runtime};${TURNS}`);
	const which = `${mallory.name}/web`;
	const ends: readonly (readonly [words: readonly string[], end: string])[] = [
		[["keeps=1"], `${which}: no such container undefined`],
		[["exec=ready"], "137 lost"],
		[["exec=garbage", "keeps=1"], `${which}: ${MALFORMED} undefined`],
	];
	for (const [words, end] of ends) {
		const victim = await startVictim(box);
		const impostor = await startImpostor(
			box,
			HOME,
			"wait=silent",
			`victim=${victim.pid}`,
			...words,
		);
		const run = await box.run([program, which], { program: process.execPath });
		const [turns, ...ended] = run.out.trim().split(" ");
		t.equal(ended.join(" "), end, `${words.join(" ")}: ${run.err}`);
		t.ok(Number(turns) > 20, `${words.join(" ")}: ${turns} turns in two seconds`);
		await endImpostor(impostor);
		await isUnharmed(t, victim, words.join(" "));
		await box.sh('rm -rf "$1"', HOME);
	}
});

inStation(
	"a hostile server does no harm to --kill, --wait and --attach",
	[mallory],
	async (t, box) => {
		const which = `${mallory.name}/web`;
		const hostile: readonly (readonly string[])[] = [
			[],
			["send=done", "wait=exited", "attach=exited", "logs=output"],
			["send=garbage", "wait=garbage", "attach=garbage", "logs=garbage"],
			["record=garbage"],
			["record=close"],
		];
		for (const answers of hostile)
			for (const words of uses(which).slice(1)) {
				const victim = await startVictim(box);
				const ids = [`monitor=${victim.pid}`, `leader=${victim.pid}`];
				const impostor = await startImpostor(box, HOME, ...ids, ...answers);
				const what = `${words.join(" ")}, ${answers.join(" ")}`;
				const run = await box.run(words, { bound: 60_000 });
				t.ok(run.status !== null, `${what}: it ends`);
				const { facts } = await endImpostor(impostor);
				t.ok(facts.all("asked").length > 0, `${what}: the server was asked: ${run.err}`);
				await isUnharmed(t, victim, what);
				await box.sh('rm -rf "$1"', HOME);
			}
	},
);

/**
 * Answers with values that no message can have. The words make the impostor send the answer. The
 * pattern matches the options for which a client gets the answer.
 */
const IMPOSSIBLE: readonly (readonly [options: RegExp, ...words: string[]])[] = [
	[/^--exec/, "exec=done"],
	[/^--exec/, "exec=done", "number=-5"],
	[/^--exec/, "exec=failed", "number=-5"],
	[/^--exec/, "exec=failed", "number=5000"],
	[/^--exec/, "exec=failed", "index=-1000"],
	[/^--exec/, "exec=failed", "overlong=1"],
	[/^--exec/, "exec=ready", "pids=-1"],
	[/^--kill/, "send=done", "number=-5"],
	[/^--kill/, "send=record"],
	[/^--(wait|attach|logs)/, "wait=done", "attach=done", "logs=done", "follow=done"],
	[/^--(wait|attach)/, "wait=exited", "attach=exited", "code=-1"],
	[/^--(wait|attach)/, "wait=exited", "attach=exited", "code=256"],
	[/^--(wait|attach)/, "wait=exited", "attach=exited", "reason=99"],
	[/^--(wait|attach)/, "wait=exited", "attach=exited", "reason=2"],
	[/^--(wait|attach)/, "wait=exited", "attach=exited", "reason=2", "signal=1000"],
	[/^--(wait|attach)/, "wait=exited", "attach=exited", "output-errno=-5"],
	[/^--(wait|attach)/, "wait=exited", "attach=exited", "overlong=1"],
	[/^--(attach|logs)/, "attach=missed", "logs=missed", "alternate=1003", "text=x"],
	[/./, "started=10000000000000000000"],
];

inStation("an impossible value in a message is an error", [mallory], async (t, box) => {
	const which = `${mallory.name}/web`;
	for (const [options, ...words] of IMPOSSIBLE) {
		const impostor = await startImpostor(box, HOME, ...words);
		for (const use of uses(which).filter(([option]) => option?.match(options))) {
			const run = await box.run(use, { bound: 60_000 });
			const what = `${use.join(" ")}: ${words.join(" ")}`;
			const option = use[0]?.split("=")[0];
			t.same([run.status, run.out], [125, ""], `${what}: ${run.err}`);
			t.match(run.err, new RegExp(`^pflask: ${option}: [^ ]+: ${MALFORMED}\n$`), what);
		}
		const { status, out } = await box.run(["--list", "--json"]);
		t.equal(status, 0, words.join(" "));
		t.ok(JSON.parse(out).containers.some(({ pid }: { pid: number }) => pid === impostor.pid));
		await endImpostor(impostor);
		await box.sh('rm -rf "$1"', HOME);
	}
});

inStation("a refusal with any error number is an error", [mallory], async (t, box) => {
	for (const number of [1, 5, 4095]) {
		const answers = ["exec", "send", "wait", "attach", "logs"].map((want) => `${want}=done`);
		const impostor = await startImpostor(box, HOME, ...answers, `number=${number}`);
		for (const use of uses(`${mallory.name}/web`)) {
			const run = await box.run(use, { bound: 60_000 });
			t.same([run.status, run.out], [125, ""], `${use.join(" ")}: ${number}: ${run.err}`);
			t.match(run.err, /^pflask: [^\n]+\n$/, `${use.join(" ")}: ${number}`);
		}
		await endImpostor(impostor);
		await box.sh('rm -rf "$1"', HOME);
	}
});

inStation(
	"an impossible end of a command of --exec is a lost status",
	[mallory],
	async (t, box) => {
		const impossible = [["code=-1"], ["reason=2", "signal=1000"], ["reason=99"], ["overlong=1"]];
		for (const words of impossible) {
			const impostor = await startImpostor(box, HOME, "exec=ready-exited", ...words);
			const run = await box.run([`--exec=${mallory.name}/web`, "--status-fd=1", "--", "true"], {
				bound: 60_000,
			});
			t.equal(run.status, 137, `${words.join(" ")}: ${run.err}`);
			const lost = "command: the status is lost: the monitor sent a malformed message";
			t.equal(run.err, `pflask: ${lost}\n`, words.join(" "));
			const ended = JSON.parse(run.out.trim().split("\n").at(-1) ?? "");
			const expected = { event: "exited", reason: "lost", status: 137, lostErrno: "EBADMSG" };
			t.match(ended, expected, words.join(" "));
			t.notOk("signal" in ended || "exitCode" in ended || "link" in ended, run.out);
			await endImpostor(impostor);
			await box.sh('rm -rf "$1"', HOME);
		}
	},
);

inStation("a terminal gets no bytes of a server's choice", [mallory], async (t, box) => {
	const which = `${mallory.name}/web`;
	for (const mode of ["charset=0x1b", "charset=0x05", "charset=0x9b", "alternate=1003"]) {
		const answers = ["logs=missed", "follow=missed", "attach=missed", "text=[c"];
		const impostor = await startImpostor(box, HOME, mode, ...answers);
		for (const words of [
			[`--logs=${which}`],
			[`--logs=${which}`, "--follow"],
			[`--attach=${which}`],
		]) {
			const end = await box.terminal(words).ended;
			const what = `${mode}: ${words.join(" ")}: ${JSON.stringify(end.out)}`;
			t.equal(end.status, 125, what);
			t.match(end.out, new RegExp(`^pflask: --[a-z]+: ${which}: ${MALFORMED}\r\n$`), what);
		}
		await endImpostor(impostor);
		await box.sh('rm -rf "$1"', HOME);
	}
	const impostor = await startImpostor(box, HOME, "logs=missed", "charset=0x30", "text=x");
	const end = await box.terminal([`--logs=${which}`]).ended;
	t.equal(end.out, "\x1b+0x\x1b+B", "a mode that a terminal knows is set, and reset");
	await endImpostor(impostor);
	await box.sh('rm -rf "$1"', HOME);
});

inStation("no option waits for ever for a server that lies", [mallory], async (t, box) => {
	const impostor = await startImpostor(box, HOME, "send=done", "wait=silent", "logs=silent");
	const which = `${mallory.name}/web`;
	const [kill, logs] = await Promise.all([
		box.run(["--kill", "--kill-after=10ms", which], { bound: 90_000 }),
		box.run([`--logs=${which}`], { bound: 90_000 }),
	]);
	const late = `${which}: the container has not ended 30 s after SIGKILL`;
	const hint = `pflask --wait=${which}, or kill -KILL ${impostor.pid} to end the monitor`;
	t.same([kill.status, kill.err], [125, `pflask: --kill: ${late}\nhint: ${hint}\n`]);
	const silent = `pflask: --logs: ${which}: the monitor does not answer\n`;
	t.same([logs.status, logs.out, logs.err], [125, "", silent]);
	const { facts } = await endImpostor(impostor);
	t.same(
		facts
			.all("asked")
			.filter((want) => want !== "1")
			.sort(),
		["2", "2", "3", "3", "5"],
	);
	await box.sh('rm -rf "$1"', HOME);
});

inStation("a leader must be a descendant of its monitor", [mallory], async (t, box) => {
	const victim = await startVictim(box);
	const impostor = await startImpostor(box, HOME, `leader=${victim.pid}`, "exec=ready");
	await isUnknown(t, box, `${mallory.name}/${victim.pid}`, secretFile(box));
	const { facts, out } = await endImpostor(impostor);
	t.same([...new Set(facts.all("asked"))], ["1"], "it was asked who it is, and no more");
	t.same([...new Set(facts.all("handed"))], ["0"], "it was handed nothing");
	t.notMatch(out, SECRET);
	await isUnharmed(t, victim, "a leader of another's");
});

inStation("with a terminal a server gets none of root's descriptors", [mallory], async (t, box) => {
	const impostor = await startImpostor(box, HOME, "exec=failed");
	const session = box.terminal(["--tty=always", `--exec=${mallory.name}/web`, "--", "tty"]);
	t.equal((await session.ended).status, 125);
	const { facts } = await endImpostor(impostor);
	// A --list of another test may ask for the record, too: request 1, without descriptors.
	const others = (fact: string, record: string) => facts.all(fact).filter((it) => it !== record);
	t.same(others("asked", "1"), ["3", "7"], "to open the container, and for the command");
	const what = "four namespaces; and with the command, the plan and a pipe";
	t.same(others("handed", "0"), ["4", "6"], what);
	t.equal(facts.all("handed").length, facts.all("asked").length);
});

inStation("root names a container of another user", [alice, mallory], async (t, box) => {
	const mine = as(alice, box);
	const pid = await detach(mine, ["--name=web", ...TYPED, "7"]);
	const leader = descendants(pid).find(({ name }) => name === "probe")?.pid ?? -1;
	for (const which of ["web", pid, leader]) await isUnknown(t, box, which);
	for (const which of ["/web", "no-such-user/web", `${alice.name}/`, "4000000000/web"]) {
		const run = await box.run([`--exec=${which}`, "--", "true"]);
		t.same([run.status, run.out], [125, ""], `${which}: ${run.err}`);
		t.match(run.err, "pflask: --exec: ", which);
	}
	await isUnknown(t, box, `${mallory.name}/web`);
	const others = await detach(box, ["--name=web", "--", PROBE, "hold"]);
	const own = await box.run(["--exec=web", "--", PROBE, "ids"]);
	t.equal(own.facts("uid"), "0 0", "a name alone is root's own");
	await finish(box, "web");
	t.notOk(isAlive(others));
	for (const user of [alice.name, `${alice.uid}`])
		for (const which of [`${user}/web`, `${user}/${pid}`, `${user}/${leader}`]) {
			const run = await box.run([`--exec=${which}`, "--", PROBE, "ids"]);
			t.equal(run.facts("uid"), `${alice.uid} ${alice.uid}`, `${which}: ${run.err}`);
			const logs = await box.run([`--logs=${which}`]);
			t.same([logs.status, logs.out], [0, "up\r\n"], `${which}: ${logs.err}`);
		}
	if (!t.passing()) return await finish(mine, pid); // If a check failed, the rest would hang.
	const waiter = await startWaiting(box, `${alice.name}/web`);
	const typist = await box.run([`--attach=${alice.uid}/web`], { stdin: "go\n" });
	t.equal(typist.status, 7, typist.err);
	t.equal((await waiter.ended).status, 7);
	for (const words of [["--kill"], ["--kill=KILL"]]) {
		const again = await detach(mine, ["--name=web", "--", PROBE, "hold"]);
		const run = await box.run([...words, `${alice.name}/web`]);
		t.same([run.status, run.err], [0, ""], words.join(" "));
		await until("the end", () => !isAlive(again));
	}
});

inStation("an ordinary user names no other user's containers", [alice, mallory], async (t, box) => {
	const mine = as(alice, box);
	const pids = [
		await detach(mine, ["--name=web", "--", PROBE, "hold"]),
		await detach(box, ["--name=web", "--", PROBE, "hold"]),
	];
	for (const user of [alice.name, `${alice.uid}`, "root", "0"])
		for (const which of [`${user}/web`, ...pids.map((pid) => `${user}/${pid}`)])
			for (const words of uses(which)) {
				const run = await as(mallory, box).run(words);
				t.same([run.status, run.out], [125, ""], `${words.join(" ")}: ${run.err}`);
				t.match(run.err, /^pflask: --(exec|kill|attach|logs|wait): /, words.join(" "));
			}
	t.ok(pids.every(isAlive));
	await finish(mine, "web");
	await finish(box, "web");
});

/** A program that calls the API. Its only argument names the container. */
const PROGRAM = `
	import { exec, find, kill, list } from "${TREE}/packages/attach/src/index.ts";
	const [which = ""] = process.argv.slice(1);
	const { name, uid } = find(which);
	using inside = exec(which, { command: ["/bin/sh", "-c", "exit 4"] }, { stdin: null });
	const { exitCode } = inside.wait();
	const before = list().filter((one) => one.uid === uid).length;
	kill(which);
	const after = list().filter((one) => one.uid === uid).length;
	console.log(JSON.stringify({ name, uid, exitCode, before, after }));`;

inStation("pflask-attach and @pflask/attach name users, too", [alice], async (t, box) => {
	const mine = as(alice, box);
	const program = process.execPath;
	const main = `${TREE}/packages/attach/src/main.ts`;
	const pid = await detach(mine, ["--name=web", ...TYPED, "7"]);
	const unknown = await box.run([main, "web"], { program, bound: 30_000 });
	t.equal(unknown.status, 125);
	t.match(unknown.err, "pflask-attach: web: no such container\n");
	const typist = await box.run([main, `${alice.name}/web`], { program, stdin: "go\n" });
	t.equal(typist.status, 7, typist.err);
	if (!t.passing()) return await finish(mine, pid); // If a check failed, the rest would hang.
	await until("the end", () => !isAlive(pid));
	for (const user of [alice.name, alice.uid]) {
		const again = await detach(mine, ["--name=web", "--", PROBE, "hold"]);
		const refused = await box.run(["-e", PROGRAM, "web"], { program });
		t.match(refused.err, "no such container", "a name alone is root's own");
		t.ok(isAlive(again));
		const run = await box.run(["-e", PROGRAM, `${user}/web`], { program });
		const expected = { name: "web", uid: alice.uid, exitCode: 4, before: 1, after: 0 };
		t.same(run.out, `${JSON.stringify(expected)}\n`, run.err);
		await until("the end", () => !isAlive(again));
	}
});

t.end();
