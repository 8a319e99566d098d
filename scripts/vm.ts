// SPDX-License-Identifier: BSD-2-Clause
// Runs a command in a virtual machine that has systemd, systemd-machined, cgroups of version 2,
// Debian's kernel, and a copy of a built source tree in /srv/pflask:
//	scripts/bun scripts/vm.ts [--tree DIRECTORY] [--timeout SECONDS] [--with GROUP] [COMMAND]
// GROUP is a group of scripts/packages. The machine has the packages of this group, of the group
// "guest", and of the group "guest-" with the name of the release. The command is one word, a line
// of bash. Without a command, the machine runs a shell on the terminal.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { TREE } from "../test/lib/paths.ts";
import { RELEASE } from "./vm/image.ts";
import { runInMachine } from "./vm/machine.ts";

const { values, positionals } = parseArgs({
	options: {
		tree: { type: "string", default: TREE },
		timeout: { type: "string", default: "3600" },
		with: { type: "string", multiple: true, default: [] },
	},
	allowPositionals: true,
});
const terminal = positionals.length === 0;
const { columns = 80, rows = 24 } = process.stdout;
const shell = `stty sane rows ${rows} cols ${columns}; TERM=${process.env.TERM ?? "vt100"} bash -l`;
process.exitCode = await runInMachine({
	tree: resolve(values.tree),
	groups: ["guest", `guest-${RELEASE}`, ...values.with],
	command: terminal ? shell : positionals.join(" "),
	terminal,
	bound: terminal ? 2 ** 31 - 1 : Number(values.timeout) * 1000,
});
