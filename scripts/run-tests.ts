// SPDX-License-Identifier: BSD-2-Clause
// Runs the tests, or those whose paths contain one of the words given, and closes with a line
// "N passed, N failed":
//	scripts/bun scripts/run-tests.ts [WORD...]
// The exit status is 0 only where every file was run to its end and something was tested.
import { mkdirSync, readFileSync, rmSync } from "node:fs";

const FILES = ["{core-c,scripts,test}/**/*.test.ts", "packages/*/test/**/*.test.ts"];
const REPORT = "build/test/report.tap";
const SUMMARY = "build/test/summary";
const RUNNER = "node_modules/tap/dist/esm/run.mjs";
const PRELOAD = "./scripts/tap-on-bun.ts";

interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}

function testFiles(words: readonly string[]): string[] {
	const all = FILES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync()]).sort();
	const wanted = (file: string) => words.some((word) => file.includes(word));
	const files = words.length === 0 ? all : all.filter(wanted);
	if (files.length === 0) throw new Error(`no test: ${words.join(" ")}`);
	return files;
}

function readReport(): string {
	try {
		return readFileSync(REPORT, "utf8");
	} catch {
		return "";
	}
}

/** Counts what the report says. A file that crashed, or that has no result, failed. */
function count(report: string, files: number, exitCode: number | null): Counts {
	const totals = report.match(/^# \{ total: .* \}$/m)?.[0] ?? "";
	const total = (name: string) => Number(totals.match(`\\b${name}: (\\d+)`)?.[1] ?? 0);
	const good = report.match(/^ok /gm)?.length ?? 0;
	const skipped = process.env.PFLASK_MUST_WORK === "1" ? total("skip") : 0;
	const failed = Math.max(total("fail") + skipped, files - good);
	const broken = failed === 0 && (exitCode !== 0 || total("pass") === 0);
	return { passed: total("pass"), failed: broken ? 1 : failed, skipped: total("skip") };
}

process.chdir(`${import.meta.dir}/..`);
const files = testFiles(process.argv.slice(2));
mkdirSync("build/test", { recursive: true });
rmSync(REPORT, { force: true });
const reporter = process.stdout.isTTY && !process.env.CI ? "terse" : "tap";
const tap = Bun.spawnSync(
	[process.execPath, "--preload", PRELOAD, RUNNER, `-R${reporter}`, `-o${REPORT}`, ...files],
	{ stdio: ["ignore", "inherit", "inherit"] },
);
const { passed, failed, skipped } = count(readReport(), files.length, tap.exitCode);
const summary = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
console.log(summary);
await Bun.write(SUMMARY, `${summary}\n`);
process.exitCode = failed === 0 ? 0 : 1;
