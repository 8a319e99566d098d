// SPDX-License-Identifier: BSD-2-Clause
// A trial from its command to the application of its changes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { type Container, type Spec, spawn } from "@pflask/runtime";
import { type ApplyOptions, apply, type Done, revert } from "./apply.ts";
import { differences, diffText } from "./diff.ts";
import { isHalfDone } from "./half-done.ts";
import { closeTrial, openTrial, type Placed, select, type Trial } from "./trial.ts";

/** A command whose changes are kept apart. */
export interface RunningTrial {
	/** The directory that keeps the changes. */
	readonly dir: string;
	/** Resolves to the status of the command when the container has ended. */
	readonly exited: Promise<number>;
	/** Waits for the end of the command. Returns its changes. */
	changes(paths?: readonly string[]): Promise<readonly Placed[]>;
	/**
	 * Waits for the end of the command. Returns the changes as a unified diff, and as a line for
	 * everything that a unified diff cannot show.
	 */
	diff(paths?: readonly string[]): Promise<Uint8Array>;
	/** Waits for the end of the command, and applies its changes. */
	apply(options?: ApplyOptions): Promise<Done>;
	/** Reverts all applied changes. */
	revert(): Promise<Done>;
	/**
	 * Ends the command, and removes the directory if trial() has made it. A directory with an
	 * interrupted apply() stays.
	 */
	[Symbol.asyncDispose](): Promise<void>;
}

/** How trial() runs a command. */
export interface TrialOptions {
	/**
	 * The directory that keeps the changes. Default: a new directory in $TMPDIR or /tmp, which lasts
	 * as long as the trial.
	 */
	readonly dir?: string;
	/** The streams of the command. Default: those of this program. */
	readonly stdin?: "inherit" | "ignore";
	readonly stdout?: "inherit" | "ignore";
	readonly stderr?: "inherit" | "ignore";
	/** When this signal is aborted, the container ends. */
	readonly signal?: AbortSignal;
}

class Running implements RunningTrial {
	readonly dir: string;
	readonly exited: Promise<number>;
	readonly #container: Container;
	readonly #isOwn: boolean;

	constructor(spec: Spec, { dir, ...streams }: TrialOptions) {
		this.#isOwn = dir === undefined;
		this.dir = dir ?? mkdtempSync(`${tmpdir()}/pflask-trial-`);
		const inherited = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
		try {
			const fields = { ...spec, ephemeral: true, ephemeralDir: this.dir };
			this.#container = spawn(fields, { ...inherited, ...streams });
		} catch (error) {
			this.#remove();
			throw error;
		}
		this.exited = this.#container.exited;
		this.exited.catch(() => {}); // each method rejects, too
	}

	changes(paths: readonly string[] = []): Promise<readonly Placed[]> {
		return this.#use((trial) => select(trial, paths).changes);
	}

	diff(paths: readonly string[] = []): Promise<Uint8Array> {
		return this.#use((trial) => {
			const { changes } = select(trial, paths);
			const texts = [...differences(trial, changes)].map(diffText);
			return Buffer.from(texts.join(""), "latin1");
		});
	}

	apply(options: ApplyOptions = {}): Promise<Done> {
		return this.#use((trial) => apply(trial, options));
	}

	revert(): Promise<Done> {
		return this.#use(revert);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#container[Symbol.asyncDispose]();
		this.#remove();
	}

	/** Removes the directory, unless its journal is needed to finish a step. */
	#remove(): void {
		if (this.#isOwn && !isHalfDone(this.dir)) rmSync(this.dir, { recursive: true, force: true });
	}

	async #use<T>(act: (trial: Trial) => T): Promise<T> {
		await this.exited;
		const trial = openTrial(this.dir);
		try {
			return act(trial);
		} finally {
			closeTrial(trial);
		}
	}
}

/** Runs a command on a copy-on-write view of its root, and keeps its changes apart. */
export function trial(spec: Spec, options: TrialOptions = {}): RunningTrial {
	return new Running(spec, options);
}
