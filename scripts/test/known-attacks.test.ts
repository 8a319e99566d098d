// SPDX-License-Identifier: BSD-2-Clause
// Each test that the table of known attacks in SECURITY.md names exists.
import { existsSync, readFileSync } from "node:fs";
import t from "tap";

const TREE = `${import.meta.dir}/../..`;

/** The attacks that the table must have. */
const ATTACKS = [
	"2014-8989",
	"2016-9962",
	"2017-5226",
	"2019-5736",
	"2021-30465",
	"2022-0492",
	"2022-24769",
	"2024-21626",
	"2025-31133",
	"2025-52565",
	"2025-52881",
];

/** Returns the rows of the table: the number of the attack, and the cell that names the tests. */
function rows(): Map<string, string> {
	const text = readFileSync(`${TREE}/SECURITY.md`, "utf8");
	const found = text.matchAll(/^\| CVE-(\d+-\d+) \|.*\| ([^|]*) \|$/gm);
	return new Map([...found].map(([, attack = "", tests = ""]) => [attack, tests]));
}

t.test("the table has each attack", async (t) => {
	t.same([...rows().keys()], ATTACKS);
});

t.test("each named test exists", async (t) => {
	for (const [attack, tests] of rows()) {
		const named = [...tests.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)];
		t.ok(named.length > 0, `CVE-${attack} names a test`);
		for (const [, path = "", title = ""] of named) {
			t.ok(existsSync(`${TREE}/${path}`), path);
			const text = readFileSync(`${TREE}/${path}`, "utf8");
			// The title of a test ends with its quote, or with the name of the user who starts the
			// container.
			const is = [`live("${title}"`, `live(\`${title}: \${starter.name}\``];
			t.ok(
				is.some((start) => text.replace(/live\(\s+/g, "live(").includes(start)),
				`${path}: ${title}`,
			);
		}
	}
});

t.end();
