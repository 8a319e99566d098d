// SPDX-License-Identifier: BSD-2-Clause
// pflask-userns check on the real machine, as users with and without the requirements.
import type { Report, Requirement } from "@pflask/userns";
import t from "tap";
import { type Ended, inLab } from "./lab.ts";

type Rows = Readonly<Record<string, Requirement>>;

/** Parses the output of `check --json`, which may have several reports. */
function reports({ out }: Ended): Report[] {
	return out.split(/^(?=\{)/m).map((text) => JSON.parse(text));
}

function rowsOf(report: Report | undefined): Rows {
	return Object.fromEntries((report?.requirements ?? []).map((row) => [row.name, row]));
}

function missing(report: Report | undefined): string[] {
	const rows = report?.requirements ?? [];
	return rows.filter(({ ok, needed }) => needed && !ok).map(({ name }) => name);
}

inLab(t, "a user with ranges", async (t, lab) => {
	const ended = await lab(`
		user pft-ua; $PF setup pft-ua >/dev/null
		as pft-ua $PF check --json
	`);
	t.equal(ended.status, 0, ended.out);
	const [report] = reports(ended);
	t.same(missing(report), []);
	t.match(report, { ok: true, user: { name: "pft-ua" } });
	const rows = rowsOf(report);
	t.equal(rows.subuid?.found, "100000-165535");
	t.equal(rows["id-maps"]?.ok, true);
	t.equal(rows.overlay?.ok, true);
});

inLab(t, "a user without ranges, and the remedy", async (t, lab) => {
	const ended = await lab(`
		user pft-ua
		as pft-ua $PF check --json && exit 1
		as pft-ua $PF check | sed -n 's/^missing  sub[ug]id .*; remedy: sudo //p' >$BIN/remedies
		[ "$(wc -l <$BIN/remedies)" = 2 ]
		sh -e $BIN/remedies
		as pft-ua $PF check --json
	`);
	t.equal(ended.status, 0, ended.out);
	const [before, after] = reports(ended);
	t.same(missing(before), ["subuid", "subgid", "id-maps"]);
	const remedy = "sudo usermod --add-subuids 100000-165535 pft-ua";
	t.match(rowsOf(before).subuid, { found: "pft-ua has no subordinate ids", remedy });
	t.match(rowsOf(before)["id-maps"], { remedy });
	t.same(missing(after), []);
});

inLab(t, "a user with too few ids", async (t, lab) => {
	const ended = await lab(`
		user pft-ua
		echo pft-ua:100000:1000 >/etc/subuid
		echo pft-ua:100000:65536 >/etc/subgid
		as pft-ua $PF check --json || echo
	`);
	const [report] = reports(ended);
	t.same(missing(report), ["subuid"]);
	t.match(rowsOf(report).subuid, {
		found: "pft-ua has only 1000: 100000-100999",
		remedy: "sudo usermod --add-subuids 165536-231071 pft-ua",
	});
});

inLab(t, "user.max_user_namespaces=0, in a user namespace of its own", async (t, lab) => {
	const ended = await lab(`
		user pft-ua
		before=$(cat /proc/sys/user/max_user_namespaces)
		as pft-ua unshare --user --map-root-user sh -ceu "
			unshare --user true
			echo 0 >/proc/sys/user/max_user_namespaces
			! unshare --user true 2>/dev/null
			$PF check --json && exit 1
			echo 5 >/proc/sys/user/max_user_namespaces
			$PF check --json || true"
		[ "$(cat /proc/sys/user/max_user_namespaces)" = "$before" ]
	`);
	t.equal(ended.status, 0, ended.out);
	const [blocked, allowed] = reports(ended);
	const remedy = "sudo sysctl -w user.max_user_namespaces=15000";
	t.match(rowsOf(blocked)["user-namespaces"], { ok: false, errno: "ENOSPC", remedy });
	t.match(rowsOf(blocked)["max-user-namespaces"], { ok: false, remedy });
	t.match(rowsOf(blocked).overlay, { ok: false, remedy });
	t.match(rowsOf(allowed)["user-namespaces"], { ok: true });
	t.match(rowsOf(allowed)["max-user-namespaces"], { ok: true });
});

inLab(t, "newuidmap: setuid, with a capability, powerless, absent", async (t, lab) => {
	const ended = await lab(`
		user pft-ua; $PF setup pft-ua >/dev/null
		check() { as pft-ua "$@" $PF check --json || true; }
		cp /usr/bin/newuidmap $BIN/newuidmap; chmod 755 $BIN/newuidmap
		mount --bind $BIN/newuidmap /usr/bin/newuidmap
		check
		setcap cap_setuid=ep $BIN/newuidmap
		check
		mount --bind /dev/null /usr/sbin/getcap
		check
		check setpriv --no-new-privs
		mount --bind /dev/null /usr/bin/newuidmap
		check
		umount /usr/bin/newuidmap /usr/bin/newuidmap; umount /usr/sbin/getcap
		cp /usr/bin/newgidmap $BIN/newgidmap; chmod 755 $BIN/newgidmap; chown pft-ua $BIN/newgidmap
		mount --bind $BIN/newgidmap /usr/bin/newuidmap
		check
	`);
	t.equal(ended.status, 0, ended.out);
	const [plain, capable, unseen, powerless, absent, foreign] = reports(ended);
	const chmod = "sudo chmod u+s /usr/bin/newuidmap";
	t.same(missing(plain), ["newuidmap", "id-maps"]);
	t.match(rowsOf(plain).newuidmap, { remedy: chmod });
	t.match(rowsOf(plain)["id-maps"], { remedy: chmod, errno: "EPERM" });
	t.same(missing(capable), []);
	t.match(rowsOf(capable).newuidmap, { found: "/usr/bin/newuidmap: with cap_setuid" });
	t.same(missing(unseen), [], "where nothing tells, trying it does");
	t.match(rowsOf(unseen).newuidmap, { found: "/usr/bin/newuidmap: works" });
	t.ok(missing(powerless).includes("id-maps"));
	t.same(missing(absent), ["newuidmap", "id-maps"]);
	t.match(rowsOf(absent).newuidmap, { found: "not in PATH", remedy: /uidmap/ });
	t.match(rowsOf(foreign).newuidmap, { found: /neither setuid/, remedy: /install/ });
});

inLab(t, "a chroot, where the kernel allows no user namespace", async (t, lab) => {
	const ended = await lab(`
		mkdir $BIN/root; mount --rbind / $BIN/root
		user pft-ua
		chroot --userspec=pft-ua:pft-ua $BIN/root $PF check --json || true
	`);
	t.equal(ended.status, 0, ended.out);
	t.match(rowsOf(reports(ended)[0])["user-namespaces"], {
		ok: false,
		errno: "EPERM",
		remedy: /./,
	});
});

inLab(t, "unshare(1) can do what check reports as ok", async (t, lab) => {
	const { status, out } = await lab(`
		user pft-ua
		as pft-ua unshare --user --map-root-user --mount --pid --fork --mount-proc true && echo proc
		as pft-ua unshare --user --map-root-user --mount sh -c '
			cd /tmp && mount -t tmpfs t /tmp && mkdir /tmp/l /tmp/u /tmp/w /tmp/m &&
			mount -t overlay -o userxattr,lowerdir=/tmp/l,upperdir=/tmp/u,workdir=/tmp/w o /tmp/m' &&
			echo overlay
		as pft-ua $PF check | grep -oE '^ok +(user-namespaces|proc|overlay)' || true
	`);
	t.equal(status, 0, out);
	t.equal(out, "proc\noverlay\nok       user-namespaces\nok       proc\nok       overlay\n");
});

inLab(t, "the remedy makes a cgroup of the caller's own", async (t, lab) => {
	const ended = await lab(`
		user pft-ua
		findmnt -n -t cgroup2 -o TARGET | xargs -r umount --lazy
		mkdir $BIN/cgroup; mount -t cgroup2 none $BIN/cgroup
		[ ! -d /run/systemd/system ] || mount -t tmpfs none /run
		as pft-ua $PF check --json || true
		remedy=$(as pft-ua $PF check | sed -n 's/^missing  cgroup .*; remedy: //p')
		printf '#!/bin/sh\nexec "$@"\n' >$BIN/sudo; chmod 755 $BIN/sudo; PATH=$BIN:$PATH
		trap 'echo $$ >$BIN/cgroup/cgroup.procs; find $BIN/cgroup -name pft-ua -delete' EXIT
		eval "$remedy" >/dev/null
		as pft-ua $PF check --json || true
	`);
	t.equal(ended.status, 0, ended.out);
	const [before, after] = reports(ended);
	t.match(rowsOf(before).cgroup, { ok: false, needed: false, remedy: /^sudo mkdir / });
	t.match(rowsOf(after).cgroup, { ok: true, found: /\/pft-ua: / });
});
