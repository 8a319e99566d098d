// SPDX-License-Identifier: BSD-2-Clause
// The screen of a user who attaches. tmux is the user's terminal, and prints the text on the screen
// for the test.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { detach, isAlive, nameIn } from "../../lib/detached.ts";
import { has, sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { PFLASK } from "../../lib/paths.ts";
import { until } from "../../lib/until.ts";

/** A tmux screen that runs one command. */
interface Screen {
	/** Returns the lines on the screen. */
	text(): Promise<string>;
	/** Waits until the screen matches. */
	shows(wanted: RegExp): Promise<void>;
	keys(...keys: string[]): Promise<void>;
	resize(columns: number, rows: number): Promise<void>;
	/** Waits for the end of the command. Returns its status. */
	ended(): Promise<string>;
}

let screens = 0;

async function screen(box: Box, command: string, columns = 90, rows = 25): Promise<Screen> {
	const id = `${screens++}`;
	const server = ["tmux", "-S", `${box.dir}/tmux${id}`, "-f", "/dev/null"];
	const status = `${box.dir}/status${id}`;
	const size = ["-x", `${columns}`, "-y", `${rows}`];
	await sh([...server, "new-session", "-d", ...size, `${command}; echo $? >"${status}"`]);
	const text = () => sh([...server, "capture-pane", "-p"]);
	return {
		text,
		async shows(wanted) {
			let last = "";
			await until(`${wanted}`, async () => {
				last = await text();
				return wanted.test(last);
			}).catch((error: Error) => {
				throw new Error(`${error.message}; there is:\n${last}`);
			});
		},
		async keys(...keys) {
			await sh([...server, "send-keys", ...keys]);
		},
		async resize(newColumns, newRows) {
			await sh([...server, "resize-window", "-x", `${newColumns}`, "-y", `${newRows}`]);
		},
		async ended() {
			const written = () => existsSync(status) && readFileSync(status, "utf8").trim();
			return (await until("the end of the command", written)) || "";
		},
	};
}

const BASH = ["--setenv=PS1=$ ,TERM=screen", "--", "/bin/bash", "--norc", "-i"];

/** Makes a file of numbered lines. Returns its path. */
function numbered(box: Box, lines: number): string {
	const file = `${box.dir}/numbers`;
	writeFileSync(file, Array.from({ length: lines }, (_, index) => `line ${index + 1}\n`).join(""));
	return file;
}

live("a session in two terminals, one after the other", async (t, box) => {
	if (!need(t, has("tmux"), "tmux is not installed")) return;
	const name = nameIn(box, "person");
	const pid = await detach(box, [`--name=${name}`, ...BASH]);
	const first = await screen(box, `"${PFLASK}" --attach="${name}"`);
	await first.shows(/^\$ *$/m);
	await first.keys("stty size", "Enter");
	await first.shows(/^25 90$/m);
	await first.resize(70, 20);
	await first.keys("clear; stty size", "Enter");
	await first.shows(/^20 70$/m);
	await first.keys("echo remember $((6*7))", "Enter");
	await first.shows(/^remember 42$/m);
	await first.keys("C-Space");
	t.equal(await first.ended(), "0", "^@ leaves");
	t.ok(isAlive(pid));
	const second = await screen(box, `"${PFLASK}" -a "${name}"`, 100, 30);
	await second.shows(/^remember 42$/m);
	await second.keys("stty size", "Enter");
	await second.shows(/^30 100$/m);
	await second.keys("exit 3", "Enter");
	t.equal(await second.ended(), "3");
});

live("less draws correctly, also after a resize", async (t, box) => {
	if (!need(t, has("tmux") && has("less"), "tmux or less is not installed")) return;
	const file = numbered(box, 500);
	const name = nameIn(box, "less");
	await detach(box, [`--name=${name}`, "--setenv=TERM=screen", "--", "less", file]);
	const seen = await screen(box, `"${PFLASK}" --attach="${name}"`, 80, 24);
	await seen.shows(/^line 1\nline 2\n[^]*\nline 23\n[^\n]+\n?$/);
	await seen.keys("Space");
	await seen.shows(/^line 24\n[^]*\nline 46\n:\n?$/);
	await seen.resize(60, 12);
	await seen.shows(/^line 24\n[^]*\nline 34\n:\n?$/);
	await seen.keys("G");
	await seen.shows(/\nline 500\n\(END\)\n?$/);
	await seen.keys("q");
	t.equal(await seen.ended(), "0");
});

live("vim draws correctly, also for a later client", async (t, box) => {
	if (!need(t, has("tmux") && has("vim"), "tmux or vim is not installed")) return;
	const file = numbered(box, 200);
	const name = nameIn(box, "vim");
	const options = ["--keepenv", "--setenv=TERM=screen", `--name=${name}`];
	await detach(box, [...options, "--", "vim", "-u", "NONE", "-N", file]);
	const first = await screen(box, `"${PFLASK}" --attach="${name}"`, 80, 24);
	await first.shows(/^line 1\nline 2\n[^]*\nline 23\n/);
	await first.keys("100G", "zt");
	await first.shows(/^line 100\nline 101\n/);
	const second = await screen(box, `"${PFLASK}" --attach="${name}"`, 80, 24);
	await second.shows(/^line 100\nline 101\n[^]*\nline 122\n/);
	await second.keys("o", "typed by the second", "Escape");
	await first.shows(/^line 100\ntyped by the second\nline 101\n/);
	await first.keys("C-Space");
	t.equal(await first.ended(), "0");
	await second.keys(":x", "Enter");
	t.equal(await second.ended(), "0");
	t.match(await Bun.file(file).text(), "\nline 100\ntyped by the second\nline 101\n");
});

t.end();
