// SPDX-License-Identifier: BSD-2-Clause
// Commands as transient units of systemd, for tests in the virtual machine.
import t from "tap";
import { type Account, type AccountOptions, account } from "./account.ts";
import { sh } from "./host.ts";
import { until } from "./until.ts";

const RUN = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect"];

function properties(list: readonly string[]): string[] {
	return list.map((property) => `--property=${property}`);
}

/** Returns a command prefix that runs a command as a service of the system. */
export function service(name: string, ...list: readonly string[]): string[] {
	return [...RUN, `--unit=${name}`, ...properties(list)];
}

/** Makes an ordinary user with a running user manager. No other test file may use this name. */
export async function lingering(
	name: `pft-${string}`,
	options: AccountOptions = {},
): Promise<Account> {
	const user = await account(name, options);
	t.teardown(() => sh(["loginctl", "disable-linger", name]));
	await sh(["loginctl", "enable-linger", name]);
	const bus = `/run/user/${user.uid}/bus`;
	await until(bus, () =>
		sh(["test", "-S", bus]).then(
			() => true,
			() => false,
		),
	);
	return user;
}

/**
 * Returns a command prefix that runs a command as a service of a user. The service has a delegated
 * cgroup.
 */
export function userService(user: Account, name: string, ...list: readonly string[]): string[] {
	const run = [...RUN, "--user", `--machine=${user.name}@`, `--unit=${name}`];
	return [...run, ...properties(["Delegate=yes", ...list])];
}
