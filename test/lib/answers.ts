// SPDX-License-Identifier: BSD-2-Clause
// Replies to queries of programs like a terminal emulator. The replies come from the manuals of
// terminals, not from pflask's tables.

/** Queries, and the replies of xterm or kitty. */
export const QUESTIONS: readonly (readonly [string, string])[] = [
	["\x1b[c", "\x1b[?62;22c"],
	["\x1b[0c", "\x1b[?62;22c"],
	["\x1b[>c", "\x1b[>41;388;0c"],
	["\x1b[>0c", "\x1b[>41;388;0c"],
	["\x1b[=c", "\x1bP!|00000000\x1b\\"],
	["\x1bZ", "\x1b[?62;22c"],
	["\x1b[5n", "\x1b[0n"],
	["\x1b[6n", "\x1b[7;9R"],
	["\x1b[?6n", "\x1b[?7;9;1R"],
	["\x1b[?996n", "\x1b[?997;1n"],
	["\x1b[?2026$p", "\x1b[?2026;2$y"],
	["\x1b[4$p", "\x1b[4;2$y"],
	["\x1b[>q", "\x1bP>|XTerm(388)\x1b\\"],
	["\x1b[>0q", "\x1bP>|XTerm(388)\x1b\\"],
	["\x1b[?u", "\x1b[?0u"],
	["\x1b[?4m", "\x1b[>4;0m"],
	["\x1b[x", "\x1b[2;1;1;128;128;1;0x"],
	["\x1b[14t", "\x1b[4;600;800t"],
	["\x1b[18t", "\x1b[8;30;100t"],
	["\x1b[21t", "\x1b]lname\x1b\\"],
	["\x1b[?1;1;0S", "\x1b[?1;0;256S"],
	["\x1b[1;1;1;1;5;5*y", "\x1bP1!~0000\x1b\\"],
	["\x1b]4;1;?\x1b\\", "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\"],
	["\x1b]10;?\x07", "\x1b]10;rgb:ffff/ffff/ffff\x07"],
	["\x1b]11;?\x1b\\", "\x1b]11;rgb:0000/0000/0000\x1b\\"],
	["\x1b]12;?\x07", "\x1b]12;rgb:ffff/ffff/ffff\x07"],
	["\x1b]52;c;?\x1b\\", "\x1b]52;c;c2VjcmV0\x1b\\"],
	["\x1bP$qm\x1b\\", "\x1bP1$r0m\x1b\\"],
	["\x1bP+q544e\x1b\\", "\x1bP1+r544e=787465726d\x1b\\"],
	["\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", "\x1b_Gi=31;OK\x1b\\"],
	["\x05", "answerback"],
];

/**
 * Sequences that turn reports of the size or the focus on, each with the first report of a
 * terminal.
 */
const REPORTS: typeof QUESTIONS = [
	["\x1b[?2048h", "\x1b[48;30;100;600;800t"],
	["\x1b[?1004h", "\x1b[I"],
];

/** Returns a function that takes output for a terminal, and returns the terminal's replies. */
export function answersTo(): (bytes: Uint8Array) => string {
	let pending = "";
	return (bytes) => {
		pending += Buffer.from(bytes).toString("latin1");
		let said = "";
		for (;;) {
			const found = [...QUESTIONS, ...REPORTS]
				.map(([question, answer]) => ({
					end: pending.indexOf(question) + question.length,
					at: pending.indexOf(question),
					answer,
				}))
				.filter(({ at }) => at >= 0)
				.sort((a, b) => a.at - b.at)[0];
			if (found === undefined) break;
			said += found.answer;
			pending = pending.slice(found.end);
		}
		pending = pending.slice(-64);
		return said;
	};
}
