// SPDX-License-Identifier: BSD-2-Clause
import { CODES, ERROR } from "./abi.gen.ts";
import { errnos } from "./numbers.gen.ts";
import type { Spec } from "./spec.gen.ts";
import {
	makeStruct,
	readInt32,
	readString,
	type Struct,
	writeInt32,
	writeString,
} from "./struct.ts";

/** The kinds of errors. New releases do not change the kinds. */
export type ErrorCode = (typeof CODES)[keyof typeof CODES];

/** The details of an error. */
export interface ErrorDetails {
	/** The kind of the error. */
	readonly code: ErrorCode;
	/** The operation of the plan that failed ("mount"), or "". */
	readonly operation?: string;
	/** The field of the spec that caused the error, or "". */
	readonly field?: string;
	/** The object of the failed operation: a path or a name, or "". */
	readonly subject?: string;
	/** The kernel's error number, or 0 if no system call failed. */
	readonly errno?: number;
	/** The index of the operation in the plan, or -1. */
	readonly index?: number;
	/**
	 * A remedy, or "". A text in braces stands for a field of the spec and its value
	 * ("{userns=no}"). Other texts in braces are `{list}` for the list of the containers,
	 * `{exec=WHICH}` for a command in the container WHICH, and `{program}` for the program that
	 * uses this library.
	 */
	readonly hint?: string;
}

/** The C structure of each error of libpflask. Only the structure has every byte of the texts. */
const structs = new WeakMap<PflaskError, Struct>();

/** Returns the name of an error number ("EPERM"). */
export function errorName(errno: number): string {
	return errnos()[errno]?.[0] ?? `E${errno}`;
}

/** Returns the text of an error number ("Operation not permitted"). */
export function errorText(errno: number): string {
	return errnos()[errno]?.[1] ?? `error ${errno}`;
}

/**
 * Converts a `struct pflask_error`. If the structure has no subject, the text of the field that
 * caused the error becomes the subject.
 */
export function decodeError(struct: Struct, spec: Spec = {}): PflaskError {
	const field = readString(struct, ERROR.field);
	const blamed = Object.hasOwn(spec, field) ? spec[field as keyof Spec] : undefined;
	const text = typeof blamed === "string" ? blamed : "";
	const subject = readString(struct, ERROR.subject);
	if (subject === "") writeString(struct, ERROR.subject, ERROR.message - ERROR.subject, text);
	const error = new PflaskError(readString(struct, ERROR.message), {
		code: codeOf(readInt32(struct, ERROR.code)),
		operation: readString(struct, ERROR.operation),
		field,
		subject: subject || text,
		errno: readInt32(struct, ERROR.number),
		index: readInt32(struct, ERROR.index),
		hint: readString(struct, ERROR.hint),
	});
	structs.set(error, struct);
	return error;
}

/** Returns the `struct pflask_error` of an error. */
export function errorStruct(error: PflaskError): Struct {
	return structs.get(error) ?? encodeError(error);
}

function encodeError(error: PflaskError): Struct {
	const struct = makeStruct(ERROR);
	const { operation, field, subject, message, hint, size } = ERROR;
	writeInt32(struct, ERROR.code, numberOf(error.code));
	writeInt32(struct, ERROR.number, error.errno);
	writeInt32(struct, ERROR.index, error.index);
	writeString(struct, operation, field - operation, error.operation);
	writeString(struct, field, subject - field, error.field);
	writeString(struct, subject, message - subject, error.subject);
	writeString(struct, message, hint - message, error.message);
	writeString(struct, hint, size - hint, error.hint);
	return struct;
}

function numberOf(code: ErrorCode): number {
	return Number(Object.entries(CODES).find(([, word]) => word === code)?.[0]);
}

function codeOf(number: number): ErrorCode {
	const codes: Readonly<Record<number, ErrorCode | undefined>> = CODES;
	return codes[number] ?? "internal";
}

/** An error of libpflask. The message is one line: "what: why". */
export class PflaskError extends Error implements ErrorDetails {
	override readonly name = "PflaskError";
	readonly code: ErrorCode;
	readonly operation: string;
	readonly field: string;
	readonly subject: string;
	readonly errno: number;
	readonly index: number;
	readonly hint: string;

	constructor(message: string, details: ErrorDetails) {
		super(message);
		this.code = details.code;
		this.operation = details.operation ?? "";
		this.field = details.field ?? "";
		this.subject = details.subject ?? "";
		this.errno = details.errno ?? 0;
		this.index = details.index ?? -1;
		this.hint = details.hint ?? "";
	}
}
