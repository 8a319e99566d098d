// SPDX-License-Identifier: BSD-2-Clause
// Makes the surroundings for tests of user-mode networks (pasta, slirp4netns): an uplink, servers
// at the far end of the uplink, and a machine on which an ordinary user may run these programs.
import { writeFileSync } from "node:fs";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { type Network, network } from "./network.ts";
import { PROBE } from "./probe.ts";
import { descendants, type Process } from "./processes.ts";
import { inNamespace } from "./propagation.ts";
import type { Running } from "./run.ts";

/** The addresses of the far end of the uplink. The far end is the gateway of the near end. */
export const FAR = { v4: "10.9.0.1", v6: "fd09::1" };

/** The addresses of the near end, in the network of pflask. */
export const NEAR = { v4: "10.9.0.2", v6: "fd09::2" };

/** Two networks with a link between them. */
export interface Uplink {
	readonly near: Network;
	readonly far: Network;
	close(): Promise<void>;
}

/** Makes two networks with a link between them. `runner` starts programs in the near network. */
export async function uplink(box: Box, runner: Pick<Box, "run" | "start">): Promise<Uplink> {
	const near = await network(box, runner);
	const far = await network(box);
	const [, pid] = near.path.match(/(\d+)/) ?? [];
	await far.sh(`
		ip link add far0 type veth peer name up0 netns ${pid}
		ip addr add ${FAR.v4}/24 dev far0; ip addr add ${FAR.v6}/64 dev far0 nodad
		ip link set lo up; ip link set far0 up`);
	await near.sh(`
		ip addr add ${NEAR.v4}/24 dev up0; ip addr add ${NEAR.v6}/64 dev up0 nodad
		ip link set lo up; ip link set up0 up
		ip route add default via ${FAR.v4}; ip route add default via ${FAR.v6}`);
	async function close(): Promise<void> {
		await near.close();
		await far.close();
	}
	return { near, far, close };
}

/** Starts a server of the probe in a network. */
export async function serve(box: Box, net: Network, ...words: string[]): Promise<Running> {
	const server = box.start(words, { program: PROBE, via: net.within, bound: 600_000 });
	await server.until("listening");
	return server;
}

/** Ends a server. */
export async function stop(server: Running): Promise<void> {
	server.kill("SIGKILL");
	await server.ended;
}

/** Changed properties of the machine for one command. */
export interface Machine {
	/** The contents of /etc/resolv.conf. */
	readonly resolver?: string;
	/** The mode of /dev/net/tun. */
	readonly tun?: number;
	/** Commands to hide. */
	readonly without?: readonly string[];
}

/**
 * Changes the machine. $1 is the mode of /dev/net/tun, $2 the text of resolv.conf, $3 a directory
 * for work, and $4 are the commands to hide.
 */
const SCRIPT = `
	mode=$1 resolver=$2 place=$3 without=$4; shift 4
	mount -t tmpfs -o mode=755 none "$place"
	mknod "$place/tun" c 10 200; chmod "$mode" "$place/tun"
	mount --bind "$place/tun" /dev/net/tun
	mount --bind "$resolver" /etc/resolv.conf
	for command in $without; do
		file=$(readlink -e "$(dirname "$(command -v "$command")")")/$command
		upper="$place/$command/upper"; mkdir -p "$upper" "$place/$command/work"
		mknod "$upper/$command" c 0 0
		lower=$(dirname "$file")
		mount -t overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$place/$command/work" \\
			none "$lower"
	done
	exec "$@"`;

/** Returns a command prefix that changes the machine for a command, and for no other process. */
export async function machine(box: Box, options: Machine = {}): Promise<string[]> {
	const { resolver = `nameserver ${FAR.v4}\n`, tun = 0o666, without = [] } = options;
	const name = Bun.hash(resolver).toString(36);
	const file = `${box.dir}/resolv-${name}`;
	writeFileSync(file, resolver);
	await sh(["mkdir", "-p", `${box.dir}/machine`]);
	const words = [tun.toString(8), file, `${box.dir}/machine`, without.join(" ")];
	return [...inNamespace(SCRIPT), ...words];
}

/** Returns the running processes of user-mode networks. */
export function helpers(): Process[] {
	return descendants().filter(({ name }) => /^(pasta|passt|slirp4netns)/.test(name));
}
