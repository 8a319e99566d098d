// SPDX-License-Identifier: BSD-2-Clause
import t from "tap";
import { distance, suggest } from "../src/suggest.ts";

const OPTIONS = [
	...["chroot", "hostname", "setenv", "keepenv", "no-userns", "no-utsns"],
	...["tty", "dry-run", "help", "logs", "exec"],
];

t.test("suggestions", async (t) => {
	const is = (typed: string, option: string | undefined) =>
		t.equal(suggest(typed, OPTIONS), option, typed);
	is("hostnaem", "hostname");
	is("kepenv", "keepenv");
	is("no-usrns", "no-userns");
	is("dryrun", "dry-run");
	is("setevn", "setenv");
	is("ty", "tty");
	is("x", undefined);
	is("tyt", "tty");
	is("bogus", undefined);
	is("spec", undefined);
	is("exce", "exec");
	is("attahc", undefined);
	is("memory", undefined);
	for (const option of OPTIONS) is(`${option}x`, option);
});

t.test("distance of two texts", async (t) => {
	const is = (one: string, other: string, wanted: number) => {
		t.equal(distance(one, other), wanted, `${one} ${other}`);
		t.equal(distance(other, one), wanted, `${other} ${one}`);
	};
	is("", "", 0);
	is("", "abc", 3);
	is("kitten", "sitting", 3);
	is("flaw", "lawn", 2);
	is("ab", "ba", 1);
	is("hostname", "hostnaem", 1);
	is("same", "same", 0);
});
