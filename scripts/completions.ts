// SPDX-License-Identifier: BSD-2-Clause
// Makes the shell completions of the programs from their tables of options. The files go below a
// directory, at the paths that Debian's packages use:
//	scripts/bun scripts/completions.ts DIRECTORY
import { bash } from "./complete-bash.ts";
import { fish } from "./complete-fish.ts";
import { zsh } from "./complete-zsh.ts";
import { PROGRAMS } from "./completion-programs.ts";

const HEAD = "# SPDX-License-Identifier: BSD-2-Clause\n# Made by scripts/completions.ts.\n\n";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: completions.ts DIRECTORY");
for (const program of PROGRAMS) {
	const { name } = program;
	const write = (path: string, text: string) => Bun.write(`${directory}/${path}`, text);
	await write(`bash-completion/completions/${name}`, `${HEAD}${bash(program)}`);
	await write(`zsh/vendor-completions/_${name}`, `#compdef ${name}\n${HEAD}${zsh(program)}`);
	await write(`fish/vendor_completions.d/${name}.fish`, `${HEAD}${fish(program)}`);
}
