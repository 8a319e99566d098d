// SPDX-License-Identifier: BSD-2-Clause
// dist/pflask and build/pflask behave alike in odd surroundings. dist/pflask begins with the front,
// which leaves the command line to Bun in such surroundings. build/pflask is Bun alone.
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { PT, readElf } from "../../scripts/elf.ts";
import { detach, finish } from "../lib/detached.ts";
import { sh } from "../lib/host.ts";
import { anyone, type Box, live } from "../lib/live.ts";
import { TREE } from "../lib/paths.ts";
import { PROBE } from "../lib/probe.ts";
import type { RunOptions } from "../lib/run.ts";
import { asUser } from "../lib/user.ts";

const WITH = `${TREE}/dist/pflask`;
const WITHOUT = `${TREE}/build/pflask`;

/** The dynamic loader of Bun. */
const LOADER = (() => {
	const image = readFileSync(WITHOUT);
	const name = readElf(image).segments.find(({ type }) => type === PT.INTERP);
	return image.toString("utf8", name?.offset, (name?.offset ?? 0) + (name?.fileSize ?? 1) - 1);
})();

/** Runs an executable. Returns all that a caller can see of the run. */
async function run(box: Box, program: string, args: readonly string[], options: RunOptions) {
	const { status, signal, out, err } = await box.run(args, { program, ...options });
	const nameless = (text: string) => text.replaceAll(program, "PROGRAM");
	return { status, signal, out: nameless(out), err: nameless(err) };
}

const VERSION = ["--version"];
/**
 * A command line with a plan that does not depend on the host's mounts. The mounts can change
 * between two runs.
 */
const DRY_RUN = ["--dry-run", "--no-mountns", "--", "true"];
const THROUGH_FD = 'exec 3<"$1"; shift; exec /proc/self/fd/3 "$@"';
const CASES: readonly (readonly [readonly string[], RunOptions])[] = [
	[VERSION, {}],
	[DRY_RUN, {}],
	[["--nonsense"], {}],
	[VERSION, { env: {} }],
	[VERSION, { via: ["setarch", "-R"] }],
	[VERSION, { via: ["prlimit", "--stack=262144"] }],
	[VERSION, { via: ["prlimit", "--as=2684354560"] }],
	[VERSION, { via: ["prlimit", "--data=2684354560"] }],
	[VERSION, { via: ["prlimit", "--nofile=8"] }],
	[VERSION, { via: [PROBE, "close", "0", "1", "2", "+", "exec"] }],
	[VERSION, { via: [PROBE, "argv0", ""] }],
	[[], { via: [PROBE, "bare"] }],
	[VERSION, { via: ["strace", "-f", "-o", "/dev/null"] }],
	[DRY_RUN, { via: ["sh", "-ceu", THROUGH_FD, "sh"] }],
	[VERSION, { via: [LOADER] }],
	[DRY_RUN, { via: [LOADER] }],
];

anyone("the front cannot be seen in odd surroundings", async (t, box) => {
	for (const [args, options] of CASES) {
		const what = [...(options.via ?? []), "PROGRAM", ...args].join(" ");
		const expected = await run(box, WITHOUT, args, options);
		t.same(await run(box, WITH, args, options), expected, what);
	}
});

anyone("a limit that is too low for Bun", async (t, box) => {
	for (const [limit, what, hint] of [
		["as=300000000", "the address space (ulimit -v)", "ulimit -v unlimited"],
		["as=2684354559", "the address space (ulimit -v)", "ulimit -v unlimited"],
		["data=300000000", "the data segment (ulimit -d)", "ulimit -d unlimited"],
		["stack=131072", "the stack (ulimit -s)", "ulimit -s 8192"],
		["nofile=4", "open files (ulimit -n)", "ulimit -n 1024"],
	] as const) {
		const via = ["prlimit", `--${limit}`];
		const end = await run(box, WITH, VERSION, { via });
		t.same([end.status, end.out], [125, ""], limit);
		const why = "too low for this command line, which Bun runs";
		t.equal(end.err, `pflask: the limit of ${what}: ${why}\nhint: ${hint}\n`);
	}
	const works = await run(box, WITH, DRY_RUN, { via: ["prlimit", "--as=2684354560"] });
	t.same([works.status, works.err], [0, ""]);
});

live("the front needs no such limits", async (t, box) => {
	const via = ["prlimit", "--as=300000000", "--data=300000000", "--stack=131072"];
	t.same(await run(box, WITH, ["--", "echo", "ran"], { via }), {
		status: 0,
		signal: null,
		out: "ran\n",
		err: "",
	});
});

live("the front cannot be seen without /proc", async (t, box) => {
	const via = ["unshare", "--mount", "sh", "-ceu", 'umount -l /proc; exec "$@"', "sh"];
	for (const args of [VERSION, DRY_RUN]) {
		const [expected, found] = [
			await run(box, WITHOUT, args, { via }),
			await run(box, WITH, args, { via }),
		].map(({ err, ...rest }) => ({ ...rest, crash: err.match(/panic.*/)?.[0] }));
		t.same(found, expected, args.join(" "));
	}
});

live("the front cannot be seen in a program with the set-user-id bit", async (t, box) => {
	const user = await asUser();
	const [expected, found] = await Promise.all(
		[WITHOUT, WITH].map(async (program) => {
			const copy = `${box.dir}/${program.includes("dist") ? "with" : "without"}`;
			copyFileSync(program, copy);
			chmodSync(copy, 0o4755);
			const ended = [];
			for (const args of [VERSION, DRY_RUN]) ended.push(await run(box, copy, args, { via: user }));
			return ended;
		}),
	);
	t.same(found, expected);
});

live("a missing dynamic loader is named", async (t, box) => {
	const root = `${box.dir}/root`;
	mkdirSync(root);
	copyFileSync(WITH, `${root}/pflask`);
	const ended = await box.run(VERSION, { via: ["chroot", root], program: "/pflask" });
	t.equal(ended.status, 125);
	t.equal(ended.err, `pflask: ${LOADER}: No such file or directory\n`);
});

anyone("an executable that strip or objcopy has changed says so", async (t, box) => {
	for (const command of [["strip"], ["strip", "-g"], ["objcopy"]]) {
		const copy = `${box.dir}/copy`;
		copyFileSync(WITH, copy);
		await sh([...command, copy]);
		const ended = await box.run(VERSION, { program: copy });
		t.equal(ended.status, 125, command.join(" "));
		t.equal(ended.out, "");
		t.match(ended.err, /^pflask: this executable: was changed .*strip\(1\).*\n$/);
	}
});

/** System calls with effects that last until a later program in the process. */
const LASTING = new RegExp(
	[
		/^(rt_sig|dup|chdir|umask|prctl|setrlimit|sigaltstack|clone|vfork)/,
		/^prlimit64\(\d+, \w+, \{/,
		/^fcntl\((\d+, F_(?!GET|SETFD)|[0-2], F_SETFD)/,
	]
		.map(({ source }) => source)
		.join("|"),
);

/** The system calls that open one descriptor. */
const OPENING =
	/^(open|openat|openat2|memfd_create|socket|open_tree|fsopen|pidfd_open)\(.* = (\d+)$/m;

/** Returns the descriptors that system calls have opened and not closed. */
function leftOpen(calls: readonly string[]): readonly string[] {
	const open = new Set<string>();
	for (const call of calls) {
		const opened = call.match(OPENING)?.[2];
		if (opened !== undefined) open.add(opened);
		open.delete(call.match(/^close\((\d+)\)/)?.[1] ?? "");
	}
	return [...open];
}

/**
 * Command lines that the front leaves to Bun. The front leaves the first lines to Bun while it
 * reads the options. The front leaves each later line at a later step of the start.
 */
const LEFT = [
	VERSION,
	["--status-fd=77", "--", "true"],
	["--setenv=1=x", "--", "true"],
	["--user=no-such-user", "--", "true"],
	["--chroot=/etc/passwd", "--", "true"],
	["--mount=bind:/etc:/mnt", "--mount=bind:/no/such:/mnt", "--", "true"],
	["--chroot=/", "--mount=overlay:/etc:/no/such:/mnt", "--", "true"],
	["--ephemeral=/no/such/directory", "--", "true"],
	["--netif", "--netif=no-such-one", "--", "true"],
	["--detach", "--name=a/b", "--", "true"],
];

anyone("the front leaves nothing behind for Bun", async (t, box) => {
	const trace = `${box.dir}/trace`;
	for (const args of LEFT) {
		const what = args.join(" ");
		await box.run(args, { program: WITH, via: ["strace", "-o", trace] });
		const lines = readFileSync(trace, "utf8").split("\n");
		const loader = lines.findIndex((line) => line.includes(`"${LOADER}"`));
		const end = lines.findIndex((line, i) => i > loader && line.startsWith("brk("));
		t.ok(0 < loader && loader < end, `${what}: the front begins`);
		const front = lines.slice(0, end + 1);
		t.match(front.join("\n"), OPENING, `${what}: it opens the loader at least`);
		t.same(leftOpen(front), [], `${what}: each descriptor is closed`);
		const lasting = front.filter((line) => LASTING.test(line));
		t.same(lasting, [], `${what}: nothing that lasts is changed`);
		const heap = front.flatMap((line) => line.match(/^brk\(.* = (\w+)$/)?.[1] ?? []);
		t.equal(heap.at(-1), heap[0], `${what}: the heap has its first size`);
	}
});

live("the front connects to a monitor once for --exec and --attach", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "say", "up", "+", "hold"], { program: WITH });
	const trace = `${box.dir}/trace`;
	const via = ["strace", "-e", "trace=connect", "-o", trace];
	// Other tests may run containers, to which --exec connects, too.
	const isConnection = (line: string) =>
		line.startsWith("connect(") && line.includes(`/${pid}.sock`);
	const connections = () => readFileSync(trace, "utf8").split("\n").filter(isConnection).length;
	await box.run([`--exec=${pid}`, "--", PROBE, "exit", "0"], { program: WITH, via });
	t.equal(connections(), 1, "--exec");
	const attach = box.start([`--attach=${pid}`], { program: WITH, via });
	await attach.until("up");
	t.equal(connections(), 1, "--attach");
	await finish(box, pid);
	await attach.ended;
});
