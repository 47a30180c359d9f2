"""Packets and tokens by pycose, cbor2, cryptography and PyJWT. Usage: generate.py <input.json>; writes vectors to the standard output."""

import json
import sys

import cbor2
import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pycose.algorithms import Es256
from pycose.headers import KID, Algorithm, ContentType
from pycose.keys import EC2Key
from pycose.keys.curves import P256
from pycose.messages import Sign1Message

SEQUENCE, SALT = -65537, -65538


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    packets = [packet(given, at) for at in range(100)]
    tokens = [token(given, at) for at in range(20)]
    libraries = ["pycose", "cbor2", "cryptography", "PyJWT"]
    json.dump({"libraries": libraries, "packets": packets, "tokens": tokens}, sys.stdout, indent=0)


def packet(given: dict, at: int) -> str:
    sequence = at + 1 if at < 50 else given["now"] * 1000 + at
    salt = bytes([at + 1] * 16)
    # As cbor2 writes it by default: floats of 8 bytes, maps as they were filled. Every other one in its canonical form.
    payload = cbor2.dumps(readings(given, at), canonical=at % 4 < 2)
    seal = by_pycose if at % 2 == 0 else by_hand
    return seal(given, sequence, salt, payload).hex()


def readings(given: dict, at: int) -> list:
    base = given["now"] - 60 + (0.5 if at % 3 == 0 else 0)
    return [
        {-2: "urn:dev:foreign:", -3: base, 0: "temperature", 1: "Cel", 2: 20 + at / 100},
        {0: "humidity", 1: "%RH", 2: 40 + (at % 4) * 0.25},
        {0: "lat", 1: "lat", 2: 47.37},
        {0: "lon", 1: "lon", 2: 8.54},
        {2: at * 1000003, 0: "count"},
        {4: at % 2 == 0, 0: "door"},
        {3: "Großmünster", 0: "station"},
    ]


def by_pycose(given: dict, sequence: int, salt: bytes, payload: bytes) -> bytes:
    key = given["keys"]["p256"]
    header = {
        Algorithm: Es256,
        ContentType: 112,
        KID: bytes.fromhex(key["device"][2:]),
        SEQUENCE: sequence,
        SALT: salt,
    }
    message = Sign1Message(phdr=header, payload=payload, external_aad=bytes.fromhex(given["network"]))
    message.key = EC2Key(crv=P256, d=bytes.fromhex(key["secret"]))
    return message.encode()


def by_hand(given: dict, sequence: int, salt: bytes, payload: bytes) -> bytes:
    """pycose knows no ES256K."""
    key = given["keys"]["secp256k1"]
    header = cbor2.dumps({SALT: salt, SEQUENCE: sequence, 4: bytes.fromhex(key["device"][2:]), 3: 112, 1: -47})
    signed = cbor2.dumps(["Signature1", header, bytes.fromhex(given["network"]), payload])
    private = ec.derive_private_key(int(key["secret"], 16), ec.SECP256K1())
    r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return cbor2.dumps(cbor2.CBORTag(18, [header, {}, payload, signature]))


def token(given: dict, at: int) -> str:
    curve, name, alg = [("p256", ec.SECP256R1(), "ES256"), ("secp256k1", ec.SECP256K1(), "ES256K")][at % 2]
    key = given["keys"][curve]
    private = ec.derive_private_key(int(key["secret"], 16), name)
    audience = given["audience"] if at % 4 < 2 else ["https://example.org", given["audience"]]
    claims = {"sub": key["device"], "aud": audience, "exp": given["now"] + 600 + at / 4, "nbf": given["now"] - at}
    return jwt.encode(claims, private, algorithm=alg, headers={"jwk": key["jwk"]})


main()
