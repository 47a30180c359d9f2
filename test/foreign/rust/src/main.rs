//! Packets and tokens by coset, ciborium, k256, p256 and jwt-compact. Usage: cairn-foreign <input.json>; writes vectors to the standard output.

use ciborium::value::Value;
use coset::{iana, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable};
use jwt_compact::{alg, prelude::*};
use p256::ecdsa::signature::Signer;
use serde_json::{json, Value as Json};

const SEQUENCE: i64 = -65537;
const SALT: i64 = -65538;

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.trim_start_matches("0x");
    (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn record(fields: Vec<(i64, Value)>) -> Value {
    Value::Map(fields.into_iter().map(|(label, value)| (Value::from(label), value)).collect())
}

fn readings(now: i64, at: i64) -> Vec<u8> {
    let base = if at % 3 == 0 { Value::from(now as f64 - 59.5) } else { Value::from(now - 60) };
    let pack = Value::Array(vec![
        record(vec![
            (-2, "urn:dev:foreign:".into()),
            (-3, base),
            (0, "temperature".into()),
            (1, "Cel".into()),
            (2, (20.0 + at as f64 / 100.0).into()),
        ]),
        record(vec![(0, "humidity".into()), (1, "%RH".into()), (2, (40.0 + (at % 4) as f64 * 0.25).into())]),
        record(vec![(0, "lat".into()), (1, "lat".into()), (2, 47.37.into())]),
        record(vec![(0, "lon".into()), (1, "lon".into()), (2, 8.54.into())]),
        record(vec![(2, (at * 1_000_003).into()), (0, "count".into())]),
        record(vec![(4, (at % 2 == 0).into()), (0, "door".into())]),
        record(vec![(3, "Großmünster".into()), (0, "station".into())]),
    ]);
    let mut payload = Vec::new();
    ciborium::into_writer(&pack, &mut payload).unwrap();
    payload
}

/// p256 leaves s as it falls, k256 takes the smaller one; both are deterministic (RFC 6979).
fn sign(curve: &str, secret: &[u8], message: &[u8]) -> Vec<u8> {
    if curve == "p256" {
        let signature: p256::ecdsa::Signature = p256::ecdsa::SigningKey::from_slice(secret).unwrap().sign(message);
        signature.to_bytes().to_vec()
    } else {
        let signature: k256::ecdsa::Signature = k256::ecdsa::SigningKey::from_slice(secret).unwrap().sign(message);
        signature.to_bytes().to_vec()
    }
}

fn packet(given: &Json, at: i64) -> String {
    let (curve, algorithm) =
        if at % 2 == 0 { ("p256", iana::Algorithm::ES256) } else { ("secp256k1", iana::Algorithm::ES256K) };
    let key = &given["keys"][curve];
    let now = given["now"].as_i64().unwrap();
    let header = HeaderBuilder::new()
        .algorithm(algorithm)
        .content_format(iana::CoapContentFormat::SenmlCbor)
        .key_id(bytes(key["device"].as_str().unwrap()))
        .value(SALT, Value::Bytes(vec![at as u8 + 1; 16]))
        .value(SEQUENCE, Value::from(if at < 50 { at + 1 } else { now * 1000 + at }))
        .build();
    let secret = bytes(key["secret"].as_str().unwrap());
    let message = CoseSign1Builder::new()
        .protected(header)
        .payload(readings(now, at))
        .create_signature(&bytes(given["network"].as_str().unwrap()), |signed| sign(curve, &secret, signed))
        .build();
    hex(&message.to_tagged_vec().unwrap())
}

fn token(given: &Json, at: i64) -> String {
    let curve = if at % 2 == 0 { "p256" } else { "secp256k1" };
    let key = &given["keys"][curve];
    let now = given["now"].as_i64().unwrap();
    let audience = if at % 4 < 2 { given["audience"].clone() } else { json!(["https://example.org", given["audience"]]) };
    let claims = Claims::new(json!({
        "sub": key["device"], "aud": audience, "exp": (now + 600) as f64 + at as f64 / 4.0, "nbf": now - at,
    }));
    let header = Header::new(json!({ "jwk": key["jwk"] })).with_token_type("JWT");
    let secret = bytes(key["secret"].as_str().unwrap());
    if curve == "p256" {
        alg::Es256.token(&header, &claims, &p256::ecdsa::SigningKey::from_slice(&secret).unwrap()).unwrap()
    } else {
        let algorithm: alg::Es256k = Default::default();
        algorithm.token(&header, &claims, &k256::ecdsa::SigningKey::from_slice(&secret).unwrap()).unwrap()
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("input.json");
    let given: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let packets: Vec<String> = (0..100).map(|at| packet(&given, at)).collect();
    let tokens: Vec<String> = (0..20).map(|at| token(&given, at)).collect();
    let libraries = ["coset", "ciborium", "k256", "p256", "jwt-compact"];
    println!("{}", json!({ "libraries": libraries, "packets": packets, "tokens": tokens }));
}
