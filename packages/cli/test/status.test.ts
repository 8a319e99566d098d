// SPDX-License-Identifier: BSD-2-Clause
// --status-fd accepts the right descriptors, and its lines follow the schema.
import { closeSync, openSync } from "node:fs";
import t from "tap";
import schema from "../../../docs/status-fd.schema.json" with { type: "json" };
import { statusFdOf } from "../src/status.ts";
import { reported } from "./reports.ts";
import { faults } from "./schema.ts";

const EXITED = {
	version: 1,
	event: "exited",
	reason: "exit",
	status: 7,
	exitCode: 7,
	usage: { wallUsec: 1, userUsec: 0, systemUsec: 0, maxRssKib: 2 },
};

t.test("ends of containers", async (t) => {
	const { events } = reported(
		t.testdir(),
		`
		function end(members) {
			const struct = new Int32Array(EXIT.size / 4);
			for (const [name, value] of Object.entries({ wall_usec: 1, max_rss_kib: 2, ...members }))
				struct[EXIT[name] / 4] = value;
			return decodeExit(struct);
		}
		const A = "a".charCodeAt(0);
		for (const members of [
			{ reason: 1, code: 7 },
			{ reason: 2, signal: 9, output_errno: 28 },
			{ reason: 1, changes_errno: 28, changes_path: A, keep_errno: 28, keep_path: A },
			{ reason: 1, link_errno: 28, link: A, network: A },
			{ reason: 3 },
			{ reason: 4 },
			{ reason: 5 },
		])
			reportExit(to, end(members), 0);
		`,
	);
	t.equal(events.length, 7);
	t.same(events[0], EXITED);
	t.match(events[1], { signal: "SIGKILL", outputErrno: "ENOSPC", status: 125 });
	t.match(events[2], { changesErrno: "ENOSPC", changesPath: "a", keepErrno: "ENOSPC" });
	t.match(events[3], { linkErrno: "ENOSPC", link: "a", network: "a", status: 125 });
	for (const event of events) t.same(faults(event, schema), []);
});

t.test("errors", async (t) => {
	const { events } = reported(
		t.testdir(),
		`
		for (const error of [
			new UsageError("--bogus", "unknown option"),
			new PflaskError("x: y", { code: "not-found", field: "command", operation: "exec", errno: 2 }),
			new TypeError("x"),
		])
			report(to, error);
		`,
	);
	t.match(events[0], { event: "error", code: "invalid", option: "--bogus", status: 125 });
	t.match(events[1], { code: "not-found", field: "command", errno: "ENOENT", status: 127 });
	t.match(events[2], { code: "internal", message: "internal error: x" });
	for (const event of events) t.same(faults(event, schema), []);
});

t.test("the schema refuses other lines", async (t) => {
	t.same(faults(EXITED, schema), []);
	t.not(faults({ ...EXITED, status: 300 }, schema).length, 0);
	t.not(faults({ ...EXITED, more: 1 }, schema).length, 0);
	t.not(faults({ ...EXITED, version: 2 }, schema).length, 0);
	t.not(faults({ ...EXITED, usage: {} }, schema).length, 0);
});

t.test("refused descriptors", async (t) => {
	const refuses = (text: string, message: string) =>
		t.rejects(statusFdOf(text), { name: "UsageError", message: `--status-fd: ${message}` });
	for (const text of ["", "x", "-1", "+3", "3x", " 3", "1e1", "0x3", "99999999999"])
		await refuses(text, `'${text}': not a file descriptor`);
	await refuses("999", "999: not open for writing");
	const readable = openSync("/dev/null", "r");
	await refuses(`${readable}`, `${readable}: not open for writing`);
	closeSync(readable);
});
