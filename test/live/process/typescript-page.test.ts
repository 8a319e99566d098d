// SPDX-License-Identifier: BSD-2-Clause
// Each program of docs/typescript.md runs.
import { readFileSync, writeFileSync } from "node:fs";
import { live } from "../../lib/live.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const source = (name: string) => JSON.stringify(`${ROOT}packages/${name}/src/index.ts`);

live("each program of docs/typescript.md runs", async (t, box) => {
	const page = readFileSync(`${ROOT}docs/typescript.md`, "utf8");
	const programs = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => text);
	t.equal(programs.length, 10);
	for (const [at, text] of programs.entries()) {
		const file = `${box.dir}/program-${at}.ts`;
		writeFileSync(
			file,
			text.replace(/"@pflask\/(\w+)"/, (_all, name: string) => source(name)),
		);
		const program = Bun.spawn([process.execPath, file], { stdin: "ignore", stderr: "pipe" });
		const [output, errors] = await Promise.all([
			new Response(program.stdout).text(),
			new Response(program.stderr).text(),
		]);
		t.same([await program.exited, errors], [0, ""], text);
		t.not(output, "", text);
	}
});
