// SPDX-License-Identifier: BSD-2-Clause
// Users and programs get the expected errors.
import t from "tap";
import { reported } from "./reports.ts";

t.test("an error names the option that was typed", async (t) => {
	const { said, events } = reported(
		t.testdir(),
		`
		const details = { code: "invalid", field: "chroot", subject: "/n\\udcff", errno: 2 };
		const error = new PflaskError("/n\\udcff: No such file or directory", details);
		report({ ...to, typed: typedWords(new Map([["chroot", "chroot"]])) }, error);
		report(to, error);
		`,
	);
	t.same(said.split("\n"), [
		"pflask: --chroot: /n\\xff: No such file or directory",
		"pflask: /n\\xff: No such file or directory",
		"",
	]);
	t.same(events[0], {
		version: 1,
		event: "error",
		code: "invalid",
		operation: null,
		option: "--chroot",
		field: "chroot",
		subject: "/n\ufffd",
		errno: "ENOENT",
		message: "--chroot: /n\\xff: No such file or directory",
		hint: null,
		status: 125,
	});
	t.match(events[1], { option: null, message: /^\/n\\xff: No such file/ });
});

/** Texts of libpflask, each with the words of the command line. */
const WORDED: readonly (readonly [text: string, words: string])[] = [
	["{list}", "pflask --list"],
	["{exec=NAME} -- true", "pflask --exec=NAME -- true"],
	[
		"sudo {program} {chroot=/a b} {userMap=auto} ...",
		"sudo pflask --chroot=/a b --user-map=auto ...",
	],
	["{userns=no} {mountns=no} {netns=no}", "--no-userns --no-mountns --no-netns"],
	["{ipcns=no} {utsns=no} {pidns=no}", "--no-ipcns --no-utsns --no-pidns"],
	["{chdir=/}: x", "--chdir=/: x"],
	["{terminal=yes} {netns=yes}", "--tty=always --netif"],
	["{bindProc=yes}, {bindProc=no}, {unmaskProc=yes}", "--proc=bind, --proc=new, --proc=unmasked"],
	["{ephemeral=yes} {changes=2}", "--ephemeral --changes"],
	["{ephemeralDir=DIR}, {changes=1}", "--ephemeral=DIR, --changes=1"],
	["{netif=pasta:tcp=1-2}; {mount=tmp:/a}", "--netif=pasta:tcp=1-2; --mount=tmp:/a"],
	["{setenv=NAME=VALUE} {setenv} {keepenv=no}", "--setenv=NAME=VALUE --setenv --clearenv"],
	["{keepenv} {killAfter}", "--keepenv --kill-after"],
	["{nonesuch} {nonesuch=1} {chdir=}", "{nonesuch} {nonesuch=1} --chdir="],
];

t.test("an error has the words of the command line", async (t) => {
	const { events } = reported(
		t.testdir(),
		`
		for (const [hint] of ${JSON.stringify(WORDED)})
			report(to, new PflaskError("{chdir=/}: only {mount=overlay}", { code: "invalid", hint }));
		const typed = typedWords(new Map([["keepenv", "clearenv"]]));
		report({ ...to, typed }, new PflaskError("{keepenv}", { code: "invalid" }));
		`,
	);
	t.same(events.at(-1)?.message, "--clearenv");
	for (const [at, [text, words]] of WORDED.entries()) t.equal(events[at]?.hint, words, text);
	t.equal(events[0]?.message, "{chdir=/}: only --mount=overlay");
});

t.test("mistakes on the command line", async (t) => {
	const { said, events } = reported(
		t.testdir(),
		`
		report(to, new UsageError("--a\\nb\\udcff", "unknown option", "x\\ty"));
		report(to, new UsageError("--x", "why"));
		`,
	);
	t.equal(
		said,
		[
			"pflask: --a\\x0ab\\xff: unknown option\nhint: x\\x09y\n",
			"pflask: --x: why\nhint: pflask --help\n",
		].join(""),
	);
	t.match(events[0], { code: "invalid", option: "--a\\x0ab\\xff", errno: null, status: 125 });
});

t.test("an unexpected error is an internal error", async (t) => {
	const { events } = reported(
		t.testdir(),
		`for (const error of [new TypeError("x is undefined"), "x is undefined"]) report(to, error);`,
	);
	t.equal(events.length, 2);
	for (const event of events)
		t.match(event, {
			code: "internal",
			message: "internal error: x is undefined",
			hint: null,
			status: 125,
		});
});

t.test("an error is reported without libpflask, too", async (t) => {
	const program = `
		process.env.PFLASK_LIB = "/no/such/library";
		report(to, new UsageError("--a\\nb", "why", "c"));
		report(to, new PflaskError("a: b", { code: "setup", operation: "o", field: "f", errno: 2 }));
		report(to, new TypeError("x"));
	`;
	const { said, events } = reported(t.testdir(), program);
	t.equal(said, "pflask: --a\\x0ab: why\nhint: c\npflask: a: b\npflask: internal error: x\n");
	const others = { version: 1, event: "error", subject: null, status: 125 };
	const none = { operation: null, field: null, errno: null, hint: null };
	t.same(events, [
		{
			...{ ...others, ...none, code: "invalid", option: "--a\\x0ab" },
			...{ message: "--a\\x0ab: why", hint: "c" },
		},
		{
			...{ ...others, code: "setup", operation: "o", option: null, field: "f" },
			...{ errno: "ENOENT", message: "a: b", hint: null },
		},
		{ ...others, ...none, code: "internal", option: null, message: "internal error: x" },
	]);
});
