// SPDX-License-Identifier: BSD-2-Clause
// Runs a command line on dist/pflask and on build/pflask, and returns all that a caller can see.
// dist/pflask begins with the front, and build/pflask is Bun alone.
import {
	chownSync,
	copyFileSync,
	linkSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
} from "node:fs";
import { basename } from "node:path";
import type { Account } from "./account.ts";
import { lookUp } from "./detached.ts";
import type { Box } from "./live.ts";
import { TREE } from "./paths.ts";
import { PROBE } from "./probe.ts";
import { DEFAULT_ENVIRONMENT } from "./run.ts";
import { names } from "./tree.ts";

/**
 * A command line and its surroundings. In each text, `@DIR@` is the directory of the run, and
 * `@NAME@` is a name of a container. Each character (U+0000 to U+00FF) stands for a byte.
 */
export interface Case {
	/** The words after the name of the executable. */
	readonly words: readonly string[];
	/** Commands of bash that run before the executable. */
	readonly before?: string;
	/** Words before the name of the executable: a program that executes its arguments. */
	readonly via?: readonly string[];
	/** Redirections of bash. */
	readonly streams?: string;
	/** The text on stdin. Default: /dev/null. */
	readonly input?: string;
	readonly onTerminal?: boolean;
	readonly isOrdinary?: boolean;
	/** Whether a container with the name `@NAME@` runs at the same time. */
	readonly hasContainer?: boolean;
	/** Whether the command line may start a detached container with the name `@NAME@`. */
	readonly detaches?: boolean;
}

const EXECUTABLES = { with: `${TREE}/dist/pflask`, bare: `${TREE}/build/pflask` };
type Which = keyof typeof EXECUTABLES;

function place(from: string, to: string): void {
	try {
		linkSync(from, to);
	} catch {
		copyFileSync(from, to); // The box is on another file system, so no hard link is possible.
	}
}

/** Puts the two executables at paths that each user can reach. */
export function placeBoth(box: Box): void {
	for (const which of Object.keys(EXECUTABLES) as Which[]) {
		mkdirSync(`${box.dir}/${which}`);
		place(EXECUTABLES[which], `${box.dir}/${which}/pflask`);
	}
}

/** Writes a word for bash. */
function quoted(word: string): string {
	const bytes = [...word].map((character) => {
		const code = character.charCodeAt(0);
		return /[\w./:=,@+-]/.test(character) ? character : `\\x${code.toString(16).padStart(2, "0")}`;
	});
	return `$'${bytes.join("")}'`;
}

function script(one: Case, program: string): string {
	const words = [...(one.via ?? []), program, ...one.words].map(quoted);
	return `${one.before ?? ""}\nexec ${words.join(" ")} ${one.streams ?? ""}`;
}

/** Makes the directory of a run: a root with the probe, a file and a directory. */
function prepare(dir: string, owner: Account | undefined): void {
	const folders = ["", "/root", "/root/bin", "/root/proc", "/root/dev", "/root/sys", "/root/etc"];
	for (const name of [...folders, "/root/run", "/root/m", "/m", "/e"]) {
		mkdirSync(dir + name);
		if (owner) chownSync(dir + name, owner.uid, owner.gid);
	}
	place(PROBE, `${dir}/root/bin/probe`);
	place(PROBE, `${dir}/probe`);
}

/**
 * Returns the contents of the files in a directory. Leaves out each file with a name that is not
 * UTF-8, because Bun cannot read such files.
 */
function contents(dir: string): (readonly [name: string, text: string])[] {
	const files = readdirSync(dir).filter((name) => {
		if (name.includes("\uFFFD")) return false;
		const status = lstatSync(`${dir}/${name}`);
		return status.isFile() && name !== "probe";
	});
	return files.sort().map((name) => [name, readFileSync(`${dir}/${name}`, "latin1")]);
}

/** Replaces the parts of a text that differ in each run: paths, names, pids and times. */
function timeless(text: string, dir: string, name: string, program: string): string {
	return text
		.replaceAll(dir, "DIR")
		.replaceAll(program, "PROGRAM")
		.replaceAll(name, "NAME")
		.replace(/"(monitor|init|leader)":\d+/g, '"$1":N')
		.replace(/"usage":\{.*?\}/g, '"usage":{}')
		.replace(/^(fd \d+) \d+:\d+/gm, "$1")
		.replace(/^(pid|ppid|pgrp|sid) [1-9]\d+$/gm, "$1 N")
		.replace(/(pipe:\[|socket:\[|\/dev\/pts\/|\/proc\/)\d+/g, "$1N")
		.replace(/^\d+(\r?\n)(?=\{|$)/, "N$1");
}

/** A line of PFLASK_DEBUG. */
const STEP = /^pflask: (caller|monitor|init|wire): [^\n]*\n?/gm;

/**
 * The name of a directory in DIR of --ephemeral=DIR. Each file system of the host has its own
 * directories. Other tests mount file systems, so the number of directories differs.
 */
const OF_MOUNT = /(upper|work)-\d+/;

/** The steps that hide control directories. Their number depends on other tests. */
const HIDE = /^pflask: init: hide /;

/**
 * Returns the sorted lines of PFLASK_DEBUG in a text, with N in place of their numbers. The order
 * of these lines differs in each run, because several processes cause the lines.
 */
function orderless(text: string): readonly string[] {
	const steps = text.match(STEP) ?? [];
	const own = steps.filter((line) => !HIDE.test(line)).map((line) => line.replace(/\d+/g, "N"));
	return [text.replace(STEP, ""), ...own.sort()];
}

/** Runs one case on one executable. Returns all that a caller can see. */
async function see(box: Box, one: Case, which: Which, n: number, owner: Account): Promise<object> {
	const dir = `${box.dir}/${n}-${which}`;
	const name = `${basename(box.dir)}-${n}-${which}`;
	const [program, bare] = [`${box.dir}/${which}/pflask`, `${box.dir}/bare/pflask`];
	const user = one.isOrdinary ? owner : undefined;
	prepare(dir, user);
	const { become, env } = user ?? { become: [], env: DEFAULT_ENVIRONMENT };
	const filled = (text: string) => text.replaceAll("@DIR@", dir).replaceAll("@NAME@", name);
	const help = (...words: string[]) => box.run(words, { program: bare, via: become, env });
	if (one.hasContainer) await help("--detach", "--name", name, "--", PROBE, "catch", "1");
	const text = filled(script({ ...one, words: one.words.map(filled) }, program));
	const options = { program: "bash", via: become, env, cwd: dir };
	const { input: stdin = null } = one;
	const end = one.onTerminal
		? await box.terminal(["-c", text], options).ended
		: await box.run(["-c", text], { ...options, stdin });
	const left = one.detaches && (await lookUp({ run: (words) => help(...words) }, name));
	if (one.detaches || one.hasContainer) await help("--kill", "--kill-after=0", name);
	await help("--forget", name);
	const seen = (value: string) => timeless(value, dir, name, program);
	return {
		status: end.status,
		signal: end.signal,
		out: orderless(seen(end.out)),
		err: "err" in end ? orderless(seen(end.err)) : [],
		left: left ? seen(JSON.stringify({ ...left, pid: 0, leader: 0, started: "" })) : "",
		files: contents(dir).map(([file, text]) => [file, orderless(seen(text))]),
		names: (await names(dir)).filter((line) => !OF_MOUNT.test(line)).map(seen),
	};
}

/**
 * Runs a case on both executables at the same time. Returns all that a caller can see of each run.
 */
export async function seeBoth(box: Box, one: Case, n: number, owner: Account): Promise<object[]> {
	const both = (["bare", "with"] as const).map((which) => see(box, one, which, n, owner));
	return Promise.all(both);
}
