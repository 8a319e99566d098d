// SPDX-License-Identifier: BSD-2-Clause
// The browser example of the original README works. chromium draws a page of the host, in a
// container with an empty home of an ordinary user.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import t, { type Test } from "tap";
import { account, as, executable } from "../../lib/account.ts";
import { has, sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { names } from "../../lib/tree.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-chromium");

const PAGE = `<!DOCTYPE html>
<title>page</title>
<style>
html { background: #12ab56 }
iframe { position: absolute; inset: 0; width: 100px; height: 100px; border: 0 }
</style>
<iframe src="file://HOME/secret.html"></iframe>`;
const SECRET = "<!DOCTYPE html><style>html { background: #ff0000; height: 100% }</style>secret";

/** Returns the colour of a pixel in a PNG image with 8 bits a channel and no interlacing. */
function pixel(png: Buffer, x: number, y: number): string {
	const [width, channels] = [png.readUInt32BE(16), png[25] === 6 ? 4 : 3];
	const parts: Buffer[] = [];
	for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
		if (png.toString("latin1", at + 4, at + 8) === "IDAT")
			parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
	const rows = unfilter(inflateSync(Buffer.concat(parts)), width * channels, channels);
	const start = y * width * channels + x * channels;
	return rows.subarray(start, start + 3).toString("hex");
}

function paeth(a: number, b: number, c: number): number {
	const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
	if (pa <= pb && pa <= pc) return a;
	return pb <= pc ? b : c;
}

/** Undoes the filters of the rows (PNG specification, section 9). */
function unfilter(data: Buffer, length: number, channels: number): Buffer {
	const out = Buffer.alloc((data.length / (length + 1)) * length);
	for (let row = 0; row * (length + 1) < data.length; row++) {
		const filter = data[row * (length + 1)];
		for (let i = 0; i < length; i++) {
			const at = row * length + i;
			const left = i >= channels ? (out[at - channels] ?? 0) : 0;
			const up = row > 0 ? (out[at - length] ?? 0) : 0;
			const corner = row > 0 && i >= channels ? (out[at - length - channels] ?? 0) : 0;
			const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
			out[at] = (data[row * (length + 1) + 1 + i] ?? 0) + (guesses[filter ?? 0] ?? 0);
		}
	}
	return out;
}

/**
 * Makes chromium draw the page, with some options of chromium and of pflask, and tests the picture.
 */
async function draws(
	t: Test,
	box: Box,
	options: readonly string[],
	own: readonly string[] = [],
): Promise<void> {
	if (!need(t, has("chromium"), "chromium is not installed")) return;
	const out = `${box.dir}/out`;
	mkdirSync(out);
	writeFileSync(`${box.dir}/page.html`, PAGE.replace("HOME", user.home));
	writeFileSync(`${user.home}/secret.html`, SECRET);
	await sh(["chown", "-R", `${user.name}:`, out, user.home]);
	const before = await names(user.home);
	const chromium = [
		"chromium",
		"--headless",
		...options,
		"--disable-gpu",
		"--allow-file-access-from-files",
		"--window-size=200,200",
		`--screenshot=${out}/page.png`,
		`file://${box.dir}/page.html`,
	];
	const args = [...own, `--user=${user.name}`, `--mount=tmp:${user.home}`, "--"];
	// chromium may leave files in TMPDIR, so TMPDIR is a directory of this test.
	const env = { ...user.env, TMPDIR: out };
	const run = await as(user, box).run([...args, ...chromium], { env, bound: 240_000 });
	t.equal(run.status, 0, run.err);
	const png = Buffer.from(await Bun.file(`${out}/page.png`).arrayBuffer());
	t.equal(png.toString("latin1", 1, 4), "PNG");
	t.equal(pixel(png, 150, 150), "12ab56", "the page is drawn");
	t.not(pixel(png, 20, 20), "ff0000", "but not what is in the real home");
	t.same(await names(user.home), before, "which is as it was");
}

live("chromium --no-sandbox", async (t, box) => {
	await draws(t, box, ["--no-sandbox"]);
});

live("chromium --no-sandbox, under the default filter of system calls", async (t, box) => {
	await draws(t, box, ["--no-sandbox"], ["--seccomp=default"]);
});

live("chromium with its own sandbox, in user namespaces of its own", async (t, box) => {
	await draws(t, box, ["--disable-setuid-sandbox"]);
});

/** Types README's command and the address of a page while an X server runs. $1 is the page. */
const ON_X = `
	Xvfb -displayfd 3 -screen 0 800x600x24 -fbdir "$PWD" -nolisten tcp 3>display 2>xvfb.log &
	server=$!
	until [ -s display ]; do kill -0 $server && sleep 0.05 || exit 9; done
	export DISPLAY=":$(cat display)"
	pflask --user=$USER --mount=tmp:$HOME -- chromium --disable-setuid-sandbox "$1" &
	browser=$!
	while [ ! -e seen ] && kill -0 $browser 2>/dev/null; do sleep 0.05; done
	kill $browser 2>/dev/null; wait $browser; echo "status $?"
	kill $server; wait $server || true`;

/** Counts the pixels of a screen dump that have the page's colour (XWDFile.h of X11). */
function coloured(file: string): number {
	if (!existsSync(file) || statSync(file).size < 100) return 0;
	const dump = readFileSync(file);
	let count = 0;
	for (let at = dump.readUInt32BE(0) + 12 * dump.readUInt32BE(76); at + 3 < dump.length; at += 4)
		if ((dump.readUInt32LE(at) & 0xffffff) === 0x12ab56) count++;
	return count;
}

live("the command of README shows a page in a window", async (t, box) => {
	if (!need(t, has("chromium") && has("Xvfb"), "chromium or Xvfb is not installed")) return;
	const dir = `${box.dir}/x`;
	mkdirSync(dir);
	writeFileSync(`${box.dir}/page.html`, PAGE.replace("HOME", user.home));
	await sh(["chown", `${user.name}:`, dir]);
	const env = { ...user.env, PATH: `${box.dir}:${user.env.PATH}`, TMPDIR: dir };
	executable(box);
	const words = ["-c", ON_X, "sh", `file://${box.dir}/page.html`];
	const running = box.start(words, { program: "/bin/sh", via: user.become, env, cwd: dir });
	const isOver = () => running.out.includes("status ");
	const shows = () => coloured(`${dir}/Xvfb_screen0`) > 50_000;
	await until("the page or the end", () => isOver() || shows());
	t.notOk(isOver(), "the browser runs");
	writeFileSync(`${dir}/seen`, "");
	const ended = await running.ended;
	t.match(ended.out, /status \d+\n$/, ended.err);
	t.notMatch(ended.err, /\$DISPLAY/);
});

live("the home is empty in the container", async (t, box) => {
	writeFileSync(`${user.home}/seen`, "");
	const args = [`--user=${user.name}`, `--mount=tmp:${user.home}`, "--", "/bin/sh", "-c"];
	const run = await as(user, box).run([...args, 'ls -A "$HOME"; echo x >"$HOME/new" && echo made']);
	t.equal(run.out, "made\n", run.err);
	t.match(await sh(["ls", user.home]), /^(.*\n)*seen\n$/);
	t.notMatch(await sh(["ls", user.home]), "new");
});

t.end();
