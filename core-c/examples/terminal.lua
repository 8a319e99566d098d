#!/usr/bin/luajit
-- SPDX-License-Identifier: BSD-2-Clause
-- Starts a container with a terminal in the background, and attaches to the terminal.
--
--	terminal.lua ROOT
--
-- ROOT becomes the root directory of the container. Ctrl-Space detaches: the container goes on, and
-- "pflask --attach=PID" attaches again.
local ffi = require("ffi")
ffi.cdef [[
typedef struct pflask_spec pflask_spec;
typedef struct pflask_plan pflask_plan;
typedef struct pflask_container pflask_container;
struct pflask_error {
	int32_t code, number, index;
	char operation[20], field[32], subject[256], message[512], hint[512];
};
/* The first members: the library fills in as much as there is room. */
struct pflask_info { int32_t monitor_pid; char rest[64]; };
struct pflask_exit { int32_t reason, code, signal; char rest[4096]; };

pflask_spec *pflask_spec_new(void);
pflask_spec *pflask_spec_free(pflask_spec *);
int pflask_spec_set(pflask_spec *, const char *, const char *, struct pflask_error *, uint32_t);
int pflask_plan_make(const pflask_spec *, pflask_plan **, struct pflask_error *, uint32_t);
pflask_plan *pflask_plan_free(pflask_plan *);
int pflask_start(const pflask_plan *, int, int, int, uint32_t, pflask_container **,
		 struct pflask_error *, uint32_t);
int pflask_info(const pflask_container *, struct pflask_info *, uint32_t);
int pflask_open(const char *, uint32_t, pflask_container **, struct pflask_error *, uint32_t);
int pflask_attach(pflask_container *, int, int, int, struct pflask_exit *, uint32_t,
		  struct pflask_error *, uint32_t);
pflask_container *pflask_close(pflask_container *);
]]
local CTRL_SPACE = 0
local lib = ffi.load("libpflask.so.0")
local failure = ffi.new("struct pflask_error")
local size = ffi.sizeof(failure)

local function must(result)
	if result < 0 then
		io.stderr:write(ffi.string(failure.message), "\n")
		os.exit(1)
	end
	return result
end

local function make_plan(root)
	local spec, plan = lib.pflask_spec_new(), ffi.new("pflask_plan *[1]")
	for _, field in ipairs {
		{ "chroot", root }, { "detach", "yes" }, { "terminal", "yes" }, { "command", "/bin/sh" },
		{ "command", "-c" }, { "command", "read line; echo you typed $line; exit 4" },
	} do
		must(lib.pflask_spec_set(spec, field[1], field[2], failure, size))
	end
	must(lib.pflask_plan_make(spec, plan, failure, size))
	lib.pflask_spec_free(spec)
	return plan[0]
end

-- Starts a container in the background. Returns the pid of the monitor, which is a name of the
-- container.
local function start(root)
	local plan, container = make_plan(root), ffi.new("pflask_container *[1]")
	local info = ffi.new("struct pflask_info")
	must(lib.pflask_start(plan, -1, -1, -1, 0, container, failure, size))
	must(lib.pflask_info(container[0], info, ffi.sizeof(info)))
	lib.pflask_close(container[0]) -- the container goes on
	lib.pflask_plan_free(plan)
	return tostring(info.monitor_pid)
end

local which, container = start(arg[1]), ffi.new("pflask_container *[1]")
local ended = ffi.new("struct pflask_exit")
must(lib.pflask_open(which, 0, container, failure, size))
if must(lib.pflask_attach(container[0], 0, 1, CTRL_SPACE, ended, ffi.sizeof(ended), failure,
	size)) == 0 then
	io.stderr:write("exit code ", ended.code, "\n")
else
	io.stderr:write("detached from ", which, "\n")
end
lib.pflask_close(container[0])
