#!/usr/bin/luajit
-- SPDX-License-Identifier: BSD-2-Clause
-- Runs a container beside other work: poll(2) waits for the container and for its output.
--
--	container.lua ROOT DIRECTORY
--
-- ROOT becomes the root directory of the container, and DIRECTORY its /data. The container has a
-- network of its own.
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
struct pflask_exit { int32_t reason, code, signal; char rest[4096]; };
enum { PFLASK_NOWAIT = 2, PFLASK_STEP_STARTED = 1, PFLASK_STEP_ENDED = 2 };

pflask_spec *pflask_spec_new(void);
pflask_spec *pflask_spec_free(pflask_spec *);
int pflask_spec_set(pflask_spec *, const char *, const char *, struct pflask_error *, uint32_t);
int pflask_plan_make(const pflask_spec *, pflask_plan **, struct pflask_error *, uint32_t);
pflask_plan *pflask_plan_free(pflask_plan *);
int pflask_start(const pflask_plan *, int, int, int, uint32_t, pflask_container **,
		 struct pflask_error *, uint32_t);
int pflask_fd(pflask_container *);
int pflask_step(pflask_container *, int *, struct pflask_error *, uint32_t);
int pflask_wait(pflask_container *, int, struct pflask_exit *, uint32_t);
pflask_container *pflask_close(pflask_container *);

struct pollfd { int fd; short events, revents; };
enum { POLLIN = 1, O_CLOEXEC = 02000000 };
int poll(struct pollfd *, unsigned long, int);
int pipe2(int *, int);
int close(int);
ssize_t read(int, void *, size_t);
ssize_t write(int, const void *, size_t);
]]
local C, lib = ffi.C, ffi.load("libpflask.so.0")
local failure = ffi.new("struct pflask_error")
local size = ffi.sizeof(failure)

local function must(result)
	if result < 0 then
		io.stderr:write(ffi.string(failure.message), "\n")
		os.exit(1)
	end
	return result
end

local function make_plan(root, directory)
	local spec, plan = lib.pflask_spec_new(), ffi.new("pflask_plan *[1]")
	local script = "cat /data/greeting; ls /sys/class/net; cat; exit 3"
	for _, field in ipairs {
		{ "chroot", root }, { "mount", "bind-ro:" .. directory .. ":/data" }, { "netns", "yes" },
		{ "command", "/bin/sh" }, { "command", "-c" }, { "command", script },
	} do
		must(lib.pflask_spec_set(spec, field[1], field[2], failure, size))
	end
	must(lib.pflask_plan_make(spec, plan, failure, size))
	lib.pflask_spec_free(spec)
	return plan[0]
end

local function pipe()
	local fds = ffi.new("int[2]")
	assert(C.pipe2(fds, C.O_CLOEXEC) == 0)
	return fds[0], fds[1]
end

-- Reads some bytes. Returns an empty string at the end of the file.
local function read_some(fd)
	local bytes = ffi.new("char[4096]")
	return ffi.string(bytes, math.max(0, tonumber(C.read(fd, bytes, 4096))))
end

-- Takes the news of the container until the container has ended and all of its output is read.
local function run_loop(container, output)
	local bell, timeout = lib.pflask_fd(container), ffi.new("int[1]", -1)
	local fds = ffi.new("struct pollfd[2]", { { bell, C.POLLIN }, { output, C.POLLIN } })
	while fds[0].fd >= 0 or fds[1].fd >= 0 do -- poll(2) ignores -1
		C.poll(fds, 2, timeout[0])
		if fds[1].revents ~= 0 then
			local text = read_some(output)
			io.stdout:write(text)
			if text == "" then fds[1].fd = -1 end
		end
		if fds[0].fd >= 0 then
			if fds[0].revents ~= 0 then read_some(bell) end -- the bytes mean nothing
			local news = must(lib.pflask_step(container, timeout, failure, size))
			if news == lib.PFLASK_STEP_STARTED then io.stderr:write("started\n") end
			if news == lib.PFLASK_STEP_ENDED then fds[0].fd = -1 end
		end
	end
	C.close(bell)
end

local plan = make_plan(arg[1], arg[2])
local input, to_input = pipe()
local from_output, output = pipe()
local container = ffi.new("pflask_container *[1]")
must(lib.pflask_start(plan, input, output, 2, lib.PFLASK_NOWAIT, container, failure, size))
C.close(input)
C.close(output)
C.write(to_input, "from outside\n", 13)
C.close(to_input)
run_loop(container[0], from_output)
local ended = ffi.new("struct pflask_exit")
must(lib.pflask_wait(container[0], 0, ended, ffi.sizeof(ended)))
io.stderr:write("exit code ", ended.code, "\n")
lib.pflask_close(container[0])
lib.pflask_plan_free(plan)
