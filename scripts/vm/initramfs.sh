#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# The first program in the virtual machine: loads the drivers of the disk, and starts systemd from
# the disk.
for module in /modules/*; do
	/bin/busybox insmod "$module"
done
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t ext4 /dev/vda /disk
/bin/busybox mount --move /dev /disk/dev
exec /bin/busybox switch_root /disk /sbin/init
