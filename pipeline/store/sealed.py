"""An encrypted stream: written and read in pieces, of which none can be changed, left out, swapped or cut off unseen.

Method: Argon2id (RFC 9106) makes the key from a passphrase; pieces of 1 MiB under AES-256-GCM, each with its number and
whether it is the last in its nonce (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

from __future__ import annotations

import io
import secrets
import struct
from typing import IO, Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipeline.errors import StoreProblem, UsageProblem

MAGIC = b"yomitori-backup-1\n"
SALT, PREFIX, TAG = 16, 7, 16  # bytes
PIECE = 1 << 20  # bytes before encryption
SHORTEST = 12  # characters of a passphrase


def _key(passphrase: str, salt: bytes) -> bytes:
    secret = passphrase.encode()
    return hash_secret_raw(secret, salt, time_cost=3, memory_cost=1 << 16, parallelism=4, hash_len=32, type=Type.ID)


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">I?", number, last)


class Sealing(io.RawIOBase):
    """What is written to it is encrypted into a file; `close` writes the end.

    Args:
        out: a file open for writing.
        passphrase: at least `SHORTEST` characters.

    Raises:
        UsageProblem: the passphrase is too short.
    """

    def __init__(self, out: IO[bytes], passphrase: str) -> None:
        if len(passphrase) < SHORTEST:
            raise UsageProblem("passphrase-short", f"合言葉は {SHORTEST} 文字以上にしてください。")
        salt, self._prefix = secrets.token_bytes(SALT), secrets.token_bytes(PREFIX)
        self._out, self._number, self._rest = out, 0, bytearray()
        self._cipher = AESGCM(_key(passphrase, salt))
        out.write(MAGIC + salt + self._prefix)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take bytes; whole pieces go on at once."""
        self._rest += data
        while len(self._rest) > PIECE:
            self._piece(bytes(self._rest[:PIECE]), last=False)
            del self._rest[:PIECE]
        return len(data)

    def _piece(self, data: bytes, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last), data, MAGIC))
        self._number += 1

    def close(self) -> None:
        """Write what is left, marked as the end."""
        if not self.closed:
            self._piece(bytes(self._rest), last=True)
        super().close()


class Opening(io.RawIOBase):
    """The bytes that were sealed.

    Raises:
        UsageProblem: no such file, or the passphrase is wrong.
        StoreProblem: a piece was changed, or the end is missing.
    """

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        head = source.read(len(MAGIC) + SALT + PREFIX)
        if not head.startswith(MAGIC) or len(head) < len(MAGIC) + SALT + PREFIX:
            raise UsageProblem("backup-unknown", "読取のバックアップではありません。", "ファイルを確かめてください。")
        self._source, self._number, self._prefix = source, 0, head[-PREFIX:]
        self._cipher = AESGCM(_key(passphrase, head[len(MAGIC) : -PREFIX]))
        self._next = source.read(PIECE + TAG)
        self._rest, self._ended = b"", False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, into: Any) -> int:
        """Fill with what comes next; 0 at the end."""
        while not self._rest and not self._ended:
            self._advance()
        taken = self._rest[: len(into)]
        into[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)

    def _advance(self) -> None:
        piece, self._next = self._next, self._source.read(PIECE + TAG)
        self._ended = not self._next
        try:
            self._rest = self._cipher.decrypt(_nonce(self._prefix, self._number, self._ended), piece, MAGIC)
        except InvalidTag as error:
            raise (_locked() if self._number == 0 else damaged()) from error
        self._number += 1


def _locked() -> UsageProblem:
    return UsageProblem(
        "backup-locked",
        "バックアップを開けません。",
        "合言葉が違うか、ファイルが壊れています。合言葉を確かめてください。",
    )


def damaged() -> StoreProblem:
    """The sentence for a backup that is not what was written."""
    return StoreProblem(
        "backup-damaged", "バックアップが途中で壊れているか、切れています。", "別のバックアップを使ってください。"
    )
