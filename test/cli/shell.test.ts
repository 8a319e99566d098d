// SPDX-License-Identifier: BSD-2-Clause
// No command: a login shell.
import { copyFileSync } from "node:fs";
import t from "tap";
import { live } from "../lib/live.ts";
import { PROBE } from "../lib/probe.ts";
import { debianRoot, tinyRoot } from "../lib/roots.ts";

live("/bin/bash as a login shell", async (t, box) => {
	const script = 'echo "[$0]"; shopt -q login_shell && echo login; exit 9\n';
	const run = await box.run([], { stdin: script });
	t.same([run.status, run.out], [9, "[-bash]\nlogin\n"], run.err);
});

live("also in a root", async (t, box) => {
	const script = 'echo "[$0]"; shopt -q login_shell && echo login; pwd; exit 9\n';
	const run = await box.run([`--chroot=${await debianRoot()}`], { stdin: script });
	t.equal(run.status, 9, run.err);
	t.match(run.out, /^\[-bash\]\nlogin\n\//);
});

live("with -- and nothing after it", async (t, box) => {
	const run = await box.run(["--"], { stdin: "exit 4\n" });
	t.equal(run.status, 4);
});

live("/bin/sh where the root has no bash", async (t, box) => {
	const root = tinyRoot(box);
	copyFileSync(PROBE, `${root}/bin/sh`);
	const run = await box.run([`--chroot=${root}`]);
	t.same([run.status, run.out, run.err], [0, "argv0 -sh\n", ""]);
	copyFileSync(PROBE, `${root}/bin/bash`);
	t.equal((await box.run([`--chroot=${root}`])).out, "argv0 -bash\n", "bash is preferred");
});

live("neither is an error", async (t, box) => {
	const run = await box.run([`--chroot=${tinyRoot(box)}`]);
	t.equal(run.status, 127, run.err);
	t.match(run.err, /^pflask: [^\n]*\/bin\/sh[^\n]*\n/);
});

live("--as-pid1 makes the shell pid 1", async (t, box) => {
	const run = await box.run(["--as-pid1"], { stdin: "echo $$\n" });
	t.equal(run.out, "1\n", run.err);
});

t.end();
