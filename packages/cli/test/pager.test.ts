// SPDX-License-Identifier: BSD-2-Clause
// isElevated() detects that pflask has other rights than the person at the terminal.
import t from "tap";
import { isElevated } from "../src/pager.ts";

t.test("rights of another user than the person at the terminal", async (t) => {
	const none = "4294967295";
	for (const [env, uid, login, is] of [
		[{}, 0, none, false],
		[{}, 0, "", false],
		[{}, 0, "0", false],
		[{}, 0, "1000", true],
		[{}, 1000, "1000", false],
		[{}, 1000, "1001", true],
		[{ SUDO_UID: "1000" }, 0, none, true],
		[{ SUDO_UID: "0" }, 0, none, false],
		[{ SUDO_UID: "1000" }, 1000, none, false],
		[{ PKEXEC_UID: "1000" }, 0, none, true],
		[{ DOAS_USER: "alice" }, 0, none, true],
		[{ DOAS_USER: "root" }, 0, none, false],
		[{ DOAS_USER: "alice" }, 1000, "1000", false],
	] as const)
		t.equal(isElevated(env, uid, login), is, JSON.stringify([env, uid, login]));
});
