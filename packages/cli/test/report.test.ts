// SPDX-License-Identifier: BSD-2-Clause
// Exit statuses, and errors as people and programs are told of them.
import { type ErrorCode, type Exit, PflaskError } from "@pflask/runtime";
import t from "tap";
import { errorOf, statusOf } from "../src/exit.ts";
import { OPTIONS } from "../src/options.ts";
import { reportOf, textOf } from "../src/report.ts";
import { distance, suggest } from "../src/suggest.ts";
import { UsageError } from "../src/usage.ts";

const EXIT: Exit = {
	reason: "exit",
	exitCode: 0,
	signal: 0,
	outputErrno: 0,
	changesErrno: 0,
	wallUsec: 0,
	userUsec: 0,
	systemUsec: 0,
	maxRssKib: 0,
};
const ENOSPC = 28;
const EPIPE = 32;

t.test("exit statuses", async (t) => {
	const is = (exit: Partial<Exit>, status: number) =>
		t.equal(statusOf({ ...EXIT, ...exit }), status, JSON.stringify(exit));
	is({}, 0);
	is({ exitCode: 255 }, 255);
	is({ reason: "signal", signal: 9 }, 137);
	is({ reason: "signal", signal: 64 }, 192);
	is({ reason: "poweroff" }, 0);
	is({ reason: "reboot" }, 133);
	is({ reason: "lost" }, 137);
	is({ outputErrno: ENOSPC }, 125);
	is({ outputErrno: EPIPE }, 125);
	is({ outputErrno: ENOSPC, exitCode: 3 }, 3);
	is({ outputErrno: EPIPE, reason: "signal", signal: 1 }, 129);
});

t.test("what went wrong although the container has ended", async (t) => {
	t.equal(errorOf(EXIT), undefined);
	t.match(errorOf({ ...EXIT, outputErrno: ENOSPC }), {
		message: "standard output: No space left on device",
	});
	t.match(errorOf({ ...EXIT, reason: "lost" }), { message: /^monitor: / });
});

t.test("an error names the option that was typed", async (t) => {
	const error = new PflaskError("/nope: No such file or directory", {
		code: "invalid",
		field: "chroot",
		subject: "/nope",
		errno: 2,
	});
	t.same(reportOf(error, new Map([["chroot", "chroot"]])), {
		code: "invalid",
		operation: null,
		option: "--chroot",
		field: "chroot",
		subject: "/nope",
		errno: "ENOENT",
		message: "--chroot: /nope: No such file or directory",
		hint: null,
		status: 125,
	});
	t.match(reportOf(error, new Map()), { option: null, message: /^\/nope: No such file/ });
});

t.test("an operation names the option of its name", async (t) => {
	const error = new PflaskError("chdir /nope: No such file or directory", {
		code: "setup",
		operation: "chdir",
		subject: "/nope",
		errno: 2,
	});
	t.match(reportOf(error, new Map([["chdir", "chdir"]])), {
		option: "--chdir",
		operation: "chdir",
		field: null,
		message: "--chdir: /nope: No such file or directory",
	});
	t.match(reportOf(error, new Map()), { option: null, message: error.message });
});

t.test("each kind of error has its status", async (t) => {
	const statuses: Record<ErrorCode, number> = {
		invalid: 125,
		privilege: 125,
		setup: 125,
		"not-found": 127,
		"not-executable": 126,
		internal: 125,
	};
	for (const [code, status] of Object.entries(statuses) as [ErrorCode, number][])
		t.match(reportOf(new PflaskError("x", { code }), new Map()), { code, status });
});

t.test("a command has no option", async (t) => {
	const error = new PflaskError("nosuch: command not found", {
		code: "not-found",
		field: "command",
		operation: "exec",
	});
	const report = reportOf(error, new Map());
	t.match(report, { option: null, operation: "exec", status: 127 });
	t.equal(textOf(report), "pflask: nosuch: command not found\n");
});

t.test("text is one line, and one for the hint", async (t) => {
	const error = new UsageError("--a\nb\x1b[2J", "unknown option", "x\ty");
	t.equal(
		textOf(reportOf(error, new Map())),
		"pflask: --a\\x0ab\\x1b[2J: unknown option\nhint: x\\x09y\n",
	);
});

t.test("what nobody expected is an internal error", async (t) => {
	for (const error of [new TypeError("x is undefined"), "x is undefined"])
		t.match(reportOf(error, new Map()), {
			code: "internal",
			message: "internal error: x is undefined",
			hint: null,
			status: 125,
		});
});

t.test("a usage error has a hint", async (t) => {
	const hint = (typed: string, own?: string) =>
		reportOf(new UsageError(typed, "why", own), new Map()).hint;
	t.equal(hint("--chroto"), "--chroot");
	t.equal(hint("--chroto", "own"), "own");
	t.equal(hint("--bogus"), "pflask --help");
	t.equal(hint("-x"), "pflask --help");
});

t.test("suggestions", async (t) => {
	const is = (typed: string, option: string | undefined) => t.equal(suggest(typed), option, typed);
	is("--hostnaem", "--hostname");
	is("--kepenv", "--keepenv");
	is("--no-usrns", "--no-userns");
	is("--dryrun", "--dry-run");
	is("--setevn", "--setenv");
	is("--ty", "--tty");
	is("--x", undefined);
	is("--memory", undefined);
	for (const name of Object.keys(OPTIONS)) is(`--${name}x`, `--${name}`);
});

t.test("distance of two texts", async (t) => {
	const is = (one: string, other: string, wanted: number) => {
		t.equal(distance(one, other), wanted, `${one} ${other}`);
		t.equal(distance(other, one), wanted, `${other} ${one}`);
	};
	is("", "", 0);
	is("", "abc", 3);
	is("kitten", "sitting", 3);
	is("flaw", "lawn", 2);
	is("same", "same", 0);
});
