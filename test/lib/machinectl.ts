// SPDX-License-Identifier: BSD-2-Clause
// Machines of the real systemd-machined, for tests in the virtual machine.
import { existsSync } from "node:fs";
import { detach, lookUp, nameIn } from "./detached.ts";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { until } from "./until.ts";

/** Runs a verb of machinectl(1), and returns the output. */
export function machinectl(...words: readonly string[]): Promise<string> {
	return sh(["machinectl", "--no-pager", "--no-legend", ...words]);
}

/** Returns a name for a machine. The name has no character that systemd escapes. */
export function machineIn(box: Box, word: string): string {
	return nameIn(box, word).replaceAll(/[^A-Za-z0-9]/g, "");
}

/** Returns the cgroup of the scope of a machine. */
export function scopeOf(machine: string): string {
	return `/sys/fs/cgroup/machine.slice/machine-${machine}.scope`;
}

/**
 * Starts a detached container. The container and its machine have one name. Returns the pid of the
 * monitor.
 */
export function startMachine(
	box: Box,
	machine: string,
	...words: readonly string[]
): Promise<number> {
	return detach(box, [`--name=${machine}`, `--machine=${machine}`, "--register=yes", ...words]);
}

/** Waits until a container has ended, and the machine and its cgroups are gone. */
export async function untilGone(box: Box, machine: string): Promise<void> {
	await until(`the end of ${machine}`, async () => {
		const listed = (await machinectl("list")).includes(machine);
		const lives = (await lookUp(box, machine)) !== undefined;
		return !listed && !lives && !existsSync(scopeOf(machine));
	});
}

/** Waits until the system in a container has started all its units, without a failure. */
export async function untilRunning(box: Pick<Box, "run">, name: string): Promise<void> {
	await until(`the system ${name}`, async () => {
		const { out } = await box.run([`--exec=${name}`, "--", "systemctl", "is-system-running"]);
		if (out === "degraded\n") throw new Error(`${name} is degraded`);
		return out === "running\n";
	});
}
