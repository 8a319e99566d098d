// SPDX-License-Identifier: BSD-2-Clause
// The lower bound of whole commands. A compiled program of Bun loads libpflask from memory and runs
// /bin/true in a container, without options, reports of errors and checks. No program of this
// design can do less. Usage: least ROOT [netns]. ROOT "/" is the host's root.
import type * as Ffi from "bun:ffi";
import { FIRST } from "../packages/runtime/src/abi.gen.ts";
import "../dist/lib/libpflask.so.0" with { type: "file" };

declare const LIBRARY_OFFSET: number; // scripts/compile.ts defines the two constants
declare const LIBRARY_SIZE: number;

const ffi = (Bun as unknown as { FFI: typeof Ffi }).FFI;

const libc = ffi.dlopen("libc.so.6", {
	memfd_create: { args: ["cstring", "u32"], returns: "i32" },
	open: { args: ["cstring", "i32"], returns: "i32" },
	sendfile: { args: ["i32", "i32", "buffer", "u64"], returns: "i64" },
}).symbols;
const fd = libc.memfd_create("libpflask", 1);
const self = libc.open("/proc/self/exe", 0);
libc.sendfile(fd, self, new Int32Array([LIBRARY_OFFSET, 0]), LIBRARY_SIZE);

const pflask = ffi.dlopen(`/proc/self/fd/${fd}`, {
	pflask_spec_new: FIRST.pflask_spec_new,
	pflask_spec_set: FIRST.pflask_spec_set,
	pflask_plan_make: FIRST.pflask_plan_make,
	pflask_run: FIRST.pflask_run,
}).symbols;
const spec = pflask.pflask_spec_new();
if (process.argv[2] !== "/") pflask.pflask_spec_set(spec, "chroot", process.argv[2] ?? "", null, 0);
if (process.argv[3] === "netns") pflask.pflask_spec_set(spec, "netns", "yes", null, 0);
pflask.pflask_spec_set(spec, "command", "/bin/true", null, 0);
const plan = new BigUint64Array(1);
const exit = new Int32Array(1024);
const error = new Uint8Array(4096);
pflask.pflask_plan_make(spec, plan, error, error.byteLength);
const made = Number(plan[0]) as Ffi.Pointer;
pflask.pflask_run(made, 0, 1, 2, exit, exit.byteLength, error, error.byteLength);
process.exit(exit[0] === 1 ? exit[1] : 125);
