//! The check that every public key passes before it becomes a value of its type.

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::IsIdentity as _;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why 32 bytes are not usable as an Ed25519 public key.
///
/// Without these checks one key would have several texts, and signatures could verify under a key
/// that nobody made.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum PointError {
    /// The bytes are not the y coordinate of any point.
    #[error("the key is not a point on the Ed25519 curve")]
    NotOnCurve,
    /// The bytes are a second encoding of a point (y is not reduced, or x is a negative zero).
    #[error("the key is not written in its canonical form")]
    NotCanonical,
    /// The neutral element: everyone knows a secret key for it.
    #[error("the key is the neutral point, which is nobody's key")]
    Neutral,
    /// The point has a component of small order: several such keys act as one.
    #[error("the key has a small-order component, which no honest key has")]
    Torsion,
}

/// Checks that `bytes` are the canonical encoding of a torsion-free point other than the neutral
/// one.
pub(crate) fn check(bytes: &[u8; 32]) -> Result<(), PointError> {
    let compressed = CompressedEdwardsY(*bytes);
    let point = compressed.decompress().ok_or(PointError::NotOnCurve)?;
    if point.compress() != compressed {
        return Err(PointError::NotCanonical);
    }
    if point.is_identity() {
        return Err(PointError::Neutral);
    }
    if !point.is_torsion_free() {
        return Err(PointError::Torsion);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

    use super::*;

    /// The little-endian encoding of y = p + `excess`, which stands for y = `excess`.
    fn unreduced(excess: u8, sign: bool) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed + excess;
        bytes[31] = if sign { 0xff } else { 0x7f };
        bytes
    }

    #[test]
    fn the_base_point_passes() {
        assert_eq!(check(ED25519_BASEPOINT_POINT.compress().as_bytes()), Ok(()));
    }

    #[test]
    fn the_neutral_point_is_refused() {
        let mut bytes = [0; 32];
        bytes[0] = 1;
        assert_eq!(check(&bytes), Err(PointError::Neutral));
    }

    #[test]
    fn small_order_points_and_mixtures_are_refused() {
        for torsion in EIGHT_TORSION.iter().skip(1) {
            assert_eq!(
                check(torsion.compress().as_bytes()),
                Err(PointError::Torsion)
            );
            let mixed = ED25519_BASEPOINT_POINT + torsion;
            assert_eq!(check(mixed.compress().as_bytes()), Err(PointError::Torsion));
        }
    }

    #[test]
    fn bytes_off_the_curve_are_refused() {
        let mut bytes = [0; 32];
        bytes[0] = 2;
        assert_eq!(check(&bytes), Err(PointError::NotOnCurve));
    }

    #[test]
    fn second_encodings_are_refused() {
        // y = 1 with the sign of x set: x is zero, which has no negative.
        let mut negative_zero = [0; 32];
        negative_zero[0] = 1;
        negative_zero[31] = 0x80;
        assert_eq!(check(&negative_zero), Err(PointError::NotCanonical));

        // Every y from p to 2^255 - 1 is a second encoding of 0 to 18.
        let verdicts: Vec<_> = (0..=18)
            .flat_map(|excess| [unreduced(excess, false), unreduced(excess, true)])
            .map(|bytes| check(&bytes))
            .collect();
        assert!(verdicts.iter().all(|verdict| matches!(
            verdict,
            Err(PointError::NotCanonical | PointError::NotOnCurve)
        )));
        assert!(verdicts.contains(&Err(PointError::NotCanonical)));
    }
}
