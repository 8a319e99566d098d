// SPDX-License-Identifier: BSD-2-Clause
// Compares values with docs/*.schema.json. A keyword that JSON Schema does not have is an error.
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const validators = new WeakMap<object, ValidateFunction>();

/** Returns the faults of a value. */
export function faults(value: unknown, schema: object): readonly string[] {
	const validate = validators.get(schema) ?? ajv.compile(schema);
	validators.set(schema, validate);
	validate(value);
	return (validate.errors ?? []).map((error) => `${error.instancePath}: ${error.message}`);
}
