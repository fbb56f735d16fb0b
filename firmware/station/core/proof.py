"""HMAC-SHA256 as in RFC 2104. The hash is handed in: a board has hashlib but no hmac."""

from reedgate_contract.compat import const

_BLOCK = const(64)
SIZE = const(32)


def hmac_sha256(sha256, key, parts):
    """The 32 bytes for the parts one after the other. key: at most 64 bytes."""
    inner = bytearray(0x36 for _ in range(_BLOCK))
    outer = bytearray(0x5C for _ in range(_BLOCK))
    for index in range(len(key)):
        inner[index] ^= key[index]
        outer[index] ^= key[index]
    digest = sha256(inner)
    for part in parts:
        digest.update(part)
    around = sha256(outer)
    around.update(digest.digest())
    return around.digest()


def same(proof, other):
    """Whether both are equal; takes as long for every wrong one."""
    if len(proof) != len(other):
        return False
    difference = 0
    for index in range(len(proof)):
        difference |= proof[index] ^ other[index]
    return difference == 0
