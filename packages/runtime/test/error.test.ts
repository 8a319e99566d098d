// SPDX-License-Identifier: BSD-2-Clause
// Errors of the kernel by number, and errors that libpflask describes in a structure.
import t from "tap";
import { ERROR } from "../src/abi.gen.ts";
import { decodeError, errorName, errorStruct, errorText, PflaskError } from "../src/error.ts";
import { bytesAt, makeStruct, type Struct } from "../src/struct.ts";

/** Makes a `struct pflask_error`. */
function struct(code: number, errno: number, strings: Readonly<Record<string, string>>): Struct {
	const made = makeStruct(ERROR);
	const bytes = new Uint8Array(made.buffer);
	const view = new DataView(bytes.buffer);
	view.setInt32(ERROR.code, code, true);
	view.setInt32(ERROR.number, errno, true);
	view.setInt32(ERROR.index, -1, true);
	const offsets: Readonly<Record<string, number>> = ERROR;
	for (const [name, text] of Object.entries(strings))
		bytes.set(Buffer.from(text), offsets[name] ?? Number.NaN);
	return made;
}

t.test("error numbers have names and texts", async (t) => {
	t.equal(errorName(1), "EPERM");
	t.equal(errorText(1), "Operation not permitted");
	t.equal(errorName(4095), "E4095");
	t.equal(errorText(4095), "error 4095");
});

t.test("a structure becomes an error", async (t) => {
	const fields = {
		message: "/x: why",
		operation: "mount",
		field: "mount",
		subject: "/x",
		hint: "h",
	};
	const error = decodeError(struct(3, 2, fields));
	t.match(error, { name: "PflaskError", code: "setup", errno: 2, index: -1, ...fields });
	t.equal(`${error}`, "PflaskError: /x: why");
});

t.test("an unknown code is an internal error", async (t) => {
	t.equal(decodeError(struct(99, 0, {})).code, "internal");
});

t.test("the text of the blamed field is the default subject", async (t) => {
	const spec = { chroot: "/c", mount: ["tmp:/a"] };
	const subject = (field: string, own = "") =>
		decodeError(struct(1, 0, { field, subject: own }), spec).subject;
	t.equal(subject("chroot"), "/c");
	t.equal(subject("chroot", "/own"), "/own");
	t.equal(subject("mount"), "", "a list is no text");
	t.equal(subject("toString"), "", "JavaScript's own name");
});

t.test("an error becomes the structure that it was, with each byte", async (t) => {
	const made = struct(1, 2, { field: "chroot", message: "x" });
	new Uint8Array(made.buffer)[ERROR.message] = 0xff;
	const error = decodeError(made, { chroot: "/c\udcff" });
	t.equal(error.message, "\ufffd");
	t.equal(errorStruct(error), made);
	t.same(Buffer.from(bytesAt(made, ERROR.message)), Buffer.of(0xff));
	t.same(Buffer.from(bytesAt(made, ERROR.subject)), Buffer.from("/c\xff", "latin1"));
});

t.test("an error of the runtime becomes a structure", async (t) => {
	const details = { code: "not-found", operation: "exec", field: "command", errno: 2 } as const;
	const error = new PflaskError("a: b", { ...details, subject: "a", index: 7, hint: "c" });
	const again = decodeError(errorStruct(error));
	t.same({ ...again, message: again.message }, { ...error, message: error.message });
	const long = new PflaskError("x".repeat(9999), { code: "setup", hint: "h" });
	t.match(decodeError(errorStruct(long)), { message: "x".repeat(511), hint: "h" });
});
