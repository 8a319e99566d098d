// SPDX-License-Identifier: BSD-2-Clause
// The command starts in the caller's current directory, or in HOME if the command cannot use that
// directory.
import { chmodSync, mkdirSync, realpathSync } from "node:fs";
import t from "tap";
import { account, as } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { DEFAULT_ENVIRONMENT } from "../../lib/run.ts";

const user = await account("pft-start-directory");

const TELL = ["--", "/bin/pwd", "-P"];

/** Makes a directory with a mode, for one test. */
function directory(box: Box, name: string, mode: number): string {
	const path = `${realpathSync(box.dir)}/${name}`;
	mkdirSync(path);
	chmodSync(path, mode);
	return path;
}

live("the current directory", async (t, box) => {
	const cwd = directory(box, "open", 0o755);
	for (const args of [[], ["-M"], [`--user=${user.name}`], ["--ephemeral"], ["--user-map=auto"]]) {
		const run = await box.run([...args, ...TELL], { cwd });
		t.same([run.out, run.err], [`${cwd}\n`, ""], args.join(" "));
	}
});

live("a user who may not enter the current directory starts in HOME", async (t, box) => {
	const cwd = directory(box, "closed", 0o700);
	for (const args of [[`--user=${user.name}`], [`--user=${user.name}`, "--no-userns"]]) {
		const run = await box.run([...args, ...TELL], { cwd });
		t.same([run.status, run.out, run.err], [0, `${user.home}\n`, ""], args.join(" "));
		const asked = await box.run([...args, `--chdir=${cwd}`, ...TELL], { cwd });
		t.equal(asked.status, 125, "with --chdir that is an error");
		t.match(asked.err, `pflask: --chdir: ${cwd}: Permission denied\nhint: `);
	}
});

live("a caller who may not enter the current directory", async (t, box) => {
	const cwd = directory(box, "closed", 0o700);
	const run = await as(user, box).run(TELL, { cwd });
	t.same([run.status, run.out, run.err], [0, `${user.home}\n`, ""]);
});

live("without a home the command starts in /", async (t, box) => {
	const cwd = directory(box, "closed", 0o700);
	const places = [["--user=54321"], [`--user=${user.name}`, "--setenv=HOME=/no/such/home"]];
	for (const args of places) {
		const run = await box.run([...args, ...TELL], { cwd });
		t.same([run.status, run.out, run.err], [0, "/\n", ""], args.join(" "));
	}
	const homeless = await box.run([`--mount=tmp:${cwd}`, ...TELL], {
		cwd: directory(box, "closed/below", 0o755),
		env: { ...DEFAULT_ENVIRONMENT, HOME: "relative" },
	});
	t.same([homeless.status, homeless.out], [0, "/\n"], homeless.err);
});

live("a current directory that the container does not have", async (t, box) => {
	const top = directory(box, "top", 0o755);
	const cwd = directory(box, "top/below", 0o755);
	const { HOME = "" } = DEFAULT_ENVIRONMENT;
	const hidden = await box.run([`--mount=tmp:${top}`, ...TELL], { cwd });
	t.same([hidden.status, hidden.out, hidden.err], [0, `${HOME}\n`, ""], "it is covered");
	const asked = await box.run([`--mount=tmp:${top}`, `--chdir=${cwd}`, ...TELL], { cwd });
	t.match([asked.status, asked.err], [125, /^pflask: --chdir: .*: No such file or directory\n/]);
	const via = inMounts("mount -t tmpfs none /run; mkdir /run/here; cd /run/here");
	const run = await box.run(["--ephemeral", ...TELL], { via });
	t.same([run.status, run.out, run.err], [0, `${HOME}\n`, ""], "it is below a fresh /run");
	const inRoot = [`--chroot=${tinyRoot(box)}`, "--", "/bin/probe", "tell"];
	t.equal((await box.run(inRoot, { cwd })).facts("cwd"), "/", "a root has one of its own");
});

live("a removed current directory", async (t, box) => {
	const cwd = directory(box, "gone", 0o755);
	const script = 'rmdir "$PWD" && exec "$@"';
	const via = ["sh", "-c", script, "sh"];
	const run = await box.run(TELL, { cwd, via });
	t.same([run.status, run.out, run.err], [0, `${DEFAULT_ENVIRONMENT.HOME}\n`, ""]);
	mkdirSync(cwd);
	const asked = await box.run(["--chdir=below", ...TELL], { cwd, via });
	t.equal(asked.status, 125, "what is relative to it is an error");
	t.match(asked.err, /^pflask: --chdir: [^\n]*current directory[^\n]*\nhint: /);
});

live("--exec in a container whose directory was removed", async (t, box) => {
	const top = directory(box, "top", 0o755);
	const cwd = directory(box, "top/below", 0o755);
	const pid = await detach(box, ["--", PROBE, "hold"], { cwd });
	const exec = async () => (await box.run([`--exec=${pid}`, ...TELL])).out;
	t.equal(await exec(), `${cwd}\n`);
	await Bun.$`mv ${cwd} ${top}/moved`;
	t.equal(await exec(), `${DEFAULT_ENVIRONMENT.HOME}\n`);
	await finish(box, pid);
});

t.end();
