// SPDX-License-Identifier: BSD-2-Clause
// The text and the JSON of --list are correct, and the JSON follows docs/list.schema.json.
import type { Detached } from "@pflask/attach";
import t from "tap";
import schema from "../../../docs/list.schema.json" with { type: "json" };
import { listJson, listPids, listTable } from "../src/list.ts";
import { faults } from "./schema.ts";

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const WEB: Detached = {
	name: "web",
	monitorPid: 4242,
	leaderPid: 4244,
	uid: 0,
	clients: 1,
	startedUsec: START * 1000,
	command: "/bin/httpd -f",
	root: "/srv/web",
	ports: ["tcp=8080-80", "udp=127.0.0.1/53-53"],
	end: undefined,
};
const SHELL: Detached = {
	name: undefined,
	monitorPid: 77,
	leaderPid: 79,
	uid: 1000,
	clients: 0,
	startedUsec: START * 1000 - 1,
	command: "/bin/sh",
	root: "/",
	ports: [],
	end: undefined,
};
const ENDED: Detached = {
	...WEB,
	leaderPid: undefined,
	end: { endedUsec: (START + 3000) * 1000, reason: "exit", status: 3, text: "exit 3" },
};

/** Returns the name of a user on an imaginary system that has only root. */
function nameOf(uid: number): string | undefined {
	return uid === 0 ? "root" : undefined;
}

t.test("a table", async (t) => {
	t.equal(
		listTable([SHELL, WEB], nameOf, false, START + 3 * SECOND),
		`NAME  USER   PID  LEADER  UPTIME  COMMAND        ROOT      PORTS
-     1000    77      79      3s  /bin/sh        /         -
web   root  4242    4244      3s  /bin/httpd -f  /srv/web  tcp=8080-80 udp=127.0.0.1/53-53
`,
	);
	t.equal(listTable([], nameOf, false), "NAME  USER  PID  LEADER  UPTIME  COMMAND  ROOT  PORTS\n");
});

t.test("a table with containers that have ended", async (t) => {
	t.equal(
		listTable([SHELL, ENDED], nameOf, true, START + HOUR),
		`NAME  USER   PID  LEADER  UPTIME  STATUS   COMMAND        ROOT      PORTS
-     1000    77      79    1h0m  running  /bin/sh        /         -
web   root  4242       -      3s  exit 3   /bin/httpd -f  /srv/web  tcp=8080-80 udp=127.0.0.1/53-53
`,
	);
});

t.test("times", async (t) => {
	const is = (milliseconds: number, text: string) => {
		const line = listTable([WEB], nameOf, false, START + milliseconds).split("\n")[1] ?? "";
		t.equal(line.split(/ +/)[4], text);
	};
	is(-5, "0s");
	is(999, "0s");
	is(59 * SECOND, "59s");
	is(MINUTE, "1m0s");
	is(59 * MINUTE + 59 * SECOND, "59m59s");
	is(HOUR + 2 * MINUTE, "1h2m");
	is(23 * HOUR + 59 * MINUTE, "23h59m");
	is(100 * DAY + 5 * HOUR, "100d5h");
});

t.test("a monitor that does not answer", async (t) => {
	const stopped = { ...WEB, leaderPid: undefined, startedUsec: undefined };
	t.match(listTable([stopped], nameOf, false), /^web +root +4242 +- +- +\/bin/m);
	const object = JSON.parse(listJson([stopped]));
	t.match(object, { containers: [{ leader: null, started: null }] });
	t.same(faults(object, schema), []);
});

t.test("no text moves the cursor", async (t) => {
	const texts = { command: "a\n\u001b[2Jb", root: "/\r\u009b", ports: ["\u001b"] };
	const evil = { ...WEB, name: "w\u202eb\u{e0001}", ...texts };
	t.match(
		listTable([evil], nameOf, false),
		/^NAME[^\n]*\nw\\u202eb\\U000e0001 [^\n]*a\\x0a\\x1b\[2Jb {2}\/\\x0d\\x9b {2}\\x1b\n$/,
	);
	t.match(listJson([evil]), /"w\\u202eb\\udb40\\udc01"[^]*"a\\n\\u001b\[2Jb"[^]*"\/\\r\\u009b"/);
	t.same(JSON.parse(listJson([evil])).containers[0].root, evil.root);
});

t.test("bytes that are not UTF-8 are preserved", async (t) => {
	const odd = { ...WEB, command: "a\udcff\udc80b", root: "/\udcc3" };
	t.match(listJson([odd]), /"command": "a\\udcff\\udc80b",\n\t\t\t"root": "\/\\udcc3"/);
	t.match(listTable([odd], nameOf, false), /\nweb [^\n]*a\\xff\\x80b {2}\/\\xc3 +tcp/);
	t.same(faults(JSON.parse(listJson([odd])), schema), []);
});

t.test("JSON", async (t) => {
	const object: unknown = JSON.parse(listJson([SHELL, WEB, ENDED]));
	t.same(object, {
		version: 1,
		containers: [
			{
				name: null,
				pid: 77,
				leader: 79,
				uid: 1000,
				clients: 0,
				started: "2026-01-02T03:04:04.999Z",
				command: "/bin/sh",
				root: "/",
				ports: [],
				end: null,
			},
			{
				name: "web",
				pid: 4242,
				leader: 4244,
				uid: 0,
				clients: 1,
				started: "2026-01-02T03:04:05.000Z",
				command: "/bin/httpd -f",
				root: "/srv/web",
				ports: ["tcp=8080-80", "udp=127.0.0.1/53-53"],
				end: null,
			},
			{
				name: "web",
				pid: 4242,
				leader: null,
				uid: 0,
				clients: 1,
				started: "2026-01-02T03:04:05.000Z",
				command: "/bin/httpd -f",
				root: "/srv/web",
				ports: ["tcp=8080-80", "udp=127.0.0.1/53-53"],
				end: { time: "2026-01-02T03:04:08.000Z", reason: "exit", status: 3, text: "exit 3" },
			},
		],
	});
	t.same(faults(object, schema), []);
	t.same(faults(JSON.parse(listJson([])), schema), []);
});

t.test("the schema refuses other objects", async (t) => {
	t.not(faults({ version: 2, containers: [] }, schema).length, 0);
	t.not(faults({ version: 1 }, schema).length, 0);
	t.not(faults({ version: 1, containers: [{}] }, schema).length, 0);
	const { containers } = JSON.parse(listJson([WEB]));
	t.not(faults({ version: 1, containers: [{ ...containers[0], more: 1 }] }, schema).length, 0);
	t.not(faults({ version: 1, containers: [{ ...containers[0], pid: 0 }] }, schema).length, 0);
});

t.test("pids", async (t) => {
	t.equal(listPids([SHELL, WEB]), "77\n4242\n");
	t.equal(listPids([]), "");
});
