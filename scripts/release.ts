// SPDX-License-Identifier: BSD-2-Clause
// Makes a release of the committed tree, as RELEASING.md explains:
//	scripts/bun scripts/release.ts [--dry-run] VERSION
// The script publishes nothing: the maintainer pushes the result.
import { readFileSync, writeFileSync } from "node:fs";

const USAGE = "usage: release.ts [--dry-run] VERSION";
/**
 * The file that defines the version. scripts/test/generated.test.ts compares the copies with this
 * file.
 */
const HEADER = "core-c/include/pflask.h";
const COPIES = ["packages/*/package.json", "packages/runtime/src/abi.gen.ts", "bun.lock"];
const CHANGELOG = "CHANGELOG.md";
const DEBIAN_CHANGELOG = "debian/changelog";
/** The targets of the Makefile that build the released files. */
const TARGETS = ["build", "deb", "deb-arm64", "pack"];
const SUMS = "dist/SHA256SUMS";

function fail(what: string, why: string): never {
	console.error(`release: ${what}: ${why}`);
	process.exit(1);
}

/** Runs a command and returns its output. */
function run(...command: string[]): string {
	const { exitCode, stdout } = Bun.spawnSync(command, { stderr: "inherit" });
	if (exitCode !== 0) fail(command.join(" "), `status ${exitCode}`);
	return stdout.toString();
}

/** Runs a command that takes long, and shows its output. */
function show(...command: string[]): void {
	const { exitCode } = Bun.spawnSync(command, { stdout: "inherit", stderr: "inherit" });
	if (exitCode !== 0) fail(command.join(" "), `status ${exitCode}`);
}

function isNewer(version: string, old: string): boolean {
	const [mine, theirs] = [version, old].map((text) => text.split(".").map(Number));
	const difference = mine?.map((part, index) => part - (theirs?.[index] ?? 0)) ?? [];
	return (difference.find((part) => part !== 0) ?? 0) > 0;
}

/** Returns the files that contain the version, with the new version in them. */
function renumbered(old: string, version: string): Map<string, string> {
	const files = [HEADER, ...COPIES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync()])];
	const pattern = new RegExp(`((?:VERSION =?|"version":) *")${old.replaceAll(".", "\\.")}"`, "g");
	return new Map(
		files.map((file) => {
			const text = readFileSync(file, "utf8");
			const changed = text.replace(pattern, `$1${version}"`);
			if (changed === text) fail(file, `does not have the version ${old}`);
			return [file, changed];
		}),
	);
}

/** Returns the changelog with a section for the release, and the text of the section. */
function dated(version: string): { changelog: string; section: string } {
	const text = readFileSync(CHANGELOG, "utf8");
	const section = text.match(/^## Unreleased\n([^]*?)(?=^## |$(?![^]))/m)?.[1]?.trim() ?? "";
	if (section === "") fail(CHANGELOG, "has nothing below Unreleased");
	const heading = `## ${version} - ${new Date().toISOString().slice(0, 10)}`;
	return {
		changelog: text.replace(/^## Unreleased$/m, `## Unreleased\n\n${heading}`),
		section: section.replaceAll(/^### /gm, ""),
	};
}

/** Returns the changelog of the Debian packages with an entry for the release. */
function debianChangelog(old: string, version: string): string {
	const text = readFileSync(DEBIAN_CHANGELOG, "utf8");
	const [entry = ""] = text.match(/^pflask [^]*?^ -- .*> {2}.*\n/m) ?? [];
	if (!entry.startsWith(`pflask (${old}-`))
		fail(DEBIAN_CHANGELOG, `does not begin with the version ${old}`);
	const date = new Date().toUTCString().replace("GMT", "+0000");
	const head = entry.replace(/\(.*?\)/, `(${version}-1)`).replace(/(> {2}).*/, `$1${date}`);
	return `${head}\n${text}`;
}

/** Returns the lines of sha256sum(1) for the built files. */
function checksums(): string {
	const files = [...new Bun.Glob("**/*").scanSync("dist")].filter(
		(file) => `dist/${file}` !== SUMS,
	);
	const lines = files.sort().map((file) => {
		const sum = new Bun.CryptoHasher("sha256").update(readFileSync(`dist/${file}`)).digest("hex");
		return `${sum}  ${file}\n`;
	});
	return lines.join("");
}

process.chdir(`${import.meta.dir}/..`);
const words = process.argv.slice(2);
const isDry = words[0] === "--dry-run";
const [version, ...surplus] = isDry ? words.slice(1) : words;
if (version === undefined || surplus.length > 0) fail("arguments", USAGE);
if (!/^\d+\.\d+\.\d+$/.test(version)) fail(version, "not a version such as 1.2.3");
const old = readFileSync(HEADER, "utf8").match(/define PFLASK_VERSION "(.*)"/)?.[1] ?? "";
const tag = `v${version}`;
if (!isNewer(version, old)) fail(version, `not newer than ${old}`);
if (run("git", "status", "--porcelain") !== "") fail("the tree", "has changes; commit them first");
if (run("git", "tag", "--list", tag) !== "") fail(tag, "already exists");
const { changelog, section } = dated(version);
const changes = new Map([
	...renumbered(old, version),
	[CHANGELOG, changelog],
	[DEBIAN_CHANGELOG, debianChangelog(old, version)],
]);

if (isDry) {
	console.log("run .ci/run, which must pass");
	for (const file of changes.keys()) console.log(`write ${version} to ${file}`);
	console.log(`run make ${TARGETS.join(" ")}, and write ${SUMS}`);
	console.log(
		`commit "release: pflask ${version}", and tag the commit ${tag} with this text:\n\n${section}`,
	);
} else {
	show(".ci/run");
	for (const [file, text] of changes) writeFileSync(file, text);
	show("make", ...TARGETS);
	writeFileSync(SUMS, checksums());
	run("git", "commit", "--quiet", "--message", `release: pflask ${version}`, ...changes.keys());
	run(
		"git",
		"tag",
		"--annotate",
		"--cleanup=whitespace",
		tag,
		"--message",
		`pflask ${version}\n\n${section}`,
	);
	console.log(
		`${tag} is tagged; git push --follow-tags publishes it, and ${SUMS} has the checksums`,
	);
}
