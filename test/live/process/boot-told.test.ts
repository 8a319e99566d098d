// SPDX-License-Identifier: BSD-2-Clause
// Before a system boots from a terminal, pflask prints the users who can log in, and the key that
// ends the system.
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK, TREE } from "../../lib/paths.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

const KEY = "pflask: ^], typed three times within a second, ends the container\n";
/** The executable, and the executable without the front. */
const PROGRAMS = [PFLASK, `${TREE}/build/pflask`];

/** Makes a root directory with a shadow file. The init of the root is the probe. */
function rootWith(box: Box, shadow: string): string {
	const root = tinyRoot(box);
	mkdirSync(`${root}/sbin`, { recursive: true });
	copyFileSync(PROBE, `${root}/sbin/init`);
	rmSync(`${root}/etc/shadow`, { force: true });
	writeFileSync(`${root}/etc/shadow`, shadow);
	return root;
}

/** Boots on a terminal by each executable. Checks the output. */
async function told(t: Test, box: Box, words: readonly string[], text: string): Promise<void> {
	for (const program of PROGRAMS) {
		const session = box.terminal([...words, "--", "/sbin/init", "exit", "0"], { program });
		const { status, out } = await session.ended;
		t.same([status, out.replaceAll("\r", "")], [0, text], `${program} ${words.join(" ")}`);
	}
}

live("who can log in", async (t, box) => {
	for (const [shadow, logins] of [
		["root:$y$a:1:2:3:4:::\nbin:*:1::::::\nalice:!$y$b:1::::::\nbob:$y$c:1::::::\n", "root, bob"],
		["root::1::::::\nalice:$y$c:1::::::", "root (no password), alice"],
		["root\nalice:$y$c\nbob:$y$c:1\n+::1\n#x:$y$:1\n:$y$:1\n", "bob"],
		["a\x1b[2J\u202e:$y$:1:\n\xff:$y$:1:\nno user, x:$y$:1\nbob:$y$:1\n", "bob"],
		["root:x:1:\nalice:abc:1:\nbob:abcdefghijklm:1:\n", "bob"],
		[
			Array.from({ length: 10 }, (_, i) => `u${i}:$y$:1\n`).join(""),
			"u0, u1, u2, u3, u4, u5, u6, u7 and 2 more",
		],
	] as const) {
		const root = rootWith(box, shadow);
		const line = `pflask: --chroot: ${root}: users who can log in: ${logins}\n`;
		await told(t, box, [`--chroot=${root}`], `${line}${KEY}`);
	}
});

live("no user can log in, and what then has to be typed", async (t, box) => {
	const root = rootWith(box, "root:*:1::::::\n");
	const text = `pflask: --chroot: ${root}: no user has a password
hint: pflask --chroot=${root} -- passwd root
`;
	await told(t, box, [`--chroot=${root}`], `${text}${KEY}`);
	const other = KEY.replace("^]", "^A");
	await told(t, box, [`--chroot=${root}`, "--escape-key=^A"], `${text}${other}`);
	await told(t, box, [`--chroot=${root}`, "--escape-key=none", "--user-map=auto"], text);
});

live("a file of passwords that cannot be read, or that is no file", async (t, box) => {
	const root = rootWith(box, "");
	const shadow = `${root}/etc/shadow`;
	for (const make of [
		() => undefined,
		() => sh(["mkfifo", shadow]),
		() => sh(["mknod", shadow, "c", "1", "5"]),
		() => mkdirSync(shadow),
		() => symlinkSync("shadow", shadow),
		() => symlinkSync("../../../../../../../../etc/shadow", shadow),
		() => symlinkSync("/proc/self/fd/0", shadow),
		() => writeFileSync(shadow, "root:$y$:1\n".repeat(100_000)),
		() => writeFileSync(shadow, "root:*:1\n\0toor:$y$:1\n"),
	]) {
		rmSync(shadow, { force: true, recursive: true });
		await make();
		await told(t, box, [`--chroot=${root}`], KEY);
	}
	const covered = `--mount=bind:/dev/null:/etc/shadow`;
	await told(t, box, [`--chroot=${rootWith(box, "root::1\n")}`, covered], KEY);
});

live(
	"nothing is said without a terminal, of a detached system, and of a command",
	async (t, box) => {
		const root = rootWith(box, "root::1\n");
		const words = [`--chroot=${root}`, "--", "/sbin/init", "exit", "0"];
		t.same([(await box.run(words)).err], [""]);
		const command = box.terminal([`--chroot=${root}`, "--", "/bin/probe", "exit", "0"]);
		t.equal((await command.ended).out, "");
		const plan = box.terminal(["--dry-run", ...words]);
		t.notMatch((await plan.ended).out, "log in");
		const detached = box.terminal(["--detach", ...words]);
		t.match((await detached.ended).out, /^\d+\r\n$/);
	},
);

t.end();
