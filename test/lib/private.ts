// SPDX-License-Identifier: BSD-2-Clause
// Mounts that a test makes on the host, seen by no other test.
import { inNamespace } from "./propagation.ts";

/** Words that run a script in a mount namespace of its own, and then become what follows them. */
export function inMounts(script: string): string[] {
	return inNamespace(`${script}\nexec "$@"`);
}

/** The same with a second script that looks at what has become of the mounts; what it prints
 * comes after the output of what follows, and "status N". */
export function aroundMounts(before: string, after: string): string[] {
	return inNamespace(`${before}\nstatus=0; "$@" || status=$?; echo "status $status"\n${after}`);
}
