// SPDX-License-Identifier: BSD-2-Clause
// The arguments of a command line make the expected spec.
import t from "tap";
import schema from "../../../docs/spec.schema.json" with { type: "json" };
import { parseDuration } from "../src/duration.ts";
import { OPTIONS, type Option } from "../src/options.ts";
import { parse } from "../src/parse.ts";
import { parseSetenv } from "../src/setenv.ts";
import { parseSize } from "../src/size.ts";
import { specOf, type Wanted } from "../src/spec.ts";
import { faults } from "./schema.ts";

function wanted(...argv: string[]): Wanted {
	const { values, operands, error } = parse(argv);
	if (error !== undefined) throw error;
	return specOf(values, operands);
}

t.test("each option sets its fields of the spec", async (t) => {
	const says = (option: string, fields: object) => {
		const { spec } = wanted(option, "x");
		t.same(spec, { command: ["x"], ...fields }, option);
		t.same(faults(spec, schema), [], `${option}: the schema takes it`);
	};
	says("--chroot=/r", { chroot: "/r" });
	says("--chdir=/c", { chdir: "/c" });
	says("--hostname=h", { hostname: "h" });
	says("--setenv=A=1,B=2", { setenv: { A: "1", B: "2" } });
	says("--keepenv", { keepenv: true });
	says("--clearenv", { keepenv: false });
	says("--mount=tmp:/a", { mount: ["tmp:/a"] });
	says("--ephemeral", { ephemeral: true });
	says("--ephemeral=/e", { ephemeral: true, ephemeralDir: "/e" });
	says("--changes", { changes: "2" });
	says("--changes-format=jsonl", { changesFormat: "jsonl" });
	says("--changes=/c", { changes: "/c" });
	says("--keep=/k", { keep: "/k" });
	says("--proc=bind", { bindProc: true });
	says("--proc=new", { bindProc: false });
	says("--proc=unmasked", { unmaskProc: true });
	says("--read-only", { readOnly: true });
	says("--user=u:g", { user: "u:g" });
	says("--user-map=auto", { userMap: ["auto"] });
	says("--netif", { netns: true });
	says("--netif=veth:a:b", { netns: true, netif: ["veth:a:b"] });
	says("--netif=host", { netif: ["host"] });
	says("-U", { userns: false });
	says("-M", { mountns: false });
	says("-N", { netns: false });
	says("-I", { ipcns: false });
	says("-H", { utsns: false });
	says("-P", { pidns: false });
	says("--as-pid1", { asPid1: true });
	says("--tty=auto", {});
	says("--tty=always", { terminal: true });
	says("--tty=never", { terminal: false });
	says("--kill-signal=term", { killSignal: 15 });
	says("--kill-signal=SIGRTMIN+3", { killSignal: 37 });
	says("--kill-signal=9", { killSignal: 9 });
	says("--kill-after=1m", { killAfter: 60_000 });
	says("--detach", { detach: true });
	says("--name=web", { name: "web" });
	says("--pid-file=/run/web.pid", { pidFile: "/run/web.pid" });
	says("--scrollback=1M", { scrollback: 1_048_576 });
	says("--dry-run", {});
	says("--status-fd=3", {});
	t.same(wanted().spec, {}, "no command");
	t.same(wanted("-mtmp:/a", "-mtmp:/b").spec.mount, ["tmp:/a", "tmp:/b"], "in their order");
	t.same(wanted("-eu:0:1:1", "-eg:0:2:1").spec.userMap, ["u:0:1:1", "g:0:2:1"]);
});

t.test("every word in the table is a valid value", async (t) => {
	const options = Object.entries<Option>(OPTIONS).filter(([, { words }]) => words !== undefined);
	t.ok(options.length > 0, "there are some");
	for (const [name, { words = {} }] of options)
		for (const word of Object.keys(words))
			t.doesNotThrow(() => wanted(`--${name}=${word}`), `${name} ${word}`);
});

t.test("each field has the option that set it", async (t) => {
	const { origins } = wanted("-r/r", "-n", "--tty=always", "-M", "x");
	t.same(Object.fromEntries(origins), {
		chroot: "chroot",
		netns: "netif",
		terminal: "tty",
		mountns: "no-mountns",
	});
});

t.test("malformed values are refused", async (t) => {
	const refuses = (option: string, message: string) =>
		t.throws(() => wanted(option), { name: "UsageError", message, hint: /./ }, option);
	refuses("--chroot=", "--chroot: the value is empty");
	refuses("--chdir=", "--chdir: the value is empty");
	refuses("--hostname=", "--hostname: the value is empty");
	refuses("--netif=", "--netif: the value is empty");
	refuses("--mount=", "--mount: the value is empty");
	refuses("--user-map=", "--user-map: the value is empty");
	refuses("--proc=old", "--proc: 'old': not new, bind or unmasked");
	refuses("--tty=yes", "--tty: 'yes': not auto, always or never");
	refuses("--kill-signal=0", "--kill-signal: '0': no such signal");
	refuses("--kill-signal=65", "--kill-signal: '65': no such signal");
	refuses("--kill-signal=RTMIN-1", "--kill-signal: 'RTMIN-1': no such signal");
	refuses("--kill-signal=toString", "--kill-signal: 'toString': no such signal");
	refuses("--kill-after=10x", "--kill-after: '10x': not a duration");
	refuses("--name=", "--name: the value is empty");
	refuses("--scrollback=much", "--scrollback: 'much': not a size");
	refuses("--setenv=A", "--setenv: 'A': has no \"=\"");
});

t.test("options that contradict each other are refused", async (t) => {
	t.throws(() => wanted("--netif", "--no-netns"), { message: "--no-netns: contradicts --netif" });
	t.throws(() => wanted("-N", "-n"), { message: "--netif: contradicts --no-netns" });
	t.throws(() => wanted("-N", "-na:b"), { message: "--netif: contradicts --no-netns" });
});

t.test("durations", async (t) => {
	const is = (text: string, milliseconds: number | undefined) =>
		t.equal(parseDuration(text), milliseconds, text);
	is("0", 0);
	is("10", 10_000);
	is("500ms", 500);
	is("10s", 10_000);
	is("1.5s", 1500);
	is("0.0001", 1); // 0 would mean no limit
	is("0.4ms", 1);
	is("0.0", 0);
	is("1m", 60_000);
	is("2h", 7_200_000);
	is("2147483647ms", 2_147_483_647);
	for (const text of ["2147483648ms", "1e3", "-1", "+1", " 1", "1 s", "ms", "", "1d", "1s2"])
		is(text, undefined);
});

t.test("the longest duration is the greatest killAfter", async (t) => {
	const { maximum } = schema.properties.killAfter;
	t.equal(parseDuration(`${maximum}ms`), maximum);
	t.equal(parseDuration(`${maximum + 1}ms`), undefined);
});

t.test("sizes", async (t) => {
	const is = (text: string, bytes: number | undefined) => t.equal(parseSize(text), bytes, text);
	is("0", 0);
	is("1000", 1000);
	is("256K", 262_144);
	is("256k", 262_144);
	is("64M", 67_108_864);
	is("2G", 2_147_483_648);
	for (const text of ["", "K", "-1", "1.5M", "1 K", "1KB", "1e3", "99999999999G", "0x10"])
		is(text, undefined);
});

t.test("lists of variables", async (t) => {
	const is = (lists: string[], variables: object) =>
		t.same({ ...parseSetenv(lists) }, variables, lists.join(" "));
	is(["A=1"], { A: "1" });
	is(["A=1,B=2", "C=3"], { A: "1", B: "2", C: "3" });
	is(["A="], { A: "" });
	is(["A=b=c"], { A: "b=c" });
	is(["A=1,A=2"], { A: "2" });
	is(["A=1\\,2,B=\\,"], { A: "1,2", B: "," });
	is(["A=\\n\\\\,x"], { A: "\\n\\,x" });
	is(["A=x\\"], { A: "x\\" });
	is(["A=1\n2"], { A: "1\n2" });
	t.same(Object.keys(parseSetenv(["__proto__=x"])), ["__proto__"], "JavaScript's own name");
});

t.test("malformed lists of variables name the piece", async (t) => {
	const refuses = (list: string, message: string) =>
		t.throws(() => parseSetenv([list]), { message: `--setenv: ${message}` }, list);
	refuses("", "'': has no \"=\"");
	refuses("A=1,", "'': has no \"=\"");
	refuses("A=1,B,C=3", "'B': has no \"=\"");
	refuses("A=1,=2", "'=2': has no name");
	refuses("A\\,B", "'A,B': has no \"=\"");
});
