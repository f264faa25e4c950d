"""An API that knows its users by what sessiond says of them.

    uvicorn app:app --uds /run/myapi.sock

user_id     verifies the bearer JWT here: no question is asked, and a session that was revoked is
            noticed when its JWT expires, 15 minutes later at most.
live_user   asks sessiond on every request, over its Unix socket: a session that was revoked is gone
            at once. Takes a JWT, a session token or the session cookie.
"""

import os
import time
from dataclasses import dataclass
from urllib.parse import unquote

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from jose import jwt
from jose.exceptions import ExpiredSignatureError, JWTClaimsError, JWTError

SOCKET = os.environ.get("WEBAUTH_SOCKET", "/run/webauth/api.sock")
ISSUER = os.environ["WEBAUTH_ISSUER"]  # the origin of base_url
AUDIENCE = os.environ.get("WEBAUTH_AUDIENCE", ISSUER)
# The one algorithm of this service: what a token says about itself decides nothing.
ALGORITHM = os.environ.get("WEBAUTH_ALG", "ES256")
SECRET = os.environ["BETTER_AUTH_SECRET"] if ALGORITHM == "HS256" else None
# No base_url has to resolve: the address is the socket.
sessiond = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=SOCKET), base_url="http://webauth", timeout=5)

app = FastAPI()


def refuse(reason):
    challenge = f'Bearer error="invalid_token", error_description="{reason}"'
    return HTTPException(401, reason, {"WWW-Authenticate": challenge})


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise HTTPException(401, "No bearer token", {"WWW-Authenticate": "Bearer"})
    return token.strip()


class KeySet:
    """sessiond's public keys by kid, fetched again for a kid that is new, but not at everybody's whim."""

    COOLDOWN = 10  # seconds

    def __init__(self):
        self.keys = {}
        self.fetched = -self.COOLDOWN

    async def get(self, kid):
        if kid not in self.keys and time.monotonic() - self.fetched >= self.COOLDOWN:
            self.fetched = time.monotonic()
            answer = await sessiond.get("/.well-known/jwks.json")
            answer.raise_for_status()
            self.keys = {k["kid"]: k for k in answer.json()["keys"] if k["alg"] == ALGORITHM}
        return self.keys.get(kid)


key_set = KeySet()


async def key_of(token):
    try:
        header = jwt.get_unverified_header(token)
    except JWTError:
        raise refuse("The token is malformed") from None
    if not set(header) <= {"alg", "kid", "typ"}:
        raise refuse("The token's header is not accepted here")
    if header.get("alg") != ALGORITHM:
        raise refuse("The token's algorithm is not accepted here")
    if SECRET is not None:
        # The secret signs other things too: sessions' tokens are those of this kid.
        key = SECRET if header.get("kid") == "hs256" else None
    else:
        try:
            key = await key_set.get(header.get("kid"))
        except httpx.HTTPError:
            raise HTTPException(503, "The keys are not available") from None
    if key is None:
        raise refuse("The token was signed with an unknown key")
    return key


async def claims(token: str = Depends(bearer)) -> dict:
    key = await key_of(token)
    required = {f"require_{name}": True for name in ("exp", "iat", "iss", "aud", "sub")}
    try:
        found = jwt.decode(token, key, [ALGORITHM], required, AUDIENCE, ISSUER)
    except ExpiredSignatureError:
        raise refuse("The token has expired") from None
    except JWTClaimsError:
        raise refuse("The token is not meant for this service") from None
    except JWTError:
        raise refuse("The token's signature does not fit") from None
    if not found["sub"] or not isinstance(found.get("sid"), str):
        raise refuse("The token is of another kind")
    return found


def user_id(found: dict = Depends(claims)) -> str:
    return found["sub"]


@dataclass
class User:
    id: str
    email: str
    name: str
    session_id: str
    roles: list


async def live_user(request: Request) -> User:
    passed_on = {n: request.headers[n] for n in ("Authorization", "Cookie") if n in request.headers}
    try:
        answer = await sessiond.get("/api/webauth/verify", headers=passed_on)
    except httpx.HTTPError:
        raise HTTPException(503, "Sessions cannot be checked") from None
    if answer.status_code == 401:
        challenge = answer.headers.get("WWW-Authenticate", "Bearer")
        raise HTTPException(401, "No live session", {"WWW-Authenticate": challenge})
    if answer.status_code != 204:
        raise HTTPException(503, "Sessions cannot be checked")
    told = {n: unquote(answer.headers[f"X-Auth-{n}"]) for n in ("User-Id", "Email", "Name", "Session-Id")}
    roles = [unquote(r) for r in answer.headers["X-Auth-Roles"].split(",") if r]
    return User(told["User-Id"], told["Email"], told["Name"], told["Session-Id"], roles)


@app.get("/me")
async def me(found: dict = Depends(claims)):
    return {"user_id": found["sub"], "session_id": found["sid"], "name": found.get("name")}


notes: dict = {}


@app.get("/users/{owner}/notes")
async def read_notes(owner: str, asking: str = Depends(user_id)):
    if owner != asking:
        raise HTTPException(403, "These are somebody else's")
    return {"notes": notes.get(owner, [])}


# Writing is worth the question.
@app.post("/users/{owner}/notes", status_code=201)
async def add_note(owner: str, request: Request, user: User = Depends(live_user)):
    if owner != user.id:
        raise HTTPException(403, "These are somebody else's")
    notes.setdefault(owner, []).append((await request.body()).decode("utf-8", "replace"))
    return {"notes": notes[owner]}


@app.get("/live/me")
async def live_me(user: User = Depends(live_user)):
    return {"user_id": user.id, "email": user.email, "name": user.name, "roles": user.roles}
