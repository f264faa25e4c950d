"""Verifies a JWT as a backend would: {"module", "token", "jwks", "issuer", "audience"} on standard input.

Prints the subject, or "refused". module is "jose" (python-jose) or "jwt" (PyJWT).
"""

import json
import sys


def with_python_jose(token, jwks, issuer, audience):
    from jose import JWTError, jwt

    key = next(k for k in jwks["keys"] if k["kid"] == jwt.get_unverified_header(token)["kid"])
    try:
        return jwt.decode(token, key, algorithms=[key["alg"]], issuer=issuer, audience=audience)
    except JWTError:
        return None


def with_pyjwt(token, jwks, issuer, audience):
    import jwt

    kid = jwt.get_unverified_header(token)["kid"]
    key = next(k for k in jwt.PyJWKSet.from_dict(jwks).keys if k.key_id == kid)
    algorithm = next(k["alg"] for k in jwks["keys"] if k["kid"] == kid)
    try:
        return jwt.decode(token, key.key, algorithms=[algorithm], issuer=issuer, audience=audience)
    except jwt.InvalidTokenError:
        return None


def main():
    given = json.load(sys.stdin)
    verify = {"jose": with_python_jose, "jwt": with_pyjwt}[given.pop("module")]
    claims = verify(**given)
    print("refused" if claims is None else claims["sub"])


main()
