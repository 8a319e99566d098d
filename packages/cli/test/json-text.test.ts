// SPDX-License-Identifier: BSD-2-Clause
// The parser of JSON reports the place of a mistake.
import t from "tap";
import { JsonFault, parseJson } from "../src/json-text.ts";

t.test("values are those of JSON.parse()", async (t) => {
	for (const text of [
		' {"a": [1, -2.5e3, true, false, null, "x"], "b": {}, "c": []}\r\n\t',
		'"\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u00e9 \\ud83d\\ude00 \\udcff \u{1f600} \u007f"',
		'[[[["deep"]]]]',
		"0",
		"-0.1E+2",
	])
		t.same(parseJson(text), JSON.parse(text), text);
	t.equal(parseJson("1e400"), Number.POSITIVE_INFINITY);
	for (const text of ["x".repeat(1 << 20), "\n".repeat(1 << 19), "é".repeat(1 << 19)])
		t.ok(parseJson(JSON.stringify(text)) === text, "a long text");
});

t.test("a key is a key, whatever its name", async (t) => {
	const object = parseJson('{"__proto__": {"x": 1}, "toString": 2, "": 3}') as object;
	t.same(Object.keys(object), ["__proto__", "toString", ""]);
	t.equal(({} as { x?: number }).x, undefined);
});

t.test("mistakes have a place", async (t) => {
	const is = (text: string, place: string, why: string | RegExp) => {
		try {
			parseJson(text);
			t.fail(`${text}: accepted`);
		} catch (error) {
			if (!(error instanceof JsonFault)) throw error;
			t.equal(error.place, place, text);
			t.match(error.message, why, text);
		}
	};
	is("", "1:1", "expected a value, not the end");
	is('{"a":1,}', "1:8", 'expected a key in double quotes, not "}"');
	is("{a:1}", "1:2", 'expected a key in double quotes, not "a"');
	is('{"a" 1}', "1:6", "expected ':', not \"1\"");
	is('{"a": 1\n "b": 2}', "2:2", "expected ',' or '}', not \"\\\"\"");
	is('{\n\t"é": [1 2]}', "2:10", "expected ',' or ']', not \"2\"");
	is("[1,]", "1:4", 'expected a value, not "]"');
	is("// x\n{}", "1:1", 'expected a value, not "/"');
	is("{} x", "1:4", 'expected the end, not "x"');
	is("01", "1:2", "expected the end");
	is("+1", "1:1", "expected a value");
	is("NaN", "1:1", "expected a value");
	is('"a\nb"', "1:3", 'expected \'"\' at the end of a string, not "\\n"');
	is('"a', "1:3", "expected '\"' at the end of a string, not the end");
	is('"\\q"', "1:2", "not an escape of JSON");
	is('"\\u12"', "1:2", "not an escape of JSON");
	is('{"a": 1, "b": 2,\n"a": 3}', "2:1", 'the key "a" occurs twice');
	is("[".repeat(100_000), "1:34", "nested too deeply");
	is('{"a":'.repeat(100_000), "1:166", "nested too deeply");
});
