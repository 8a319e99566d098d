// SPDX-License-Identifier: BSD-2-Clause
// Makes networks for tests: network namespaces with veth pairs, bridges and other interfaces.
// Leaves the interfaces of the machine alone.
import type { Test } from "tap";
import { sh } from "./host.ts";
import { type Box, live } from "./live.ts";
import { PROBE } from "./probe.ts";
import type { Ended, Running, RunOptions } from "./run.ts";

/** An interface in the output of `ip -j -d link`. */
export interface Link {
	readonly ifindex: number;
	readonly ifname: string;
	readonly flags: readonly string[];
	readonly mtu: number;
	readonly address: string;
	readonly master?: string;
	readonly linkinfo?: {
		readonly info_kind?: string;
		readonly info_data?: { readonly mode?: string };
	};
}

/** A network namespace. */
export interface Network {
	/** The path by which a process can enter the namespace. */
	readonly path: string;
	/** A command prefix that runs a command in the namespace. */
	readonly within: readonly string[];
	/** Runs a script in the namespace, and returns its output. */
	sh(script: string): Promise<string>;
	/** Returns the interfaces by their names. */
	links(): Promise<Map<string, Link>>;
	/**
	 * Returns the state of the network that a container must restore, one line for each interface.
	 */
	state(): Promise<string[]>;
	/** Runs the executable in the namespace to its end. */
	run(args: readonly string[], options?: RunOptions): Promise<Ended>;
	/** Starts the executable in the namespace. */
	start(args: readonly string[], options?: RunOptions): Running;
	/** Releases the namespace. */
	close(): Promise<void>;
}

/** Makes a veth pair for macvlans. Both ends are up. */
export const MASTER = `
	ip link add m0 type veth peer name m1
	ip link set m0 up; ip link set m1 up`;

/**
 * Makes a bridge and sets it up. The bridge has an address of its own. Otherwise the bridge would
 * take the address of a port.
 */
export const BRIDGE = "ip link add br0 address 02:00:00:00:00:bb type bridge; ip link set br0 up";

/** Makes a veth pair with hardware addresses. A test moves p0 into a container, and p1 stays. */
export const PAIR = `
	ip link add p0 type veth peer name p1
	ip link set p0 address 02:00:00:00:00:77 mtu 1400
	ip link set p1 address 02:00:00:00:00:78 up`;

/** Parses the output of `ip -j -d link`. */
export function parseLinks(json: string): Map<string, Link> {
	const list: Link[] = JSON.parse(json);
	return new Map(list.map((link) => [link.ifname, link]));
}

function summary({ ifname, address, mtu, master, linkinfo }: Link): string {
	return [ifname, linkinfo?.info_kind ?? "-", address, mtu, master ?? "-"].join(" ");
}

/** The longest life of a namespace, milliseconds: the longest time of a test. */
const LIFE = 1_200_000;

/**
 * Makes a network namespace. `runner`, a box or as() of account.ts, starts programs in the
 * namespace.
 */
export async function network(
	box: Box,
	runner: Pick<Box, "run" | "start"> = box,
): Promise<Network> {
	const via = ["unshare", "--net"];
	const holder = box.start(["hold"], { program: PROBE, via, bound: LIFE });
	await holder.until("ready");
	const path = `/proc/${holder.pid}/ns/net`;
	const within = ["nsenter", `--net=${path}`, "--"];
	function inside(options: RunOptions = {}): RunOptions {
		return { ...options, via: [...within, ...(options.via ?? [])] };
	}
	async function links(): Promise<Map<string, Link>> {
		return parseLinks(await sh([...within, "ip", "-j", "-d", "link"]));
	}
	return {
		path,
		within,
		sh: (script) => sh([...within, "sh", "-ceu", script]),
		links,
		state: async () => [...(await links()).values()].map(summary).sort(),
		run: (args, options) => runner.run(args, inside(options)),
		start: (args, options) => runner.start(args, inside(options)),
		async close() {
			holder.kill("SIGKILL");
			await holder.ended;
		},
	};
}

type Body = (t: Test, net: Network, box: Box) => Promise<void>;

/**
 * Defines a live test in a network that a script makes. Checks that the test restores the network.
 */
export function inNetwork(name: string, script: string, body: Body): void {
	live(name, async (t, box) => {
		const net = await network(box);
		await net.sh(script);
		const before = await net.state();
		await body(t, net, box);
		t.same(await net.state(), before, "the network is as it was");
		await net.close();
	});
}

/** Returns an option --netif for each value. */
export function netifs(...specs: readonly string[]): string[] {
	return specs.map((spec) => `--netif=${spec}`);
}

/** Checks that a run failed with one line that contains the wanted texts, and ran no command. */
export function isRefused(
	t: Test,
	run: Ended,
	what: string,
	...wanted: readonly (string | RegExp)[]
): void {
	t.same([run.status, run.out], [125, ""], `${what}: ${run.err}`);
	t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `${what}: one line`);
	const line = run.err.split("\n")[0] ?? "";
	for (const one of wanted) t.match(line, one, `${what}: the line has ${one}`);
}

/**
 * Returns the kernel's message for a command of ip(8) that fails. An extended message has priority.
 */
export async function refusal(net: Network, command: string): Promise<string> {
	const said = await net.sh(`if ${command} 2>&1; then echo worked; fi`);
	const text = said.match(/^(?:Error|RTNETLINK answers): (.*?)\.?$/m)?.[1];
	if (text === undefined) throw new Error(`${command}: ${said}`);
	return text;
}
