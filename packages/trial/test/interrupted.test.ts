// SPDX-License-Identifier: BSD-2-Clause
// Interrupts --apply and --revert before each system call that changes a file, and lets each of
// these calls fail. The next --apply finishes the step, and --revert undoes the step.
import t, { type Test } from "tap";
import { disturbed, everything, type Lab, makeLab, snapshot } from "./lab.ts";

const REACHED = 3;

/** Disturbs a step at a call. Returns whether the step has such a call. */
function isReached(
	t: Test,
	action: "apply" | "revert",
	lab: Lab,
	how: string,
	at: number,
): boolean {
	const { status, err } = disturbed(action, lab.trial, how, `${at}`);
	t.ok(status === 0 || status === REACHED, `${action}, call ${at}: status ${status}: ${err}`);
	return status === REACHED;
}

function works(t: Test, action: "apply" | "revert", lab: Lab, why: string): void {
	t.same(disturbed(action, lab.trial), { status: 0, out: "", err: "" }, why);
}

/** Reverts after an interruption, which may have come before the first or after the last change. */
function revertAgain(t: Test, lab: Lab, why: string): void {
	const { status, out, err } = disturbed("revert", lab.trial);
	if (status === 1) t.equal(err, `${lab.trial}: nothing is applied\n`, why);
	else t.same([status, out, err], [0, "", ""], why);
}

for (const [name, how] of [
	["a crash", "crash"],
	["a full disk", "fail"],
] as const) {
	t.test(`apply after ${name} at each change`, async (t) => {
		const lab = makeLab(everything);
		const start = snapshot(lab.root);
		works(t, "apply", lab, "first");
		const wanted = snapshot(lab.root);
		works(t, "revert", lab, "first");
		let at = 1;
		while (isReached(t, "apply", lab, how, at)) {
			works(t, "apply", lab, `change ${at}`);
			t.same(snapshot(lab.root), wanted, `apply finishes after change ${at}`);
			works(t, "revert", lab, `change ${at}`);
			t.same(snapshot(lab.root), start, `revert after change ${at}`);
			at++;
		}
		t.ok(at > 50, `${at} changes`);
		lab.remove();
	});

	t.test(`revert after ${name} at each change of apply, and of revert`, async (t) => {
		const lab = makeLab(everything);
		const start = snapshot(lab.root);
		let at = 1;
		while (isReached(t, "apply", lab, how, at)) {
			revertAgain(t, lab, `change ${at}`);
			t.same(snapshot(lab.root), start, `revert undoes change ${at}`);
			at++;
		}
		for (at = 1; isReached(t, "revert", lab, how, at); at++) {
			revertAgain(t, lab, `change ${at} of revert`);
			t.same(snapshot(lab.root), start, `revert finishes after change ${at}`);
			works(t, "apply", lab, `change ${at} of revert`);
		}
		t.ok(at > 20, `${at} changes`);
		t.same(snapshot(lab.root), start);
		lab.remove();
	});
}
