// SPDX-License-Identifier: BSD-2-Clause
// --list and error messages print no hostile text of a server, and a silent server does not block
// --list.
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { detach, finish, isAlive, startWaiting } from "../../lib/detached.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended, Running } from "../../lib/run.ts";
import { inStation, type Station } from "../../lib/station.ts";
import { until } from "../../lib/until.ts";

const mallory = await account("pft-list-m");

const CONTROL = `/run/user/${mallory.uid}/pflask`;
/** The texts of a record and of answers, without the name. */
const TEXTS = ["command", "root", "text"];

/** Texts that must not reach a terminal. \xHH stands for a byte. */
const HOSTILE = [
	"\\x1b[31mred\\x1b]0;title\\x07\\x1bP1;2q\\x1b\\\\",
	"first\\x0aFORGED 0 1 1 1s sh /\\x0aFORGED",
	"over\\x0d\\x08\\x09\\x0b\\x0c\\x7f",
	"c1\\xc2\\x9b31m\\xc2\\x85FORGED\\xc2\\x90",
	"invalid\\xff\\xfe\\xc3\\x28\\x9b31m\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80",
	"bidi\\xe2\\x80\\xae\\xe2\\x81\\xa6evil\\xe2\\x80\\x8f",
	"lines\\xe2\\x80\\xa8FORGED\\xe2\\x80\\xa9FORGED",
	"\\x0aFORGED",
];

/** Escapes a text, so that the text is harmless in the test report. */
function shown(text: string): string {
	const code = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, "0");
	return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${code(unit)}`);
}

/** Tests that the bytes are valid UTF-8 and contain no control character. */
function isPrintable(t: Test, bytes: Buffer, what: string): void {
	const decoded = bytes.toString();
	t.ok(Buffer.from(decoded).equals(bytes), `${what}: it is UTF-8: ${shown(decoded)}`);
	const odd = decoded.replaceAll("\n", "").match(/[\p{C}\p{Zl}\p{Zp}]/u);
	t.ok(odd === null, `${what}: only printable characters: ${shown(decoded)}`);
	t.notOk(/^ *FORGED/m.test(decoded), `${what}: no line is of somebody else's making`);
}

/**
 * Starts a server of Mallory for each hostile text. The members TEXTS of the server's record and
 * answers have the hostile text.
 */
async function startLiars(
	box: Station,
	members: readonly string[],
	...answers: string[]
): Promise<Running[]> {
	const liars: Running[] = [];
	for (const [index, text] of HOSTILE.entries()) {
		const texts = members.map((member) => `${member}=${text}`);
		const words = ["pose", CONTROL, `liar${index}`, ...texts, ...answers];
		const liar = as(mallory, box).start(words, { program: PROBE });
		await liar.until("posing");
		liars.push(liar);
	}
	return liars;
}

async function stop(liars: readonly Running[]): Promise<void> {
	for (const liar of liars) liar.kill("SIGKILL");
	await Promise.all(liars.map((liar) => liar.ended));
}

inStation("records with bytes that are not text", [mallory], async (t, box) => {
	const liars = await startLiars(box, ["name", ...TEXTS]);
	const pids = liars.map(({ pid }) => pid);
	const table = await box.run(["--list"]);
	isPrintable(t, table.stdout, "--list");
	const [head = "", ...lines] = table.out.replace(/\n$/, "").split("\n");
	t.match(shown(head), /^"NAME +USER +PID +LEADER +UPTIME +COMMAND +ROOT +PORTS *"$/);
	for (const pid of pids) {
		const rows = lines.filter(
			(line) => line.includes(` ${mallory.name} `) && line.includes(` ${pid} `),
		);
		t.equal(rows.length, 1, `one line for ${pid}`);
	}
	for (const line of lines)
		t.ok(/^\S.* [\w-]+ +\d+ /.test(line), `each line is one of a container: ${shown(line)}`);
	const json = await box.run(["--list", "--json"]);
	// JSON may have line feeds and tabs between values.
	const raw = json.stdout.toString("latin1").match(/[^\n\t -~\x80-\xff]|\xc2[\x80-\x9f]/g);
	t.ok(raw === null, `--json: no raw control character: ${shown(`${raw}`)}`);
	t.ok(Buffer.from(json.out).equals(json.stdout), "--json: it is UTF-8");
	const { containers } = JSON.parse(json.out);
	const found = containers.filter(({ pid }: { pid: number }) => pids.includes(pid));
	t.equal(found.length, pids.length, "--json has all of them");
	const quiet = await box.run(["--list", "--quiet"]);
	t.match(quiet.out, /^(\d+\n)+$/, "--quiet: numbers, a line each");
	await stop(liars);
});

/** Tests that every line of stderr is pflask's own text. Ignores stdout. */
function saysText(t: Test, run: Ended, what: string): void {
	isPrintable(t, run.stderr, what);
	for (const line of run.err.split("\n").filter((line) => line !== ""))
		t.ok(/^(pflask|hint): /.test(line), `${what}: each line is one of pflask's: ${shown(line)}`);
}

/** The actions, each with the answer of the servers that has hostile texts. */
const ACTIONS: readonly (readonly [answer: string, words: readonly string[]])[] = [
	["exec=failed", ["--exec", "--", "true"]],
	["wait=exited", ["--wait"]],
	["attach=exited", ["--attach"]],
	["follow=exited", ["--logs", "--follow"]],
];

inStation("messages with bytes that are not text", [mallory], async (t, box) => {
	for (const [answer, [action = "", ...words]] of ACTIONS) {
		const liars = await startLiars(box, TEXTS, answer);
		for (const [index] of HOSTILE.entries()) {
			// Root's client and Mallory's own client get these replies. Mallory needs no "USER/" before
			// the name.
			for (const [runner, owner] of [
				[box, `${mallory.name}/`],
				[as(mallory, box), ""],
			] as const) {
				const own = [`${action}=${owner}liar${index}`, ...words];
				const run = await runner.run(own, { bound: 60_000 });
				saysText(t, run, `${own.join(" ")}, ${index}`);
				t.notMatch(run.err, "no such container", "the server has been asked");
			}
		}
		await stop(liars);
		await box.sh('rm -rf "$1"', CONTROL);
	}
});

inStation("typed names are printed as text", [mallory], async (t, box) => {
	const bytes = HOSTILE.map((text) =>
		text.replace(/\\x(..)/g, (_, digits) => `\\${Number.parseInt(digits, 16).toString(8)}`),
	);
	for (const text of bytes)
		for (const option of ["--exec", "--attach", "--logs", "--wait"]) {
			const script = `exec "$1" "${option}=$(printf "$2")" $3`;
			const run = await box.run([text, option === "--exec" ? "true" : ""], {
				via: ["sh", "-c", script, "sh"],
			});
			t.equal(run.status, 125);
			saysText(t, run, `${option} ${text}`);
		}
});

/**
 * The time limit of --list, milliseconds. A wait of one second for each silent server would exceed
 * the limit.
 */
const SOON = 5000;

inStation(
	"a user has one directory in /tmp, whatever the spelling of the uid",
	[mallory],
	async (t, box) => {
		const names = [0, 1, 2, 3].map((zeros) => `/tmp/pflask-${"0".repeat(zeros)}${mallory.uid}`);
		const others = [`/tmp/pflask-${mallory.uid}x`, `/tmp/pflask-${4_000_000_000 + mallory.uid}`];
		const impostors: Running[] = [];
		for (const directory of [...names, ...others]) {
			const words = ["pose", directory, "web"];
			impostors.push(as(mallory, box).start(words, { program: PROBE }));
			await impostors.at(-1)?.until("posing");
		}
		const { status, out, err } = await box.run(["--list", "--quiet"]);
		t.same([status, err], [0, ""]);
		t.equal(out.trim().split("\n").filter(Boolean).length, 1, out);
		await stop(impostors);
		await box.sh('rm -r "$@"', ...names, ...others);
	},
);

inStation("silent servers do not block clients", [mallory], async (t, box) => {
	const mine = as(mallory, box);
	const pid = await detach(box, ["--name=mine", "--", PROBE, "wait-for", "go", "+", "exit", "6"]);
	for (const [count, full] of [[15], [15, "full"], [200], [200, "full"]] as const) {
		const what = `${count} ${full ?? "silent"}`;
		const words = ["mute", CONTROL, "a-mute-", `${count}`, ...(full ? [full] : []), "+", "hold"];
		const crowd = mine.start(words, { program: PROBE });
		await crowd.until("ready");
		for (const args of [["--list"], ["--exec=nosuch", "--", "true"], ["--exec=1", "--", "true"]]) {
			const start = performance.now();
			const run = await box.run(args, { via: ["timeout", "--signal=KILL", "30"] });
			const took = performance.now() - start;
			t.equal(run.status, args[0] === "--list" ? 0 : 125, `${what}: ${args[0]}: ${run.err}`);
			t.ok(took < SOON, `${what}: ${args[0]} took ${took} ms`);
			if (args[0] === "--list") t.match(run.out, new RegExp(`^mine +root +${pid} `, "m"), what);
		}
		const inside = await box.run(["--exec=mine", "--", "echo", "inside"]);
		t.same([inside.status, inside.out], [0, "inside\n"], what);
		crowd.kill("SIGKILL");
		await crowd.ended;
		await box.sh('rm -rf "$1"', CONTROL);
	}
	t.equal((await box.run(["--attach=mine"], { stdin: "go\n" })).status, 6);
	await until("the end", () => !isAlive(pid));
});

inStation("silent servers do not block --wait of their own user", [mallory], async (t, box) => {
	const mine = as(mallory, box);
	for (const full of [[], ["full"]]) {
		const name = `real${full.length}`;
		const pid = await detach(mine, [`--name=${name}`, "--", PROBE, "hold"]);
		const words = ["mute", CONTROL, `a-mute${full.length}-`, "3", ...full, "+", "hold"];
		const crowd = mine.start(words, { program: PROBE });
		await crowd.until("ready");
		const waiter = await startWaiting(mine, name);
		const killed = await mine.run(["--kill=KILL", `${pid}`], { bound: 60_000 });
		t.same([killed.status, killed.err], [0, ""], full.join(" "));
		t.equal((await waiter.ended).status, 137, full.join(" "));
		await until("the end", () => !isAlive(pid));
		crowd.kill("SIGKILL");
		await crowd.ended;
	}
	const pid = await detach(mine, ["--name=after", "--", PROBE, "hold"]);
	await finish(mine, "after");
	t.notOk(isAlive(pid));
});

t.end();
