// SPDX-License-Identifier: BSD-2-Clause
// Runs all tests, or the tests whose paths contain one of the given words. The last line of output
// is "N passed, N failed", with ", N skipped" if tests were skipped:
//	scripts/bun scripts/run-tests.ts [WORD...]
// As root, all tests run in a mount namespace with shared mounts, as on a host with systemd. The
// live tests then run again in a mount namespace with private mounts. The second run tests
// build/pflask, the executable without the front, unless PFLASK_BIN names an executable. The exit
// status is 0 only if no test failed, every file was run to its end, and at least one test ran.
import { resolve } from "node:path";
import { inNamespace, PROPAGATIONS, type Propagation } from "../test/lib/propagation.ts";

const FILES = ["{core-c,scripts,test}/**/*.test.ts", "packages/*/test/**/*.test.ts"];
const REPORT = "build/test/report";
const SUMMARY = "build/test/summary";
const RUNNER = "node_modules/tap/dist/esm/run.mjs";
const PRELOAD = "./scripts/tap-on-bun.ts";
/** The tests of machined have their own machined. All other tests must not depend on the host's. */
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

function testFiles(words: readonly string[]): string[] {
	const all = FILES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync()]).sort();
	const wanted = (file: string) => words.some((word) => file.includes(word));
	const files = words.length === 0 ? all : all.filter(wanted);
	if (files.length === 0) throw new Error(`no such test: ${words.join(" ")}`);
	return files;
}

/** The output of tap, and its exit code. */
type Result = readonly [report: string, exitCode: number | null];

/** Runs tap in a mount namespace of the given kind. Shows its report as it is written. */
async function runTap(files: readonly string[], kind: Propagation): Promise<Result> {
	const command = [process.execPath, "--preload", PRELOAD, RUNNER, "--reporter=tap", ...files];
	const via = isRoot ? inNamespace(`${HIDE_MACHINED}exec "$@"`, kind) : [];
	const env = { PFLASK_BIN: resolve(EXECUTABLES[kind]), ...process.env };
	const tap = Bun.spawn([...via, ...command], { env, stdio: ["ignore", "pipe", "inherit"] });
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

/** Runs the files whose results may depend on the kind of mount namespace. */
async function runIn(kind: Propagation): Promise<Counts> {
	const run = kind === "shared" ? files : files.filter((file) => file.includes("/live"));
	if (run.length === 0) return { passed: 0, failed: 0, skipped: 0 };
	console.log(`# all mounts are ${kind}`);
	const [report, exitCode] = await runTap(run, kind);
	await Bun.write(`${REPORT}-${kind}.tap`, report);
	for (const [line] of report.matchAll(/^ *not ok .*$/gm)) failures.push(`${kind}: ${line.trim()}`);
	return count(report, run.length, exitCode);
}

process.chdir(`${import.meta.dir}/..`);
const files = testFiles(process.argv.slice(2));
const failures: string[] = [];
const isRoot = process.getuid?.() === 0;
let [passed, failed, skipped] = [0, 0, 0];
for (const kind of isRoot ? PROPAGATIONS : PROPAGATIONS.slice(0, 1)) {
	const counts = await runIn(kind);
	passed += counts.passed;
	failed += counts.failed;
	skipped += counts.skipped;
}
for (const line of failures) console.log(line);
const summary = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
await Bun.write(SUMMARY, `${summary}\n`);
console.log(summary);
process.exitCode = failed === 0 ? 0 : 1;
