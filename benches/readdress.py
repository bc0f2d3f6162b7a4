#!/usr/bin/env python3
"""Copies a classic pcap file of Ethernet frames with other addresses and later times: for measurements over more flows.

    readdress.py FILE.pcap NUMBER > COPY.pcap

The upper half of each unicast IPv4 address and of each IPv6 address's low 32 bits is moved by NUMBER * 7 and the lower half
against it, so that checksums stay right; times are moved by NUMBER days. The same arguments give the same bytes.
"""
import struct, sys

path, number = sys.argv[1], int(sys.argv[2])
step = number * 7


def fold(value):
    return (value & 0xFFFF) + (value >> 16)


with open(path, "rb") as source:
    out = sys.stdout.buffer
    head = source.read(24)
    if head[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        sys.exit(f"{path}: not a little-endian pcap file")
    out.write(head)
    while True:
        record = source.read(16)
        if len(record) < 16:
            break
        seconds, rest, captured, length = struct.unpack("<IIII", record)
        frame = bytearray(source.read(captured))
        kind = frame[12:14]
        ends = (26, 30) if kind == b"\x08\x00" and captured >= 34 else (34, 50) if kind == b"\x86\xdd" and captured >= 54 else ()
        for at in ends:
            high, low = struct.unpack_from("!HH", frame, at)
            if kind == b"\x08\x00" and (high >= 0xE000 or high >> 8 in (0, 127)):
                continue
            high, low = fold(high + step), fold(low + 0xFFFF - step)
            if kind == b"\x08\x00" and high >= 0xE000:
                continue
            struct.pack_into("!HH", frame, at, high, low)
        out.write(struct.pack("<IIII", seconds + number * 86400, rest, captured, length))
        out.write(frame)
