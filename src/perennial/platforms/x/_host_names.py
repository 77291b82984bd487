"""How long a host name is where it is sent: in ASCII, its labels in Punycode."""

import re

LINK_MAX = 4_096
LABEL_MAX = 63
_PREFIX = "xn--"
_DOTS = re.compile(r"[.\u3002\uff0e\uff61]")  # those of Chinese and Japanese are dots in a host name too


def has_valid_length(host: str, length: int) -> bool:
    """Whether no label of the host is empty or longer than 63, and a link of this length no longer than 4,096.

    `length` is the link's, with its host as it was written.
    """
    if host.isascii():
        return length <= LINK_MAX and (len(host) <= LABEL_MAX or max(map(len, host.split("."))) <= LABEL_MAX)
    if length > LINK_MAX:
        return False
    longer = 0
    for label in _DOTS.split(host):
        in_ascii = _ascii_length(label)
        if not 0 < in_ascii <= LABEL_MAX:
            return False
        longer += in_ascii - len(label)
    return length + longer <= LINK_MAX


def _ascii_length(label: str) -> int:
    """The label's length in ASCII, 0 if it has none. Of one that is far too long it says no more than that it is."""
    if label.isascii():
        return len(label)
    if label.startswith(_PREFIX):
        return 0  # it says that it is in Punycode, and is not
    if len(label) + len(_PREFIX) > LABEL_MAX:
        return LABEL_MAX + 1  # Punycode has a letter at least for each letter
    return len(_PREFIX) + len(label.encode("punycode"))
