"""Signs a user in to a stage's pool with Secure Remote Password, the only flow that the pool's client allows.

    scripts/sign_in.sh STAGE EMAIL      asks for the password, and prints an ID token for the REST API

A temporary password is replaced, and a second factor asked for, as in the dashboard.
"""

import argparse
import base64
import getpass
import hashlib
import hmac
import secrets
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.srp import G, N, padded
from scripts.deployment.stage import Refused, Stage

Ask = Callable[[str], str]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/sign_in.sh", description="Prints an ID token of a user of a stage.")
    parser.add_argument("stage")
    parser.add_argument("email")
    options = parser.parse_args(arguments)
    try:
        stage = Stage.of(options.stage)
        pool, client = stage.outputs["UserPoolId"], stage.outputs["UserPoolClientId"]
        print(SignIn(pool, client).token(options.email, getpass.getpass("Password: "), _asked))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    except ClientError as error:
        print(f"The sign-in was refused: {error.response['Error']['Message'].rstrip('.')}.", file=sys.stderr)
        return 1
    except BotoCoreError as error:
        print(f"The sign-in failed: {error}.", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("The sign-in ended: nobody answered.", file=sys.stderr)
        return 1
    return 0


class SignIn:
    """Signing in to one pool. It needs no credentials of AWS, as a browser has none."""

    def __init__(self, pool_id: str, client_id: str, *, endpoint: str | None = None) -> None:
        self._pool, self._client_id = pool_id, client_id
        self._client: Any = botocore.session.get_session().create_client(
            "cognito-idp",
            region_name=pool_id.partition("_")[0],
            endpoint_url=endpoint,
            config=Config(signature_version=UNSIGNED),
        )

    def token(self, email: str, password: str, ask: Ask) -> str:
        """An ID token. `ask` is called for what else the pool wants, by name: a new password, a code.

        Raises ClientError when the pool refuses, Refused for a challenge that only the dashboard can answer.
        """
        answer = self._prove(email, password)
        while "ChallengeName" in answer:
            challenge, given = answer["ChallengeName"], answer.get("ChallengeParameters", {})
            responses = {"USERNAME": given.get("USER_ID_FOR_SRP", email)}
            if challenge == "NEW_PASSWORD_REQUIRED":
                responses["NEW_PASSWORD"] = ask("New password")
            elif challenge == "SOFTWARE_TOKEN_MFA":
                responses["SOFTWARE_TOKEN_MFA_CODE"] = ask("Code of the authenticator")
            elif challenge == "MFA_SETUP":
                answer = {**answer, "Session": self._set_up_factor(answer["Session"], ask)}
            else:
                raise Refused(f"The pool asks for {challenge}, which is answered in the dashboard: sign in there once.")
            answer = self._respond(challenge, responses, answer.get("Session"))
        return str(answer["AuthenticationResult"]["IdToken"])

    def _prove(self, email: str, password: str) -> dict[str, Any]:
        """Proves that the password is known, without sending it."""
        secret = secrets.randbits(512)
        public = pow(G, secret, N)
        begun = self._client.initiate_auth(
            ClientId=self._client_id,
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": email, "SRP_A": f"{public:x}"},
        )
        given = begun["ChallengeParameters"]
        user, block = given["USER_ID_FOR_SRP"], given["SECRET_BLOCK"]
        key = self._key(given, secret=secret, public=public, password=password)
        moment = datetime.fromtimestamp(time.time(), UTC)
        # English names whatever the locale, and a day without a zero before it, as Cognito wants.
        timestamp = (
            f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment.day} {moment:%H:%M:%S} UTC {moment:%Y}"
        )
        message = self._pool_name.encode() + user.encode() + base64.b64decode(block) + timestamp.encode()
        responses = {
            "USERNAME": user,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(key, message, "sha256")).decode(),
            "TIMESTAMP": timestamp,
        }
        return self._respond("PASSWORD_VERIFIER", responses, begun.get("Session"))

    def _key(self, given: dict[str, str], *, secret: int, public: int, password: str) -> bytes:
        server = int(given["SRP_B"], 16)
        scrambler = _number(padded(public) + padded(server))
        identity = hashlib.sha256(f"{self._pool_name}{given['USER_ID_FOR_SRP']}:{password}".encode()).digest()
        exponent = _number(padded(int(given["SALT"], 16)) + identity)
        base = server - _number(padded(N) + padded(G)) * pow(G, exponent, N)
        shared = pow(base, secret + scrambler * exponent, N)
        extracted = hmac.digest(padded(scrambler), padded(shared), "sha256")
        return hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]

    def _respond(self, challenge: str, responses: dict[str, str], session: str | None) -> dict[str, Any]:
        more = {"Session": session} if session else {}
        answer: dict[str, Any] = self._client.respond_to_auth_challenge(
            ClientId=self._client_id, ChallengeName=challenge, ChallengeResponses=responses, **more
        )
        return answer

    def _set_up_factor(self, session: str, ask: Ask) -> str:
        begun = self._client.associate_software_token(Session=session)
        code = ask(f"Code of the authenticator, after adding the key {begun['SecretCode']} to it")
        verified = self._client.verify_software_token(Session=begun["Session"], UserCode=code)
        return str(verified["Session"])

    @property
    def _pool_name(self) -> str:
        return self._pool.partition("_")[2]


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def code_of(secret: str, moment: float) -> str:
    """The code of an authenticator (RFC 6238) with a key in base 32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.digest(key, int(moment // 30).to_bytes(8, "big"), "sha1")
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest(), "big")


def _asked(what: str) -> str:
    return getpass.getpass(f"{what}: ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
