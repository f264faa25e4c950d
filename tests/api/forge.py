"""JWTs taken apart and put together again, wrongly. Without any JWT library: these would not do it."""

import base64
import hashlib
import hmac
import json


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(token):
    """Header and payload as dicts, and the signature as text."""
    header, payload, signature = token.split(".")
    return json.loads(decode(header)), json.loads(decode(payload)), signature


def dump(value):
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def join(header, payload, signature):
    """Header and payload are dicts, or bytes to be taken as they are."""
    return f"{encode(dump(header))}.{encode(dump(payload))}.{signature}"


def hs256(header, payload, key):
    text = f"{encode(dump(header))}.{encode(dump(payload))}"
    return f"{text}.{encode(hmac.new(key, text.encode(), hashlib.sha256).digest())}"


def pem(jwk):
    """The public PEM of a P-256 JWK: what an attacker takes for an HMAC key."""
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
    der += decode(jwk["x"]) + decode(jwk["y"])
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n".encode()


def change(text, at):
    """Another character of the alphabet at that place."""
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:]


def forgeries(token, jwk, secret, foreign):
    """(name, text) of every bad token that can be made of a good one. jwk is the key that signed it,
    foreign a good token of somebody else's server."""
    header, payload, signature = parts(token)
    h, p, s = token.split(".")
    with_header = lambda **members: join({**header, **members}, payload, signature)
    without = lambda name: join({k: v for k, v in header.items() if k != name}, payload, signature)
    with_payload = lambda **members: join(header, {**payload, **members}, signature)

    yield "header tampered", with_header(typ="at+jwt")
    yield "typ is no text", with_header(typ=1)
    yield "payload tampered", with_payload(sub="somebody-else")
    yield "roles added", with_payload(role="admin")
    yield "expired", with_payload(exp=1)
    yield "no exp", join(header, {k: v for k, v in payload.items() if k != "exp"}, signature)
    yield "exp is text", with_payload(exp="9999999999")
    yield "exp is a fraction", with_payload(exp=9999999999.5)
    yield "longer life", with_payload(exp=payload["exp"] + 1)
    yield "not yet", with_payload(nbf=9999999999)
    yield "from the future", with_payload(iat=9999999999)
    yield "another issuer", with_payload(iss="https://evil.example.com")
    yield "another audience", with_payload(aud="https://evil.example.com")
    yield "no sid", join(header, {k: v for k, v in payload.items() if k != "sid"}, signature)
    yield "another sid", with_payload(sid="x" * 32)
    for at in (0, len(s) // 2, len(s) - 2):
        yield f"signature tampered at {at}", f"{h}.{p}.{change(s, at)}"
    yield "signature cut", f"{h}.{p}.{s[:-4]}"
    yield "signature longer", f"{token}AAAA"
    yield "signature not canonical", f"{h}.{p}.{s[:-1]}{chr(ord(s[-1]) + 1)}"
    yield "signature with junk", f"{h}.{p}.{s}!"
    yield "signature padded", f"{token}=="
    yield "signature empty", f"{h}.{p}."
    yield "signature zero", f"{h}.{p}.{encode(bytes(64))}"
    yield "payload empty", f"{h}..{s}"
    yield "header empty", f".{p}.{s}"
    yield "dots alone", ".."
    yield "four segments", f"{token}.{s}"
    yield "blank inside", f"{h}.{p} .{s}"
    for alg in ("none", "None", "nOnE", "NONE", "es256", "HS256", "RS256", "ES512", "EdDSA", "", "ES256 "):
        yield f"alg {alg!r}", with_header(alg=alg)
        yield f"alg {alg!r}, no signature", join({**header, "alg": alg}, payload, "")
    yield "alg missing", without("alg")
    yield "alg is a list", with_header(alg=["ES256"])
    yield "HS256 with the public PEM", hs256({**header, "alg": "HS256"}, payload, pem(jwk))
    yield "HS256 with the PEM, no newline", hs256({**header, "alg": "HS256"}, payload, pem(jwk).strip())
    yield "HS256 with the JWK", hs256({**header, "alg": "HS256"}, payload, dump(jwk))
    yield "HS256 with the secret", hs256({**header, "alg": "HS256"}, payload, secret.encode())
    yield "HS256 with the secret and its kid", hs256({"alg": "HS256", "kid": "hs256"}, payload, secret.encode())
    yield "HS256 with the secret, no kid", hs256({"alg": "HS256", "typ": "JWT"}, payload, secret.encode())
    yield "HS256 with nothing", hs256({**header, "alg": "HS256"}, payload, b"")
    yield "kid missing", without("kid")
    yield "kid unknown", with_header(kid="unknown")
    yield "kid is a path", with_header(kid="../../../etc/passwd")
    yield "kid is SQL", with_header(kid="' OR '1'='1")
    yield "kid is a number", with_header(kid=1)
    for name, value in (("crit", ["exp"]), ("b64", False), ("jwk", jwk), ("jku", "https://evil.example.com/jwks"),
                        ("x5u", "https://evil.example.com/x"), ("x5c", ["AAAA"]), ("zip", "DEF"), ("foo", "bar")):
        yield f"header has {name}", with_header(**{name: value})
    text = dump(header)
    yield "alg twice", join(b'{"alg":"none",' + text[1:], payload, signature)
    yield "header with trailing bytes", join(text + b" {}", payload, signature)
    yield "payload with trailing bytes", join(header, dump(payload) + b"x", signature)
    yield "sub twice", join(header, b'{"sub":"root",' + dump(payload)[1:], signature)
    yield "payload is an array", join(header, b"[]", signature)
    yield "header is an array", join(b"[]", payload, signature)
    yield "payload is no UTF-8", join(header, b'{"sub":"\xff"}', signature)
    yield "payload has a NUL", join(header, b'{"sub":"a\\u0000b"}', signature)
    yield "deep", join(header, b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}", signature)
    yield "oversized", with_payload(pad="x" * 4096)
    yield "of another server", foreign
