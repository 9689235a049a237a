use data_encoding::HEXLOWER;
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sha2::{Digest as _, Sha256};

use super::*;

fn sealed(plaintext: &[u8]) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(1);
    let mut writer =
        SealedStreamWriter::with_cost(Vec::new(), Argon2Cost::LEAST, b"tea", &mut rng).unwrap();
    writer.write_all(plaintext).unwrap();
    writer.finish().unwrap()
}

fn opened(sealed: &[u8]) -> Result<Vec<u8>, String> {
    let mut reader = SealedStreamReader::new(sealed, b"tea").map_err(|error| error.to_string())?;
    let mut plaintext = Vec::new();
    let read = reader.read_to_end(&mut plaintext);
    read.map_err(|error| error.to_string())?;
    Ok(plaintext)
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

/// The sealed chunks of a stream, its head cut off.
fn chunks(sealed: &[u8]) -> Vec<&[u8]> {
    sealed[HEAD_BYTES..].chunks(SEALED_CHUNK_BYTES).collect()
}

#[test]
fn a_stream_comes_back_at_every_length() {
    for length in [
        0,
        1,
        1000,
        CHUNK_BYTES - 1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
        3 * CHUNK_BYTES,
    ] {
        let plaintext = bytes(length);
        let sealed = sealed(&plaintext);
        let count = length.div_ceil(CHUNK_BYTES).max(1);
        assert_eq!(sealed.len(), HEAD_BYTES + length + count * TAG_BYTES);
        assert!(opened(&sealed).unwrap() == plaintext, "{length}");
    }
}

#[test]
fn small_pieces_make_the_same_stream() {
    let plaintext = bytes(2 * CHUNK_BYTES + 5);
    let mut rng = StdRng::seed_from_u64(1);
    let mut writer =
        SealedStreamWriter::with_cost(Vec::new(), Argon2Cost::LEAST, b"tea", &mut rng).unwrap();
    for piece in plaintext.chunks(4099) {
        writer.write_all(piece).unwrap();
        writer.write_all(b"").unwrap();
        writer.flush().unwrap();
    }
    let sealed_in_pieces = writer.finish().unwrap();
    assert!(sealed_in_pieces == sealed(&plaintext));
    let mut reader = SealedStreamReader::new(sealed_in_pieces.as_slice(), b"tea").unwrap();
    let (mut back, mut buffer) = (Vec::new(), [0; 1021]);
    loop {
        let count = reader.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        back.extend_from_slice(&buffer[..count]);
    }
    assert!(back == plaintext);
}

#[test]
fn a_wrong_passphrase_and_a_strange_file_are_refused() {
    let sealed = sealed(b"text");
    let wrong = SealedStreamReader::new(sealed.as_slice(), b"coffee");
    assert!(
        matches!(wrong, Err(SealedStreamError::Refused)),
        "{wrong:?}"
    );
    for strange in [
        b"".as_slice(),
        b"onym",
        b"onym sealed stream\n",
        &bytes(500),
    ] {
        let refused = SealedStreamReader::new(strange, b"tea");
        assert!(
            matches!(refused, Err(SealedStreamError::NotOurs)),
            "{refused:?}"
        );
    }
    let mut later = sealed.clone();
    later[19] = 2;
    let refused = SealedStreamReader::new(later.as_slice(), b"tea");
    assert!(
        matches!(refused, Err(SealedStreamError::Version(2))),
        "{refused:?}"
    );
    let mut hostile = sealed.clone();
    hostile[20..24].fill(255);
    let refused = SealedStreamReader::new(hostile.as_slice(), b"tea");
    assert!(
        matches!(refused, Err(SealedStreamError::Refused)),
        "{refused:?}"
    );
    let mut rng = StdRng::seed_from_u64(1);
    let empty = SealedStreamWriter::new(Vec::new(), b"", &mut rng);
    assert!(
        matches!(empty, Err(SealedStreamError::EmptyPassphrase)),
        "{empty:?}"
    );
}

#[test]
fn a_stream_that_was_cut_or_rearranged_is_refused() {
    let whole = sealed(&bytes(3 * CHUNK_BYTES + 7));
    let head = &whole[..HEAD_BYTES];
    let [a, b, c, last] = chunks(&whole)[..] else {
        panic!("three whole chunks and one more");
    };
    assert!(opened(&[head, a, b, c, last].concat()).is_ok());
    let other = sealed(&bytes(CHUNK_BYTES + 1));
    for (what, changed) in [
        ("cut before the last chunk", vec![head, a, b, c]),
        ("cut after the first chunk", vec![head, a]),
        ("cut in a chunk", vec![head, a, b, &c[..100]]),
        (
            "cut by one byte",
            vec![head, a, b, c, &last[..last.len() - 1]],
        ),
        ("nothing but the head", vec![head]),
        ("half a head", vec![&head[..40]]),
        ("two chunks exchanged", vec![head, b, a, c, last]),
        ("a chunk twice", vec![head, a, a, b, c, last]),
        ("a chunk missing", vec![head, a, c, last]),
        ("the last chunk twice", vec![head, a, b, c, last, last]),
        ("something behind the end", vec![head, a, b, c, last, b"x"]),
        ("the last chunk only", vec![head, last]),
    ] {
        let refused = opened(&changed.concat()).unwrap_err();
        assert!(refused.contains("damaged"), "{what}: {refused}");
    }
    // Another stream under the same passphrase, with a head of its own.
    let mut foreign_head = other[..HEAD_BYTES].to_vec();
    foreign_head[HEAD_BYTES - 1] ^= 1;
    assert!(opened(&[&foreign_head, a, b, c, last].concat()).is_err());
}

#[test]
fn nothing_is_given_out_behind_the_damage() {
    let plaintext = bytes(2 * CHUNK_BYTES + 7);
    let mut sealed = sealed(&plaintext);
    sealed[HEAD_BYTES + SEALED_CHUNK_BYTES + 5] ^= 1;
    let mut reader = SealedStreamReader::new(sealed.as_slice(), b"tea").unwrap();
    let mut read = Vec::new();
    let error = reader.read_to_end(&mut read).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(read == plaintext[..CHUNK_BYTES]);
    // Asked again, it does not go on.
    assert!(reader.read(&mut [0; 10]).is_err());
    assert!(reader.read_to_end(&mut read).is_err());
}

#[test]
fn the_stream_shows_nothing() {
    let sealed = sealed(&b"wherefore art thou".repeat(10_000));
    assert!(!sealed.windows(9).any(|window| window == b"wherefore"));
}

/// `docs/at-rest.md`: a stream of more than one chunk, as another program has sealed it.
#[test]
fn the_stream_of_the_vectors_is_made() {
    let all = include_str!("../../tests/vectors/at_rest.json");
    let all: serde_json::Value = serde_json::from_str(all).unwrap();
    let vectors = &all["stream"];
    let text = |name: &str| vectors[name].as_str().unwrap();
    let sealed = HEXLOWER.decode(text("sealed").as_bytes()).unwrap();
    let head: [u8; HEAD_BYTES] = sealed[..HEAD_BYTES].try_into().unwrap();
    let (cost, salt, prefix) = parse(&head[20..]).unwrap();
    let mut writer = SealedStreamWriter {
        to: head.to_vec(),
        chunks: Chunks::new(head, cost, &salt, prefix, text("passphrase").as_bytes()).unwrap(),
        waiting: Zeroizing::new(Vec::new()),
    };
    let length = vectors["long_bytes"].as_u64().unwrap();
    writer.write_all(&bytes(length as usize)).unwrap();
    let hash = Sha256::digest(writer.finish().unwrap());
    assert_eq!(HEXLOWER.encode(&hash), text("long_sha256"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn each_flipped_bit_is_seen(at in 0..HEAD_BYTES + 300 + TAG_BYTES, bit in 0..8u8) {
        let mut sealed = sealed(&bytes(300));
        sealed[at] ^= 1 << bit;
        prop_assert!(opened(&sealed).is_err());
    }
}
