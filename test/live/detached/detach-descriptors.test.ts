// SPDX-License-Identifier: BSD-2-Clause
// --detach keeps no descriptor of its caller open.
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import t from "tap";
import { finish, isAlive } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, openFiles } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";

live("--changes needs a file: the caller's output is not kept open", async (t, box) => {
	const root = tinyRoot(box);
	const places = ["", "=-", "=1", "=2", "=3", "=/dev/stdout", "=/dev/stderr", "=/dev/fd/3"];
	const extra = openSync(`${box.dir}/extra`, "w");
	for (const place of places) {
		const options = ["--detach", `--chroot=${root}`, "--ephemeral", `--changes${place}`];
		const run = await box.run([...options, "--", "/bin/probe", "hold"], { extra: [extra] });
		const error = "pflask: --changes: requires a file with --detach\nhint: --changes=FILE\n";
		t.same([run.status, run.out, run.err], [125, "", error], place);
	}
	closeSync(extra);
});

/**
 * Returns the open files of all descendants of this process, as "NAME FD PATH". Only a file with a
 * path that begins with `start` counts.
 */
function held(start: string): string[] {
	return descendants().flatMap(({ pid, name }) =>
		openFiles(pid)
			.filter(({ target }) => target.startsWith(start))
			.map(({ fd, target }) => `${name} ${fd} ${target}`),
	);
}

/** Options for which pflask opens further descriptors, or starts further processes. */
const KEEPERS: readonly string[] = [
	"--changes=@/list",
	"--keep=@/keep",
	"--pid-file=@/pid",
	"--status-fd=3",
	"--mount=file:4:/etc/file",
	"--tty=always",
	"--netif=pasta",
	"--limit=pids=100",
	"--timeout=1h",
	"--seccomp=default",
	"--user-map=auto",
];

live("no descriptor of the caller stays open, whatever the options are", async (t, box) => {
	const root = tinyRoot(box);
	const given = `${box.dir}/given-`;
	const pairs = KEEPERS.flatMap((one, i) => KEEPERS.slice(i + 1).map((other) => [one, other]));
	const sets = [[], ...KEEPERS.map((one) => [one]), ...pairs, KEEPERS];
	for (const options of sets) {
		mkdirSync(`${box.dir}/keep`);
		chmodSync(`${box.dir}/keep`, 0o777);
		const fds = [0, 1, 2, 3, 4, 5].map((name) => openSync(`${given}${name}`, "w+"));
		const [stdin = 0, stdout = 1, stderr = 2, ...extra] = fds;
		const words = options.map((option) => option.replace("@", box.dir));
		const what = options.join(" ");
		const args = ["-d", "-w", `--chroot=${root}`, ...words, "--", "/bin/probe", "hold"];
		const run = await box.run(args, { stdin, stdout, stderr, extra });
		for (const fd of fds) closeSync(fd);
		t.equal(run.status, 0, `${what}: ${readFileSync(`${given}2`, "utf8")}`);
		const pid = Number(readFileSync(`${given}1`, "utf8"));
		t.ok(isAlive(pid), `${what}: the container goes on`);
		t.same(held(given), [], what);
		await finish(box, pid);
		await sh(["rm", "-rf", "--one-file-system", `${box.dir}/keep`]);
	}
});

live("without a terminal only the command has the caller's streams", async (t, box) => {
	const given = `${box.dir}/given-`;
	const fds = [0, 1, 2, 3].map((name) => openSync(`${given}${name}`, "w+"));
	const [stdin = 0, stdout = 1, stderr = 2, other = 3] = fds;
	const args = ["-d", "--tty=never", "--", PROBE, "hold"];
	await box.run(args, { stdin, stdout, stderr, extra: [other] });
	for (const fd of fds) closeSync(fd);
	t.same(
		held(given),
		[0, 1, 2].map((fd) => `probe ${fd} ${given}${fd}`),
	);
	await finish(box, Number(/^\d+$/m.exec(readFileSync(`${given}1`, "utf8"))?.[0]));
});

live("a shell that takes the pid goes on at once", async (t, box) => {
	const root = tinyRoot(box);
	const script = 'pid=$("$@"); echo "$pid"';
	const options = ["-w", "-d", `--chroot=${root}`, `--changes=${box.dir}/list`];
	const run = await box.run([...options, "--", "/bin/probe", "hold"], {
		via: ["sh", "-c", script, "sh"],
	});
	t.same([run.status, run.err], [0, ""]);
	t.ok(isAlive(Number(run.out)), "while the container runs");
	await finish(box, Number(run.out));
});

t.end();
