// SPDX-License-Identifier: BSD-2-Clause
// Stand-ins for systemd-machined, on a private system bus and as a server of Varlink. The sockets
// are in a directory that a test mounts on /run.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import t from "tap";
import { moveToScope } from "./cgroups.ts";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { BUILD, TREE } from "./paths.ts";
import { inMounts } from "./private.ts";
import { until } from "./until.ts";

/** The directory that the bus searches for services that it can start. */
const SERVICES = "/usr/share/dbus-1/system-services";

/** A stand-in for machined, or a bus. */
export interface Machined {
	/** The calls that the stand-in has received, in their order. */
	readonly calls: readonly string[];
	close(): Promise<void>;
}

/**
 * Returns a command prefix that runs a command with the box's /run. This /run has only the sockets
 * of the stand-ins.
 */
export function withMachined(box: Box): string[] {
	for (const path of ["run", "services"]) mkdirSync(`${box.dir}/${path}`, { recursive: true });
	return inMounts(`mount --bind ${box.dir}/run /run\nmount --bind ${box.dir}/services ${SERVICES}`);
}

/** Makes the service file of machined, so that the bus can start machined. */
export function installService(box: Box): void {
	mkdirSync(`${box.dir}/services`, { recursive: true });
	writeFileSync(`${box.dir}/services/org.freedesktop.machine1.service`, "");
}

/**
 * Listens at the path of a socket. A request ends with `end`. `answer` gets the request, and
 * returns the reply. For the reply "", the server closes the connection. For null, the server never
 * answers. For "close:TEXT", the server sends TEXT, and closes the connection.
 */
export function listen(
	path: string,
	answer: (request: string) => string | null,
	end = "\0",
): Machined {
	const calls: string[] = [];
	mkdirSync(dirname(path), { recursive: true });
	const server = Bun.listen<{ text: string }>({
		unix: path,
		socket: {
			open(socket) {
				socket.data = { text: "" };
			},
			data(socket, bytes) {
				socket.data.text += bytes.toString();
				if (!socket.data.text.endsWith(end)) return;
				const request = socket.data.text.slice(0, socket.data.text.length - end.length);
				calls.push(request);
				const reply = answer(request);
				if (reply !== null) socket.write(Buffer.from(reply.replace(/^close:/, ""), "latin1"));
				if (reply === "" || reply?.startsWith("close:")) socket.end();
			},
		},
	});
	chmodSync(path, 0o666);
	return {
		calls,
		async close() {
			server.stop(true);
		},
	};
}

/** The paths of the sockets in a box. */
export function socketsOf(box: Box): { readonly varlink: string; readonly bus: string } {
	const run = `${box.dir}/run`;
	return {
		varlink: `${run}/systemd/machine/io.systemd.Machine`,
		bus: `${run}/dbus/system_bus_socket`,
	};
}

/** Moves the leader to a scope, and returns the reply of machined. */
export function accept(request: string): string {
	moveToScope(JSON.parse(request).parameters.leader);
	return '{"parameters":{}}\0';
}

let program: Promise<string> | undefined;

async function compile(): Promise<string> {
	const path = `${BUILD}/machined-${process.pid}`;
	mkdirSync(BUILD, { recursive: true });
	t.teardown(() => sh(["rm", "-f", path]));
	const source = `${TREE}/test/machined/machined.c`;
	await sh(["gcc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-o", path, source, "-lsystemd"]);
	return path;
}

const CONFIGURATION = (socket: string) => `<busconfig>
	<type>system</type>
	<listen>unix:path=${socket}</listen>
	<auth>EXTERNAL</auth>
	<policy context="default">
		<allow user="*"/>
		<allow own="*"/>
		<allow send_type="method_call"/>
		<allow send_type="signal"/>
		<allow send_requested_reply="true" send_type="method_return"/>
		<allow send_requested_reply="true" send_type="error"/>
		<allow receive_type="method_call"/>
		<allow receive_type="method_return"/>
		<allow receive_type="error"/>
		<allow receive_type="signal"/>
	</policy>
</busconfig>
`;

/** Starts a program, and collects its lines. */
function collect(argv: readonly string[], env: Record<string, string>, lines: string[]) {
	const child = Bun.spawn([...argv], { env, stdio: ["ignore", "pipe", "inherit"] });
	const done = (async () => {
		let text = "";
		for await (const bytes of child.stdout) {
			text += Buffer.from(bytes).toString();
			const parts = text.split("\n");
			text = parts.pop() ?? "";
			lines.push(...parts);
		}
	})();
	return {
		async close() {
			child.kill("SIGKILL");
			await child.exited;
			await done;
		},
	};
}

/** Starts a system bus in the box, without machined. */
export async function startBus(box: Box): Promise<Machined> {
	const socket = socketsOf(box).bus;
	const lines: string[] = [];
	mkdirSync(dirname(socket), { recursive: true });
	writeFileSync(`${box.dir}/bus.conf`, CONFIGURATION(socket));
	const argv = [
		"dbus-daemon",
		`--config-file=${box.dir}/bus.conf`,
		"--nofork",
		"--print-address=1",
	];
	const bus = collect(argv, {}, lines);
	await until("the bus", () => lines.length > 0);
	return { calls: [], close: bus.close };
}

/** Starts the stand-in on the bus of a box. test/machined/machined.c describes the words. */
export async function startMachined(box: Box, ...words: string[]): Promise<Machined> {
	const lines: string[] = [];
	program ??= compile();
	const address = `unix:path=${socketsOf(box).bus}`;
	const machined = collect([await program, ...words], { DBUS_SYSTEM_BUS_ADDRESS: address }, lines);
	await until("machined", () => lines.shift() === "ready");
	return { calls: lines, close: machined.close };
}

/** Calls a function, and then closes the stand-ins. */
export async function during<T>(all: readonly Machined[], body: () => Promise<T>): Promise<T> {
	try {
		return await body();
	} finally {
		for (const one of all) await one.close();
	}
}
