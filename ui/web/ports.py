"""Which port the page gets: the one that was asked for or a reason why not, else the first free one of twenty."""

import errno
import socket

from models.errors import UsageError
from ui.web import strings

FIRST, LAST = 7860, 7879

_NOT_OURS = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


def choose(host: str, port: int | None) -> int:
    """Return a free port at `host`.

    Raises:
        UsageError: the port that was asked for is taken or impossible, all twenty are taken, or there is no such host.

    """
    if port is None:
        for candidate in range(FIRST, LAST + 1):
            if _refusal(host, candidate) is None:
                return candidate
        raise UsageError(strings.PORTS_TAKEN.format(first=FIRST, last=LAST, other=LAST + 1))
    if not 1 <= port <= 65535:
        raise UsageError(strings.PORT_RANGE.format(port=port, other=FIRST))
    refusal = _refusal(host, port)
    if isinstance(refusal, PermissionError):
        raise UsageError(strings.PORT_REFUSED.format(port=port, reason=refusal.strerror, other=FIRST))
    if refusal is not None:
        raise UsageError(taken(port))
    return port


def taken(port: int) -> str:
    """Return the line that says that a port is taken."""
    return strings.PORT_TAKEN.format(port=port, other=FIRST if port < FIRST or port >= LAST else port + 1)


def _refusal(host: str, port: int) -> OSError | None:
    """Return why the port cannot be listened on, or None when it can."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(strings.HOST_UNKNOWN.format(host=host, reason=error)) from error
    with socket.socket(family, kind) as probe:
        # As the server does: a port that a closed server has just left counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno in _NOT_OURS:
                raise UsageError(strings.HOST_UNKNOWN.format(host=host, reason=error.strerror)) from error
            return error
    return None
