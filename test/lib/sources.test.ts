// SPDX-License-Identifier: BSD-2-Clause
// findSource() finds the archive of Debian packages in both kinds of files that apt reads:
// *.sources and *.list.
import t from "tap";
import { findSource } from "./sources.ts";

const DEB822 = `
# A comment
Types: deb deb-src
URIs: http://one.example/debian http://two.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/one.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
`;

const ONE_LINE = `
# deb http://comment.example/debian bookworm main
deb-src http://sources.example/debian bookworm main
deb http://other.example stable main
deb [arch=amd64 signed-by=/k.gpg] http://line.example/debian bookworm main # why not
deb http://late.example/debian bookworm main
`;

t.test("a stanza of a .sources file", async (t) => {
	t.same(findSource([{ name: "debian.sources", text: DEB822 }], "bookworm"), {
		mirror: "http://one.example/debian",
		keyring: "/usr/share/keyrings/one.gpg",
	});
});

t.test("a line of a .list file", async (t) => {
	t.same(findSource([{ name: "sources.list", text: ONE_LINE }], "bookworm"), {
		mirror: "http://line.example/debian",
		keyring: "/k.gpg",
	});
});

t.test("a source without a keyring", async (t) => {
	const text = "deb http://x.example/debian bookworm main\n";
	t.same(findSource([{ name: "a.list", text }], "bookworm"), {
		mirror: "http://x.example/debian",
		keyring: undefined,
	});
	const inline =
		"Types: deb\nURIs: http://x.example/\nSuites: a\nComponents: main\nSigned-By:\n -----\n x\n";
	t.equal(findSource([{ name: "a.sources", text: inline }], "a")?.keyring, undefined);
});

t.test("folded lines, and the case of names", async (t) => {
	const text = "types: deb\nuris:\n http://x.example/debian\nsuites: a\n b\ncomponents: main\n";
	t.equal(findSource([{ name: "a.sources", text }], "b")?.mirror, "http://x.example/debian");
});

t.test("a source that is disabled or lacks the component", async (t) => {
	const off = `Enabled: no\n${DEB822.trim().replace("# A comment\n", "")}`;
	t.equal(findSource([{ name: "a.sources", text: off }], "bookworm"), undefined);
	t.equal(findSource([{ name: "a.sources", text: DEB822 }], "trixie"), undefined);
	const other = DEB822.replace("main contrib", "contrib");
	t.equal(findSource([{ name: "a.sources", text: other }], "bookworm"), undefined);
	t.equal(findSource([], "bookworm"), undefined);
});

t.end();
