// SPDX-License-Identifier: BSD-2-Clause
// A command line has one action. An option that does not belong to the action is an error.
import t from "tap";
import { actionOf } from "../src/action.ts";
import { ACTIONS } from "../src/options.ts";
import { parse } from "../src/parse.ts";

function action(...argv: string[]): string {
	const { values, error } = parse(argv);
	if (error !== undefined) throw error;
	return actionOf(values);
}

t.test("an action for each command line", async (t) => {
	t.equal(action("--chroot=/r", "-c/", "-sA=1", "--tty=never", "ls"), "run");
	t.equal(action("-d", "--name=x", "--pid-file=/p", "--scrollback=1M"), "run");
	t.equal(action("-a", "web", "--detach-key=^A"), "attach");
	t.equal(action("--list", "--json"), "list");
	t.equal(action("--dry-run", "--json", "ls"), "run");
	t.equal(action("--list", "-q"), "list");
	t.equal(action("--kill", "web"), "kill");
	t.equal(action("--kill=INT", "--kill-after=1s", "web"), "kill");
	t.equal(action("--kill", "web", "--kill-after=1s"), "kill");
	t.equal(action("--wait=web"), "wait");
	t.equal(action("--logs", "web", "--follow"), "logs");
	t.equal(action("--exec=web", "--chdir=/", "-sA=1", "--tty=always", "--status-fd=3"), "exec");
});

t.test("two actions contradict each other", async (t) => {
	for (const one of ACTIONS)
		for (const other of ACTIONS) {
			const words = [one, other].map((name) => `--${name}${name === "list" ? "" : "=x"}`);
			if (one === other) t.equal(action(...words), one);
			else t.throws(() => action(...words), { message: /^--\w+: contradicts --\w+$/ });
		}
});

t.test("an option that does not apply to the action is refused", async (t) => {
	const refuses = (line: string, message: string) =>
		t.throws(() => action(...line.split(" ")), { name: "UsageError", message, hint: /./ }, line);
	refuses("--list --chroot=/r", "--chroot: contradicts --list");
	refuses("--chroot=/r --attach=x", "--chroot: contradicts --attach");
	refuses("--attach=x --detach", "--detach: contradicts --attach");
	refuses("--kill --json x", "--json: contradicts --kill");
	refuses("--kill x --json", "--json: contradicts --kill");
	refuses("--wait=x --kill-after=1s", "--kill-after: contradicts --wait");
	refuses("--exec=x --netif", "--netif: contradicts --exec");
	refuses("--logs=x --dry-run", "--dry-run: contradicts --logs");
	refuses("--json", "--json: requires --list or --diff or --dry-run");
	refuses("-q ls", "--quiet: requires --list");
	refuses("--detach --follow ls", "--follow: requires --logs");
	refuses("--detach-key=^A ls", "--detach-key: requires --attach");
});
