// SPDX-License-Identifier: BSD-2-Clause
// What --list prints: for people, for programs (docs/list.md), and pids for scripts.
import type { Detached } from "@pflask/attach";
import { oneLine } from "@pflask/command";

/** Raised when a reader of an older version would misunderstand a newer one. */
const VERSION = 1;
const HEADER = ["NAME", "PID", "LEADER", "UPTIME", "COMMAND", "ROOT"];
/** Columns of numbers, which end below one another. */
const NUMBERS = new Set([1, 2, 3]);
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Returns a table. */
export function listTable(all: readonly Detached[], now: number = Date.now()): string {
	const rows = [HEADER, ...all.map((one) => row(one, now))];
	const widths = HEADER.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
	const lines = rows.map((cells) =>
		cells
			.map((cell, at) => {
				const width = widths[at] ?? 0;
				return NUMBERS.has(at) ? cell.padStart(width) : cell.padEnd(width);
			})
			.join("  ")
			.trimEnd(),
	);
	return `${lines.join("\n")}\n`;
}

/** Returns all that is known, as one object of JSON. */
export function listJson(all: readonly Detached[]): string {
	const containers = all.map((one) => ({
		name: one.name ?? null,
		pid: one.monitorPid,
		leader: one.leaderPid ?? null,
		uid: one.uid,
		clients: one.clients,
		started: isoTime(one.startedUsec),
		command: one.command,
		root: one.root,
	}));
	return `${JSON.stringify({ version: VERSION, containers }, null, "\t")}\n`;
}

/** Returns the monitors' pids, one a line. */
export function listPids(all: readonly Detached[]): string {
	return all.map(({ monitorPid }) => `${monitorPid}\n`).join("");
}

function isoTime(usec: number | undefined): string | null {
	return usec === undefined ? null : new Date(usec / 1000).toISOString();
}

/** What a container was started with is somebody's text: no byte of it may move the cursor. */
function row({ name, monitorPid, leaderPid, startedUsec, command, root }: Detached, now: number) {
	const texts = [oneLine(command), oneLine(root)];
	const time = startedUsec === undefined ? "-" : uptime(now - startedUsec / 1000);
	return [name ?? "-", `${monitorPid}`, `${leaderPid ?? "-"}`, time, ...texts];
}

/** Returns a time as its two largest units. */
function uptime(milliseconds: number): string {
	const seconds = Math.max(0, Math.floor(milliseconds / 1000));
	const of = (unit: number, wrap: number) => Math.floor(seconds / unit) % wrap;
	if (seconds < MINUTE) return `${seconds}s`;
	if (seconds < HOUR) return `${of(MINUTE, 60)}m${of(1, 60)}s`;
	if (seconds < DAY) return `${of(HOUR, 24)}h${of(MINUTE, 60)}m`;
	return `${Math.floor(seconds / DAY)}d${of(HOUR, 24)}h`;
}
