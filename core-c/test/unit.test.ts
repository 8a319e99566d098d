// SPDX-License-Identifier: BSD-2-Clause
// Runs the unit tests of core-c and includes their TAP output in the report. If the sanitizer finds
// a leak at the end, the test program exits with a status other than 0, and its part of the report
// fails.
import { basename } from "node:path";
import t from "tap";
import { inMounts } from "../../test/lib/private.ts";

const HUNG = 600_000;
const root = `${import.meta.dir}/../..`;
const sources = [...new Bun.Glob("test_*.c").scanSync(import.meta.dir)].sort();
const env = {
	...process.env,
	ASAN_OPTIONS: "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
	UBSAN_OPTIONS: "print_stacktrace=1",
};

/**
 * Mounts of the host below /sys become operations of a plan. The tests compare whole plans. A run
 * as the user root therefore first unmounts all these mounts, except the mounts of cgroups, in a
 * mount namespace of its own.
 */
const BARE_SYS = `awk '$5 ~ "^/sys/" && $5 !~ "^/sys/fs/cgroup" { print $5 }' \\
	/proc/self/mountinfo | sort -r | xargs -r umount -l`;
const via = process.getuid?.() === 0 ? inMounts(BARE_SYS) : [];

t.not(sources.length, 0, "there are unit tests");
for (const source of sources) {
	const program = basename(source, ".c");
	const [command = "", ...args] = [...via, `${root}/build/unit/${program}`];
	t.spawn(command, args, { env, stdio: "pipe", timeout: HUNG }, program);
}
