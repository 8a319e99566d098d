// SPDX-License-Identifier: BSD-2-Clause
// Exit statuses, and errors as users and programs get them.
import { errorsOf, statusOf, UsageError } from "@pflask/command";
import { type ErrorCode, type Exit, PflaskError } from "@pflask/runtime";
import { ENOSPC, EPIPE } from "@pflask/runtime/numbers";
import t from "tap";
import { reportOf } from "../src/report.ts";
import type { Origins } from "../src/spec.ts";

const EXIT: Exit = {
	reason: "exit",
	exitCode: 0,
	signal: 0,
	outputErrno: 0,
	changesErrno: 0,
	keepErrno: 0,
	linkErrno: 0,
	typedSignal: 0,
	link: "",
	network: "",
	changesPath: "",
	keepPath: "",
	wallUsec: 0,
	userUsec: 0,
	systemUsec: 0,
	maxRssKib: 0,
};

t.test("exit statuses", async (t) => {
	const is = (exit: Partial<Exit>, status: number) => {
		const end = { ...EXIT, ...exit };
		t.equal(statusOf(end, errorsOf(end)), status, JSON.stringify(exit));
	};
	is({}, 0);
	is({ exitCode: 255 }, 255);
	is({ reason: "signal", signal: 9 }, 137);
	is({ reason: "signal", signal: 64 }, 192);
	is({ reason: "poweroff" }, 0);
	is({ reason: "reboot" }, 133);
	is({ reason: "lost" }, 137);
	is({ outputErrno: ENOSPC }, 125);
	is({ outputErrno: EPIPE }, 125);
	is({ changesErrno: ENOSPC }, 125);
	is({ linkErrno: ENOSPC }, 125);
	is({ network: "pasta" }, 125);
	is({ network: "pasta", exitCode: 3 }, 3);
	is({ outputErrno: ENOSPC, exitCode: 3 }, 125);
	is({ changesErrno: ENOSPC, exitCode: 3 }, 3);
	is({ outputErrno: EPIPE, reason: "signal", signal: 1 }, 125);
	is({ outputErrno: EPIPE, reason: "lost" }, 137);
});

t.test("errors of a container that has ended", async (t) => {
	t.same(errorsOf(EXIT), []);
	const errorOf = (exit: Partial<Exit>) => errorsOf({ ...EXIT, ...exit })[0];
	t.match(errorOf({ outputErrno: ENOSPC }), {
		message: "standard output: No space left on device",
	});
	t.match(errorOf({ linkErrno: ENOSPC, link: "p0", changesErrno: EPIPE }), {
		message: "p0: cannot give the interface back under this name: No space left on device",
		field: "netif",
		hint: "ip link",
	});
	t.match(errorOf({ network: "pasta" }), {
		message: "pasta: ended before the container",
		field: "netif",
	});
	t.match(errorOf({ reason: "lost", changesErrno: EPIPE }), { message: /^the monitor was killed/ });
	const messagesOf = (exit: Partial<Exit>) => {
		const origins = new Map([
			["changes", "changes"],
			["keep", "keep"],
		] as const);
		return errorsOf({ ...EXIT, ...exit }).map((error) => reportOf(error, origins).message);
	};
	const why = "No space left on device";
	const changes = { changesErrno: ENOSPC, changesPath: "/a b" };
	const keep = { keepErrno: ENOSPC, keepPath: "/a" };
	t.same(messagesOf(changes), [`--changes: cannot list '/a b': ${why}`]);
	t.same(messagesOf({ changesErrno: ENOSPC }), [`--changes: cannot list the changes: ${why}`]);
	t.same(messagesOf(keep), [`--keep: cannot copy '/a': ${why}`]);
	t.same(messagesOf({ ...changes, ...keep }), [...messagesOf(changes), ...messagesOf(keep)]);
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

t.test("a field in braces becomes its option", async (t) => {
	const hintOf = (hint: string, origins: Origins = new Map()) =>
		reportOf(new PflaskError("a: b", { code: "invalid", hint }), origins).hint;
	t.equal(hintOf("{list}"), "pflask --list");
	t.equal(hintOf("{exec=NAME} -- true"), "pflask --exec=NAME -- true");
	t.equal(
		hintOf("sudo {program} {chroot=/a b} {userMap=auto} ..."),
		"sudo pflask --chroot=/a b --user-map=auto ...",
	);
	for (const kind of ["user", "mount", "net", "ipc", "uts", "pid"])
		t.equal(hintOf(`{${kind}ns=no}`), `--no-${kind}ns`);
	t.equal(hintOf("{chdir=/}: x"), "--chdir=/: x");
	t.equal(hintOf("{terminal=yes}"), "--tty=always");
	t.equal(
		hintOf("{bindProc=yes}, {bindProc=no}, {unmaskProc=yes}"),
		"--proc=bind, --proc=new, --proc=unmasked",
	);
	t.equal(hintOf("{ephemeral=yes} {changes=1}"), "--ephemeral --changes");
	t.equal(hintOf("{ephemeralDir=DIR}, {changes=2}"), "--ephemeral=DIR, --changes=2");
	t.equal(hintOf("{netif=pasta:tcp=1-2}; {mount=tmp:/a}"), "--netif=pasta:tcp=1-2; --mount=tmp:/a");
	t.equal(
		hintOf("{setenv=NAME=VALUE} {setenv} {keepenv=no}"),
		"--setenv=NAME=VALUE --setenv --clearenv",
	);
	t.equal(hintOf("{keepenv}"), "--keepenv");
	t.equal(hintOf("{keepenv}", new Map([["keepenv", "clearenv"]])), "--clearenv");
	t.equal(hintOf("{killAfter}", new Map([["killAfter", "kill-after"]])), "--kill-after");
	t.equal(hintOf("{nonesuch} {nonesuch=1} {chdir=}"), "{nonesuch} {nonesuch=1} --chdir=");
	const message = "{chdir=/}: only {mount=overlay}";
	t.equal(
		reportOf(new PflaskError(message, { code: "invalid" }), new Map()).message,
		"{chdir=/}: only --mount=overlay",
	);
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

t.test("an error of the command names no option", async (t) => {
	const error = new PflaskError("nosuch: command not found", {
		code: "not-found",
		field: "command",
		operation: "exec",
	});
	const report = reportOf(error, new Map());
	t.match(report, { option: null, operation: "exec", status: 127 });
	t.match(report, { message: "nosuch: command not found", hint: null });
});

t.test("a report is one line", async (t) => {
	t.match(reportOf(new UsageError("--a\nb\x1b[2J", "unknown option", "x\ty"), new Map()), {
		option: "--a\\x0ab\\x1b[2J",
		message: "--a\\x0ab\\x1b[2J: unknown option",
		hint: "x\\x09y",
	});
});

t.test("an unexpected error is an internal error", async (t) => {
	for (const error of [new TypeError("x is undefined"), "x is undefined"])
		t.match(reportOf(error, new Map()), {
			code: "internal",
			message: "internal error: x is undefined",
			hint: null,
			status: 125,
		});
});

t.test("a usage error has a hint", async (t) => {
	const hint = (own?: string) => reportOf(new UsageError("--x", "why", own), new Map()).hint;
	t.equal(hint("own"), "own");
	t.equal(hint(), "pflask --help");
});
