// SPDX-License-Identifier: BSD-2-Clause
import { UsageError } from "@pflask/command";
import { STATS } from "@pflask/runtime/internal";
import { readValue } from "./kinds.ts";
import type { Values } from "./options.ts";

/**
 * Returns the flag of reportExit() for --stats, or 0. Throws a UsageError for a detached container,
 * because this process ends before the command.
 */
export function statsFlag({ stats, detach }: Values): number {
	if (stats === undefined) return 0;
	if (detach) throw new UsageError("--stats", "contradicts --detach", "pflask --wait=NAME --stats");
	return stats === true ? STATS : readValue("stats", stats);
}
