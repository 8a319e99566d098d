// SPDX-License-Identifier: BSD-2-Clause
// Made by scripts/gen-abi.ts from core-c/include/pflask.h; not to be edited.

export const VERSION = "0.1.0";
export const ABI = 4;
export const PLAN_TEXT = 0;
export const PLAN_JSON = 1;
export const FOREGROUND = 1;
export const NOWAIT = 2;
export const RUNNING = 4;
export const STEP_STARTED = 1;
export const STEP_ENDED = 2;
export const OF_EXEC = 1;
export const PASS_ON = 2;
export const STATS = 4;
export const STATS_JSON = 8;
export const THREAD_LIST = 1048576;

export const ERROR = {
	code: 0,
	number: 4,
	index: 8,
	operation: 12,
	field: 32,
	subject: 64,
	message: 320,
	hint: 832,
	size: 1344,
} as const;

export const EXIT = {
	reason: 0,
	code: 4,
	signal: 8,
	output_errno: 12,
	changes_errno: 16,
	keep_errno: 20,
	link_errno: 24,
	typed_signal: 28,
	wall_usec: 32,
	user_usec: 40,
	system_usec: 48,
	max_rss_kib: 56,
	changes_path: 64,
	keep_path: 320,
	link: 576,
	network: 592,
	memory_peak: 608,
	memory_limit: 616,
	io_read: 624,
	io_write: 632,
	process_peak: 640,
	has_io: 648,
	timeout_msec: 652,
	end_errno: 656,
	log_errno: 660,
	lost_errno: 664,
	size: 672,
} as const;

export const INFO = {
	monitor_pid: 0,
	init_pid: 4,
	leader_pid: 8,
	keyring_errno: 12,
	namespaces: 16,
	size: 20,
} as const;

export const RECORD = {
	monitor_pid: 0,
	leader_pid: 4,
	uid: 8,
	clients: 12,
	started: 16,
	name: 24,
	command: 88,
	root: 344,
	ports: 600,
	ended: 856,
	reason: 864,
	status: 868,
	end: 872,
	size: 936,
} as const;

export const CODES = {
	1: "invalid",
	2: "privilege",
	3: "setup",
	4: "not-found",
	5: "not-executable",
	6: "internal",
} as const;

export const REASONS = {
	1: "exit",
	2: "signal",
	3: "poweroff",
	4: "reboot",
	5: "lost",
	6: "oom",
	7: "timeout",
	8: "seccomp",
	9: "killed",
} as const;

export const STATUSES = {
	exit: [0, "code"],
	signal: [128, "signal"],
	poweroff: [0, "none"],
	reboot: [133, "none"],
	lost: [137, "none"],
	oom: [128, "signal"],
	timeout: [124, "none"],
	seccomp: [128, "signal"],
	killed: [128, "signal"],
} as const;

export const NAMESPACES = [
	[0x00020000, "mnt"],
	[0x20000000, "pid"],
	[0x08000000, "ipc"],
	[0x04000000, "uts"],
	[0x40000000, "net"],
	[0x10000000, "user"],
	[0x02000000, "cgroup"],
] as const;

/** The functions that a command in the foreground needs, as bun:ffi has them. */
export const FIRST = {
	pflask_abi: { args: [], returns: "u32" },
	pflask_spec_new: { args: [], returns: "ptr" },
	pflask_spec_free: { args: ["ptr"], returns: "ptr" },
	pflask_spec_set: { args: ["ptr", "cstring", "cstring", "ptr", "u32"], returns: "i32" },
	pflask_plan_make: { args: ["ptr", "ptr", "ptr", "u32"], returns: "i32" },
	pflask_run: { args: ["ptr", "i32", "i32", "i32", "ptr", "u32", "ptr", "u32"], returns: "i32" },
	pflask_report_exit: {
		args: ["cstring", "cstring", "i32", "ptr", "u32", "u32"],
		returns: "i32",
	},
	pflask_terminal_size: { args: ["i32"], returns: "i32" },
	pflask_parent_open_files: { args: [], returns: "i32" },
} as const;

/** The other functions. */
export const REST = {
	pflask_version: { args: [], returns: "cstring" },
	pflask_plan_free: { args: ["ptr"], returns: "ptr" },
	pflask_plan_text: { args: ["ptr", "i32"], returns: "cstring" },
	pflask_plan_left_out: { args: ["ptr"], returns: "cstring" },
	pflask_start: {
		args: ["ptr", "i32", "i32", "i32", "u32", "ptr", "ptr", "u32"],
		returns: "i32",
	},
	pflask_fd: { args: ["ptr"], returns: "i32" },
	pflask_step: { args: ["ptr", "ptr", "ptr", "u32"], returns: "i32" },
	pflask_resize: { args: ["ptr", "i32", "i32"], returns: "i32" },
	pflask_info: { args: ["ptr", "ptr", "u32"], returns: "i32" },
	pflask_terminal: { args: ["ptr"], returns: "i32" },
	pflask_kill: { args: ["ptr", "i32"], returns: "i32" },
	pflask_end: { args: ["ptr", "i32", "i32", "ptr", "u32"], returns: "i32" },
	pflask_wait: { args: ["ptr", "i32", "ptr", "u32"], returns: "i32" },
	pflask_attach: {
		args: ["ptr", "i32", "i32", "i32", "ptr", "u32", "ptr", "u32"],
		returns: "i32",
	},
	pflask_close: { args: ["ptr"], returns: "ptr" },
	pflask_open: { args: ["cstring", "u32", "ptr", "ptr", "u32"], returns: "i32" },
	pflask_record: { args: ["ptr", "ptr", "u32"], returns: "i32" },
	pflask_interrupt: { args: ["ptr"], returns: "i32" },
	pflask_logs: { args: ["ptr", "i32", "i32", "ptr", "u32"], returns: "i32" },
	pflask_exec: {
		args: ["ptr", "ptr", "i32", "i32", "i32", "u32", "ptr", "ptr", "u32"],
		returns: "i32",
	},
	pflask_list: { args: ["i32", "ptr", "u32", "u32", "ptr", "u32"], returns: "i32" },
	pflask_forget: { args: ["cstring", "ptr", "u32"], returns: "i32" },
	pflask_report_error: {
		args: ["cstring", "cstring", "cstring", "i32", "ptr", "u32"],
		returns: "i32",
	},
	pflask_report_mistake: {
		args: ["cstring", "i32", "cstring", "cstring", "cstring"],
		returns: "i32",
	},
	pflask_report_plan: { args: ["cstring", "cstring", "cstring", "ptr"], returns: "void" },
	pflask_report_started: { args: ["cstring", "i32", "ptr"], returns: "i32" },
	pflask_thread_list: { args: [], returns: "ptr" },
} as const;
