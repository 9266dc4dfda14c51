"""Holes in Group 4 fax data, which its decoder takes for the end of the picture and fills with white."""

from __future__ import annotations

HOLE = bytes(4)  # no code word has more than 11 zero bits in a row
END_OF_BLOCK = "000000000001" * 2
END_BITS = len(END_OF_BLOCK)


def torn(payload: bytes) -> bool:
    """Whether Group 4 data has zeros that are not the padding behind its end-of-block code."""
    start = payload.find(HOLE)
    if start < 0:
        return False
    return bool(payload[start:].strip(b"\0")) or not _ends(payload[:start])


def _ends(payload: bytes) -> bool:
    """Whether the end-of-block code is the last thing in it, in either order of bits."""
    last = payload[-END_BITS // 8 - 2 :]
    tail = "".join(f"{byte:08b}" for byte in last) + "0" * END_BITS
    mirrored = "".join(f"{byte:08b}"[::-1] for byte in last) + "0" * END_BITS
    return END_OF_BLOCK in tail or END_OF_BLOCK in mirrored
