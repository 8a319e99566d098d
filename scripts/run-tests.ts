// SPDX-License-Identifier: BSD-2-Clause
// Runs all tests, or the tests with one of the given words in their paths. The last line of output
// is "N passed, N failed", with ", N skipped" if tests were skipped:
//	scripts/bun scripts/run-tests.ts [--machine] [WORD...]
// As root, all tests run in a mount namespace with shared mounts, like the mounts of a host with
// systemd. The live tests then run again in a mount namespace with private mounts. The default
// executable of the second run is build/pflask, the executable without the front. PFLASK_BIN names
// another executable. With --machine, only the tests for the virtual machine run, in the machine
// (scripts/vm.ts). The exit status is 0 if no test failed, every file was run to its end, and at
// least one test ran.
import { resolve } from "node:path";
import { inNamespace, PROPAGATIONS, type Propagation } from "../test/lib/propagation.ts";
import { RELEASE } from "./vm/image.ts";

/** Where tests run: on this host with one kind of mounts, or in the virtual machine. */
type Place = Propagation | "machine";

const FILES = ["{core-c,scripts,test}/**/*.test.ts", "packages/*/test/**/*.test.ts"];
/** The tests that run only in the virtual machine. */
const MACHINE_ONLY = /^test\/vm\//;
/** The tests that run only in a virtual machine with one release of Debian, test/vm/RELEASE. */
const ONE_RELEASE = /^test\/vm\/(\w+)\//;
/**
 * The live tests that run in the virtual machine, too. Their results depend on systemd, on ipvlan,
 * or on features of overlayfs, tmpfs, id-mapped mounts and user namespaces in the machine's kernel.
 */
const MACHINE_TOO = [
	"detached/attach",
	"detached/attach-screen",
	"detached/detach-unit",
	"ephemeral/ephemeral",
	"mounts/devices",
	"mounts/idmapped",
	"net/net-macvlan",
	"process/namespaces",
	"trial/continued",
	"trial/stacked",
	"users/userns",
].map((name) => `test/live/${name}.test.ts`);
/** The time limit of the virtual machine. The limit ends only a machine that hangs. */
const MACHINE_SECONDS = "2400";
const REPORT = "build/test/report";
const RUNNER = "node_modules/tap/dist/esm/run.mjs";
const PRELOAD = "./scripts/tap-on-bun.ts";
/**
 * A script that hides the host's machined. The tests of machined run their own machined, and no
 * other test may depend on the machined of the host.
 */
const HIDE_MACHINED = `
	for hidden in /run/systemd/machine /usr/share/dbus-1/system-services; do
		[ ! -S /run/dbus/system_bus_socket ] || [ ! -d $hidden ] || mount -t tmpfs none $hidden
	done
`;
const EXECUTABLES: Readonly<Record<Propagation, string>> = {
	shared: "dist/pflask",
	private: "build/pflask",
};

interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}

/** Tells whether a test runs at a place. */
function isFor(place: Place, file: string): boolean {
	const [, release = RELEASE] = ONE_RELEASE.exec(file) ?? [];
	if (place === "machine")
		return release === RELEASE && (MACHINE_ONLY.test(file) || MACHINE_TOO.includes(file));
	return !MACHINE_ONLY.test(file) && (place === "shared" || file.includes("/live"));
}

function testFiles(words: readonly string[]): string[] {
	const all = FILES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync()]).sort();
	const wanted = (file: string) =>
		places.some((place) => isFor(place, file)) &&
		(words.length === 0 || words.some((word) => file.includes(word)));
	const files = all.filter(wanted);
	if (files.length === 0) throw new Error(`no such test: ${words.join(" ")}`);
	return files;
}

/** Returns the command that runs tap at a place. */
function tapCommand(place: Place, files: readonly string[]): string[] {
	const words = ["--preload", PRELOAD, RUNNER, "--reporter=tap", ...files];
	if (place !== "machine")
		return [
			...(isRoot ? inNamespace(`${HIDE_MACHINED}exec "$@"`, place) : []),
			process.execPath,
			...words,
		];
	const env = `PFLASK_MUST_WORK=${process.env.PFLASK_MUST_WORK ?? ""}`;
	const command = [env, "scripts/bun", ...words].join(" ");
	return [process.execPath, "scripts/vm.ts", "--timeout", MACHINE_SECONDS, command];
}

/** The output of tap, and its exit code. */
type Result = readonly [report: string, exitCode: number | null];

/** Runs tap at a place. Shows its report immediately. */
async function runTap(files: readonly string[], place: Place): Promise<Result> {
	const executable = place === "machine" ? {} : { PFLASK_BIN: resolve(EXECUTABLES[place]) };
	const env = { ...executable, ...process.env };
	const tap = Bun.spawn(tapCommand(place, files), { env, stdio: ["ignore", "pipe", "inherit"] });
	const chunks: Uint8Array[] = [];
	for await (const chunk of tap.stdout) {
		chunks.push(chunk);
		await Bun.write(Bun.stdout, chunk);
	}
	await tap.exited;
	return [Buffer.concat(chunks).toString(), tap.exitCode];
}

/** Counts the results in a report. A file that crashed or has no result counts as failed. */
function count(report: string, files: number, exitCode: number | null): Counts {
	const totals = report.match(/^# \{ total: .* \}$/m)?.[0] ?? "";
	const total = (name: string) => Number(totals.match(`\\b${name}: (\\d+)`)?.[1] ?? 0);
	const good = report.match(/^ok /gm)?.length ?? 0;
	const mustWork = process.env.PFLASK_MUST_WORK === "1";
	const skipped = mustWork ? 0 : total("skip");
	const failed = Math.max(total("fail") + total("skip") - skipped, files - good);
	const broken = failed === 0 && (exitCode !== 0 || total("pass") === 0);
	return { passed: total("pass"), failed: broken ? 1 : failed, skipped };
}

/** Runs the test files that belong to a place: to a kind of mounts, or to the virtual machine. */
async function runIn(place: Place): Promise<Counts> {
	const run = files.filter((file) => isFor(place, file));
	if (run.length === 0) return { passed: 0, failed: 0, skipped: 0 };
	console.log(place === "machine" ? "# a virtual machine" : `# all mounts are ${place}`);
	const [report, exitCode] = await runTap(run, place);
	await Bun.write(`${REPORT}-${place}.tap`, report);
	for (const [line] of report.matchAll(/^ *not ok .*$/gm))
		failures.push(`${place}: ${line.trim()}`);
	return count(report, run.length, exitCode);
}

process.chdir(`${import.meta.dir}/..`);
const isRoot = process.getuid?.() === 0;
const [first, ...others] = process.argv.slice(2);
const inMachine = first === "--machine";
const here: readonly Place[] = isRoot ? PROPAGATIONS : PROPAGATIONS.slice(0, 1);
const places: readonly Place[] = inMachine ? ["machine"] : here;
const files = testFiles(inMachine ? others : process.argv.slice(2));
const failures: string[] = [];
let [passed, failed, skipped] = [0, 0, 0];
for (const place of places) {
	const counts = await runIn(place);
	passed += counts.passed;
	failed += counts.failed;
	skipped += counts.skipped;
}
for (const line of failures) console.log(line);
const summary = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
await Bun.write(`build/test/summary${inMachine ? "-machine" : ""}`, `${summary}\n`);
console.log(summary);
process.exitCode = failed === 0 ? 0 : 1;
