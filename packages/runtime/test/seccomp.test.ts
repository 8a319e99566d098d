// SPDX-License-Identifier: BSD-2-Clause
// A spec selects a filter of system calls by name, by descriptor, or by a profile.
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { PflaskError } from "../src/error.ts";
import { EBADF } from "../src/numbers.gen.ts";
import { plan } from "../src/plan.ts";
import { mayHave, seccompFilter } from "../src/seccomp.ts";

/** One instruction of a filter: return SECCOMP_RET_ALLOW. */
const ALLOW = [6, 0, 0, 0, 0, 0, 0xff, 0x7f];

/** Returns the operation of a filter in a plan. */
function filterIn(seccomp: string): string {
	using made = plan({ command: ["id"], seccomp });
	return made.text.match(/ seccomp +(.*)\n/)?.[1] ?? "none";
}

function thrown(act: () => unknown): PflaskError {
	try {
		act();
	} catch (error) {
		if (error instanceof PflaskError) return error;
	}
	throw new Error("no error");
}

function errorOf(seccomp: string): PflaskError {
	return thrown(() => filterIn(seccomp));
}

/** Makes a file, and calls a function with its descriptor. */
function withFile(t: Test, bytes: Uint8Array, use: (fd: number) => void): void {
	const path = `${t.testdir()}/file`;
	writeFileSync(path, bytes);
	const fd = openSync(path, "r");
	use(fd);
	closeSync(fd);
}

t.test("the filter of a spec", async (t) => {
	t.equal(filterIn("off"), "none");
	t.match(filterIn("default"), /^default \d+ instructions$/);
	for (const word of ["on", "", "DEFAULT", "/etc/profile.json", "fd"])
		t.equal(`${errorOf(word).field} ${errorOf(word).code}`, "seccomp invalid", word);
});

t.test("a program by its descriptor", async (t) => {
	withFile(t, Buffer.from([...ALLOW, ...ALLOW]), (fd) => {
		t.equal(filterIn(`fd:${fd}`), `fd:${fd} 2 instructions`);
	});
	withFile(t, Buffer.from(ALLOW), (fd) => {
		t.equal(filterIn(`fd:${fd}:a name: b`), "'a name: b' 1 instructions");
	});
	withFile(t, Buffer.concat(Array(4096).fill(Buffer.from(ALLOW))), (fd) => {
		t.equal(filterIn(`fd:${fd}:x`), "x 4096 instructions", "the most that the kernel takes");
	});
	for (const text of ["fd:", "fd:-1", "fd:x", "fd:999", "fd:99999999999", `fd:${"1".repeat(99)}`])
		t.equal(errorOf(text).errno, EBADF, text);
	for (const bytes of [[], [1], [...ALLOW, 0]])
		withFile(t, Buffer.from(bytes), (fd) => {
			const { message, hint } = errorOf(`fd:${fd}:x`);
			t.equal(`${message} ${hint}`, "x: not the program of a filter {seccomp=default}");
		});
	withFile(t, Buffer.concat(Array(4097).fill(Buffer.from(ALLOW))), (fd) => {
		t.match(errorOf(`fd:${fd}:x`).message, /^x: .*more instructions/);
	});
	const directory = openSync(t.testdir(), "r");
	t.equal(errorOf(`fd:${directory}:x`).message, "x: Is a directory");
	closeSync(directory);
});

t.test("a profile, for a container with some capabilities", async (t) => {
	const path = `${t.testdir()}/profile.json`;
	const group = { names: ["mkdirat"], action: "SCMP_ACT_ERRNO", includes: { caps: ["CAP_CHOWN"] } };
	writeFileSync(path, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [group] }));
	const sizes = [true, false].map((has) => {
		const asked: string[] = [];
		const filter = seccompFilter(path, (name) => asked.push(name) > 0 && has);
		t.same(asked, ["CAP_CHOWN"]);
		const text = filterIn(filter.field);
		t.ok(text.startsWith(`${path} `), text);
		const [, fd] = filter.field.split(":");
		t.equal(readFileSync(`/proc/self/fd/${fd}`).length % 8, 0);
		filter.close();
		t.equal(errorOf(filter.field).errno, EBADF, "the descriptor is closed");
		return Number(text.match(/(\d+) instructions/)?.[1]);
	});
	t.ok((sizes[0] ?? 0) > (sizes[1] ?? 0), `${sizes}`);
	writeFileSync(path, "{}");
	const error = thrown(() => seccompFilter(path, () => true));
	t.equal(error.message, `${path}: defaultAction: missing`);
	t.same([error.code, error.field, error.subject], ["invalid", "seccomp", path]);
	t.equal(error.hint, "{seccomp=default}");
});

t.test("the capabilities that a container may have", async (t) => {
	const cases: [caps: string[], may: boolean][] = [
		[[], true],
		[["all"], true],
		[["-all"], false],
		[["-sys_admin"], false],
		[["-CAP_SYS_ADMIN"], false],
		[["-21"], false],
		[["-chown,-0"], true],
		[["-all,+sys_admin"], true],
		[["-all", "chown", "Sys_Admin"], true],
		[["-all", "21"], true],
		[["sys_admin,-sys_admin"], false],
	];
	for (const [caps, may] of cases) t.equal(mayHave(caps, "CAP_SYS_ADMIN"), may, caps.join(" "));
});
