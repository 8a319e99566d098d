// SPDX-License-Identifier: BSD-2-Clause
// Finds the source of this machine's Debian packages, for debootstrap.

/** An archive, and the key that checks its signatures. */
export interface Source {
	readonly mirror: string;
	/** The path of the key, or undefined if the source names none. */
	readonly keyring: string | undefined;
}

interface Entry {
	readonly types: string;
	readonly uris: string;
	readonly suites: string;
	readonly components: string;
	readonly signedBy: string | undefined;
}

function parseDeb822(text: string): Entry[] {
	const stanzas = text.replace(/^#.*\n?/gm, "").split(/\n\s*\n/);
	return stanzas.map((stanza) => {
		const unfolded = stanza.replace(/\n[ \t]+/g, " ");
		function field(name: string): string {
			return unfolded.match(new RegExp(`^${name}:[ \\t]*(.*)$`, "im"))?.[1]?.trim() ?? "";
		}
		const types = field("Enabled").toLowerCase() === "no" ? "" : field("Types");
		const signedBy = field("Signed-By").match(/^\/\S+/)?.[0];
		return {
			types,
			uris: field("URIs"),
			suites: field("Suites"),
			components: field("Components"),
			signedBy,
		};
	});
}

function parseOneLine(text: string): Entry[] {
	const lines = text.matchAll(/^\s*(deb)\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)/gm);
	return [...lines].map(([, types = "", options = "", uris = "", suites = "", rest = ""]) => ({
		types,
		uris,
		suites,
		components: rest,
		signedBy: options.match(/signed-by=(\/[^\s,]+)/)?.[1],
	}));
}

function hasWord(text: string, word: string): boolean {
	return text.split(/\s+/).includes(word);
}

/**
 * Searches the texts of APT's *.list and *.sources files. Returns the first archive that has the
 * component `main` of the suite.
 */
export function findSource(
	files: readonly { readonly name: string; readonly text: string }[],
	suite: string,
): Source | undefined {
	const entries = files.flatMap(({ name, text }) =>
		name.endsWith(".sources") ? parseDeb822(text) : parseOneLine(text),
	);
	const found = entries.find(
		(entry) =>
			hasWord(entry.types, "deb") &&
			hasWord(entry.suites, suite) &&
			hasWord(entry.components, "main"),
	);
	const mirror = found?.uris.split(/\s+/)[0];
	return mirror ? { mirror, keyring: found?.signedBy } : undefined;
}
