"""Hosts in URLs that mean an address that is not public, or can be read as one (SECURITY.md, S1, S2 and S5)."""

from __future__ import annotations

PLAIN = [
    "127.0.0.1", "localhost", "[::1]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.100.100.200",
    "168.63.129.16", "[fd00:ec2::254]", "metadata.google.internal", "ip6-localhost",
]  # fmt: skip
"""The usual spellings."""

NOT_PUBLIC = [
    *PLAIN,
    # inet_aton
    "127.1", "127.0.1", "127.255.255.254", "2130706433", "6425673729", "0x7f000001", "0x17f000001", "0x7f.0.0.1",
    "0x7F.1", "017700000001", "0177.0.0.1", "0177.0.0.01", "00000177.1", "0x7f.0x0.0x0.0x1", "0", "0.0.0.0", "0x0",
    "00", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "3232235521",
    # dots and capitals
    "localhost.", "LOCALHOST", "LocalHost.", "127.0.0.1.", "127.0.0.1..", "127.1.", "0x7f000001.",
    "localhost.localdomain", "a.localhost",
    # IPv6, and IPv4 inside it
    "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
    "[2002:7f00:0001::1]", "[2002:a9fe:a9fe::]", "[2001:0:7f00:1::]", "[2001:0:53aa:64c::f5ff:fffe]",
    "[2001:db8::5efe:7f00:1]", "[2a00::200:5efe:7f00:1]", "[fe80::5efe:7f00:1]", "[fe80::1%25lo]", "[::1%25lo]",
    "[::1%lo]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[ff02::1]", "[::ffff:a9fe:a9fe]", "[::ffff:169.254.169.254]",
    "[100::1]", "[2001:1::1]", "[3fff::1]",
    # IDNA, escapes, what parsers strip
    "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "①②⑦.⓪.⓪.①", "LOCALHOſT",
    "lo\u00adcalhost", "local\u200bhost",
    "127%2e0%2e0%2e1", "%6c%6fcalhost", "%31%32%37.0.0.1", "127.0.0.1%00",
    "127.0.0.1%0a", "127.0.0.1%09", "local\thost",
    "127.0\n.0.1", "127.0.0.1%2f.example.com", "127.0.0.1%23.example.com",
    # who is the host?
    "127.0.0.1\\@example.com", "example.com@127.0.0.1", "a:b@127.0.0.1", "example.com%00@127.0.0.1",
    "127.0.0.1#@example.com", "127.0.0.1?@example.com", "example.com\\@127.0.0.1", "example.com;@127.0.0.1",
    # neither public nor private
    "100.64.0.1", "198.18.0.1", "192.0.0.1", "192.0.0.9", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "192.88.99.1",
]  # fmt: skip
