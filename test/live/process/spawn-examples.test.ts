// SPDX-License-Identifier: BSD-2-Clause
// One line of TypeScript runs an everyday program.
// packages/attach/test/live.test.ts tests detached containers.
import { plan, run, spawn } from "../../../packages/runtime/src/index.ts";
import { live } from "../../lib/live.ts";

live("everyday programs are one line each", async (t) => {
	const a = await run({ command: ["ls", "-l", "/"] });
	t.equal(a.reason === "exit" && a.exitCode, 0);
	const b = spawn({ command: ["sha256sum"] }, { stdin: new Blob(["x"]) });
	let sum = "";
	for await (const chunk of b.stdout) sum += new TextDecoder().decode(chunk);
	t.match(sum, /^2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 /);
	const c = { timeout: 5000, signal: AbortSignal.timeout(50) };
	t.equal((await run({ command: ["sleep", "1000"] }, c)).reason, "abort");
	const d = await Promise.all(
		Array.from({ length: 50 }, (_, i) => run({ command: ["sh", "-c", `exit ${i}`] })),
	);
	t.same(
		d.map(({ status }) => status),
		[...d.keys()],
	);
	const { changes } = await run({ command: ["touch", "/srv/hello"], ephemeral: true });
	t.equal(changes[0]?.path, "/srv/hello");
	let text = "";
	const data = (bytes: Uint8Array): void => {
		text += new TextDecoder().decode(bytes);
	};
	const f = spawn({ command: ["sh"] }, { terminal: { cols: 80, rows: 24, data } });
	f.terminal?.resize(100, 30);
	await f.terminal?.write("stty size; exit\n");
	t.equal(await f.exited, 0);
	t.match(text, "30 100");
	await using h = spawn({ command: ["true"] });
	await h.exited;
	t.ok((h.exit?.usage.maxRss ?? 0) > 0);
	t.equal(h.exit?.reason, "exit");
	const i = await run({ command: ["cat", "/etc/hosts"], files: { "/etc/hosts": "127.0.0.1 x\n" } });
	t.equal(i.stdout, "127.0.0.1 x\n");
	const targets: string[] = [];
	for (const o of plan({ command: ["id"] }).operations)
		if (o.op === "mount") targets.push(o.target);
	t.ok(targets.includes("/proc"));
});
