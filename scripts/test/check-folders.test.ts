// SPDX-License-Identifier: BSD-2-Clause
import t from "tap";
import { fault, faults } from "../check-folders.ts";

const ROOT = `${import.meta.dir}/../../core-c`;

t.test("no folder of core-c includes a folder above it", async (t) => {
	t.same(await faults(ROOT), []);
});

t.test("what an include may name", async (t) => {
	t.equal(fault("src/compile/net.c", "pflask.h"), undefined);
	t.equal(fault("src/compile/net.c", "pasta.h"), undefined);
	t.equal(fault("src/compile/net.c", "src/spec/spec.h"), undefined);
	t.equal(fault("src/api.c", "src/detached/exec.h"), undefined);
	t.match(fault("src/compile/net.c", "src/compile/pasta.h"), /same folder/);
	t.match(
		fault("src/spec/spec.c", "src/compile/net.h"),
		/must not include src\/compile, which is above src\/spec$/,
	);
	t.match(
		fault("common/sys.c", "common/net/rtnl.h"),
		/must not include common\/net, which is above common$/,
	);
	t.match(fault("src/spec/spec.c", "init/base/run.h"), /must not include init\/base$/);
	t.equal(fault("front/front.c", "src/explain/print.h"), undefined);
	t.match(fault("src/api.c", "front/options.h"), /which is above/);
	t.match(fault("src/new/new.c", "common/sys.h"), /not listed/);
});

t.test("a tree without sources is a fault", async (t) => {
	t.match(await faults(`${ROOT}/man`), [/no sources/]);
});

t.end();
