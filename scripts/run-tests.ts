// SPDX-License-Identifier: BSD-2-Clause
// Runs the tests, or those whose paths contain one of the words given, and closes with a line
// "N passed, N failed":
//	scripts/bun scripts/run-tests.ts [WORD...]
// The exit status is 0 only where every file was run to its end and something was tested.

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

/** Runs tap, and shows its report while it is written. Returns the report and the exit code. */
async function runTap(files: readonly string[]): Promise<[string, number | null]> {
	const command = [process.execPath, "--preload", PRELOAD, RUNNER, "--reporter=tap", ...files];
	const tap = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
	const chunks: Uint8Array[] = [];
	for await (const chunk of tap.stdout) {
		chunks.push(chunk);
		await Bun.write(Bun.stdout, chunk);
	}
	await tap.exited;
	return [Buffer.concat(chunks).toString(), tap.exitCode];
}

/** Counts what the report says. A file that crashed, or that has no result, failed. */
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

process.chdir(`${import.meta.dir}/..`);
const files = testFiles(process.argv.slice(2));
const [report, exitCode] = await runTap(files);
await Bun.write(REPORT, report);
const { passed, failed, skipped } = count(report, files.length, exitCode);
for (const [line] of report.matchAll(/^ *not ok .*$/gm)) console.log(line.trim());
const summary = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
await Bun.write(SUMMARY, `${summary}\n`);
console.log(summary);
process.exitCode = failed === 0 ? 0 : 1;
