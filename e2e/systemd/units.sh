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
say vpn "$(connmanctl vpnconnections >/dev/null && echo answers)"

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

# A kill switch by iptables under connmand's unit: a filter refuses nf_tables to it and to what it runs.
printf '#!/bin/sh\nexec %s /usr/sbin/connmand "$@"\n' "$WITHOUT_NETFILTER" >/usr/lib/lab-connmand
chmod 755 /usr/lib/lab-connmand
mkdir -p /run/systemd/system/connman.service.d
printf '%s\n' '[Service]' ExecStart= 'ExecStart=/usr/lib/lab-connmand -n' >/run/systemd/system/connman.service.d/lab.conf
systemctl daemon-reload
until_tunnel() { timeout 120 sh -c "until connmanctl services $tunnel 2>/dev/null | grep -q 'State = $1'; do :; done"; }
answers() { ping -n -c 2 -i 0.2 -W 1 "$@" >/dev/null 2>&1 && echo answers || echo silent; }
ip netns exec uplink sh -c "umask 077; wg genkey >/run/wg.server; wg genkey >/run/wg.client"
ip -n uplink link add wg0 type wireguard
ip netns exec uplink wg set wg0 listen-port 51820 private-key /run/wg.server \
  peer "$(wg pubkey </run/wg.client)" allowed-ips 10.2.0.2/32
ip -n uplink addr add 10.2.0.1/24 dev wg0
ip -n uplink link set wg0 up
tunnel=vpn_10_77_1_1_lab
mkdir -p /var/lib/connman-vpn
printf '%s\n' '[provider_lab]' Type=WireGuard Name=Lab Host=10.77.1.1 Domain=lab KillSwitch=true WireGuard.Address=10.2.0.2/24 \
  "WireGuard.PrivateKey=$(cat /run/wg.client)" "WireGuard.PublicKey=$(wg pubkey </run/wg.server)" WireGuard.AllowedIPs=0.0.0.0/0 \
  >/var/lib/connman-vpn/lab.config
ip -n uplink addr add 192.0.2.99/32 dev lo
systemctl restart connman connman-vpn
systemctl start network-online.target
until_tunnel idle
say 'kill switch' "$(connmanctl connect $tunnel 2>&1)"
say 'kill switch by' "$(iptables-legacy-save | grep -q '^-A OUTPUT -j connman-lock-output' && echo iptables), $(nft list tables | grep -c connman-lock) tables of nftables"
say 'kill switch tunnel' "$(answers 10.2.0.1)"
say 'kill switch past it' "$(answers -I eth0 192.0.2.99)"
systemctl kill --signal=SIGKILL connman connman-vpn
say 'kill switch daemons killed' "$(answers -I eth0 192.0.2.99)"
until_tunnel ready
say 'kill switch after disconnect' "$(connmanctl disconnect $tunnel >/dev/null 2>&1; answers -I eth0 192.0.2.99)"
