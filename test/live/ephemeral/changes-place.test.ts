// SPDX-License-Identifier: BSD-2-Clause
// --changes writes its list to the right place, in the right format.
import { closeSync, constants, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { type Box, live } from "../../lib/live.ts";
import { inMounts } from "../../lib/private.ts";
import { shellRoot } from "../../lib/shell-root.ts";

/** Makes a root with the file /gone. */
async function goneRoot(box: Box): Promise<string> {
	const root = await shellRoot(box);
	writeFileSync(`${root}/gone`, "");
	return root;
}

function args(root: string, ...more: string[]): string[] {
	return [`--chroot=${root}`, "--ephemeral", ...more, "--", "/bin/sh", "-c"];
}

/** The text of a list with the one deleted path /gone. */
const GONE = {
	text: /^D \/gone\n$/,
	json: /^\[\n\{"path":"\/gone","kind":"D",[^\n]+\}\n\]\n$/,
	jsonl: /^\{"path":"\/gone","kind":"D",[^\n]+\}\n$/,
};

live("the format of the list: by the ending of FILE, or --changes-format", async (t, box) => {
	const root = await goneRoot(box);
	const runs: [file: string, format: string, wanted: RegExp][] = [
		["list", "", GONE.text],
		["list.txt", "", GONE.text],
		["list.json", "", GONE.json],
		["list.jsonl", "", GONE.jsonl],
		["list.json", "text", GONE.text],
		["list", "json", GONE.json],
		["list.json", "jsonl", GONE.jsonl],
	];
	for (const [file, format, wanted] of runs) {
		const more = format ? [`--changes-format=${format}`] : [];
		const options = [`--changes=${file}`, ...more];
		const run = await box.run([...args(root, ...options), "rm /gone"], { cwd: box.dir });
		t.same([run.status, run.out, run.err], [0, "", ""], options.join(" "));
		t.match(readFileSync(`${box.dir}/${file}`, "utf8"), wanted, options.join(" "));
	}
	const error = await box.run([...args(root, "--changes", "--changes-format=json"), "rm /gone"]);
	t.match(error.err, GONE.json);
	const output = await box.run([
		...args(root, "--changes=-", "--changes-format=jsonl"),
		"rm /gone",
	]);
	t.match(output.out, GONE.jsonl);
});

live("a list in JSON is one array, also without changes and with mounts", async (t, box) => {
	const place = `${box.dir}/place`;
	mkdirSync(`${place}/m`, { recursive: true });
	const via = inMounts(`mount -t tmpfs none "${place}/m"`);
	const paths = async (script: string) => {
		const options = ["--ephemeral", "--changes=-", "--changes-format=json"];
		const run = await box.run([...options, "--", "/bin/sh", "-c", script], { via });
		t.same([run.status, run.err], [0, ""], script);
		return (JSON.parse(run.out) as { path: string }[]).map(({ path }) => path).sort();
	};
	t.same(await paths(":"), []);
	t.same(await paths(`: >"${place}/m/a"; : >"${place}/b"`), [`${place}/b`, `${place}/m/a`]);
});

live("--changes-format needs --changes, and knows three formats", async (t, box) => {
	const root = await goneRoot(box);
	for (const [options, error] of [
		[["--changes-format=json"], "requires --changes\nhint: --changes\n"],
		[
			["--changes", "--changes-format=xml"],
			"xml: not text, json or jsonl\nhint: --changes-format=json\n",
		],
	] as const) {
		const run = await box.run([...args(root, ...options), "echo ran"]);
		const wanted = [125, "", `pflask: --changes-format: ${error}`];
		t.same([run.status, run.out, run.err], wanted, options.join(" "));
	}
});

live(
	"--changes=FD: a descriptor that cannot be written to is refused at the start",
	async (t, box) => {
		const root = await goneRoot(box);
		writeFileSync(`${box.dir}/list`, "");
		for (const [path, flags] of [
			[`${box.dir}/list`, constants.O_RDONLY],
			[`${box.dir}/list`, 0o10000000], // O_PATH
			[box.dir, constants.O_RDONLY],
		] as const) {
			const fd = openSync(path, flags);
			const run = await box.run([...args(root, "--changes=3"), "echo ran"], { extra: [fd] });
			closeSync(fd);
			const line = "pflask: --changes: 3: not open for writing\nhint: 3>FILE\n";
			t.same([run.status, run.out, run.err], [125, "", line], path);
		}
		const via = ["sh", "-c", 'exec "$@" 1<"$0"', `${box.dir}/list`];
		for (const option of ["--changes=-", "--changes=1", "--changes=/dev/stdout"]) {
			const run = await box.run([...args(root, option), "echo ran >&2"], { via });
			t.match(
				run.err,
				/^pflask: --changes: [^\n]*1?: not open for writing\nhint: 1>FILE\n$/,
				option,
			);
			t.equal(run.status, 125, option);
		}
	},
);

live("--changes to a standard output that is closed", async (t, box) => {
	const root = await shellRoot(box);
	const via = ["sh", "-c", 'exec "$@" >&-', "sh"];
	for (const name of ["-", "1"]) {
		const args = [`--chroot=${root}`, "--ephemeral", `--changes=${name}`, "--", "/bin/touch", "/x"];
		const run = await box.run(args, { via });
		t.same([run.status, run.err], [125, `pflask: --changes: ${name}: Bad file descriptor\n`], name);
	}
});

t.end();
