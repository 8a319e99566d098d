// SPDX-License-Identifier: BSD-2-Clause
// Exports the path of the library. `bun build --compile` copies the library into the executable.
import path from "./libpflask.so.0" with { type: "file" };

// A bundle has a path that is relative to the bundle.
export default path.startsWith("/") ? path : `${import.meta.dir}/${path}`;
