// SPDX-License-Identifier: BSD-2-Clause
// Interrupts a step, and then interrupts the step that finishes or undoes the first step. The third
// step finishes or undoes both.
import t, { type Test } from "tap";
import { disturbed, everything, type Lab, makeLab, snapshot } from "./lab.ts";

type Action = "apply" | "revert";
const REACHED = 3;

/** The calls at which the second step is interrupted, for each call of the first step. */
const SECOND = [2, 19];

/** Disturbs a step at a call. Returns whether the step has such a call. */
function isReached(t: Test, action: Action, lab: Lab, how: string, at: number): boolean {
	const { status, err } = disturbed(action, lab.trial, how, `${at}`);
	const isNothing = action === "revert" && status === 1 && /: nothing is applied\n$/.test(err);
	t.ok(status === 0 || status === REACHED || isNothing, `${action}, call ${at}: ${status}: ${err}`);
	return status === REACHED;
}

/** Reverts. The interrupted steps may have left nothing to revert. */
function revert(t: Test, lab: Lab, why: string): void {
	const { status, err } = disturbed("revert", lab.trial);
	t.ok(status === 0 || /: nothing is applied\n$/.test(err), `${why}: ${err}`);
}

for (const [name, how] of [
	["a crash", "crash"],
	["a full disk", "fail"],
] as const)
	for (const second of ["apply", "revert"] as const)
		t.test(`apply after ${name}, and then ${second} after ${name}`, async (t) => {
			const lab = makeLab(everything);
			const start = snapshot(lab.root);
			t.equal(disturbed("apply", lab.trial).status, 0);
			const wanted = snapshot(lab.root);
			revert(t, lab, "first");
			let at = 1;
			for (; isReached(t, "apply", lab, how, at); at++)
				for (const next of SECOND) {
					const why = `call ${at}, then call ${next} of ${second}`;
					if (next !== SECOND[0]) isReached(t, "apply", lab, how, at);
					isReached(t, second, lab, how, next);
					if ((at + next) % 2 === 0) {
						const { status, err } = disturbed("apply", lab.trial);
						t.equal(status, 0, `${why}: ${err}`);
						t.same(snapshot(lab.root), wanted, `apply finishes after ${why}`);
					}
					revert(t, lab, why);
					t.same(snapshot(lab.root), start, `revert after ${why}`);
				}
			t.ok(at > 50, `${at} changes`);
			lab.remove();
		});
