// SPDX-License-Identifier: BSD-2-Clause
// trial() of @pflask/trial, and a C program with libpflask-trial.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { trial } from "../../../packages/trial/src/index.ts";
import { sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";
import { TREE } from "../../lib/paths.ts";
import { shellRoot } from "../../lib/shell-root.ts";

live("trial() runs, shows, applies and reverts", async (t, box) => {
	const root = await shellRoot(box);
	writeFileSync(`${root}/text`, "one\n");
	const spec = { chroot: root, command: ["sh", "-c", "echo two >>/text; echo 1 >/new; exit 3"] };
	let dir = "";
	{
		await using running = trial(spec);
		dir = running.dir;
		t.equal(await running.exited, 3);
		const changes = await running.changes();
		t.same(
			changes.map(({ kind, path }) => `${kind} ${path}`),
			["A /new", "M /text"],
		);
		const diff = Buffer.from(await running.diff(["/text"])).toString();
		t.match(diff, "--- a/text\n+++ b/text\n@@ -1 +1,2 @@\n one\n+two\n");
		t.same(await running.apply({ paths: ["/new"] }), { paths: ["/new"], conflicts: [] });
		t.equal(readFileSync(`${root}/text`, "utf8"), "one\n");
		t.same((await running.apply()).paths, ["/text"]);
		t.equal(readFileSync(`${root}/text`, "utf8"), "one\ntwo\n");
		t.same((await running.revert()).paths, ["/new", "/text"]);
		t.equal(readFileSync(`${root}/text`, "utf8"), "one\n");
		t.rejects(running.revert(), /nothing is applied/);
	}
	t.notOk(existsSync(dir), "the directory is removed");
	t.throws(() => trial({ chroot: root, command: ["sh"], hostname: "\n" }));
});

const PROGRAM = `
	#include <pflask.h>
	#include <pflask/trial.h>
	#include <stdio.h>

	int main(int argc, char **argv)
	{
		const char *paths[] = {"/new"};
		struct pflask_change change;
		struct pflask_error error;
		pflask_trial *trial;
		if (argc < 2 || pflask_trial_open(argv[1], &trial, &error, sizeof(error)) < 0) {
			puts(error.message);
			return 1;
		}
		for (unsigned i = 0; pflask_trial_change(trial, i, &change, sizeof(change)) == 0; i++)
			printf("%c %s %o\\n", change.kind, change.path, change.mode);
		fflush(stdout);
		pflask_trial_diff(trial, 1, &error, sizeof(error));
		pflask_trial_select(trial, paths, 1, &error, sizeof(error));
		printf("%d\\n", pflask_trial_apply(trial, 0, &error, sizeof(error)));
		pflask_trial_close(trial);
		return 0;
	}`;

live("a C program shows and applies the changes of a trial", async (t, box) => {
	const root = await shellRoot(box);
	const dir = `${box.dir}/trial`;
	mkdirSync(dir);
	const script = "echo 1 >/new; echo 2 >/other";
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	t.equal(run.status, 0, run.err);
	writeFileSync(`${box.dir}/program.c`, PROGRAM);
	const library = `${TREE}/dist/lib`;
	const flags = ["-Wall", "-Wextra", "-Werror", `-I${TREE}/dist/include`, `-L${library}`];
	const [source, program] = [`${box.dir}/program.c`, `${box.dir}/program`];
	await sh(["gcc", ...flags, "-o", program, source, "-lpflask-trial", `-Wl,-rpath,${library}`]);
	const out = await sh([program, dir]);
	t.match(out, "A /new 100644\nA /other 100644\ndiff --git a/new b/new\n");
	t.match(out, "+++ b/other\n@@ -0,0 +1 @@\n+2\n1\n");
	t.same([existsSync(`${root}/new`), existsSync(`${root}/other`)], [true, false]);
	t.match(await sh(["sh", "-c", `${program} ${box.dir} || true`]), "not a trial: has no manifest");
});
