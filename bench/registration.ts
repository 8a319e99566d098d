// SPDX-License-Identifier: BSD-2-Clause
// Measures what a registration with systemd-machined adds to a start, beside a registration by the
// tools of systemd and beside other programs that register.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { command, type Thing } from "./interleaved.ts";
import { PFLASK } from "./lib.ts";
import { LIMITS, TRUE } from "./limits.ts";

const MACHINED = "org.freedesktop.machine1";
const OBJECT = "/org/freedesktop/machine1";
const SOCKET = "/run/systemd/machine/io.systemd.Machine";
const CGROUPS = "/sys/fs/cgroup";
/** The names of the scopes that the measured things make. */
const SCOPES = /^(machine-bench|machine-pflask|machine-debian|run-).*\.scope$/;
/** The time in which systemd forgets a scope whose cgroup is gone. */
const QUIET_MS = 50;

/** The names of the measured things. */
export const NAMES = {
	registered: "pflask --register",
	registeredLimited: "pflask --register --limit",
	call: "busctl call, a registration",
	ping: "busctl call, Ping",
	varlinkCall: "varlinkctl call, a registration",
	varlinkPing: "varlinkctl call, GetInfo",
	scope: "systemd-run --scope",
	nspawn: "systemd-nspawn",
	nspawnRegistered: "systemd-nspawn --register=yes",
} as const;

/** Waits until no scope of a run is left, because systemd removes a scope later. */
function settle(): void {
	const isLeft = (slice: string): boolean =>
		existsSync(`${CGROUPS}/${slice}`) &&
		readdirSync(`${CGROUPS}/${slice}`).some((name) => SCOPES.test(name));
	while (isLeft("machine.slice") || isLeft("system.slice")) Bun.sleepSync(5);
	Bun.sleepSync(QUIET_MS);
}

/** Returns a thing that registers a process that only sleeps. `argvOf` gets the pid. */
function registration(name: string, argvOf: (machine: string, pid: number) => string[]): Thing {
	let leader: ChildProcess | undefined;
	let count = 0;
	return {
		name,
		before: () => {
			leader = spawn("sleep", ["1000"], { stdio: "ignore" });
		},
		run: () => command(name, argvOf(`bench${++count}`, leader?.pid ?? 0)).run(),
		after: () => {
			leader?.kill("SIGKILL");
			settle();
		},
	};
}

const settled = (name: string, argv: readonly string[]): Thing => ({
	...command(name, argv),
	after: settle,
});

/** Registers by the same method of D-Bus as pflask, and calls a method that does nothing. */
function busThings(): Thing[] {
	const method = [`${MACHINED}.Manager`, "CreateMachineWithNetwork", "sayssusaia(sv)"];
	return [
		registration(NAMES.call, (machine, pid) => [
			...["busctl", "call", MACHINED, OBJECT, ...method],
			...[machine, "0", "pflask", "container", `${pid}`, "", "0", "0"],
		]),
		settled(NAMES.ping, [
			...["busctl", "call", MACHINED, OBJECT, "org.freedesktop.DBus.Peer", "Ping"],
		]),
	];
}

/** Registers by the same method of Varlink as pflask, and calls a method that does nothing. */
function varlinkThings(): Thing[] {
	return [
		registration(NAMES.varlinkCall, (name, leader) => [
			...["varlinkctl", "call", SOCKET, "io.systemd.Machine.Register"],
			JSON.stringify({
				...{ name, leader, service: "pflask", class: "container", allocateUnit: true },
			}),
		]),
		settled(NAMES.varlinkPing, [
			...["varlinkctl", "call", SOCKET, "org.varlink.service.GetInfo", "{}"],
		]),
	];
}

/** Returns everything to measure. `root` is a root directory for systemd-nspawn. */
export function registrationThings(root: string): Thing[] {
	const nspawn = ["systemd-nspawn", "--quiet", "--directory", root];
	return [
		settled(NAMES.registered, [PFLASK, "--register=yes", ...TRUE]),
		settled(NAMES.registeredLimited, [PFLASK, "--register=yes", LIMITS, ...TRUE]),
		...busThings(),
		...(existsSync(SOCKET) ? varlinkThings() : []),
		settled(NAMES.scope, ["systemd-run", "--scope", "--quiet", "/bin/true"]),
		settled(NAMES.nspawn, [...nspawn, "--register=no", "--keep-unit", "/bin/true"]),
		settled(NAMES.nspawnRegistered, [...nspawn, "--register=yes", "/bin/true"]),
	];
}
