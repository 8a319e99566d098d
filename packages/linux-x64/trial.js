// SPDX-License-Identifier: BSD-2-Clause
// Exports the path of the library of trials, as index.js does for libpflask.
import path from "./libpflask-trial.so.0" with { type: "file" };

export default path.startsWith("/") ? path : `${import.meta.dir}/${path}`;
