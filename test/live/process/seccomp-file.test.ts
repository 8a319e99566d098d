// SPDX-License-Identifier: BSD-2-Clause
// --seccomp=FILE accepts profiles in the JSON of OCI and of docker.
import { existsSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import type { Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { trapLibrary } from "../../lib/trap.ts";

const user = await account("pft-profile");

/** The system calls of this processor by name, for the probe. */
const NUMBERS: Readonly<Record<string, number>> =
	process.arch === "x64"
		? { personality: 135, getppid: 110, sethostname: 170 }
		: { personality: 92, getppid: 173, sethostname: 161 };

const OWN = process.arch === "x64" ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
const OTHER = process.arch === "x64" ? "SCMP_ARCH_X86" : "SCMP_ARCH_ARM";
const GO = process.arch === "x64" ? "amd64" : "arm64";

/** The few system calls that a static program needs. */
const FEW = "execve arch_prctl set_tid_address ioctl writev exit_group rt_sigprocmask".split(" ");

type Profile = Readonly<Record<string, unknown>>;

function write(box: Box, profile: Profile | string, name = "profile.json"): string {
	const path = `${box.dir}/${name}`;
	writeFileSync(path, typeof profile === "string" ? profile : JSON.stringify(profile));
	return path;
}

/** Returns a profile that allows all calls except those of some groups. */
function allBut(...syscalls: Profile[]): Profile {
	return { defaultAction: "SCMP_ACT_ALLOW", syscalls };
}

const ERRNO = "SCMP_ACT_ERRNO";

/** Runs the probe under a profile. Returns the answers of native calls. */
async function answers(t: Test, box: Box, profile: Profile | string, ...calls: string[]) {
	const path = write(box, profile);
	const run = await box.run([`--seccomp=${path}`, "--", PROBE, "call", "native", ...calls]);
	t.equal(run.status, 0, run.err);
	return calls.map((call) => run.facts(`native.${call.split(":")[0]}`));
}

const { personality, getppid, sethostname } = NUMBERS as Record<string, number>;

live("errors of a call, of all other calls, and by name", async (t, box) => {
	const call = `${getppid}`;
	const refuse = { names: ["getppid", "no_such_call"], action: ERRNO };
	t.same(await answers(t, box, allBut(refuse), call), ["EPERM"], "the default is EPERM");
	t.same(await answers(t, box, allBut({ ...refuse, errnoRet: 28 }), call), ["ENOSPC"]);
	t.same(await answers(t, box, allBut({ ...refuse, errno: "EXDEV" }), call), ["EXDEV"], "podman");
	t.same(await answers(t, box, allBut({ name: "getppid", action: ERRNO }), call), ["EPERM"]);
	t.same(
		await answers(t, box, allBut({ ...refuse, args: null, comment: "", includes: {} }), call),
		["EPERM"],
		"as docker writes it",
	);
	t.same(await answers(t, box, allBut({ ...refuse, action: "SCMP_ACT_LOG" }), call), ["ok"]);
});

live("a call that is refused by default", async (t, box) => {
	const few = [...FEW, "write"];
	const profile = {
		defaultAction: ERRNO,
		defaultErrnoRet: 38,
		syscalls: [{ names: few, action: "SCMP_ACT_ALLOW" }],
	};
	t.same(await answers(t, box, profile, `${getppid}`), ["ENOSYS"]);
});

live("comparisons of arguments", async (t, box) => {
	const when = (...args: Profile[]) => ({ names: ["personality"], action: ERRNO, args });
	const cases: [args: Profile[], value: string, said: string][] = [
		[[{ index: 0, value: 8, op: "SCMP_CMP_EQ" }], "8", "EPERM"],
		[[{ index: 0, value: 8, op: "SCMP_CMP_EQ" }], "0", "ok"],
		[[{ index: 0, value: 8, op: "SCMP_CMP_NE" }], "0", "EPERM"],
		[[{ index: 0, value: 8, op: "SCMP_CMP_LT" }], "7", "EPERM"],
		[[{ index: 0, value: 8, op: "SCMP_CMP_LT" }], "8", "ok"],
		[[{ index: 0, value: 8, op: "SCMP_CMP_LE" }], "8", "EPERM"],
		[[{ index: 0, value: 8, op: "SCMP_CMP_GE" }], "8", "EPERM"],
		[[{ index: 0, value: 8, op: "SCMP_CMP_GT" }], "8", "ok"],
		[[{ index: 0, value: 12, valueTwo: 8, op: "SCMP_CMP_MASKED_EQ" }], "10", "EPERM"],
		[[{ index: 0, value: 12, valueTwo: 8, op: "SCMP_CMP_MASKED_EQ" }], "4", "ok"],
		[
			[
				{ index: 0, value: 8, op: "SCMP_CMP_EQ" },
				{ index: 1, value: 1, op: "SCMP_CMP_EQ" },
			],
			"8:2",
			"ok",
		],
		[
			[
				{ index: 0, value: 8, op: "SCMP_CMP_EQ" },
				{ index: 1, value: 1, op: "SCMP_CMP_EQ" },
			],
			"8:1",
			"EPERM",
		],
		// Several comparisons of one argument are alternatives, as in the container engines.
		[
			[
				{ index: 0, value: 8, op: "SCMP_CMP_EQ" },
				{ index: 0, value: 0, op: "SCMP_CMP_EQ" },
			],
			"0",
			"EPERM",
		],
	];
	for (const [args, value, said] of cases) {
		const told = await answers(t, box, allBut(when(...args)), `${personality}:${value}`);
		t.same(told, [said], JSON.stringify([args, value]));
	}
	// JavaScript cannot hold this value as a number: the number would end in 000.
	const text = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "getppid", "action":
		"${ERRNO}", "args": [{"index": 0, "value": 9223372036854775797, "op": "SCMP_CMP_EQ"}]}]}`;
	t.same(await answers(t, box, text, `${getppid}:9223372036854775797`), ["EPERM"]);
	t.same(await answers(t, box, text, `${getppid}:9223372036854775807`), ["ok"]);
});

live("conditions of docker: architectures, kernels, capabilities", async (t, box) => {
	const [major = 0, minor = 0] = release().split(/[.-]/).map(Number);
	const cases: [conditions: Profile, said: string][] = [
		[{ includes: { arches: [GO] } }, "EPERM"],
		[{ includes: { arches: ["s390x"] } }, "ok"],
		[{ excludes: { arches: [GO, "s390x"] } }, "ok"],
		[{ includes: { minKernel: `${major}.${minor}` } }, "EPERM"],
		[{ includes: { minKernel: `${major}.${minor + 1}` } }, "ok"],
		[{ includes: { minKernel: `${major + 1}.0` } }, "ok"],
		[{ excludes: { minKernel: "4.8" } }, "ok"],
		[{ includes: { caps: ["CAP_SYS_ADMIN", "CAP_CHOWN"] } }, "EPERM"],
		[{ excludes: { caps: ["CAP_SYS_ADMIN"] } }, "ok"],
		[{ includes: { caps: [], arches: null }, excludes: {} }, "EPERM"],
	];
	for (const [conditions, said] of cases) {
		const profile = allBut({ names: ["getppid"], action: ERRNO, ...conditions });
		const told = await answers(t, box, profile, `${getppid}`);
		t.same(told, [said], JSON.stringify(conditions));
	}
});

live("the capabilities of --caps decide about conditions", async (t, box) => {
	const group = { names: ["getppid"], action: ERRNO };
	for (const [conditions, caps, said] of [
		[{ includes: { caps: ["CAP_CHOWN"] } }, "-chown", "ok"],
		[{ includes: { caps: ["CAP_CHOWN"] } }, "-kill", "EPERM"],
		[{ excludes: { caps: ["CAP_CHOWN"] } }, "-all,+kill", "EPERM"],
		[{ excludes: { caps: ["CAP_CHOWN"] } }, "-all,+0", "ok"],
	] as const) {
		const path = write(box, allBut({ ...group, ...conditions }));
		const words = ["--", PROBE, "call", "native", `${getppid}`];
		const run = await box.run([`--seccomp=${path}`, `--caps=${caps}`, ...words]);
		t.equal(run.facts(`native.${getppid}`), said, `${caps} ${run.err}`);
	}
});

if (process.arch === "x64")
	live("calls of 32-bit programs, and of x32", async (t, box) => {
		const group = { names: ["getppid", "mkdirat"], action: ERRNO, errnoRet: 28 };
		const maps: Profile[] = [
			{ archMap: [{ architecture: OWN, subArchitectures: [OTHER, "SCMP_ARCH_X32"] }] },
			{ architectures: [OWN, OTHER, "SCMP_ARCH_X32"] },
		];
		for (const map of maps) {
			const path = write(box, { ...allBut(group), ...map });
			const calls = ["call", "i386", "64", "+", "call", "x32", `${getppid}`];
			const run = await box.run([`--seccomp=${path}`, "--", PROBE, ...calls]);
			t.equal(run.facts("i386.64"), "ENOSPC", run.err);
			t.equal(run.facts(`x32.${getppid}`), "ENOSPC");
		}
		// A filter of libseccomp kills a program of an architecture that the profile does not name.
		const path = write(box, allBut(group));
		const run = await box.run([`--seccomp=${path}`, "--", PROBE, "call", "i386", "64"]);
		t.equal(run.status, 159, run.err);
	});

live("a call that ends the command: SIGSYS, status 159", async (t, box) => {
	for (const action of ["KILL_PROCESS", "KILL", "KILL_THREAD", "TRAP"]) {
		const path = write(box, allBut({ name: "getppid", action: `SCMP_ACT_${action}` }));
		const args = [`--seccomp=${path}`, "--", PROBE, "call", "native", `${getppid}`];
		t.equal((await box.run(args)).status, 159, action);
	}
});

live("the filter may allow hardly more than execve", async (t, box) => {
	const profile = {
		defaultAction: "SCMP_ACT_KILL_PROCESS",
		syscalls: [{ names: FEW, action: "SCMP_ACT_ALLOW" }],
	};
	const path = write(box, profile);
	const env = { PATH: "/bin", PFLASK_DEBUG: "1" };
	for (const args of [[], ["--user=1234:5678"], ["--as-pid1"], ["--no-mountns"]]) {
		const words = [`--seccomp=${path}`, ...args, "--", PROBE, "say", "hello"];
		const run = await box.run(words);
		t.equal(`${run.status} ${run.out}`, "0 hello\n", `${args}: ${run.err}`);
		t.equal((await box.run(words, { env })).status, 0, "with PFLASK_DEBUG");
	}
	const more = { names: ["pause", "ppoll", "rt_sigtimedwait", "poll", "nanosleep", "read"] };
	const open = {
		...profile,
		syscalls: [...profile.syscalls, { ...more, action: "SCMP_ACT_ALLOW" }],
	};
	const pid = await detach(box, [`--seccomp=${write(box, open)}`, "--", PROBE, "hold"]);
	for (const args of [[], ["--user=1234:5678"]]) {
		const exec = await box.run([`--exec=${pid}`, ...args, "--", PROBE, "say", "hello"]);
		t.equal(`${exec.status} ${exec.out}`, "0 hello\n", exec.err);
		const refused = [`--exec=${pid}`, ...args, "--", PROBE, "call", "native", `${getppid}`];
		t.equal((await box.run(refused)).status, 159);
	}
	await finish(box, pid);
});

live("a profile in a pipe, for an ordinary user, and by a relative path", async (t, box) => {
	const profile = allBut({ names: ["sethostname"], action: ERRNO, errnoRet: 28 });
	const args = ["--", PROBE, "call", "native", `${sethostname}`];
	const runs = [
		await box.run(["--seccomp=/dev/stdin", ...args], { stdin: JSON.stringify(profile) }),
		await as(user, box).run([`--seccomp=${write(box, profile)}`, ...args]),
		await box.run(["--seccomp=profile.json", ...args], { cwd: box.dir }),
		await box.run(["--seccomp=./default", ...args], {
			cwd: box.dir,
			env: { PATH: write(box, profile, "default") },
		}),
	];
	for (const run of runs) t.equal(run.facts(`native.${sethostname}`), "ENOSPC", run.err);
	const shown = await box.run(["--dry-run", `--seccomp=${box.dir}/profile.json`, ...args]);
	t.match(shown.out, new RegExp(`init +seccomp +${box.dir}/profile.json \\d+ instructions\\n`));
});

live("bad profiles are refused: one line with the file, and a hint", async (t, box) => {
	const group = { names: ["getppid"], action: ERRNO };
	const args = (one: Profile) => allBut({ ...group, args: [{ index: 0, value: 0, ...one }] });
	const cases: [profile: Profile | string, why: RegExp][] = [
		["", /not JSON: /],
		["{", /not JSON: /],
		["[]", /profile\.json: not an object/],
		["3", /profile\.json: not an object/],
		["{}", /: defaultAction: missing/],
		[{ defaultAction: "ALLOW" }, /defaultAction: 'ALLOW': not an action/],
		[{ defaultAction: 3 }, /defaultAction: not a string/],
		[{ defaultAction: "SCMP_ACT_NEW" }, /defaultAction: 'SCMP_ACT_NEW': unknown action/],
		[allBut({ ...group, action: "SCMP_ACT_NOTIFY" }), /syscalls\[0\]\.action: .*not supported/],
		[allBut({ ...group, names: "getppid" }), /syscalls\[0\]\.names: 'getppid': not a list/],
		[allBut({ ...group, names: ["a b"] }), /syscalls\[0\]\.names\[0\]: 'a b': not the name/],
		[allBut({ ...group, names: ["a\0b"] }), /syscalls\[0\]\.names\[0\]: 'a\\x00b': not the name/],
		[allBut({ ...group, errnoRet: 1.5 }), /syscalls\[0\]\.errnoRet: not a number/],
		[allBut({ ...group, errnoRet: 70000 }), /errnoRet: not a number/],
		[allBut({ ...group, errno: "ENONE" }), /errno: 'ENONE': not the name of an error/],
		[args({ op: "SCMP_CMP_EQUAL" }), /args\[0\]\.op: 'SCMP_CMP_EQUAL': unknown operator/],
		[args({ op: "SCMP_CMP_EQ", index: 6 }), /args\[0\]\.index: not a number/],
		[args({ op: "SCMP_CMP_EQ", value: -1 }), /args\[0\]\.value: not a number/],
		[args({ value: 3 }), /args\[0\]\.op: missing/],
		[{ ...allBut(), architectures: ["SCMP_ARCH_PDP11"] }, /pdp11: unknown architecture/],
		[{ ...allBut(), architectures: ["SCMP_ARCH_S390X"] }, /s390x: /],
		[{ ...allBut(), flags: ["SECCOMP_FILTER_FLAG_LOG"] }, /flags\[0\]: .*not supported/],
		[allBut({ ...group, includes: { minKernel: "5" } }), /minKernel: '5': not a version/],
		[{ defaultAction: "SCMP_ACT_ALLOW", syscalls: [3] }, /syscalls\[0\]: not an object/],
	];
	for (const [profile, why] of cases) {
		const path = write(box, profile);
		const run = await box.run([`--seccomp=${path}`, "--", "true"]);
		t.equal(run.status, 125, `${why}`);
		t.match(run.err, why);
		t.match(run.err, /^pflask: --seccomp: .*\nhint: --seccomp=default\n$/, `${why}: two lines`);
		t.ok(run.err.includes(`--seccomp: ${path}: `), "the file is named");
	}
});

live("bad files are refused", async (t, box) => {
	for (const [path, why] of [
		[`${box.dir}/none`, "No such file or directory"],
		[box.dir, "Is a directory"],
		["/dev/zero", "larger than 1048576 bytes"],
		["/dev/null", "not JSON"],
	] as const) {
		const run = await box.run([`--seccomp=${path}`, "--", "true"]);
		t.equal(run.status, 125, path);
		t.ok(run.err.startsWith(`pflask: --seccomp: ${path}: ${why}`), run.err);
		t.match(run.err, /\nhint: --seccomp=default\n$/);
	}
	const many = Array.from({ length: 5000 }, (_, value) => ({
		names: ["personality"],
		action: ERRNO,
		args: [{ index: 0, value: value * 2, op: "SCMP_CMP_EQ" }],
	}));
	const run = await box.run([`--seccomp=${write(box, allBut(...many))}`, "--", "true"]);
	t.equal(run.status, 125, "a filter that the kernel does not take");
	t.match(run.err, /^pflask: --seccomp: .*profile.json: .*instructions.*\nhint: .*\n$/);
});

live("without libseccomp, the error says what to install", async (t, box) => {
	const path = write(box, allBut({ names: ["mkdirat"], action: ERRNO }));
	const library = (
		await sh(["sh", "-c", "ldconfig -p | sed -n 's/.*libseccomp.so.2 .*=> //p'"])
	).trim();
	const hide = 'mount --bind /dev/null "$0" && exec "$@"';
	const via = ["unshare", "--mount", "sh", "-c", hide, library];
	trapLibrary(`${box.dir}/libseccomp.so.2`, `${box.dir}/loaded`);
	const run = await box.run([`--seccomp=${path}`, "--", "true"], { via, cwd: box.dir });
	t.equal(run.status, 125);
	t.notOk(existsSync(`${box.dir}/loaded`), "no library of the current directory is loaded");
	t.equal(
		run.err,
		`pflask: --seccomp: ${path}: this profile needs libseccomp.so.2, which cannot be loaded\n` +
			"hint: sudo apt-get install libseccomp2, or --seccomp=default\n",
	);
	t.equal((await box.run(["--seccomp=default", "--", "true"], { via })).status, 0);
});
