// SPDX-License-Identifier: BSD-2-Clause
// A build is reproducible bit for bit. Another user builds everything again, later, in another
// directory, and with another umask, time zone, language and environment.
import {
	chmodSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
} from "node:fs";
import t from "tap";
import { account } from "../lib/account.ts";
import { debianPackages, QUICK } from "../lib/debian-packages.ts";
import { sh } from "../lib/host.ts";
import { TREE } from "../lib/paths.ts";

/** The products besides the executable. */
const PRODUCTS = "{include,lib,share}/**/*";

/** Copies the sources and the Bun of this tree to the directory $1. */
const COPY = `
	git ls-files -z | xargs -0 cp --parents --no-dereference --preserve=mode --target-directory="$1"
	mkdir "$1/build"
	cp -a build/bun "$1/build"
	chown -R "$2:" "$1"`;

/** Returns the contents of the files of a directory: a sha256 sum, or the target of a link. */
function sums(directory: string, pattern: string): Map<string, string> {
	const names = [...new Bun.Glob(pattern).scanSync({ cwd: directory, followSymlinks: false })];
	return new Map(names.sort().map((name) => [name, sum(`${directory}/${name}`)]));
}

function sum(path: string): string {
	try {
		return `-> ${readlinkSync(path)}`;
	} catch {
		return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
	}
}

const OPTIONS = { timeout: 600_000 };

t.test("another user gets the same files and the same packages", OPTIONS, async (t) => {
	const top = mkdtempSync("/tmp/pftest-again-");
	t.teardown(() => sh(["rm", "-rf", "--one-file-system", top]));
	chmodSync(top, 0o711);
	const user = await account("pft-builder");
	const place = `${top}/a-directory-with-a-longer-name`;
	const tree = `${place}/pflask`;
	mkdirSync(tree, { recursive: true });
	await sh(["chown", "-R", `${user.name}:`, place]);
	await sh(["sh", "-ceu", `cd "$3"; ${COPY}`, "sh", tree, user.name, TREE], 60_000);
	const env = { ...user.env, ...QUICK, TZ: "Pacific/Chatham", LC_ALL: "C.UTF-8", TERM: "dumb" };
	const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
	const build = 'umask 077; cd "$1" && dpkg-buildpackage -b -us -uc';
	const command = ["env", "-i", ...settings, "sh", "-c", build, "sh", tree];
	const [packages] = await Promise.all([
		debianPackages(),
		sh([...user.become, ...command], 500_000),
	]);

	const [mine, others] = [sums(`${TREE}/dist`, PRODUCTS), sums(`${tree}/dist`, PRODUCTS)];
	t.ok(others.size > 20 && others.has("lib/libpflask.so.0"));
	// An older build of this tree may have left more files.
	t.same(
		[...others].filter(([name, found]) => mine.get(name) !== found),
		[],
	);
	for (const path of ["build/pflask-init", "build/pflask-front", "build/pflask", "dist/pflask"])
		t.equal(sum(`${tree}/${path}`), sum(`${TREE}/${path}`), path);
	const debs = readdirSync(packages).filter((name) => name.endsWith(".deb"));
	t.ok(debs.length >= 3);
	for (const name of debs) t.equal(sum(`${place}/${name}`), sum(`${packages}/${name}`), name);
});
