// SPDX-License-Identifier: BSD-2-Clause
import t from "tap";
import { parseSignal, signalName } from "../src/signal.ts";

t.test("signals are parsed", async (t) => {
	const is = (text: string, signal: number | undefined) => t.equal(parseSignal(text), signal, text);
	for (const text of ["TERM", "SIGTERM", "term", "sigTerm", "15"]) is(text, 15);
	is("RTMIN", 34);
	is("SIGRTMIN+3", 37);
	is("RTMIN+30", 64);
	is("RTMAX", 64);
	is("RTMAX-1", 63);
	is("RTMAX-30", 34);
	is("1", 1);
	is("64", 64);
	for (const text of ["0", "65", "-1", "1.5", "", "SIG", "NOPE", "toString", "SIGSIGTERM"])
		is(text, undefined);
	for (const text of ["RTMIN-1", "RTMIN+31", "RTMAX+1", "RTMAX-31", "RTMIN+", "RTMIN3", "XRTMIN"])
		is(text, undefined);
});

t.test("each signal has a name, which is parsed as that signal", async (t) => {
	t.equal(signalName(9), "SIGKILL");
	t.equal(signalName(34), "SIGRTMIN");
	t.equal(signalName(37), "SIGRTMIN+3");
	t.equal(signalName(32), "32", "the C library keeps it for itself");
	for (let signal = 1; signal <= 64; signal++)
		t.equal(parseSignal(signalName(signal)), signal, signalName(signal));
});
