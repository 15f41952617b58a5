#!/bin/bash
# In a guest of the radio laboratory: installs this checkout, starts systemd as process 1 of a namespace with nothing but the
# bus, the journal and our units, and runs the script that is given there. All it writes is gone with the guest.
#
#   node e2e/radio/run.mjs --counted-time e2e/systemd/guest.sh SCRIPT
set -e
checkout=$(cd "$(dirname "$0")/../.." && pwd)
script=$1
"$checkout/tools/install" --destdir /
mkdir -p /etc/connman
rm -rf /etc/systemd/system/*.wants /etc/systemd/system/*.service
cat >/etc/systemd/system/lab.target <<'UNIT'
[Unit]
Description=The units under test
Requires=basic.target dbus.socket
After=basic.target dbus.socket
Wants=lab-up.service
AllowIsolate=yes
UNIT
# Says when it is up; systemd itself says nothing to a process outside of its namespace.
mkfifo /usr/lib/lab-up
cat >/etc/systemd/system/lab-up.service <<'UNIT'
[Unit]
After=basic.target dbus.socket
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo up >/usr/lib/lab-up'
UNIT
# What the machine at home has, and what would look for its disks and consoles.
for unit in systemd-udevd systemd-udev-trigger systemd-logind systemd-timesyncd systemd-resolved systemd-networkd getty@tty1 \
  systemd-remount-fs systemd-random-seed systemd-update-utmp systemd-modules-load systemd-sysctl systemd-binfmt \
  systemd-tmpfiles-setup systemd-tmpfiles-setup-dev systemd-journal-flush systemd-machine-id-commit systemd-firstboot; do
  ln -sf /dev/null "/etc/systemd/system/$unit.service"
done
ln -sf /dev/null /etc/systemd/system/tmp.mount
: >/etc/fstab
rm -f /etc/machine-id
systemd-sysusers 2>/dev/null
systemd-tmpfiles --create --prefix=/run/connman --prefix=/etc/resolv.conf /usr/lib/tmpfiles.d/connman.conf
cp "$script" /usr/lib/lab-script
cat >/usr/lib/lab-start <<'START'
umount -R /proc 2>/dev/null || true
mount -t proc proc /proc
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/lock /run/connman
mount -t tmpfs -o mode=1777 tmp /tmp
systemd-tmpfiles --create --prefix=/run/xtables.lock /usr/lib/tmpfiles.d/connman.conf
exec /usr/lib/systemd/systemd --system --unit=lab.target --log-target=journal --show-status=no
START
env -i container=other PATH="$PATH" unshare --pid --mount --cgroup --uts --ipc --fork --kill-child bash /usr/lib/lab-start &
holder=$!
read -r -t 600 _ <>/usr/lib/lab-up || { echo 'systemd did not reach lab.target in 600 s' >&2; exit 1; }
pid=$(pgrep -P $holder)
nsenter -t "$pid" -m -p -u -i env PATH="$PATH" bash /usr/lib/lab-script
