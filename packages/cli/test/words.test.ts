// SPDX-License-Identifier: BSD-2-Clause
// The words of the command line for the fields of a spec.
import t from "tap";
import { WORDS } from "../src/words.gen.ts";
import { typedWords } from "../src/words.ts";

t.test("each line has a name, and the words for the name", async (t) => {
	const lines = WORDS.split("\n");
	t.equal(lines.pop(), "", "the last line ends");
	for (const line of lines)
		t.match(line, /^\w+(=([*\w]+))?\t(pflask|pflask --\w+|--[-\w]+)(=[-*\w]+)?$|^command=/);
	const names = lines.map((line) => line.split("\t")[0]);
	t.same(names, [...new Set(names)], "each once");
	for (const line of [
		"program\tpflask",
		"list\tpflask --list",
		"command=list\tpflask --list",
		"exec=*\tpflask --exec=*",
		"chroot\t--chroot",
		"chroot=*\t--chroot=*",
		"mount=*\t--mount=*",
		"setenv\t--setenv",
		"ephemeral\t--ephemeral",
		"ephemeral=yes\t--ephemeral",
		"ephemeralDir=*\t--ephemeral=*",
		"changes=2\t--changes",
		"changes=*\t--changes=*",
		"changesFormat\t--changes-format",
		"changesFormat=*\t--changes-format=*",
		"bindProc\t--proc",
		"bindProc=no\t--proc=new",
		"unmaskProc=yes\t--proc=unmasked",
		"keepenv=no\t--clearenv",
		"netns=yes\t--netif",
		"netns=no\t--no-netns",
		"netif=*\t--netif=*",
		"userns=no\t--no-userns",
		"terminal=no\t--tty=never",
		"killSignal\t--kill-signal",
	])
		t.ok(lines.includes(line), line);
	t.notOk(
		lines.some((line) => line.startsWith("killAfter=")),
		"milliseconds are not seconds",
	);
});

t.test("the words for typed options", async (t) => {
	const typed = new Map([
		["userns", "user-map"],
		["which", "exec"],
	] as const);
	t.equal(typedWords(typed), "userns\t--user-map\nwhich\t--exec\n");
	t.equal(typedWords(new Map()), "");
});
