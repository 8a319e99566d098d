// SPDX-License-Identifier: BSD-2-Clause
// --register and --machine, with a machined that listens for Varlink.
import { chownSync, mkdirSync } from "node:fs";
import { account, as } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import {
	accept,
	during,
	installService,
	listen,
	socketsOf,
	startBus,
	startMachined,
	withMachined,
} from "../../lib/machined.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-varlink");

/** Returns a reply of Varlink that reports an error. */
function error(name: string): string {
	return `{"error":"${name}","parameters":{"parameter":"x"}}\0`;
}

live("the request has the facts of the container, and asks for a scope", async (t, box) => {
	const via = withMachined(box);
	const varlink = listen(socketsOf(box).varlink, accept);
	await during([varlink], async () => {
		const root = `${box.dir}/a "b" é\\`;
		await sh(["cp", "-a", tinyRoot(box), root]);
		const words = [`--chroot=${root}`, "--machine=web", "--netif=veth:pf-varlink:in"];
		const { status, err } = await box.run(["--register=yes", ...words, "--", "/bin/probe", "ids"], {
			via,
		});
		t.same([status, err], [0, ""]);
		const { method, parameters } = JSON.parse(varlink.calls[0] ?? "");
		t.equal(method, "io.systemd.Machine.Register");
		const { leader, ifIndices, ...rest } = parameters;
		t.same(rest, {
			name: "web",
			service: "pflask",
			class: "container",
			allocateUnit: true,
			rootDirectory: root,
		});
		t.ok(leader > 1 && Number.isInteger(leader));
		t.ok(ifIndices.length === 1 && ifIndices[0] > 1);
	});
});

live("auto registers, too; a root that is not UTF-8 is left out", async (t, box) => {
	const via = withMachined(box);
	const varlink = listen(socketsOf(box).varlink, accept);
	await during([varlink], async () => {
		tinyRoot(box);
		const words = `--chroot="$(printf 'r\\377')" -- /bin/probe ids`;
		const made = `cd "$1"; mv root "$(printf 'r\\377')"; shift; exec "$@" ${words}`;
		const odd = await box.run([], { via: [...via, "sh", "-ceu", made, "sh", box.dir] });
		t.same([odd.status, odd.err], [0, ""]);
		t.equal(JSON.parse(varlink.calls[0] ?? "").parameters.rootDirectory, undefined);
	});
});

const SAY_PID = "echo pid $$; read x";

live("the command runs in the scope", async (t, box) => {
	const via = withMachined(box);
	const varlink = listen(socketsOf(box).varlink, (request) => {
		setTimeout(() => accept(request), 30); // machined, too, replies before it makes the scope
		return '{"parameters":{}}\0';
	});
	await during([varlink], async () => {
		const running = box.start(
			["--register=yes", "--no-pidns", "--", "sh", "-c", `cat /proc/self/cgroup; ${SAY_PID}`],
			{ via, stdin: "pipe" },
		);
		await running.until(/^pid \d+\n/m);
		const { leader } = JSON.parse(varlink.calls[0] ?? "").parameters;
		const place = async (pid: string) => await sh(["cat", `/proc/${pid}/cgroup`]);
		const [, pid = ""] = running.out.match(/^pid (\d+)$/m) ?? [];
		t.equal(await place(pid), await place(leader));
		t.notMatch(running.out, "/..", "the scope is the root of the container's cgroups");
		t.not(await place(leader), await place("self"));
		await running.closeStdin();
		t.match(await running.ended, { status: 1, err: "" });
	});
});

/**
 * Runs a command with the default of --register, and with --register=yes. Returns the status and
 * the errors of each run.
 */
async function both(box: Box, via: string[]): Promise<[auto: string, needed: string]> {
	const auto = await box.run(["--", "true"], { via });
	const needed = await box.run(["--register=yes", "--", "true"], { via });
	return [`${auto.status} ${auto.err}`, `${needed.status} ${needed.err}`];
}

live("a refusal is an error of --register=yes, and nothing else", async (t, box) => {
	const via = withMachined(box);
	const refusals: [reply: string, needed: RegExp][] = [
		[error("io.systemd.Machine.MachineExists"), /Machine\.MachineExists\nhint: machinectl list: /],
		[error("org.varlink.service.PermissionDenied"), /PermissionDenied\nhint: sudo pflask /],
		[error("io.systemd.System"), /: io\.systemd\.System\n$/],
		['{"error" : "a.b", "parameters":{}}\0', /: a\.b\n$/],
		[error("\u001b[31mx\n"), /: \?\[31mx\?\n$/],
		[error("x".repeat(3000)), /: x{255}\n$/],
		["\0", /Bad message/],
		["hello\0", /Bad message/],
		["x".repeat(5000), /Message too long/],
		["", /Connection reset by peer/],
	];
	for (const [reply, wanted] of refusals) {
		const server = listen(socketsOf(box).varlink, () => reply);
		await during([server], async () => {
			const [auto, needed] = await both(box, via);
			t.equal(auto, "0 ", JSON.stringify(reply.slice(0, 40)));
			t.match(needed, /^125 pflask: --register: cannot register with systemd-machined: /);
			t.match(needed, wanted);
		});
	}
});

live("a machined that does not answer, or makes no scope, delays auto", async (t, box) => {
	const via = withMachined(box);
	for (const reply of [null, "{", '{"parameters":{}}\0']) {
		const varlink = listen(socketsOf(box).varlink, () => reply);
		await during([varlink], async () => {
			const auto = await box.run(["--", "true"], { via });
			t.same([auto.status, auto.err, varlink.calls.length], [0, "", 1]);
			const needed = box.start(["--register=yes", "--", "true"], { via });
			await until("the request", () => varlink.calls.length === 2);
			needed.kill("SIGTERM");
			t.match(await needed.ended, { signal: "SIGTERM", err: "" });
		});
	}
});

live("the bus is asked if Varlink cannot make a scope, or say the kill signal", async (t, box) => {
	const via = withMachined(box);
	installService(box);
	const { varlink } = socketsOf(box);
	await during([await startBus(box)], async () => {
		const machined = await startMachined(box, "take");
		await during([machined], async () => {
			const old = listen(varlink, () => error("org.varlink.service.InvalidParameter"));
			await during([old], async () => {
				t.same(await both(box, via), ["0 ", "0 "]);
				t.same([old.calls.length, machined.calls.length], [2, 2]);
				const { status, err } = await box.run(["--kill-signal=USR1", "--", "true"], { via });
				t.same([status, err, old.calls.length], [0, "", 2]);
				t.match(machined.calls[2], /KillSignal=10$/);
			});
			await sh([...via, "test", "!", "-e", "/run/systemd/machine/io.systemd.Machine"]);
			t.same(await both(box, via), ["0 ", "0 "], "without the socket");
			const stale = Bun.listen({ unix: `${varlink}-stale`, socket: { data() {} } });
			await sh(["mv", `${varlink}-stale`, varlink]);
			stale.stop(true);
			t.same(await both(box, via), ["0 ", "0 "], "with a socket that no process listens on");
			t.equal(machined.calls.length, 7);
		});
	});
});

live("an ordinary user registers with the user's own machined", async (t, box) => {
	const via = withMachined(box);
	const run = `${box.dir}/user`;
	mkdirSync(run);
	chownSync(run, user.uid, user.gid);
	const env = { ...user.env, XDG_RUNTIME_DIR: run };
	const own = listen(`${run}/systemd/machine/io.systemd.Machine`, accept);
	const system = listen(socketsOf(box).varlink, () =>
		error("org.varlink.service.PermissionDenied"),
	);
	await during([own, system], async () => {
		const auto = await as(user, box).run(["--", "true"], { via, env });
		t.same([auto.status, auto.err], [0, ""]);
		const needed = await as(user, box).run(["--register=yes", "--", "true"], { via, env });
		t.same([needed.status, needed.err], [0, ""]);
		t.same([own.calls.length, system.calls.length], [2, 0]);
		const without = await as(user, box).run(["--register=yes", "--", "true"], { via });
		t.equal(without.status, 125);
		t.match(without.err, /PermissionDenied\nhint: sudo pflask /);
		t.equal(system.calls.length, 1);
	});
});
