// SPDX-License-Identifier: BSD-2-Clause
// A real use of mounts compiles a C program from a read-only source tree. The build directory is
// gone afterwards.
import { mkdirSync, writeFileSync } from "node:fs";
import t from "tap";
import { account, as } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { debianRoot } from "../../lib/roots.ts";
import { differences, snapshot } from "../../lib/snapshot.ts";

const user = await account("pft-compile");

async function sources(box: Box): Promise<string> {
	const directory = `${box.dir}/project`;
	mkdirSync(`${directory}/src`, { recursive: true });
	writeFileSync(`${directory}/src/greet.h`, "const char *greet(void);\n");
	writeFileSync(
		`${directory}/src/greet.c`,
		'#include "greet.h"\nconst char *greet(void)\n{\n\treturn "hello";\n}\n',
	);
	writeFileSync(
		`${directory}/src/main.c`,
		'#include <stdio.h>\n#include "greet.h"\nint main(void)\n{\n\tputs(greet());\n\treturn 7;\n}\n',
	);
	return directory;
}

const BUILD = `
	set -e
	gcc -c ../src/greet.c ../src/main.c; gcc -o program main.o greet.o
	touch ../src/new 2>/dev/null || echo refused
	exec ./program`;

live("on the host's own root, in a work tree", async (t, box) => {
	const directory = await sources(box);
	const before = await snapshot(directory);
	const mounts = [`-mbind-ro:${directory}/src:${directory}/src`, `-mtmp:${directory}/build`];
	const args = [...mounts, `--chdir=${directory}/build`, "--", "/bin/sh", "-c", BUILD];
	const run = await box.run(args);
	t.same([run.status, run.out, run.err], [7, "refused\nhello\n", ""]);
	const changes = differences(before, await snapshot(directory));
	t.same(
		changes.filter((line) => !/^[-+] {1,2}d /.test(line)),
		[],
		"nothing but the time of the work tree itself",
	);
	t.equal(await sh(["ls", directory]), "src\n", "no stray directory is left in it");
});

live("in the Debian root, with the host's compiler", async (t, box) => {
	const directory = await sources(box);
	const root = await debianRoot();
	const before = [await snapshot(directory), await snapshot(`${root}/usr/share/doc`)];
	const mounts = [
		"bind-ro:/usr:/usr",
		`bind-ro:${directory}/src:/project/src`,
		"tmp:/project/build",
	];
	const options = [...mounts.map((mount) => `--mount=${mount}`), "--ephemeral", "-c/project/build"];
	const run = await box.run([`--chroot=${root}`, ...options, "--", "/bin/sh", "-c", BUILD]);
	t.same([run.status, run.out, run.err], [7, "refused\nhello\n", ""]);
	const after = [await snapshot(directory), await snapshot(`${root}/usr/share/doc`)];
	t.same(
		before.flatMap((old, i) => differences(old, after[i] ?? [])),
		[],
	);
});

live("by an ordinary user", async (t, box) => {
	const directory = await sources(box);
	await sh(["chown", "-R", `${user.name}:`, directory]);
	const mounts = [`-mbind-ro:${directory}/src:${directory}/src`, `-mtmp:${directory}/build`];
	const args = [...mounts, `--chdir=${directory}/build`, "--", "/bin/sh", "-c", BUILD];
	const run = await as(user, box).run(args);
	t.same([run.status, run.out, run.err], [7, "refused\nhello\n", ""]);
	t.equal(await sh(["ls", directory]), "src\n");
});

t.end();
