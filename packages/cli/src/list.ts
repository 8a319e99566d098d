// SPDX-License-Identifier: BSD-2-Clause
// Makes the output of --list: a table for people, JSON for programs (docs/list.md), pids for
// scripts.
import type { Detached } from "@pflask/attach";
import { jsonText, oneLine } from "@pflask/command";

/**
 * The version of the JSON. Raise the version when a program that was written for the old version
 * would misread the new version.
 */
const VERSION = 1;
const HEADER = ["NAME", "USER", "PID", "LEADER", "UPTIME", "STATUS", "COMMAND", "ROOT", "PORTS"];
/** The column that exists only if a container in the list may have ended. */
const STATUS = 5;
/** The columns that hold numbers and are aligned to the right. */
const NUMBERS = new Set([2, 3, 4]);
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Returns the name of a user, if the system knows the user. */
export type NameOf = (uid: number) => string | undefined;

/**
 * Returns the containers as a table. `hasEnded` tells whether a container in the list may have
 * ended.
 */
export function listTable(
	all: readonly Detached[],
	nameOf: NameOf,
	hasEnded: boolean,
	now: number = Date.now(),
): string {
	const rows = [HEADER, ...all.map((one) => row(one, nameOf, now))].map((cells) =>
		hasEnded ? cells : cells.filter((_, at) => at !== STATUS),
	);
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

/** Returns all facts about the containers, as one JSON object. */
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
		ports: one.ports,
		end: one.end === undefined ? null : endOf(one.end),
	}));
	return `${jsonText({ version: VERSION, containers }, "\t")}\n`;
}

/** Returns the pids of the monitors, one per line. */
export function listPids(all: readonly Detached[]): string {
	return all.map(({ monitorPid }) => `${monitorPid}\n`).join("");
}

function endOf({ endedUsec, ...end }: NonNullable<Detached["end"]>): object {
	return { time: isoTime(endedUsec), ...end };
}

function isoTime(usec: number | undefined): string | null {
	return usec === undefined ? null : new Date(usec / 1000).toISOString();
}

/**
 * Returns the cells of one row. The texts come from another process, so oneLine() escapes
 * characters that could move the cursor.
 */
function row(one: Detached, nameOf: NameOf, now: number): string[] {
	const last = one.end === undefined ? now : one.end.endedUsec / 1000;
	const time = one.startedUsec === undefined ? "-" : uptime(last - one.startedUsec / 1000);
	const numbers = [one.monitorPid, one.leaderPid ?? "-"].map(String);
	const status = one.end?.text ?? "running";
	const texts = [status, one.command, one.root, one.ports.join(" ") || "-"].map(oneLine);
	const user = nameOf(one.uid) ?? `${one.uid}`;
	return [oneLine(one.name ?? "-"), oneLine(user), ...numbers, time, ...texts];
}

/** Returns a period of time in its two largest units. */
function uptime(milliseconds: number): string {
	const seconds = Math.max(0, Math.floor(milliseconds / 1000));
	const of = (unit: number, wrap: number) => Math.floor(seconds / unit) % wrap;
	if (seconds < MINUTE) return `${seconds}s`;
	if (seconds < HOUR) return `${of(MINUTE, 60)}m${of(1, 60)}s`;
	if (seconds < DAY) return `${of(HOUR, 24)}h${of(MINUTE, 60)}m`;
	return `${Math.floor(seconds / DAY)}d${of(HOUR, 24)}h`;
}
