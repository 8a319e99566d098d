// SPDX-License-Identifier: BSD-2-Clause
// systemd-analyze(1) accepts the units in docs/systemd-unit.md.
import { readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { sh } from "../../lib/host.ts";
import { anyone } from "../../lib/live.ts";
import { PFLASK, TREE } from "../../lib/paths.ts";

const text = readFileSync(`${TREE}/docs/systemd-unit.md`, "utf8");
const units = [...text.matchAll(/`\/etc\/systemd\/system\/(.*?)`:\n\n```ini\n(.*?)```/gs)];

anyone("systemd accepts the units", async (t, box) => {
	t.same(
		units.map(([, name]) => name),
		["web.service", "debian.service"],
	);
	for (const [, name = "", unit = ""] of units) {
		const file = `${box.dir}/${name}`;
		t.match(unit, "/usr/bin/pflask");
		writeFileSync(file, unit.replace("/usr/bin/pflask", PFLASK));
		t.equal(
			await sh(["sh", "-c", 'systemd-analyze verify --man=no "$1" 2>&1', "sh", file]),
			"",
			name,
		);
	}
});

anyone("pflask accepts the command lines", async (t, box) => {
	for (const [, name = "", unit = ""] of units) {
		const [, ...words] = (/^ExecStart=(.*)$/m.exec(unit)?.[1] ?? "").split(" ");
		const options = words.map((word) => word.replace(/--chroot=.*/, "--chroot=/usr"));
		const run = await box.run(["--dry-run", ...options]);
		t.match(run.out, / init +exec /, `${name}: ${run.err}`);
	}
});

t.end();
