// SPDX-License-Identifier: BSD-2-Clause
// The terminal of the questions of --ask: the questions go to stderr, and the answers come from
// stdin.
import {
	awaitInput,
	discardInput,
	fromBytes,
	readInput,
	terminalSize,
	writeText,
} from "@pflask/runtime/internal";

const STDIN = 0;
const STDERR = 2;
/** The longest time for which a wait for input may delay the handling of a signal, milliseconds. */
const PAUSE = 100;

/** Signals by which the user or the system asks to end the questions. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Ends the modes by which a command may have hidden text: a set of characters, colours, no cursor.
 */
const VISIBLE = "\x0f\x1b(B\x1b[m\x1b[?25h";

/** The terminal, from the end of the command on. */
export class AskTerminal {
	readonly #signals = new Set<string>();
	/** The typed bytes that form no complete line yet, each byte as a character. */
	#typed = "";
	/** Whether another program had the terminal since the last question. */
	#wasLent = false;

	/** From now on, signals do not end this process. Discards earlier input. */
	constructor() {
		for (const name of ENDING) process.on(name, () => void this.#signals.add(name));
		discardInput(STDIN);
		if (process.env.TERM !== "dumb") this.show(VISIBLE);
	}

	/** The number of rows. */
	get rows(): number {
		return terminalSize(STDERR)?.rows || 24; // a terminal may have no size
	}

	show(text: string): void {
		writeText(STDERR, text);
	}

	/** Runs a program that uses the terminal, for example a pager. ^C belongs to that program. */
	lend(use: () => void): void {
		this.#wasLent = true;
		use();
	}

	/** Asks a question. Returns undefined at the end of the input, and after a signal. */
	async ask(question: string): Promise<string | undefined> {
		await Bun.sleep(0); // lets the handlers of signals run
		// A ^C before the question was for the other program. A ^C from now on is an answer.
		if (this.#wasLent) this.#signals.delete("SIGINT");
		this.#wasLent = false;
		this.show(question);
		const line = await this.#readLine();
		if (line === undefined) this.show("\n");
		return line;
	}

	async #readLine(): Promise<string | undefined> {
		for (;;) {
			await Bun.sleep(0); // lets the handlers of signals run
			if (this.#signals.size > 0) return undefined;
			const end = this.#typed.indexOf("\n");
			if (end >= 0) {
				const line = this.#typed.slice(0, end);
				this.#typed = this.#typed.slice(end + 1);
				return fromBytes(Buffer.from(line, "latin1"));
			}
			if (awaitInput(STDIN, PAUSE)) {
				const bytes = readInput(STDIN);
				if (bytes.length === 0) return undefined;
				this.#typed += Buffer.from(bytes).toString("latin1");
			}
		}
	}
}
