// SPDX-License-Identifier: BSD-2-Clause
// The libraries that are linked into Bun, with the licenses that Bun's LICENSE.md names.

/** A library in Bun. */
export interface Library {
	/** The name of the library's version in process.versions, if the version is there. */
	readonly version?: string;
	/** An SPDX license expression. Not set if LICENSE.md says "several licenses". */
	readonly license?: string;
	/** The repository of the library, a package URL without the version. */
	readonly purl: string;
}

/** The libraries by their names. */
export const LIBRARIES: Readonly<Record<string, Library>> = {
	boringssl: { version: "boringssl", purl: "github/oven-sh/boringssl" },
	brotli: { license: "MIT", purl: "github/google/brotli" },
	"c-ares": { version: "ares", license: "MIT", purl: "github/c-ares/c-ares" },
	highway: { license: "Apache-2.0", purl: "github/google/highway" },
	icu: { version: "icu", license: "Unicode-3.0", purl: "github/unicode-org/icu" },
	libarchive: { version: "libarchive", purl: "github/libarchive/libarchive" },
	libbase64: { license: "BSD-2-Clause", purl: "github/aklomp/base64" },
	libdeflate: { version: "libdeflate", license: "MIT", purl: "github/ebiggers/libdeflate" },
	"libjpeg-turbo": {
		license: "IJG AND BSD-3-Clause AND Zlib",
		purl: "github/libjpeg-turbo/libjpeg-turbo",
	},
	libspng: { license: "BSD-2-Clause", purl: "github/randy408/libspng" },
	libwebp: { license: "BSD-3-Clause", purl: "github/webmproject/libwebp" },
	llhttp: { version: "llhttp", license: "MIT", purl: "github/nodejs/llhttp" },
	"lol-html": { version: "lolhtml", license: "BSD-3-Clause", purl: "github/oven-sh/lol-html" },
	"ls-hpack": { version: "lshpack", license: "MIT", purl: "github/litespeedtech/ls-hpack" },
	"ls-qpack": { license: "MIT", purl: "github/litespeedtech/ls-qpack" },
	lsquic: { license: "MIT AND BSD-3-Clause", purl: "github/litespeedtech/lsquic" },
	mimalloc: { version: "mimalloc", license: "MIT", purl: "github/oven-sh/mimalloc" },
	picohttpparser: {
		version: "picohttpparser",
		license: "Artistic-1.0-Perl OR MIT",
		purl: "github/h2o/picohttpparser",
	},
	simdutf: { license: "Apache-2.0", purl: "github/simdutf/simdutf" },
	sqlite: { version: "sqlite", license: "blessing", purl: "github/sqlite/sqlite" },
	tinycc: { version: "tinycc", license: "LGPL-2.1-only", purl: "github/oven-sh/tinycc" },
	uSockets: { version: "usockets", license: "Apache-2.0", purl: "github/oven-sh/bun" },
	uWebSockets: { version: "uwebsockets", license: "Apache-2.0", purl: "github/oven-sh/bun" },
	webkit: { version: "webkit", license: "LGPL-2.0-only", purl: "github/oven-sh/WebKit" },
	"zlib-ng": { version: "zlib", license: "Zlib", purl: "github/zlib-ng/zlib-ng" },
	zstd: { version: "zstd", license: "BSD-3-Clause OR GPL-2.0-only", purl: "github/facebook/zstd" },
};

/**
 * The names in process.versions that are no linked library: Bun itself, the compiler of Bun, and
 * the versions of Node and others that Bun is compatible with.
 */
export const NO_LIBRARIES = [
	"bun",
	"modules",
	"napi",
	"node",
	"openssl",
	"typescript",
	"unicode",
	"uv",
	"v8",
	"zig",
] as const;
