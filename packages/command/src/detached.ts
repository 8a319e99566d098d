// SPDX-License-Identifier: BSD-2-Clause
import { terminalSize } from "@pflask/runtime/internal";
import { print } from "./output.ts";

/** Tells a user at a terminal that a container goes on. The terminal may be gone. */
export function sayDetached(which: string): void {
	if (terminalSize(1) === undefined) return;
	try {
		print(`[detached from ${which}]\n`);
	} catch {}
}
