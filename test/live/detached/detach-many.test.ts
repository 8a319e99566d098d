// SPDX-License-Identifier: BSD-2-Clause
// Many detached containers, and clients that attach while containers start and end. No client
// hangs, and no status is lost.
import t from "tap";
import { destroy, detach, isAlive, listed, nameIn, traces } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

const MANY = 100;

/**
 * Calls a function for 0, 1 and so on. Only a few calls run at the same time, because this machine
 * has few processors.
 */
async function each<T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> {
	const results: T[] = [];
	const indexes = Array.from({ length: count }, (_, index) => index).values();
	const worker = async () => {
		for (const index of indexes) results[index] = await act(index);
	};
	await Promise.all(Array.from({ length: 8 }, worker));
	return results;
}

live("a hundred containers: each is listed and reached, and returns its status", async (t, box) => {
	const name = (index: number) => nameIn(box, `n${index}`);
	const words = ["wait-for", "go", "+", "exit"];
	const pids = await each(MANY, (index) =>
		detach(box, [`--name=${name(index)}`, "--", PROBE, ...words, `${index}`]),
	);
	t.equal(new Set(pids).size, MANY);
	const mine = (await listed(box)).filter(({ pid }) => pids.includes(pid));
	t.equal(mine.length, MANY, "all are listed");
	t.equal(descendants().filter((process) => process.name === "pflask").length, MANY);
	const statuses = await each(MANY, async (index) => {
		const waiter = box.start([`--wait=${name(index)}`]);
		const run = await box.run(["--attach", name(index)], { stdin: "go\n" });
		return [run.status, (await waiter.ended).status];
	});
	// A --wait that starts after the container's end fails with 125, "no such container".
	for (const [index, [attached, waited]] of statuses.entries()) {
		t.equal(attached, index);
		t.ok(waited === index || waited === 125, `${index}: ${waited}`);
	}
	await until("the end of all", () => descendants().length === 0);
	t.same(traces(box), []);
});

live("--attach during a start finds the container or does not, and never hangs", async (t, box) => {
	const name = nameIn(box, "young");
	let reached = 0;
	for (let times = 0; times < 40; times++) {
		const starter = box.run(["--detach", `--name=${name}`, "--", PROBE, "exit", "3"]);
		const run = await box.run(["--attach", name]);
		t.equal((await starter).status, 0);
		t.ok(run.status === 3 || run.status === 125, `${run.status} ${run.err}`);
		if (run.status === 125) t.match(run.err, /^pflask: --attach: /);
		else reached++;
		await until("the end", () => descendants().length === 0);
	}
	t.comment(`${reached} of 40 were reached`);
	t.same(traces(box), []);
});

live("--attach during the end returns the status or finds no container", async (t, box) => {
	let answered = 0;
	for (let times = 0; times < 40; times++) {
		const pid = await detach(box, ["--", PROBE, "wait-for", "go", "+", "exit", "7"]);
		const clients = Array.from({ length: 3 }, () =>
			box.run([`--attach=${pid}`], { stdin: "go\n" }),
		);
		const statuses = (await Promise.all(clients)).map(({ status }) => status);
		t.same(
			statuses.filter((status) => status !== 7 && status !== 125),
			[],
		);
		answered += statuses.filter((status) => status === 7).length;
		await until("the end", () => !isAlive(pid));
	}
	t.ok(answered >= 40, `${answered} clients got the status: at least the client that typed`);
});

live("an attached client gets every byte, however fast the command ends", async (t, box) => {
	let expected = "";
	for (let line = 1; line <= 10_000; line++) expected += `${line}\r\n`;
	for (let times = 0; times < 30; times++) {
		const words = ["raw", "+", "wait-for", "go", "+", "lines", "10000"];
		const pid = await detach(box, ["--scrollback=16K", "--", PROBE, ...words]);
		const run = await box.run([`--attach=${pid}`], { stdin: "go\n" });
		t.equal(run.status, 0);
		t.ok(run.out.replaceAll(/\r?\n/g, "\r\n").endsWith(expected), `${run.out.length} bytes`);
	}
});

live("a client that reads gets 100 MB through a ring of 256 KiB", async (t, box) => {
	const words = ["raw", "+", "wait-for", "go", "+", "spew", "100000000"];
	const pid = await detach(box, ["--", PROBE, ...words]);
	const script = `"$@" | "${PROBE}" count 100000000`;
	const run = await box.run([`--attach=${pid}`], {
		stdin: "go\n",
		via: ["sh", "-c", script, "sh"],
	});
	t.match(run.out, /^bytes 100000000 /m);
	await until("the end", () => !isAlive(pid));
});

live("killing the monitor at any moment leaves nothing behind", async (t, box) => {
	const root = tinyRoot(box);
	const crowd = ["nested", "+", "daemon", "+", "child", "+", "say", "ready", "+", "hold"];
	for (const args of [[], ["--no-pidns"], ["--netif"]])
		for (let times = 0; times < 5; times++) {
			const pid = await detach(box, [...args, `--chroot=${root}`, "--", "/bin/probe", ...crowd]);
			const session = box.terminal([`--attach=${pid}`]);
			if (times % 2 === 0) await session.until("ready");
			await destroy(pid);
			const { status } = await session.ended;
			t.ok(status === 137 || status === 125, `${status}`);
			await until("the end of all", () => descendants().length === 0);
		}
	await listed(box);
	t.same(traces(box), []);
});

live("killing pflask during a start leaves a whole container or nothing", async (t, box) => {
	const name = nameIn(box, "cut");
	for (let delay = 0; delay < 40; delay++) {
		const running = box.start([
			"--detach",
			`--name=${name}`,
			"--",
			PROBE,
			"say",
			"up",
			"+",
			"hold",
		]);
		// The test holds with any delay. Different delays hit different moments of the start.
		await Bun.sleep(delay / 3);
		running.kill("SIGKILL");
		await running.ended;
		const settled = async () => {
			const now = descendants().map((process) => process.name);
			if (now.length === 0) return true;
			if (!now.includes("probe") || !now.includes("pflask")) return false;
			return (await box.run([`--logs=${name}`])).out.includes("up");
		};
		await until("all or nothing", settled);
		const pid = (await listed(box)).find((one) => one.name === name)?.pid;
		if (pid !== undefined) await destroy(pid);
		await until("the end of all", () => descendants().length === 0);
	}
	await listed(box);
	t.same(traces(box), []);
});

t.end();
