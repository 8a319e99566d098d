// SPDX-License-Identifier: BSD-2-Clause
// The examples: the same container from each language, built by Debian's tools against the
// installed library.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import t from "tap";
import { sh } from "../../test/lib/host.ts";
import { live } from "../../test/lib/live.ts";
import { TREE } from "../../test/lib/paths.ts";
import { shellRoot } from "../../test/lib/shell-root.ts";

const HERE = import.meta.dir;

const prefix = mkdtempSync("/tmp/pftest-examples-");
chmodSync(prefix, 0o755);
t.teardown(() => rmSync(prefix, { recursive: true }));
await sh(["make", "-C", TREE, "NO_INSTALL=1", "install", `PREFIX=${prefix}`]);

/** The environment: finds Debian's programs, but no program that a user has installed. */
const ENV = {
	PATH: "/usr/bin:/bin",
	HOME: prefix,
	PKG_CONFIG_PATH: `${prefix}/lib/pkgconfig`,
	LD_LIBRARY_PATH: `${prefix}/lib`,
};

/** The shell commands that compile a file to PROGRAM. Files of other languages run as they are. */
const COMPILE: Readonly<Record<string, string>> = {
	c: 'gcc -Wall -Wextra -Werror -o "$2" "$1" $(pkg-config --cflags --libs pflask)',
	cpp: 'g++ -Wall -Wextra -Werror -o "$2" "$1" $(pkg-config --cflags --libs pflask)',
	rs: 'rustc --deny warnings -o "$2" "$1" $(pkg-config --libs-only-L pflask)',
	go: 'go build -o "$2" "$1"',
};
const INTERPRET: Readonly<Record<string, string>> = { lua: "luajit", py: "python3" };

function run(command: readonly string[], input = "") {
	const stdin = Buffer.from(input);
	const { stdout, stderr, exitCode } = Bun.spawnSync([...command], { env: ENV, stdin });
	return { out: stdout.toString(), err: stderr.toString(), exitCode };
}

/** Returns the command of an example, which is compiled if necessary. */
function commandOf(name: string, language: string): string[] {
	const source = `${HERE}/${name}.${language}`;
	const interpreter = INTERPRET[language];
	if (interpreter !== undefined) return [interpreter, source];
	const program = `${prefix}/${name}-${language}`;
	const script = COMPILE[language] ?? "false";
	const { err, exitCode } = run(["sh", "-c", script, "sh", source, program]);
	if (exitCode !== 0) throw new Error(`${source}: ${err}`);
	return [program];
}

const LANGUAGES = [...Object.keys(COMPILE), ...Object.keys(INTERPRET)];

for (const language of LANGUAGES)
	live(`${language}: a container in an event loop`, async (t, box) => {
		const root = await shellRoot(box);
		mkdirSync(`${root}/data`);
		writeFileSync(`${box.dir}/greeting`, "hello\n");
		const command = commandOf("container", language);
		const { out, err, exitCode } = run([...command, root, box.dir]);
		t.equal(err, "started\nexit code 3\n");
		t.equal(out, "hello\nlo\nfrom outside\n", "the mount, the network, the pipes");
		t.equal(exitCode, 0);
		const mistake = run([...command, "/nowhere", box.dir]);
		t.equal(mistake.err, "/nowhere: No such file or directory\n");
		t.equal(mistake.exitCode, 1);
	});

for (const language of LANGUAGES)
	live(`${language}: a terminal in the background`, async (t, box) => {
		const root = await shellRoot(box);
		const command = [...commandOf("terminal", language), root];
		const { out, err, exitCode } = run(command, "hello\n");
		t.equal(out, "hello\r\nyou typed hello\r\n", "the echo of the terminal, and the command");
		t.equal(err, "exit code 4\n");
		t.equal(exitCode, 0);
	});
