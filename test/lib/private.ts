// SPDX-License-Identifier: BSD-2-Clause
// Makes mounts of the host that other tests do not see.
import { inNamespace } from "./propagation.ts";

/**
 * Returns a command prefix that runs a script in a new mount namespace, and then executes a
 * command.
 */
export function inMounts(script: string): string[] {
	return inNamespace(`${script}\nexec "$@"`);
}

/**
 * Returns a command prefix that also runs a second script after the command, to inspect the mounts.
 * Prints the output of the command, then "status N", then the output of the second script.
 */
export function aroundMounts(before: string, after: string): string[] {
	return inNamespace(`${before}\nstatus=0; "$@" || status=$?; echo "status $status"\n${after}`);
}
