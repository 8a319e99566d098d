// SPDX-License-Identifier: BSD-2-Clause
// Makes a mount namespace with an empty /run. No other test uses the control directories in this
// /run.
import type { Test } from "tap";
import type { Account } from "./account.ts";
import { type Box, live } from "./live.ts";
import { inNamespace } from "./propagation.ts";
import type { RunOptions } from "./run.ts";

/** A box that runs its programs in the mount namespace. `leave` ends the namespace. */
export interface Station extends Box {
	/** A command prefix that runs a command in the namespace. */
	readonly via: readonly string[];
	/** Runs a script as root in the namespace. Throws if the script fails. */
	sh(script: string, ...words: string[]): Promise<string>;
	leave(): Promise<void>;
}

const SCRIPT = `
	mount -t tmpfs -o mode=755 none /run
	mkdir /run/user
	for id do
		mkdir -m 700 "/run/user/$id"
		chown "$id" "/run/user/$id"
	done
	echo "made"
	exec sleep 100000`;

/** Makes a mount namespace in which some users have a runtime directory. */
export async function station(box: Box, users: readonly Account[] = []): Promise<Station> {
	const ids = users.map(({ uid }) => `${uid}`);
	const holder = box.start(ids, { program: "--", via: inNamespace(SCRIPT).slice(0, -1) });
	await holder.until("made");
	const via = ["nsenter", `--mount=/proc/${holder.pid}/ns/mnt`];
	const within = (options: RunOptions = {}) => {
		return { ...options, via: [...via, ...(options.via ?? [])] };
	};
	return {
		...box,
		via,
		start: (args, options) => box.start(args, within(options)),
		run: (args, options) => box.run(args, within(options)),
		terminal: (args, options = {}) =>
			box.terminal(args, { ...options, via: [...via, ...(options.via ?? [])] }),
		async sh(script, ...words) {
			const run = await box.run(["-ceu", script, "sh", ...words], within({ program: "sh" }));
			if (run.status !== 0) throw new Error(`${script}: status ${run.status}: ${run.err}`);
			return run.out;
		},
		async leave() {
			holder.kill("SIGKILL");
			await holder.ended;
		},
	};
}

/** Defines a live test in a mount namespace with an empty /run. */
export function inStation(
	name: string,
	users: readonly Account[],
	body: (t: Test, box: Station) => Promise<void>,
): void {
	live(name, async (t, box) => {
		const own = await station(box, users);
		await body(t, own);
		await own.leave();
	});
}
