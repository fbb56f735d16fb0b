"""HMAC-SHA256 against the vectors of RFC 4231, and the comparison of proofs."""

import hashlib

from station.core.proof import SIZE, hmac_sha256, same

# Cases 1 to 4 of the RFC; its longer keys are none that a station has. Case 5 is a cut proof.
CASES = (
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
)


def test_the_vectors_of_the_rfc():
    for key, data, expected in CASES:
        assert hmac_sha256(hashlib.sha256, key, (data,)).hex() == expected


def test_parts_count_as_one_after_the_other():
    for key, data, expected in CASES:
        for cut in range(len(data) + 1):
            parts = (data[:cut], b"", memoryview(data)[cut:])
            assert hmac_sha256(hashlib.sha256, key, parts).hex() == expected


def test_only_the_whole_proof_is_the_same():
    proof = hmac_sha256(hashlib.sha256, b"k" * 32, (b"message",))
    assert len(proof) == SIZE
    assert same(proof, bytes(proof))
    assert same(proof, bytearray(proof))
    for index in range(SIZE):
        for bit in range(8):
            other = bytearray(proof)
            other[index] ^= 1 << bit
            assert not same(proof, other)
    assert not same(proof, proof[:-1])
    assert not same(proof, proof + b"\0")
    assert not same(proof, b"")
