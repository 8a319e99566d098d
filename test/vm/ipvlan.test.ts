// SPDX-License-Identifier: BSD-2-Clause
// Sends traffic between ipvlan interfaces of two containers. live/net/net-macvlan.test.ts makes the
// interfaces, on kernels that have the driver.
import t from "tap";
import { inNetwork, MASTER } from "../lib/network.ts";
import { PROBE } from "../lib/probe.ts";
import { tinyRoot } from "../lib/roots.ts";

inNetwork("ipvlan to ipvlan on one master: traffic crosses", MASTER, async (t, net, box) => {
	const root = tinyRoot(box);
	for (const [mode, own, other] of [
		["l2", "10.0.0.1/24", "10.0.0.2/24"],
		["l3", "10.0.0.1/24", "10.0.0.2/24"],
		["l3s", "10.0.0.1/24", "10.0.0.2/24"],
		["l2", "fd00::1/64", "fd00::2/64"],
		["l3", "fd00::1/64", "fd00::2/64"],
		["l3s", "fd00::1/64", "fd00::2/64"],
	] as const) {
		const to = own.split("/")[0] ?? "";
		const spec = (addr: string) => `--netif=ipvlan:m0:eth0:${mode}:addr=${addr}:up`;
		// The word "hold" keeps the server running after the end of the connection, so that "ping"
		// reaches the server's address.
		const words = ["tcp-serve", to, "80", "+", "hold"];
		const server = net.start([spec(own), "--", PROBE, ...words]);
		await server.until("listening");
		const send = ["tcp-send", to, "80", "300000", "+", "ping", to];
		const client = await net.run([spec(other), `--chroot=${root}`, "--", "/bin/probe", ...send]);
		t.match(client.facts("sent"), /^300000 /, `${mode} ${to}: ${client.err}`);
		t.equal(client.facts("answer"), client.facts("sent"), `${mode} ${to}: TCP`);
		t.equal(client.facts("ping"), "ok", `${mode} ${to}: ICMP`);
		server.kill("SIGKILL");
		await server.ended;
	}
});

t.end();
