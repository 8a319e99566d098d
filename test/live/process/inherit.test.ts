// SPDX-License-Identifier: BSD-2-Clause
// The command inherits no unusual state, neither from the process that starts pflask nor from
// pflask and its runtime.
import { existsSync, readFileSync } from "node:fs";
import t from "tap";
import { sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";
import { PFLASK, TREE } from "../../lib/paths.ts";
import { facts, PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { trapLibrary } from "../../lib/trap.ts";

/** Returns options that run pflask through the probe, which sets up an unusual start. */
function oddly(...words: string[]): { via: string[] } {
	return { via: [PROBE, ...words, "+", "exec"] };
}

live("200 inherited descriptors do not leak in", async (t, box) => {
	for (const args of [[], ["-P"], ["--as-pid1"], [`--chroot=${tinyRoot(box)}`]]) {
		const command = args[0]?.startsWith("--chroot") ? "/bin/probe" : PROBE;
		const run = await box.run([...args, "--", command, "fds"], oddly("leak", "200"));
		t.equal(run.status, 0, run.err);
		t.same(
			run.facts.all("fd").map((line) => line.split(" ")[0]),
			["0", "1", "2"],
			args.join(" "),
		);
	}
});

live("inherited descriptors do not leak in on a terminal", async (t, box) => {
	const session = box.terminal(["--", PROBE, "fds"], oddly("leak", "200"));
	const told = facts((await session.ended).out);
	t.same(
		told.all("fd").map((line) => line.split(" ")[0]),
		["0", "1", "2"],
	);
});

const INIT_DESCRIPTORS = [...Array(300).keys()].map((fd) => `/proc/1/fd/${fd}`);

live("pid 1 has no inherited descriptors, and closes its own", async (t, box) => {
	const root = tinyRoot(box);
	let most = 0;
	let leaked = false;
	for (let i = 0; i < 30; i++)
		for (const args of [[], [`--chroot=${root}`]]) {
			const command = args.length ? "/bin/probe" : PROBE;
			const words = ["ls", "/proc/1/fd", "+", "stat", ...INIT_DESCRIPTORS];
			const run = await box.run([...args, "--", command, ...words], oddly("leak", "200"));
			leaked ||= run.out.includes("/etc/passwd");
			most = Math.max(most, run.facts.all("ls./proc/1/fd").length);
		}
	t.notOk(leaked, "pid 1 has none of the caller's files");
	t.ok(most <= 3, `two of the monitor's and one for signals: ${most}`);
});

live("the umask is 022, whatever pflask's is", async (t, box) => {
	for (const mask of ["0", "077", "0777"]) {
		const run = await box.run(["--", PROBE, "umask?"], oddly("umask", mask));
		t.equal(run.facts("umask"), "022", mask);
	}
});

live("no signal is ignored or blocked", async (t, box) => {
	const starts = [
		["ignore", "13", "17", "25", "1", "2", "3", "10", "15", "34", "64"],
		["block", "1", "2", "10", "13", "15", "17", "18", "20", "34", "64"],
		["say", "nothing odd"],
	];
	for (const start of starts)
		for (const args of [[], ["--as-pid1"], ["-P"], ["--tty=always"]]) {
			const run = await box.run([...args, "--", PROBE, "signals"], oddly(...start));
			t.equal(run.status, 0, run.err);
			t.equal(run.facts("signals.ignored").trim(), "", `${start[0]} ${args.join(" ")}`);
			t.equal(run.facts("signals.blocked").trim(), "", `${start[0]} ${args.join(" ")}`);
		}
});

live("the internal signals of the C libraries are not ignored or blocked", async (t, box) => {
	for (const args of [[], ["--as-pid1"], ["--no-pidns"]]) {
		const run = await box.run([...args, "--", "grep", "SigIgn", "/proc/self/status"]);
		t.match(run.out, /^SigIgn:\t0{16}$/m, args.join(" "));
	}
});

live("a limit that Bun cannot work with is an error without the front, too", async (t, box) => {
	const via = ["sh", "-c", 'ulimit -v 2000000; exec "$@"', "sh"];
	const program = `${TREE}/build/pflask`;
	trapLibrary(`${box.dir}/libc.so`, `${box.dir}/loaded`);
	const run = await box.run(["--dry-run", "--", PROBE], { via, program, cwd: box.dir });
	t.equal(run.status, 125);
	t.notOk(existsSync(`${box.dir}/loaded`), "no library of the current directory is loaded");
	t.match(
		run.err,
		/^pflask: cannot load the C library: [^\n]*JIT\nhint: ulimit -v unlimited[^\n]*\n$/,
	);
});

live("ignored SIGCHLD at the start does not lose the status", async (t, box) => {
	for (const args of [[], ["--as-pid1"], ["-P"], ["--tty=always"]]) {
		const run = await box.run([...args, "--", PROBE, "exit", "42"], oddly("ignore", "17"));
		t.equal(run.status, 42, args.join(" "));
	}
	const blocked = await box.run(["--", PROBE, "exit", "42"], oddly("block", "17"));
	t.equal(blocked.status, 42);
});

live("ignored SIGPIPE at the start does not reach the command", async (t, box) => {
	const script = '"$@" | head -n 1; echo "status ${PIPESTATUS[0]}"';
	const run = await box.run(["--", "yes"], {
		via: [PROBE, "ignore", "13", "+", "exec", "bash", "-c", script, "bash"],
	});
	t.equal(run.out, "y\nstatus 141\n");
});

live("the limit on open files is the caller's, not Bun's", async (t, box) => {
	for (const soft of ["64", "777", "1024"]) {
		const script = 'ulimit -Sn "$0"; "$@"; exit $?';
		const run = await box.run(["--", PROBE, "limits"], { via: ["sh", "-c", script, soft] });
		t.equal(run.facts("rlimit.nofile").split(" ")[0], soft);
	}
});

live("the limit on open files in a container, and without a parent", async (t, box) => {
	const via = ["sh", "-c", 'ulimit -Sn 777; "$@"; exit $?', "sh"];
	const inner = await box.run(["--", PFLASK, "--", PROBE, "limits"], { via });
	t.equal(inner.facts("rlimit.nofile").split(" ")[0], "777");
	const first = await box.run(["--", PROBE, "limits"], {
		via: [...via, "unshare", "--pid", "--fork", "--mount-proc"],
	});
	t.equal(first.facts("rlimit.nofile").split(" ")[0], "1024", "as programs usually have");
});

live("the command never sees a higher limit on open files of pid 1", async (t, box) => {
	// On one CPU, an init with SCHED_BATCH that wakes up does not interrupt the command.
	const cpu = readFileSync("/proc/self/status", "latin1").match(/Cpus_allowed_list:\s+(\d+)/)?.[1];
	const script = 'ulimit -Sn 777; chrt --batch 0 taskset -c "$0" "$@"; exit $?';
	for (let i = 0; i < 20; i++)
		for (const args of [[], ["--caps=all"]]) {
			const via = ["sh", "-c", script, `${cpu}`];
			const run = await box.run([...args, "--", PROBE, "cat", "/proc/1/limits"], { via });
			t.match(run.out, /^Max open files +777 /m, run.err);
		}
});

live("the hard limit on open files and the other limits are the caller's", async (t, box) => {
	const script = 'ulimit -Sn 500; ulimit -Hn 900; ulimit -Sc 7; ulimit -Ss 4096; "$@"; exit $?';
	const own = await sh(["sh", "-c", script, "sh", PROBE, "limits"]);
	const run = await box.run(["--", PROBE, "limits"], { via: ["sh", "-c", script, "sh"] });
	t.match(own, "rlimit.nofile 500 900");
	t.equal(run.out, own);
});

live("a low hard limit on open files does not keep pflask from working", async (t, box) => {
	const run = await box.run(["--netif", "--chroot=/", "--", PROBE, "limits"], {
		via: ["sh", "-c", 'ulimit -n 32; "$@"; exit $?', "sh"],
	});
	t.equal(run.status, 0, run.err);
	t.equal(run.facts("rlimit.nofile"), "32 32");
});

live("a container may have more mounts than the caller may have open files", async (t, box) => {
	const mounts = Array.from({ length: 100 }, (_, n) => `--mount=bind:${box.dir}:/mnt/${n}`);
	for (const program of ["build/pflask", "dist/pflask"]) {
		const args = [`--chroot=${tinyRoot(box)}`, ...mounts, "--", "/bin/probe", "limits"];
		const via = ["sh", "-c", 'ulimit -Sn 64; "$@"; exit $?', "sh"];
		const run = await box.run(args, { via, program: `${TREE}/${program}` });
		t.same([run.status, run.err], [0, ""], program);
		t.equal(run.facts("rlimit.nofile").split(" ")[0], "64");
	}
});

/**
 * Limits that are too low for the executable, and the errors. Bun starts the containers of
 * "build/pflask", and the front starts those of "dist/pflask".
 */
const TOO_LOW = {
	"build/pflask": {
		"-n 5": "cannot copy libpflask to memory: Too many open files",
		"-n 7": "cannot create a socket pair: Too many open files",
		"-n 8": "cannot start pflask-init: Too many open files",
		"-f 40": "cannot copy libpflask to memory: File too large",
		"-v 900000": "cannot load the C library: bun:ffi requires the JIT",
	},
	"dist/pflask": {
		"-n 3": "cannot create a socket pair: Too many open files",
		"-n 5": "cannot start pflask-init: Too many open files",
		"-n 8": "cannot start pflask-init: Too many open files",
		"-f 40": "cannot start pflask-init: File too large",
	},
} as const;

live("a limit that is too low for pflask gives one line", async (t, box) => {
	for (const [program, limits] of Object.entries(TOO_LOW))
		for (const [limit, why] of Object.entries(limits)) {
			const via = ["sh", "-c", `ulimit ${limit}; exec "$@"`, "sh"];
			const run = await box.run(["--", PROBE], { via, program: `${TREE}/${program}` });
			const line = `pflask: ${why}`;
			t.same([run.status, run.out, run.err.split("\n")[0]], [125, "", line], `${program} ${limit}`);
		}
});

live("the front works with less memory than Bun needs", async (t, box) => {
	for (const limit of ["-v 2000000", "-v 900000", "-s 128"]) {
		const via = ["sh", "-c", `ulimit ${limit}; exec "$@"`, "sh"];
		const program = `${TREE}/dist/pflask`;
		const run = await box.run(["--", PROBE, "say", "ran"], { via, program });
		t.same([run.status, run.out, run.err], [0, "ran\n", ""], limit);
	}
});

live("the command has a session keyring of its own", async (t, box) => {
	const host = facts(await sh([PROBE, "keyring"]));
	const ids: string[] = [];
	for (const args of [[], ["--as-pid1"], ["--chroot=/"]]) {
		const { facts } = await box.run([...args, "--", PROBE, "keyring"]);
		t.match(facts("keyring"), /^\d+$/, "it has one");
		t.not(facts("keyring"), host("keyring"), "which is not the caller's");
		ids.push(facts("keyring"));
	}
	t.equal(new Set(ids).size, ids.length, "each container has its own");
});

live("two containers at the same time have different keyrings", async (t, box) => {
	const first = box.start(["--", PROBE, "keyring", "+", "hold"]);
	await first.until("ready");
	const second = await box.run(["--", PROBE, "keyring"]);
	t.not(second.facts("keyring"), facts(first.out)("keyring"));
	first.kill("SIGTERM");
	await first.ended;
});

/** Errors of keyctl(2): a kernel without keyrings, and an exhausted quota. */
const NO_KEYRING = { ENOSYS: "38", EDQUOT: "122" };

live("pflask works if the kernel refuses a keyring", async (t, box) => {
	for (const [name, number] of Object.entries(NO_KEYRING)) {
		const run = await box.run(["--", PROBE, "keyring", "+", "say", "ran"], {
			via: [PROBE, "refuse", "keyctl", number, "+", "exec"],
		});
		t.equal(run.status, 0, `${name}: ${run.err}`);
		t.match(run.out, "ran");
		t.equal(run.err, "", "without a word on stderr");
	}
});

live("user, groups and capabilities are root's", async (t, box) => {
	const own = facts(await sh([PROBE, "caps"]));
	const { facts: inside } = await box.run(["--", PROBE, "ids", "+", "caps"]);
	t.equal(inside("uid"), "0 0");
	t.equal(inside("gid"), "0 0");
	for (const name of ["CapEff:", "CapBnd:"]) {
		const lines = [own, inside].map((told) => told.all(`status.${name}\t`)[0]);
		t.equal(lines[1], lines[0]);
	}
});

live("the working directory is the caller's without --chroot", async (t, box) => {
	const { facts } = await box.run(["--", PROBE, "tell"], { cwd: box.dir });
	t.equal(facts("cwd"), box.dir);
});

live("the program of pid 1 cannot be overwritten from inside", async (t, box) => {
	for (const args of [[], [`--chroot=${tinyRoot(box)}`]]) {
		const command = args.length ? "/bin/probe" : PROBE;
		const { facts } = await box.run([...args, "--", command, "overwrite-init"]);
		t.match(facts("init.write"), /^E/, "it can not be opened for writing");
		t.notMatch(facts("init.exe"), /^ok \/(?!memfd:)/, "and is no file of the host");
		if (facts("init.seals") !== "(nothing)")
			t.equal(Number(facts("init.seals")) & 15, 15, "it is sealed");
	}
});

t.end();
