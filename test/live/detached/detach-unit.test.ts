// SPDX-License-Identifier: BSD-2-Clause
// --detach works in a systemd unit, in a Debian that was booted in a container.
import { mkdirSync, writeFileSync } from "node:fs";
import { detach, finish, nameIn } from "../../lib/detached.ts";
import { live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { debianRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

const COMMAND = "sh -c 'echo from a unit; sleep 1000'";
const UNIT = `
[Service]
Type=forking
PIDFile=/run/box.pid
ExecStart=/usr/local/bin/pflask --detach --name=box --pid-file=/run/box.pid -- ${COMMAND}
ExecStop=/usr/local/bin/pflask --kill box
`;

live("a unit starts a detached container, whose monitor is its main process", async (t, box) => {
	mkdirSync(`${box.dir}/units`);
	writeFileSync(`${box.dir}/units/box.service`, UNIT);
	const name = nameIn(box, "system");
	const mounts = [
		`bind-ro:${PFLASK}:/usr/local/bin/pflask`,
		`bind-ro:${box.dir}/units:/etc/systemd/system.attached`,
	].map((mount) => `--mount=${mount}`);
	const system = [`--name=${name}`, "--ephemeral", `--chroot=${await debianRoot()}`, ...mounts];
	await detach(box, [...system, "--", "/sbin/init"]);
	const inside = async (...words: string[]) => {
		const { status, out } = await box.run([`--exec=${name}`, "--", ...words]);
		return [status, out.trim()];
	};
	await until("the system", async () => {
		const [, state] = await inside("systemctl", "is-system-running");
		return state === "running";
	});
	t.same(await inside("systemctl", "start", "box"), [0, ""]);
	const [, main] = await inside("systemctl", "show", "--value", "--property=MainPID", "box");
	t.same(await inside("pidof", "pflask"), [0, main], "the unit's main process is the monitor");
	t.same(await inside("pflask", "--list", "--quiet"), [0, main]);
	await until("the output", async () => {
		const [, logs] = await inside("pflask", "--logs=box");
		return logs === "from a unit";
	});
	t.same(await inside("systemctl", "stop", "box"), [0, ""]);
	t.same(await inside("systemctl", "is-failed", "box"), [1, "inactive"], "its end is a good one");
	t.same(await inside("pflask", "--list", "--quiet"), [0, ""]);
	await finish(box, name);
});
