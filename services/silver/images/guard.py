"""Where the checker must not go: addresses that catalogs have no business to make a server ask.

Three gates, since each alone has a hole: the URL (schemes, ports, literal addresses, which no resolver sees), the
resolver (names), and the socket, where the very address that is about to be connected to is looked at once more. A
name is resolved once per connection and the connection goes to the addresses that were checked, so it does not matter
what the name says a moment later. Sources: RFC 6890 (special-purpose addresses), RFC 6052 (NAT64), OWASP on SSRF.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.silver.images.limits import Network

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# All that is given out of IPv6 (RFC 4291, 2.4); outside of it are further ways to write an IPv4 address.
_GIVEN_OUT: Final = ipaddress.IPv6Network("2000::/3")
# Not all of these are "not global" in the eyes of `ipaddress`: transition mechanisms carry any IPv4 address inside, and
# 168.63.129.16 is public on paper but the metadata server of a large cloud.
_REFUSED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        ),
    )
)


class ForbiddenAddressError(OSError):
    """An address that must not be connected to."""


class InvalidUrlError(ValueError):
    """No address that is ever asked."""


class Guard:
    """Decides about URLs and addresses; `allowed` networks are reachable although they are reserved."""

    def __init__(self, ports: Iterable[int], allowed: Iterable[Network]) -> None:
        self._ports = frozenset(ports)
        self._allowed = tuple(allowed)

    def permits(self, text: str) -> bool:
        """Whether an address may be connected to. What is no address is not permitted."""
        try:
            address: Address = ipaddress.ip_address(text)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped is not None:
                address = address.ipv4_mapped
            elif address in _NAT64:
                address = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if any(address in network for network in self._allowed):
            return True
        if isinstance(address, ipaddress.IPv6Address) and address not in _GIVEN_OUT:
            return False
        return address.is_global and not address.is_multicast and not any(address in net for net in _REFUSED)

    def url(self, text: str, base: URL | None = None) -> URL:
        """The URL to ask, in its encoded form; relative to `base` at a redirect.

        Raises InvalidUrlError, and ForbiddenAddressError for a literal address that is refused.
        """
        try:
            url = URL(text.strip())
            url = url if base is None else base.join(url)
            host, port = url.host, url.port
        except (ValueError, TypeError) as error:
            raise InvalidUrlError(text) from error
        if url.scheme not in {"http", "https"} or not host or url.user is not None or url.password is not None:
            raise InvalidUrlError(text)
        if port not in self._ports:
            raise InvalidUrlError(text)
        name = host.rstrip(".")
        if _is_literal(name) and not self.permits(name):
            raise ForbiddenAddressError(name)
        return url.with_fragment(None)

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for the address in `info` (as of getaddrinfo), which must be permitted."""
        family, kind, protocol, _, address = info
        if not self.permits(address[0]):
            raise ForbiddenAddressError(address[0])
        return socket.socket(family, kind, protocol)


class GuardedResolver(AbstractResolver):
    """Another resolver's answers without the refused addresses; raises ForbiddenAddressError if none is left."""

    def __init__(self, resolver: AbstractResolver, guard: Guard) -> None:
        self._resolver = resolver
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The permitted addresses of a name."""
        try:
            found = await self._resolver.resolve(host, port, family)
        except UnicodeError as error:  # a label of 64 characters, or an empty one
            raise OSError("no name that can be asked for") from error
        permitted = [one for one in found if self._guard.permits(one["host"])]
        if found and not permitted:
            raise ForbiddenAddressError(host)
        return permitted

    async def close(self) -> None:
        """Closes the other resolver."""
        await self._resolver.close()


def _is_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
