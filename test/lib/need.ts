// SPDX-License-Identifier: BSD-2-Clause
// A live test that can not run says why; PFLASK_MUST_WORK=1 turns that into a failure.
import type { Test } from "tap";

/** Whether a condition of a test holds. If not, the test says why, and the caller returns. */
export function need(t: Test, condition: boolean, why: string): boolean {
	if (condition) return true;
	if (process.env.PFLASK_MUST_WORK === "1") t.fail(`can not run here: ${why}`);
	else t.pass(why, { skip: why });
	return false;
}
