"""TLS to a server: whom a connection trusts, so that nobody in between reads it or answers in the server's place."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache, cached_property

_NO_CHECK_TIME = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python does not name


@dataclass(frozen=True)
class Tls:
    """What a server's certificate has to be; a connection without TLS, or with another certificate, is refused.

    `authorities`: certificates (PEM) of whoever may have signed it for the server's host name; empty: this machine's
    own. `pinned`: the server's very certificate (PEM), whatever its name and its dates; it wins.
    """

    authorities: str = ""
    pinned: str = ""

    @cached_property
    def context(self) -> ssl.SSLContext:
        """For the driver. Raises ssl.SSLError where a certificate cannot be read."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.pinned:
            context.check_hostname = False
            # It is trusted itself, whoever signed it.
            context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
            context.load_verify_locations(cadata=self.pinned)
        elif self.authorities:
            context.load_verify_locations(cadata=self.authorities)
        else:
            context.load_default_certs()
        return context


@cache
def any_certificate() -> ssl.SSLContext:
    """For a connection that looks at no certificate, and so needs none of this machine's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
