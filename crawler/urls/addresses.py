"""Judge which addresses may be dialled: an IP address goes in, the reason against it comes out. Pure.

`ipaddress.is_global` is not enough: it lets through `64:ff9b::7f00:1` (NAT64 of 127.0.0.1), `::127.0.0.1`, `fec0::` and
multicast (measured 2026-11). So an IPv6 address is judged by the IPv4 address inside it; one without must be global
unicast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from crawler.urls.host_names import askable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
"""The well-known prefix.

That for local use (64:ff9b:1::/48, RFC 8215) is not public: each network chooses where the IPv4 address is."""
REFUSED: dict[Network, str] = {
    IPv4Network("168.63.129.16/32"): "a cloud's metadata service",
    IPv4Network("192.88.99.0/24"): "a 6to4 relay",
    IPv4Network(
        "192.0.0.0/24"
    ): "for protocols of the local network",  # .9 and .10 count as global, but belong to the next router
    IPv6Network(
        "2001::/23"
    ): "for protocols such as Teredo, not for web servers",  # 2001:1::1 belongs to the next router
    IPv6Network("3fff::/20"): "for documentation",  # RFC 9637; Python 3.11 takes it for public
}
"""Networks that `is_global` wrongly lets through, and what they are."""


@dataclass(frozen=True)
class Policy:
    """Which addresses the operator permits, and where names are sent."""

    allow_private: tuple[Network, ...] = ()
    """Networks that are permitted although they are not public."""
    resolve: Mapping[str, str] = field(default_factory=dict, hash=False)
    """`HOST` or `HOST:PORT` (`*` for any host) → `IP` or `IP:PORT`, as in `[crawl] resolve`."""
    proxy: str = ""
    """Host of the operator's proxy, which is dialled without judgement."""

    @classmethod
    def of(cls, allow_private: Iterable[str], resolve: Mapping[str, str], proxy: str = "") -> Policy:
        """Make a policy from settings; ValueError for a text that is not a network."""
        return cls(tuple(ip_network(network, strict=False) for network in allow_private), _ascii_keys(resolve), proxy)

    def refusal(self, address: Address) -> str:
        """Return why `address` may not be dialled, or an empty text."""
        if any(address.version == network.version and address in network for network in self.allow_private):
            return ""
        for network, reason in REFUSED.items():
            if address.version == network.version and address in network:
                return f"{address} is {reason}"
        if isinstance(address, IPv6Address):
            inner = embedded(address)
            if inner is not None:
                reason = self.refusal(inner)
                return f"{address} means {reason}" if reason else ""
            if address not in GLOBAL_UNICAST:
                return f"{address} is not a public address"
        if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
            return f"{address} is not a public address"
        return ""

    def target(self, host: str, port: int) -> tuple[str, int] | None:
        """Return where `resolve` sends this host and port, if anywhere; the exact key beats `*`."""
        host = host.lower().rstrip(".")
        for key in (f"{host}:{port}", host, f"*:{port}", "*"):
            if key in self.resolve:
                return split_target(self.resolve[key], port)
        return None


def _ascii_keys(resolve: Mapping[str, str]) -> dict[str, str]:
    """The mapping with its host names in the form in which they are asked for."""
    return {askable(f"//{key}").removeprefix("//"): place for key, place in resolve.items()}


def embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address inside a mapped, NAT64, 6to4 or ISATAP address, if there is one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in NAT64:
        return low
    if (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE:  # RFC 5214, 6.1: ::0:5efe:a.b.c.d and ::200:5efe:a.b.c.d
        return low
    return None


def literal(host: str) -> Address | None:
    """Return the address that `host` spells in standard notation, if it does.

    Other spellings, such as inet_aton's, go to the system's resolver, and its answer is judged.
    """
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def split_target(value: str, port: int) -> tuple[str, int]:
    """Split `IP`, `IP:PORT` or `[IPv6]:PORT` into address and port; without one, the port is `port`."""
    if literal(value) is not None:
        return value.strip("[]"), port
    host, _, given = value.rpartition(":")
    return host.strip("[]"), int(given)
