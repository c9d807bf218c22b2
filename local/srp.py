"""The server's side of Cognito's Secure Remote Password: whether a client knows a password, without seeing it.

Group and hashes: RFC 5054, appendix A (3072 bits, g = 2), and what Amazon's public client libraries compute.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2


@dataclass(frozen=True, kw_only=True)
class Handshake:
    """One attempt to sign in: what was sent to the client, and what its proof is compared with."""

    pool_name: str
    user_id: str
    salt: int
    verifier: int
    client_public: int
    server_secret: int
    secret_block: bytes

    @classmethod
    def begin(cls, *, pool_name: str, user_id: str, password: str, client_public: int) -> "Handshake":
        """Raises ValueError for a public value that would betray the password."""
        if client_public % N == 0:
            raise ValueError("SRP_A is a multiple of N.")
        salt = secrets.randbits(128)
        identity = _sha256(f"{pool_name}{user_id}:{password}".encode())
        exponent = int.from_bytes(_sha256(padded(salt) + identity), "big")
        return cls(
            pool_name=pool_name,
            user_id=user_id,
            salt=salt,
            verifier=pow(G, exponent, N),
            client_public=client_public,
            server_secret=secrets.randbits(1024),
            secret_block=secrets.token_bytes(256),
        )

    @property
    def server_public(self) -> int:
        multiplier = int.from_bytes(_sha256(padded(N) + padded(G)), "big")
        return (multiplier * self.verifier + pow(G, self.server_secret, N)) % N

    @property
    def secret_block_text(self) -> str:
        return base64.b64encode(self.secret_block).decode()

    def is_proved_by(self, signature: str, timestamp: str) -> bool:
        """Whether the signature was made with the password."""
        message = self.pool_name.encode() + self.user_id.encode() + self.secret_block + timestamp.encode()
        expected = hmac.digest(self._key(), message, "sha256")
        return hmac.compare_digest(base64.b64encode(expected).decode(), signature)

    def _key(self) -> bytes:
        scrambler = int.from_bytes(_sha256(padded(self.client_public) + padded(self.server_public)), "big")
        shared = pow(self.client_public * pow(self.verifier, scrambler, N), self.server_secret, N)
        extracted = hmac.digest(padded(scrambler), padded(shared), "sha256")
        return hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]


def padded(value: int) -> bytes:
    """Big-endian, with a zero byte before a leading one bit."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
