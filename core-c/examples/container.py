#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs a container in the event loop of asyncio.

	container.py ROOT DIRECTORY

ROOT becomes the root directory of the container, and DIRECTORY its /data. The container has a
network of its own.
"""
import asyncio
import ctypes
import os
import sys
from ctypes import byref, c_char, c_int, c_int32, c_uint32, c_void_p, sizeof

NOWAIT, STARTED, ENDED = 2, 1, 2
lib = ctypes.CDLL("libpflask.so.0")
# A C function returns int, unless Python is told otherwise.
for name in ("pflask_spec_new", "pflask_spec_free", "pflask_plan_free", "pflask_close"):
    getattr(lib, name).restype = c_void_p


class Error(ctypes.Structure):
    _fields_ = [("code", c_int32), ("number", c_int32), ("index", c_int32),
                ("operation", c_char * 20), ("field", c_char * 32), ("subject", c_char * 256),
                ("message", c_char * 512), ("hint", c_char * 512)]


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


def make_plan(root, directory):
    spec, plan = c_void_p(lib.pflask_spec_new()), c_void_p()
    script = "cat /data/greeting; ls /sys/class/net; cat; exit 3"
    for field, value in (("chroot", root), ("mount", f"bind-ro:{directory}:/data"),
                         ("netns", "yes"), ("command", "/bin/sh"), ("command", "-c"),
                         ("command", script)):
        must(lib.pflask_spec_set(spec, field.encode(), value.encode(), *ERROR))
    must(lib.pflask_plan_make(spec, byref(plan), *ERROR))
    lib.pflask_spec_free(spec)
    return plan


async def end_of(container):
    """Waits for the end of a container."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    bell, timeout, timer = lib.pflask_fd(container), c_int(), None

    def step():
        nonlocal timer
        if timer:
            timer.cancel()
        news = must(lib.pflask_step(container, byref(timeout), *ERROR))
        if news == STARTED:
            print("started", file=sys.stderr)
        if news == ENDED:
            ended.set()
        elif timeout.value >= 0:
            timer = loop.call_later(timeout.value / 1000, step)

    def ring():
        os.read(bell, 64)  # the bytes mean nothing
        step()

    loop.add_reader(bell, ring)
    step()
    await ended.wait()
    loop.remove_reader(bell)
    os.close(bell)


async def print_all(fd):
    """Prints the output of the container while it comes."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(fd, "rb"))
    while some := await reader.read(4096):
        print(some.decode(), end="", flush=True)


async def main(root, directory):
    plan, container, end = make_plan(root, directory), c_void_p(), Exit()
    (stdin, to_stdin), (from_stdout, stdout) = os.pipe(), os.pipe()
    must(lib.pflask_start(plan, stdin, stdout, 2, NOWAIT, byref(container), *ERROR))
    os.close(stdin)
    os.close(stdout)
    os.write(to_stdin, b"from outside\n")
    os.close(to_stdin)
    await asyncio.gather(end_of(container), print_all(from_stdout))
    must(lib.pflask_wait(container, 0, byref(end), c_uint32(sizeof(end))))
    print(f"exit code {end.code}", file=sys.stderr)
    lib.pflask_close(container)
    lib.pflask_plan_free(plan)


asyncio.run(main(*sys.argv[1:]))
