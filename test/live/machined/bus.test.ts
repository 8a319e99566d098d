// SPDX-License-Identifier: BSD-2-Clause
// --register and --machine, with a machined on a private system bus.
import { readFileSync } from "node:fs";
import { account, as } from "../../lib/account.ts";
import { detach, finish, nameIn } from "../../lib/detached.ts";
import { compile } from "../../lib/library.ts";
import { type Box, live } from "../../lib/live.ts";
import {
	during,
	installService,
	listen,
	type Machined,
	socketsOf,
	startBus,
	startMachined,
	withMachined,
} from "../../lib/machined.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

const DENIED = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired";

const user = await account("pft-machined");

/**
 * Runs a function while a bus and the stand-in for machined run. The words select the answer of the
 * stand-in.
 */
async function withBus<T>(
	box: Box,
	words: readonly string[],
	body: (machined: Machined, via: string[]) => Promise<T>,
): Promise<T> {
	const via = withMachined(box);
	installService(box);
	const bus = await startBus(box);
	return await during([bus], async () => {
		const machined = await startMachined(box, ...words);
		return await during([machined], () => body(machined, via));
	});
}

live("without sockets, a start looks for two files, and connects to nothing", async (t, box) => {
	const log = `${box.dir}/calls`;
	const calls = ["strace", "-f", "-o", log, "-e", "trace=connect,access,faccessat,faccessat2"];
	const { status, err } = await box.run(["--", "true"], { via: [...withMachined(box), ...calls] });
	t.same([status, err], [0, ""]);
	const lines = readFileSync(log, "utf8").split("\n");
	const paths = lines.flatMap((line) => line.match(/"(\/[^"]*(?:machine|dbus)[^"]*)"/)?.[1] ?? []);
	t.same(paths, ["/run/systemd/machine/io.systemd.Machine", "/run/dbus/system_bus_socket"]);
	t.notMatch(lines.join("\n"), "connect(");
});

live("machined gets the facts of a container before its command runs", async (t, box) => {
	await withBus(box, ["take"], async ({ calls }, via) => {
		const root = tinyRoot(box);
		const lines: [words: string[], call: RegExp][] = [
			[[], /^(pflask|pf-init) \d+ pflask-\d+ 0 pflask container ''$/],
			[
				["--register=yes", "--no-mountns"],
				/^(pflask|pf-init) \d+ pflask-\d+ 0 pflask container ''$/,
			],
			[["--user-map=0:100000:65536"], /^(pflask|pf-init) \d+ pflask-\d+ 0 pflask container ''$/],
			[["--no-pidns", "--machine=a.b-2"], /^(pflask|pf-init) \d+ a\.b-2 0 pflask container ''$/],
			[
				["--kill-signal=USR1"],
				/^(pflask|pf-init) \d+ pflask-\d+ 0 pflask container '' KillSignal=10$/,
			],
			[
				[`--chroot=${root}`],
				new RegExp(`^(pflask|pf-init) \\d+ pflask-\\d+ 0 pflask container '${root}'$`),
			],
			[
				["--netif=veth:pf-machined:in"],
				/^(pflask|pf-init) \d+ pflask-\d+ 0 pflask container '' \d+$/,
			],
		];
		for (const [words, call] of lines) {
			const command = words[0]?.startsWith("--chroot") ? ["/bin/probe", "ids"] : ["true"];
			const { status, err } = await box.run([...words, "--", ...command], { via });
			t.same([status, err], [0, ""], words.join(" "));
			t.match(calls.at(-1), call);
		}
		t.equal(calls.length, lines.length);
		const none = await box.run(["--register=no", "--", "true"], { via });
		t.same([none.status, none.err, calls.length], [0, "", lines.length]);
	});
});

live("the leader is init, and the pid in the name is the monitor's", async (t, box) => {
	await withBus(box, ["take"], async ({ calls }, via) => {
		const status = await box.run(["--status-fd=1", "--", "true"], { via });
		const { monitor, init } = JSON.parse(status.out.split("\n")[0] ?? "").pid;
		t.match(calls[0], new RegExp(` ${init} pflask-${monitor} 0 pflask container ''$`));
	});
});

live("a detached container has its own name, if machined takes it", async (t, box) => {
	await withBus(box, ["take"], async ({ calls }, via) => {
		const name = nameIn(box, "web");
		const first = await detach(box, [`--name=${name}`, "--", "sleep", "1000"], { via });
		const other = await detach(box, [`--name=${nameIn(box, "a_b")}`, "--", "sleep", "1000"], {
			via,
		});
		const third = await detach(box, ["--", "sleep", "1000"], { via });
		t.same(
			calls.map((call) => call.split(" ")[2]),
			[name, `pflask-${other}`, `pflask-${third}`],
		);
		for (const pid of [first, other, third])
			await finish(box, pid, { via: ["nsenter", "--mount", `--target=${pid}`] });
	});
});

live("two containers that start at once are two machines", async (t, box) => {
	await withBus(box, ["take"], async ({ calls }, via) => {
		const both = [box.run(["--", "true"], { via }), box.run(["--", "true"], { via })];
		for (const { status, err } of await Promise.all(both)) t.same([status, err], [0, ""]);
		t.equal(new Set(calls).size, 2);
	});
});

live("a refusal is an error of --register=yes, and nothing else", async (t, box) => {
	const refusals: [words: string[], err: RegExp][] = [
		[
			["refuse", "org.freedesktop.machine1.MachineExists", "Machine 'web' already exists"],
			/^pflask: --machine: web: .*: Machine 'web' already exists\nhint: machinectl list: /,
		],
		[
			["refuse", DENIED, "Interactive authentication required."],
			/^pflask: --register: .*: Interactive authentication required\.\nhint: sudo pflask /,
		],
		[
			["refuse", "org.example.Odd", "\u001b[31mred\nline"],
			/^pflask: --register: .*systemd-machined: \?\[31mred\?line\n$/,
		],
		[["refuse", "org.example.Long", "x".repeat(5000)], /: x{255}\n$/],
		[["refuse", "org.example.Long", "x".repeat(10_000)], /: Message too long\n$/],
	];
	for (const [words, wanted] of refusals)
		await withBus(box, words, async ({ calls }, via) => {
			const needed = await box.run(["--register=yes", "--machine=web", "--", "true"], { via });
			t.equal(needed.status, 125);
			t.match(needed.err, wanted);
			const auto = await box.run(["--machine=web", "--", "true"], { via });
			t.same([auto.status, auto.err], [0, ""], "auto");
			t.equal(calls.length, 2);
		});
});

live("without machined on the bus", async (t, box) => {
	const via = withMachined(box);
	await during([await startBus(box)], async () => {
		const needed = await box.run(["--register=yes", "--", "true"], { via });
		t.equal(needed.status, 125);
		t.match(needed.err, /^pflask: --register: .*was not provided by any \.service files\nhint: /);
		const auto = await box.run(["--", "true"], { via });
		t.same([auto.status, auto.err], [0, ""], "auto");
	});
});

live("a machined that does not answer delays auto, and a signal ends the wait", async (t, box) => {
	await withBus(box, ["silent"], async ({ calls }, via) => {
		const auto = await box.run(["--", "true"], { via });
		t.same([auto.status, auto.err, calls.length], [0, "", 1]);
		const needed = box.start(["--register=yes", "--", "true"], { via });
		await until("the call", () => calls.length === 2);
		needed.kill("SIGTERM");
		t.match(await needed.ended, { signal: "SIGTERM", err: "" });
		const killed = box.start(["--register=yes", "--", "sleep", "1000"], { via });
		await until("the call", () => calls.length === 3);
		killed.kill("SIGKILL");
		t.match(await killed.ended, { signal: "SIGKILL" }, "all processes have closed the output");
	});
});

live("a program with an event loop does not wait for machined", async (t, box) => {
	const program = await compile("step.c", "shared");
	await withBus(box, ["silent"], async (_, via) => {
		const fields = ["registered=yes", "command=sleep", "command=1000"];
		const killed = await box.run(["4", "kill", ...fields], { program, via, bound: 20_000 });
		t.equal(killed.out.match(/^failed /gm)?.length, 4, `${killed.out}${killed.err}`);
		t.notMatch(killed.out, "timed out", "no time limit has passed");
		const closed = await box.run(["4", "close", ...fields], { program, via, bound: 20_000 });
		t.match(closed.out, /^children 0$/m, closed.err);
	});
	await withBus(box, ["take"], async (_, via) => {
		const fields = ["registered=yes", `command=${PROBE}`, "command=exit", "command=7"];
		const { out, err } = await box.run(["8", "none", ...fields], { program, via });
		t.equal(out.match(/^ended \d reason 1 code 7 /gm)?.length, 8, `${out}${err}`);
	});
});

live("a forked child that closes its handle does not end the container", async (t, box) => {
	const program = await compile("step.c", "shared");
	await withBus(box, ["take"], async (_, via) => {
		const fields = ["registered=yes", `command=${PROBE}`, "command=exit", "command=7"];
		const { out, err } = await box.run(["2", "fork-later", ...fields], { program, via });
		t.equal(out.match(/^ended \d reason 1 code 7 /gm)?.length, 2, `${out}${err}`);
	});
});

/** Returns the bytes of a number in a message. */
function number(value: number): string {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes.toString("latin1");
}

/** Returns a message of the bus. The sizes in the message may be false. */
function message(
	type: number,
	fields: string,
	sizes: Partial<Record<"fields" | "body", number>> = {},
) {
	const start = `l${String.fromCharCode(type)}\0\x01${number(sizes.body ?? 0)}${number(9)}`;
	const padding = "\0".repeat((8 - (fields.length % 8)) % 8);
	return `${start}${number(sizes.fields ?? fields.length)}${fields}${padding}`;
}

const SERIAL = `\x05\x01u\0${number(2)}`;

/** Bytes that a hostile bus sends in place of a reply, and the reason that pflask reports. */
const HOSTILE: readonly [bytes: string, why: RegExp][] = [
	["", /reset/],
	["x".repeat(100_000), /too long/],
	["REJECTED EXTERNAL\r\n", /not permitted/],
	["close:OK 1\r\n", /reset/],
	["close:DATA\r\nOK 1\r\nl\x02", /reset/],
	["OK 1\r\nhello, this is no message of a bus", /Bad message/],
	[`OK 1\r\n${message(2, SERIAL, { body: 0xffffffff })}`, /too long/],
	[`OK 1\r\n${message(2, SERIAL, { fields: 0xffffffff })}`, /too long/],
	[`OK 1\r\n${message(2, SERIAL, { fields: 0xfffffff8, body: 16 })}`, /too long/],
	[`OK 1\r\n${message(2, "\x05\x01u")}`, /Bad message/],
	[`OK 1\r\n${message(2, "\x05\x02uu")}`, /Bad message/],
	[`OK 1\r\n${message(3, SERIAL)}`, /Bad message/],
	[`OK 1\r\n${message(3, `\x04\x01s\0${number(0xffffffff)}x`)}`, /Bad message/],
	[`OK 1\r\n${message(3, `\x04\x01s\0${number(0xfffffffb)}${"x".repeat(300)}`)}`, /Bad message/],
	[`OK 1\r\n${message(3, `\x04\x01s\0${number(3)}a.b`)}`, /Bad message/],
	[`OK 1\r\n${message(3, `\x04\x01s\0${number(3)}a.b\0`)}`, /: a\.b\n/],
];

live("a bus that is no bus", async (t, box) => {
	const via = withMachined(box);
	installService(box);
	for (const [bytes, why] of HOSTILE)
		await during([listen(socketsOf(box).bus, () => bytes, "")], async () => {
			const auto = await box.run(["--", "true"], { via });
			t.same([auto.status, auto.err], [0, ""], JSON.stringify(bytes.slice(0, 60)));
			const needed = await box.run(["--register=yes", "--", "true"], { via });
			t.equal(needed.status, 125);
			t.match(needed.err, /^pflask: --register: cannot register with systemd-machined: /);
			t.match(needed.err, why);
		});
});

live("messages for others do not matter", async (t, box) => {
	const via = withMachined(box);
	installService(box);
	const others = [message(4, "\x08\x01g\0\x01s\0"), message(2, `\x05\x01u\0${number(1)}`)];
	const reply = `DATA\r\nOK 1\r\n${others.join("")}${message(2, SERIAL)}`;
	await during([listen(socketsOf(box).bus, () => reply, "")], async () => {
		const needed = await box.run(["--register=yes", "--", "true"], { via });
		t.same([needed.status, needed.err], [0, ""]);
	});
});

live("an ordinary user asks the system's machined only with --register=yes", async (t, box) => {
	await withBus(box, ["refuse", DENIED, "No."], async ({ calls }, via) => {
		const auto = await as(user, box).run(["--", "true"], { via });
		t.same([auto.status, auto.err, calls.length], [0, "", 0]);
		const needed = await as(user, box).run(["--register=yes", "--", "true"], { via });
		t.equal(needed.status, 125);
		t.match(needed.err, /^pflask: --register: .*: No\.\nhint: sudo pflask /);
		t.equal(calls.length, 1);
	});
});

live("a pflask in another pid namespace does not register", async (t, box) => {
	await withBus(box, ["take"], async ({ calls }, via) => {
		const inside = [...via, "unshare", "--pid", "--fork", "--mount-proc"];
		const auto = await box.run(["--", "true"], { via: inside });
		t.same([auto.status, auto.err], [0, ""]);
		const needed = await box.run(["--register=yes", "--", "true"], { via: inside });
		t.equal(needed.status, 125);
		t.match(needed.err, /: machined is in another pid namespace\nhint: /);
		t.same(calls, []);
	});
});

live("a start that fails after the registration", async (t, box) => {
	await withBus(box, ["take"], async ({ calls }, via) => {
		const gone = await box.run(["--register=yes", "--", "/no/such/command"], { via });
		t.equal(gone.status, 127);
		t.equal(calls.length, 1);
	});
});
