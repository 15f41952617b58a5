# Run where systemd is process 1: the units as installed. Each fact is a line "NAME: WHAT"; units.test.ts says what is right.
say() { echo "$1: $2"; }
ip netns add uplink
ip link add eth0 type veth peer name up0 netns uplink
ip -n uplink addr add 10.77.1.1/24 dev up0
ip -n uplink link set up0 up
ip -n uplink link set lo up
ip netns exec uplink dnsmasq --conf-file=/dev/null --user=root --interface=up0 --bind-interfaces --no-resolv --no-hosts \
  --address=/#/192.0.2.7 --dhcp-range=10.77.1.100,10.77.1.150,1h --dhcp-option=option:router,10.77.1.1 \
  --dhcp-option=option:ntp-server,10.77.1.1 --pid-file=/run/dnsmasq.pid --dhcp-leasefile=/run/dnsmasq.leases --dhcp-authoritative

address() { ip -4 -o addr show dev eth0 | grep -o '10\.77\.1\.1[0-9]*' | head -1 | sed 's/\.1[0-9]*$/.x/'; }
lookup() { getent hosts www.example.com | awk '{print $1}'; }
servers() { awk '/^nameserver/ {print $2}' /run/connman/resolv.conf | xargs; }

# The answers to as many look-ups as fit while "systemctl restart" runs, each once.
lookups_while_restarting() {
  systemctl restart connman &
  local restart=$! answers=
  while kill -0 $restart 2>/dev/null; do answers+=$(lookup || echo none)$'\n'; done
  printf %s "$answers" | sort -u | xargs
}

begin() {
  say "$1 start" "$(systemctl start network-online.target && systemctl is-active connman connman-wait-online network-online.target | xargs)"
  say "$1 address" "$(address)"
  say "$1 servers" "$(servers)"
  say "$1 look-up" "$(lookup)"
  say "$1 look-ups while restarting" "$(lookups_while_restarting)"
}

# As "systemctl enable" does, which would ask the machine's init scripts, too.
for unit in connman:multi-user connman-wait-online:network-online; do
  mkdir -p "/etc/systemd/system/${unit#*:}.target.wants"
  ln -sf "/usr/lib/systemd/system/${unit%:*}.service" "/etc/systemd/system/${unit#*:}.target.wants/"
done
systemctl daemon-reload
systemctl start connman
begin hosted

systemctl stop network-online.target connman-wait-online connman
say 'stopped address' "$(address)"
say 'stopped servers' "$(servers)"
say 'stopped look-up' "$(lookup)"

printf '[Components]\nDhcp=bus\nDnsProxy=bus\nNtp=bus\n' >/etc/connman/main.conf
systemctl start connman-dnsproxyd
say 'proxy before connmand' "$(systemctl is-active connman-dnsproxyd)"
ip addr flush dev eth0
systemctl start connman
begin apart
# A time server that is not there refuses: the question left by its link, without a capability for it.
say 'time server' "$(timeout 60 grep -om1 '10\.77\.1\.1.*ECONNREFUSED' < <(journalctl -b -f -n all -o cat -u connman-ntp -u connman))"
say vpn "$(systemctl start connman-vpn && connmanctl vpnconnections >/dev/null && echo answers)"

# What VPN programs do, as confined as they are: the unit of connman-vpnd with another program.
cat >/usr/lib/lab-confined <<'PROGRAM'
#!/bin/bash
try() { "${@:2}" >/dev/null 2>&1 && echo "$1"; }
try tun ip tuntap add dev tun9 mode tun
try wireguard ip link add wg9 type wireguard
try ppp bash -c ': <>/dev/ppp'
try terminal script -qec true /dev/null
try user setpriv --reuid=nobody --clear-groups true
try module modprobe dummy
try mount mount -t tmpfs none /mnt
true
PROGRAM
chmod 755 /usr/lib/lab-confined
sed -e 's|^ExecStart=.*|ExecStart=/usr/lib/lab-confined|' -e 's/^Type=.*/Type=oneshot/' -e '/^\(BusName\|Restart\)=/d' \
  /usr/lib/systemd/system/connman-vpn.service >/run/systemd/system/lab-confined.service
systemctl daemon-reload
systemctl start lab-confined
journalctl --sync
say 'vpn programs may' "$(journalctl -b -o cat _SYSTEMD_UNIT=lab-confined.service | xargs)"

for unit in connman-dhcp connman-dnsproxyd connman-ntp; do
  say "$unit" "$(systemctl is-active $unit) as $(ps -o user= -p "$(systemctl show -P MainPID $unit)")"
done

say 'starts after failures' "$(systemctl show -P NRestarts connman connman-dhcp connman-dnsproxyd connman-ntp | xargs)"
say failed "$(systemctl list-units --failed --no-legend --plain 'connman*' | xargs)"
