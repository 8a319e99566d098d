// SPDX-License-Identifier: BSD-2-Clause
// The virtual machine has the properties that its tests need.
import { readFileSync } from "node:fs";
import t from "tap";
import { sh } from "../lib/host.ts";
import { TMPFS_HAS_USER_XATTRS } from "../lib/kernel.ts";

t.test("systemd is pid 1, all its units work, and systemd-machined answers", async (t) => {
	t.equal(readFileSync("/proc/1/comm", "utf8"), "systemd\n");
	t.equal(await sh(["systemctl", "is-system-running"]), "running\n");
	t.equal(await sh(["machinectl", "--no-legend", "list"]), "");
});

t.test("the only hierarchy of cgroups is version 2, with the controllers for limits", async (t) => {
	const table = readFileSync("/proc/self/mountinfo", "utf8");
	t.match(table, / - cgroup2 \S+ rw,nsdelegate,memory_recursiveprot$/m);
	t.notMatch(table, / - cgroup /);
	const controllers = readFileSync("/sys/fs/cgroup/cgroup.controllers", "utf8").trim().split(" ");
	for (const name of ["cpu", "io", "memory", "pids"]) t.ok(controllers.includes(name), name);
});

t.test("a tmpfs has no user xattrs before Linux 6.6", async (t) => {
	const set = sh(["setfattr", "--name=user.a", "--value=b", "/dev/shm"]);
	if (TMPFS_HAS_USER_XATTRS) t.equal(await set, "");
	else await t.rejects(set, /Operation not supported/);
});

t.test("there is no network but lo", async (t) => {
	t.match(await sh(["ip", "-o", "link"]), /^1: lo: <LOOPBACK,UP[^\n]*\n$/);
});

t.end();
