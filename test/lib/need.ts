// SPDX-License-Identifier: BSD-2-Clause
// A live test that cannot run is skipped with a reason. With PFLASK_MUST_WORK=1 such a test fails.
import type { Test } from "tap";

/**
 * Tells whether a condition holds. If not, the test is skipped or fails, and the caller must
 * return.
 */
export function need(t: Test, condition: boolean, why: string): boolean {
	if (condition) return true;
	if (process.env.PFLASK_MUST_WORK === "1") t.fail(`can not run here: ${why}`);
	else t.pass(why, { skip: why });
	return false;
}
