// SPDX-License-Identifier: BSD-2-Clause
import { isWritable, UsageError } from "@pflask/command";
import { readValue } from "./kinds.ts";

/**
 * Returns the descriptor that the value of --status-fd names. The descriptor must be open for
 * writing.
 */
export async function statusFdOf(text: string): Promise<number> {
	const fd = readValue("status-fd", text);
	if (await isWritable(fd)) return fd;
	throw new UsageError("--status-fd", `${fd}: not open for writing`, `${fd}>FILE`);
}
