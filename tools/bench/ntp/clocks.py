#!/usr/bin/python3
"""In a guest of the radio laboratory, whose clock may be set: how far a client keeps it from true time.

    clocks.py ours|connman|chrony|chrony-own-stamps CHECKOUT [MINUTES...]

True time is the guest's raw clock, which no client can move, run at another rate; a server in a namespace of its own tells it.
Prints one JSON line: seconds from the address to the first correction, and the offset in microseconds after each of the minutes.
"""
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import time

START = 1_900_000_000
AHEAD = 0.3
RATE = 23e-6
EPOCH = 2_208_988_800
RAW = time.CLOCK_MONOTONIC_RAW


def true_time(base):
    return START + AHEAD + (time.clock_gettime(RAW) - base) * (1 + RATE)


def stamp(seconds):
    whole = int(seconds)
    return struct.pack('>II', (whole + EPOCH) & 0xFFFFFFFF, int((seconds - whole) * 2**32))


def serve(base):
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(('10.77.1.1', 123))
    while True:
        packet, client = wire.recvfrom(512)
        received = true_time(base)
        head = struct.pack('>BBbb', (packet[0] & 0x38) | 4, 1, 6, -20)
        root = struct.pack('>II', 0, 0) + b'GPS\0'
        answer = head + root + stamp(received - 1) + packet[40:48] + stamp(received) + stamp(true_time(base))
        wire.sendto(answer, client)


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def start(words, **more):
    return subprocess.Popen(words, stdout=open('/out/log', 'a'), stderr=subprocess.STDOUT, **more)


BUS = """<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_type="method_return"/><allow send_type="error"/><allow receive_type="method_call"/><allow receive_type="signal"/>
<allow receive_type="method_return"/><allow receive_type="error"/></policy></busconfig>"""


def refuse_transmit_stamps():
    """From now on setsockopt(SO_TIMESTAMPING) fails here, and chrony stamps what it sends by itself, as the other clients do."""
    load, jump, give = 0x20, 0x15, 0x06
    timestamping_old, timestamping_new, no_such_option = 37, 65, 92
    program = [
        (load, 0, 0, 0),  # the system call's number
        (jump, 0, 4, 54),  # setsockopt
        (load, 0, 0, 32),  # its third argument
        (jump, 1, 0, timestamping_old),
        (jump, 0, 1, timestamping_new),
        (give, 0, 0, 0x00050000 | no_such_option),
        (give, 0, 0, 0x7FFF0000),
    ]
    code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *line) for line in program))
    filter_program = struct.pack('HxxxxxxP', len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, filter_mode = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(seccomp, filter_mode, filter_program, 0, 0):
        raise OSError(ctypes.get_errno(), 'seccomp')


def client_of(subject, checkout):
    """What to start, and with which environment."""
    if subject.startswith('chrony'):
        with open('/tmp/chrony.conf', 'w') as conf:
            conf.write('server 10.77.1.1 iburst\nmakestep 1.0 3\ndriftfile /tmp/drift\nbindcmdaddress /\npidfile /tmp/pid\n')
        libraries = f'{checkout}/tmp/peers/usr/lib/x86_64-linux-gnu'
        return [f'{checkout}/tmp/peers/usr/sbin/chronyd', '-d', '-u', 'root', '-f', '/tmp/chrony.conf'], {
            'LD_LIBRARY_PATH': libraries
        }
    if subject == 'connman':
        return ['/usr/sbin/connmand', '-n'], {}
    with open(f'{checkout}/tools/node-flags.json') as flags:
        return ['node', *json.load(flags), f'{checkout}/packages/core/dist/connmand.js', '-n'], {}


def main(subject, checkout, minutes):
    time.clock_settime(time.CLOCK_REALTIME, START)
    base = time.clock_gettime(RAW)
    run('ip', 'netns', 'add', 'far')
    run('ip', 'netns', 'add', 'mid')
    run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'near', 'netns', 'mid')
    run('ip', 'link', 'add', 'back', 'type', 'veth', 'peer', 'name', 'port', 'netns', 'far')
    run('ip', 'link', 'set', 'back', 'netns', 'mid')
    # Delays are made between the two: at the client's own link they would come before the kernel's time stamps.
    mid = ['ip', 'netns', 'exec', 'mid']
    run(*mid, 'ip', 'link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0')
    for leg in ('near', 'back'):
        run(*mid, 'ip', 'link', 'set', leg, 'master', 'br0')
        run(*mid, 'ip', 'link', 'set', leg, 'up')
        run(*mid, 'tc', 'qdisc', 'add', 'dev', leg, 'root', 'netem', 'delay', '5ms', '1ms')
    run(*mid, 'ip', 'link', 'set', 'br0', 'up')
    far = ['ip', 'netns', 'exec', 'far']
    run(*far, 'ip', 'address', 'add', '10.77.1.1/24', 'dev', 'port')
    run(*far, 'ip', 'link', 'set', 'port', 'up')
    run(*far, 'ethtool', '-K', 'port', 'tx', 'off')
    start([*far, sys.executable, __file__, 'serve', str(base)])
    if subject.startswith('chrony'):
        run('ip', 'address', 'add', '10.77.1.9/24', 'dev', 'eth0')
        run('ip', 'link', 'set', 'eth0', 'up')
    else:
        start([*far, 'dnsmasq', '--no-daemon', '--port=0', '--dhcp-range=10.77.1.100,10.77.1.150,12h', '--dhcp-option=42,10.77.1.1'])
        os.makedirs('/run/dbus', exist_ok=True)
        with open('/tmp/bus.conf', 'w') as conf:
            conf.write(BUS)
        start(['dbus-daemon', '--config-file=/tmp/bus.conf', '--nofork'])
        while not os.path.exists('/run/dbus/system_bus_socket'):
            time.sleep(0.1)
    words, environment = client_of(subject, checkout)
    restrict = refuse_transmit_stamps if subject == 'chrony-own-stamps' else None
    client = start(words, env={**os.environ, **environment}, preexec_fn=restrict)
    offset = lambda: time.time() - true_time(base)

    def address():
        shown = subprocess.run(['ip', '-4', 'address', 'show', 'dev', 'eth0'], capture_output=True, text=True).stdout
        return 'inet 10.77.1.' in shown

    for _ in range(600):
        if address():
            break
        time.sleep(0.05)
    began = time.clock_gettime(RAW)
    first, before = None, offset()
    while time.clock_gettime(RAW) - began < 30:
        time.sleep(0.02)
        now = offset()
        if abs(now - before) > 2e-3:
            first = time.clock_gettime(RAW) - began
            break
    result = {}
    for minute in minutes:
        time.sleep(max(0, minute * 60 - (time.clock_gettime(RAW) - began)))
        result[minute] = round(offset() * 1e6, 1)
    print(json.dumps({'subject': subject, 'first': first, 'offsets': result, 'alive': client.poll() is None}))


if sys.argv[1] == 'serve':
    serve(float(sys.argv[2]))
else:
    main(sys.argv[1], sys.argv[2], [int(word) for word in sys.argv[3:]] or [1, 10, 60])
