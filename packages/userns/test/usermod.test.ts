// SPDX-License-Identifier: BSD-2-Clause
// pflask-userns setup changes a copy of /etc by the real tools of shadow.
import t from "tap";
import { inLab } from "./lab.ts";

/**
 * Before the first run of usermod, another user gets some ids of the range that usermod will
 * assign.
 */
const RACE = `
	[ -e /etc/once ] || echo pft-ub:100100:5 >>/etc/subgid
	: >/etc/once
	exec $REAL "$@"
`;

/** Replaces usermod. The replacement may call the real usermod as $REAL. */
function fakeUsermod(script: string): string {
	return `
		cp /usr/sbin/usermod $BIN/usermod
		printf '#!/bin/sh\nREAL=%s\n%s\n' $BIN/usermod '${script}' >$BIN/fake
		chmod 755 $BIN/fake
		mount --bind $BIN/fake /usr/sbin/usermod
	`;
}

inLab(t, "usermod adds ranges, and newuidmap accepts them", async (t, lab) => {
	const { status, out } = await lab(`
		user pft-ua; user pft-ub
		$PF setup pft-ua --dry-run
		test ! -s /etc/subuid
		$PF setup pft-ua
		SUDO_USER=pft-ub $PF setup
		$PF setup pft-ua
		cat /etc/subuid /etc/subgid
		getsubids pft-ua; getsubids -g pft-ua
		as pft-ub sh -c '
			unshare --user sleep 60 & pid=$!
			while [ "$(readlink /proc/$pid/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do :; done
			newuidmap $pid 0 165536 65536; newgidmap $pid 0 165536 65536
			tr -s " " </proc/$pid/uid_map; tr -s " " </proc/$pid/gid_map
			kill $pid'
		ls -A /etc | grep -E 'lock|pflask|[+]$' || true
	`);
	t.equal(status, 0, out);
	t.equal(
		out,
		`run: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 -- pft-ua
run: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 -- pft-ua
run: usermod --add-subuids 165536-231071 --add-subgids 165536-231071 -- pft-ub
nothing to do
pft-ua:100000:65536
pft-ub:165536:65536
pft-ua:100000:65536
pft-ub:165536:65536
0: pft-ua 100000 65536
0: pft-ua 100000 65536
 0 165536 65536
 0 165536 65536
.pwd.lock
`,
	);
});

inLab(t, "the owners of ranges are those of getsubids", async (t, lab) => {
	const { status, out } = await lab(`
		user pft-ua; uid=$(id -u pft-ua)
		printf 'pft-ua:300000:10\n%s:400000:20\npft-uax:500000:30\n' $uid >/etc/subuid
		getsubids pft-ua | cut -d' ' -f3,4
		cd $TREE/packages/userns && $TREE/scripts/bun -e '
			import { ranges } from "@pflask/userns";
			for (const { start, count } of ranges("pft-ua").uid) console.log(start, count);
		'
	`);
	t.equal(status, 0, out);
	t.equal(out, "300000 10\n400000 20\n300000 10\n400000 20\n");
});

inLab(t, "a range that usermod gave to two users is given back", async (t, lab) => {
	const { status, out } = await lab(`
		user pft-ua; user pft-ub
		${fakeUsermod(RACE)}
		$PF setup pft-ua
		cat /etc/subuid /etc/subgid
	`);
	t.equal(status, 0, out);
	t.equal(
		out,
		`run: usermod --add-subuids 100105-165640 --add-subgids 100105-165640 -- pft-ua
pft-ua:100105:65536
pft-ub:100100:5
pft-ua:100105:65536
`,
	);
});

inLab(t, "setup works without the help of usermod", async (t, lab) => {
	for (const script of ["exit 8", "exit 0"]) {
		const { status, out } = await lab(`
			user pft-ua
			${fakeUsermod(script)}
			$PF setup pft-ua
			cat /etc/subuid /etc/subgid
		`);
		t.equal(status, 0, out);
		t.equal(
			out,
			`append to /etc/subuid: pft-ua:100000:65536
append to /etc/subgid: pft-ua:100000:65536
pft-ua:100000:65536
pft-ua:100000:65536
`,
			script,
		);
	}
});

inLab(t, "several setups at once, with usermod", async (t, lab) => {
	const { status, out } = await lab(`
		for user in a b c; do user pft-u$user; done
		for user in a b c a b; do $PF setup pft-u$user >/dev/null & done
		wait
		cut -d: -f1 /etc/subuid | sort | tr '\n' ' '
		cut -d: -f2 /etc/subuid | sort | tr '\n' ' '
		cmp /etc/subuid /etc/subgid && echo same
	`);
	t.equal(status, 0, out);
	t.equal(out, "pft-ua pft-ub pft-uc 100000 165536 231072 same\n");
});

inLab(t, "shadow's tools and our lock respect each other", async (t, lab) => {
	const { status, out } = await lab(`
		user pft-ua
		cat >$BIN/hold.ts <<-'EOF'
			const { withLocks } = await import(process.argv[2]);
			await withLocks(["/etc/subuid", "/etc/subgid"], 0, () => {
				const { exitCode, stderr } = Bun.spawnSync(
					["usermod", "--add-subuids", "100000-165535", "pft-ua"]);
				console.log(exitCode, /already used by PID/.test(stderr.toString()));
			});
		EOF
		$TREE/scripts/bun $BIN/hold.ts $TREE/packages/userns/src/lock.ts
		usermod --add-subuids 100000-165535 pft-ua && echo then
	`);
	t.equal(status, 0, out);
	t.equal(out, "16 true\nthen\n");
});

inLab(t, "setup requires root", async (t, lab) => {
	const { status, out } = await lab(`
		user pft-ua
		as pft-ua $PF setup pft-ua --dry-run
		as pft-ua $PF setup pft-ua || echo $?
		cat /etc/subuid
	`);
	t.equal(status, 0, out);
	t.equal(
		out,
		`run: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 -- pft-ua
125
pflask-userns: setup: only root may set up a user
hint: sudo pflask-userns setup pft-ua
`,
	);
});

inLab(t, "subordinate ids from another source are not changed", async (t, lab) => {
	const { status, out } = await lab(`
		user pft-ua
		echo 'subid: sss' >>/etc/nsswitch.conf
		$PF setup pft-ua || echo $?
		cat /etc/subuid
	`);
	t.equal(status, 0, out);
	t.match(out, /^125\npflask-userns: pft-ua: the subordinate ids come from sss\nhint: /);
});
