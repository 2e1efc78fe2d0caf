"""Begin serving machines beside the desk, in the same working process, and end with it.

The one module of this face that the rest of the house may call, through ``composition``.
"""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.util import Finalize

from circumspect.faces.sip2 import trying
from circumspect.faces.sip2.server import Place, Server, tls_context
from circumspect.trust.door.house import House

__all__ = ["Listening", "begin", "check", "trying"]


@dataclass(frozen=True, slots=True)
class Listening:
    """Where machines may come; a port of 0 for nowhere.

    Attributes:
        certificate, key: Files in PEM, of the TLS port.
        client_ca: File in PEM; "" where no certificate is asked of machines.
    """

    host: str = ""
    port: int = 0
    tls_host: str = ""
    tls_port: int = 0
    certificate: str = ""
    key: str = ""
    client_ca: str = ""

    def places(self) -> list[Place]:
        """Each port, with what TLS needs.

        Raises:
            OSError, ssl.SSLError: A file cannot be read, or is no certificate or key.
        """
        places = [Place(self.host, self.port)] if self.port else []
        if self.tls_port:
            context = tls_context(self.certificate, self.key, self.client_ca)
            places.append(Place(self.tls_host, self.tls_port, context))
        return places


def check(listening: Listening) -> None:
    """Read the certificates, before anything is promised. Raises as ``Listening.places``."""
    listening.places()


def begin(house: House, listening: Listening) -> Server:
    """Serve machines in a thread of this process until it ends; what is being answered then is finished.

    Raises:
        OSError: A port cannot be listened at.
    """
    server = Server(house, listening.places())
    server.start()
    server.wait_until_up()
    # The web server's working process leaves by way of these, and waits for no thread.
    Finalize(server, server.stop, exitpriority=10)
    return server
