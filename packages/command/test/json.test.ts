// SPDX-License-Identifier: BSD-2-Clause
// jsonText() escapes each invisible character.
import t from "tap";
import { jsonText } from "../src/json.ts";

t.test("invisible characters are escaped, and a reader gets them", async (t) => {
	const value = { text: 'a"\\\n\u007f\u009b\u00ad\u202e\u2028\u{e0001}\udc9b/é中😀' };
	const json = jsonText(value, "\t");
	t.equal(
		json,
		'{\n\t"text": "a\\"\\\\\\n\\u007f\\u009b\\u00ad\\u202e\\u2028\\udb40\\udc01\\udc9b/é中😀"\n}',
	);
	t.same(JSON.parse(json), value);
	t.equal(jsonText([1, null]), "[1,null]");
});
