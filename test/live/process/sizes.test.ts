// SPDX-License-Identifier: BSD-2-Clause
// C programs work if they were compiled with another version of pflask.h, or pass no structures for
// errors.
import t from "tap";
import { compile } from "../../lib/library.ts";
import { live } from "../../lib/live.ts";

const program = await compile("sizes.c", "shared");

const ENOENT = -2;
const ESRCH = -3;
const EINVAL = -22;
const ENOTTY = -25;

/** The result of each failing function, and the text of its error. */
const FAILURES: Readonly<Record<string, readonly [number, RegExp]>> = {
	field: [ENOENT, /^unknown field of a spec$/],
	value: [EINVAL, /^many: invalid value$/],
	plan_make: [ENOENT, /^\/no\/such\/root: No such file or directory$/],
	start: [ENOENT, /^\/no\/such\/command: No such file or directory$/],
	run: [ENOENT, /^\/no\/such\/command: No such file or directory$/],
	open: [ESRCH, /^no-such-name: no such container$/],
	step: [ESRCH, /^no-such-name: no such container$/],
	list: [EINVAL, /^a structure of 0 bytes is too small: at least 600 are required$/],
	forget: [ESRCH, /^no-such-name: no such container$/],
	attach: [ENOTTY, /^\d+: the container has no terminal$/],
	logs: [ENOTTY, /^\d+: the container has no terminal$/],
	end: [EINVAL, /^\d+: Invalid argument$/],
	exec: [ENOENT, /^\/no\/such\/command: No such file or directory$/],
};

const FILLED = ["run", "info", "wait", "attach", "record", "list", "attach_opened", "wait_opened"];

live("sizes of structures, and no error", async (t, box) => {
	const run = await box.run(["/bin/true"], { program, bound: 120_000 });
	t.equal(run.status, 0, `${run.out}${run.err}`);
	for (const name of FILLED)
		t.equal(
			run.facts(`size.${name}`),
			`${EINVAL} ${EINVAL} 0 0 0 right`,
			`${name}: nothing, too small, the first version, this version, a later version`,
		);
	for (const [name, [number, message]] of Object.entries(FAILURES)) {
		const [none, zero, small, ...rest] = run.facts(`error.${name}`)?.split(" ") ?? [];
		t.equal(none, `${number}`, `${name}: without an error`);
		t.same([zero, small], [`${EINVAL}`, `${EINVAL}`], `${name}: too small an error`);
		t.same(rest.slice(0, 4), [number, number, number, "right"], `${name}: an error`);
		t.match(rest.slice(4).join(" "), message, name);
	}
	t.equal(run.facts("list.two"), "2 1 1 1", "records are as far apart as the caller says");
});

t.end();
