#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Starts a container with a terminal in the background, and attaches to the terminal.

	terminal.py ROOT

ROOT becomes the root directory of the container. Ctrl-Space detaches: the container goes on, and
"pflask --attach=PID" attaches again.
"""
import ctypes
import sys
from ctypes import byref, c_char, c_int32, c_void_p, sizeof

CTRL_SPACE = 0
lib = ctypes.CDLL("libpflask.so.0")
# A C function returns int, unless Python is told otherwise.
for name in ("pflask_spec_new", "pflask_spec_free", "pflask_plan_free", "pflask_close"):
    getattr(lib, name).restype = c_void_p


class Error(ctypes.Structure):
    _fields_ = [("code", c_int32), ("number", c_int32), ("index", c_int32),
                ("operation", c_char * 20), ("field", c_char * 32), ("subject", c_char * 256),
                ("message", c_char * 512), ("hint", c_char * 512)]


class Info(ctypes.Structure):
    _fields_ = [("monitor_pid", c_int32), ("rest", c_char * 64)]


class Exit(ctypes.Structure):
    """The first members of struct pflask_exit: the library fills in as much as there is room."""
    _fields_ = [("reason", c_int32), ("code", c_int32), ("signal", c_int32),
                ("rest", c_char * 4096)]


error = Error()
ERROR = byref(error), sizeof(error)


def must(result):
    if result < 0:
        sys.exit(error.message.decode())
    return result


def make_plan(root):
    spec, plan = c_void_p(lib.pflask_spec_new()), c_void_p()
    script = "read line; echo you typed $line; exit 4"
    for field, value in (("chroot", root), ("detach", "yes"), ("terminal", "yes"),
                         ("command", "/bin/sh"), ("command", "-c"), ("command", script)):
        must(lib.pflask_spec_set(spec, field.encode(), value.encode(), *ERROR))
    must(lib.pflask_plan_make(spec, byref(plan), *ERROR))
    lib.pflask_spec_free(spec)
    return plan


def start(root):
    """Starts a container in the background. Returns the pid of the monitor, which is a name of the
    container."""
    plan, container, info = make_plan(root), c_void_p(), Info()
    must(lib.pflask_start(plan, -1, -1, -1, 0, byref(container), *ERROR))
    must(lib.pflask_info(container, byref(info), sizeof(info)))
    lib.pflask_close(container)  # the container goes on
    lib.pflask_plan_free(plan)
    return str(info.monitor_pid)


which, container, end = start(sys.argv[1]), c_void_p(), Exit()
must(lib.pflask_open(which.encode(), 0, byref(container), *ERROR))
if must(lib.pflask_attach(container, 0, 1, CTRL_SPACE, byref(end), sizeof(end), *ERROR)) == 0:
    print(f"exit code {end.code}", file=sys.stderr)
else:
    print(f"detached from {which}", file=sys.stderr)
lib.pflask_close(container)
