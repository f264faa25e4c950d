"""Verifies JWTs without anything of ours: the openssl program does the cryptography."""

import base64
import json
import subprocess
import tempfile
from pathlib import Path


def b64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    length = bytes([n]) if n < 128 else bytes([0x80 + (n.bit_length() + 7) // 8]) + n.to_bytes(
        (n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + body


def der_int(raw):
    raw = raw.lstrip(b"\0") or b"\0"
    return der(2, (b"\0" if raw[0] & 0x80 else b"") + raw)


def public_der(jwk):
    """SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
    if jwk["kty"] == "OKP":
        return bytes.fromhex("302a300506032b6570032100") + b64(jwk["x"])
    if jwk["kty"] == "EC":
        head = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
        return bytes.fromhex(head) + b64(jwk["x"]) + b64(jwk["y"])
    rsa = der(0x30, der_int(b64(jwk["n"])), der_int(b64(jwk["e"])))
    return der(0x30, bytes.fromhex("300d06092a864886f70d0101010500"), der(3, b"\0", rsa))


def openssl_verifies(jwk, signed, signature):
    with tempfile.TemporaryDirectory() as d:
        key, data, sig = (Path(d, n) for n in ("key", "data", "sig"))
        key.write_bytes(public_der(jwk))
        data.write_bytes(signed)
        sig.write_bytes(signature)
        if jwk["kty"] == "OKP":
            command = ["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", key,
                       "-in", data, "-sigfile", sig]
        else:
            command = ["dgst", "-sha256", "-keyform", "DER", "-verify", key, "-signature", sig, data]
        return subprocess.run(["openssl", *command], capture_output=True, check=False).returncode == 0


def verify(token, jwks):
    """(header, claims) of a token that one of the keys signed; an AssertionError otherwise."""
    head, body, signature = token.split(".")
    header = json.loads(b64(head))
    (key,) = (k for k in jwks["keys"] if k["kid"] == header["kid"])
    assert key["alg"] == header["alg"], (key, header)
    raw = b64(signature)
    if key["kty"] == "EC":
        assert len(raw) == 64
        raw = der(0x30, der_int(raw[:32]), der_int(raw[32:]))
    assert openssl_verifies(key, f"{head}.{body}".encode(), raw), f"not signed by {key}"
    return header, json.loads(b64(body))
