// SPDX-License-Identifier: BSD-2-Clause
// The documents contain the numbers of limits.def.
import { readFileSync } from "node:fs";
import t from "tap";
import { LIMITS } from "../../packages/runtime/src/numbers.gen.ts";
import { readRows } from "../def-rows.ts";

const { ids, namespaces, clients, answerSeconds, entries, endSeconds, execSeconds } = LIMITS;
const NUMBERS = ["none", "one"];
const CONTROL = "docs/control.md";
const USERNS = "packages/userns/README.md";

function read(path: string): string {
	return readFileSync(`${import.meta.dir}/../../${path}`, "utf8");
}

t.test("the documents have the limits of the table", async (t) => {
	const number = NUMBERS[answerSeconds] ?? answerSeconds;
	const seconds = `${number} second${answerSeconds > 1 ? "s" : ""}`;
	for (const [path, text] of [
		["packages/cli/man/options.mdoc", `maps ${ids} ids that no user has.`],
		["packages/userns/man/pflask-userns.1", `${ids} subordinate user ids and group ids`],
		[USERNS, `| ${ids} subordinate ids of the caller`],
		[USERNS, `gives USER ${ids} subordinate uids and gids`],
		["packages/userns/src/setup.ts", `Gives a user ${ids} subordinate uids`],
		["packages/userns/src/ranges.ts", `(default: ${ids})`],
		["core-c/src/explain/hint.c", `"sudo sysctl user.max_user_namespaces=${namespaces}"`],
		[CONTROL, `A monitor has at most ${clients} clients.`],
		[CONTROL, `asks all sockets at the same time, and waits at most ${seconds}`],
		[CONTROL, `looks at the first ${entries} entries only`],
		[CONTROL, `waits at most ${endSeconds} s after SIGKILL`],
		[CONTROL, `waits at most ${endSeconds} s for the next message`],
		["core-c/include/pflask/detached.h", `sends nothing for ${endSeconds} seconds`],
		["SECURITY.md", `waits at most ${endSeconds} s after SIGKILL`],
		["packages/cli/man/options.mdoc", `not gone ${endSeconds} seconds after SIGKILL`],
		["core-c/include/pflask/container.h", `not ended ${endSeconds} seconds after it was killed`],
		[CONTROL, `or \`FAILED\`, after ${execSeconds} s at most`],
	] as const) {
		t.ok(
			read(path)
				.replace(/\n \* |\s+/g, " ")
				.includes(text),
			`${path}: ${text}`,
		);
	}
	const names = readRows("core-c/defs/limits.def").map(({ first }) => first);
	t.same(Object.keys(LIMITS), names, "every limit is read");
});
