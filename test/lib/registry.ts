// SPDX-License-Identifier: BSD-2-Clause
// A registry of npm packages on loopback. With the registry, tests install packages without a
// network.
import { readdirSync, readFileSync } from "node:fs";

export interface Registry {
	/** The environment that makes bun and npm use this registry. */
	readonly env: Readonly<Record<string, string>>;
	stop(): Promise<void>;
}

interface Manifest {
	readonly name: string;
	readonly version: string;
	readonly [key: string]: unknown;
}

/** Returns the package.json in a tarball. */
export function manifestIn(tarball: string): Manifest {
	const command = ["tar", "--extract", "--to-stdout", "-f", tarball, "package/package.json"];
	return JSON.parse(Bun.spawnSync(command).stdout.toString());
}

/** Returns a registry's description of a package with one version. */
function described(tarball: string, address: string): Manifest {
	const manifest = manifestIn(tarball);
	const hash = new Bun.CryptoHasher("sha512").update(readFileSync(tarball)).digest("base64");
	const dist = { tarball: address, integrity: `sha512-${hash}` };
	const { name, version } = manifest;
	const versions = { [version]: { ...manifest, dist } };
	return { name, version, "dist-tags": { latest: version }, versions };
}

/** Starts a registry of the tarballs in a directory. */
export function startRegistry(directory: string): Registry {
	const server = Bun.serve({
		hostname: "127.0.0.1",
		port: 0,
		fetch(request) {
			const { pathname, origin } = new URL(request.url);
			if (pathname.endsWith(".tgz")) return new Response(Bun.file(`${directory}${pathname}`));
			const wanted = decodeURIComponent(pathname.slice(1));
			for (const file of readdirSync(directory)) {
				const answer = described(`${directory}/${file}`, `${origin}/${file}`);
				if (answer.name === wanted) return Response.json(answer);
			}
			return new Response("{}", { status: 404 });
		},
	});
	const url = `http://127.0.0.1:${server.port}/`;
	return {
		env: { npm_config_registry: url, BUN_CONFIG_REGISTRY: url },
		stop: () => server.stop(true),
	};
}
