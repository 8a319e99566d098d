// SPDX-License-Identifier: BSD-2-Clause
// An attacker replaces a path of the host after pflask has checked the path. pflask uses the
// checked file, or the start fails.
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import {
	PflaskError,
	type Plan,
	plan,
	run,
	type Spec,
} from "../../../packages/runtime/src/internal.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { shellRoot } from "../../lib/shell-root.ts";

/** Ways to replace a directory of a test. */
const REPLACE: Readonly<Record<string, (path: string) => void>> = {
	directory: (path) => mkdirSync(path),
	link: (path) => symlinkSync("/etc", path),
	"link to itself": (path) => symlinkSync(`${path}.old`, path),
};

/** Runs a plan. Returns its output. */
function output(box: Box, made: Plan): string {
	const out = openSync(`${box.dir}/out`, "w");
	try {
		run(made, { stdin: null, stdout: out });
	} finally {
		closeSync(out);
	}
	return readFileSync(`${box.dir}/out`, "latin1");
}

/** Specs that use a directory. */
const SPECS: Readonly<Record<string, (path: string, root: string) => Spec>> = {
	bind: (path) => ({ mount: [`bind:${path}:/mnt`] }),
	idmap: (path, root) => ({ chroot: root, userMap: ["auto"], mount: [`bind:${path}:/mnt:idmap`] }),
	layer: (path) => ({ mount: [`overlay:${path}/upper:/mnt:${path}/work`] }),
	scratch: (path, root) => ({ chroot: root, ephemeral: true, ephemeralDir: `${path}/empty` }),
};

for (const [name, specOf] of Object.entries(SPECS))
	live(`${name}: something else at a path`, async (t, box) => {
		const path = `${box.dir}/victim`;
		for (const sub of ["upper", "work", "empty"]) mkdirSync(`${path}/${sub}`, { recursive: true });
		const root = await shellRoot(box);
		const command = name === "bind" || name === "layer" ? [PROBE] : ["/bin/probe"];
		for (const [how, replace] of Object.entries(REPLACE)) {
			using made = plan({ ...specOf(path, root), command: [...command, "ls", "/mnt"] });
			renameSync(path, `${path}.old`);
			replace(path);
			if (how === "directory")
				for (const sub of ["upper", "work", "empty"]) mkdirSync(`${path}/${sub}`);
			let error: unknown;
			try {
				output(box, made);
			} catch (thrown) {
				error = thrown;
			}
			t.ok(error instanceof PflaskError, how);
			t.match(error, { message: /victim.*was replaced by another file during the start/ }, how);
			t.match(error, { hint: "try again" });
			await sh(["rm", "-rf", path]);
			renameSync(`${path}.old`, path);
		}
	});

/**
 * Ways to replace an entry of an ephemeral root after pflask has listed the entry. Each way has the
 * name of the entry, a script, and whether the start fails. If the new entry is on the file system
 * of the old entry, the start works without the entry.
 */
const ENTRIES = {
	"a directory by another one": [
		"victim",
		"mv victim old; mkdir victim; touch victim/other",
		false,
	],
	"a directory by a mount": ["victim", "mount -t tmpfs none victim", true],
	"a directory by a link": ["victim", "mv victim old; ln -s /etc victim", true],
	"a file by another one": ["plain", "mv plain kept; echo other >plain", false],
	"a file by a device": ["plain", "mount --bind /dev/null plain", true],
	"a mount by another one": ["data", "mount -t tmpfs none data", true],
} as const;

for (const userMap of [["0:0:65536"], []])
	live(`something else in an ephemeral root, map ${userMap}`, async (t, box) => {
		for (const [how, [name, script, isRefused]] of Object.entries(ENTRIES)) {
			if (userMap.length === 0 && name !== "data") continue; // The whole root is one overlay.
			const root = await shellRoot({ ...box, dir: `${box.dir}/${how.replaceAll(" ", "-")}` });
			const prepare = "mkdir victim data; mount -t tmpfs none data; echo mine >plain";
			await sh(["sh", "-ceu", `cd "$1"; ${prepare}`, "sh", root]);
			const command = ["/bin/probe", "ls", "/victim", "+", "read", "/plain"];
			const spec = { chroot: root, ephemeral: true, userMap, command };
			try {
				using same = plan(spec);
				t.match(output(box, same), /^read.\/plain ok/m, "what was found is used");
				using made = plan(spec);
				await sh(["sh", "-ceu", `cd "$1"; ${script}`, "sh", root]);
				const why = new RegExp(`${name}: was replaced by another file during the start`);
				if (isRefused) t.throws(() => output(box, made), { message: why, hint: "try again" }, how);
				else t.notMatch(output(box, made), /other/, how);
			} finally {
				await sh(["sh", "-c", 'cd "$1"; umount victim plain data data; true', "sh", root]);
			}
		}
	});

live("a removed entry is left out", async (t, box) => {
	const root = await shellRoot(box);
	const prepare = "mkdir victim data; mount -t tmpfs none data; echo mine >plain";
	await sh(["sh", "-ceu", `cd "$1"; ${prepare}`, "sh", root]);
	try {
		const command = ["/bin/probe", "ls", "/"];
		using made = plan({ chroot: root, ephemeral: true, userMap: ["0:0:65536"], command });
		await sh(["sh", "-ceu", 'cd "$1"; rmdir victim; rm plain', "sh", root]);
		t.notMatch(output(box, made), /victim|plain/);
	} finally {
		await sh(["umount", `${root}/data`]);
	}
});

live("a replaced root", async (t, box) => {
	const root = await shellRoot(box);
	for (const more of [{}, { ephemeral: true }, { userMap: ["auto"] }] satisfies Spec[]) {
		using made = plan({ chroot: root, command: ["/bin/probe", "say", "inside"], ...more });
		renameSync(root, `${root}.old`);
		await sh(["cp", "-a", `${root}.old`, root]);
		const why = { field: "chroot", message: /was replaced by another file during the start/ };
		t.throws(() => output(box, made), why, JSON.stringify(more));
		await sh(["rm", "-rf", root]);
		renameSync(`${root}.old`, root);
		t.match(output(box, made), "inside", "it is back");
	}
	using entered = plan({ chroot: root, mountns: false, command: ["/bin/probe", "ls", "/"] });
	renameSync(root, `${root}.old`);
	mkdirSync(root);
	t.match(output(box, entered), /^ls.\/ bin$/m, "chroot(2) enters what was looked at");
	await sh(["rmdir", root]);
	renameSync(`${root}.old`, root);
});

live("a plan that has been started keeps no file system of the host busy", async (t, box) => {
	const path = `${box.dir}/disk`;
	mkdirSync(path);
	await sh(["mount", "-t", "tmpfs", "none", path]);
	using made = plan({ mount: [`bind:${path}:/mnt`], command: [PROBE, "ls", "/mnt"] });
	try {
		output(box, made);
	} finally {
		await sh(["umount", path]);
	}
	t.throws(() => output(box, made), /was replaced by another file during the start/);
});
