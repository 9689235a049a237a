//! Texts that look like others: a hint for people, never a reason to refuse.

use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;

/// Whether a text has letters of scripts that no language writes together (UTS #39, section 5.1).
#[must_use]
pub fn is_mixed_script(text: &str) -> bool {
    !text.is_single_script()
}

/// Whether people can take one text for the other (UTS #39, section 4), letter case aside.
///
/// Equal texts resemble each other, too.
#[must_use]
pub fn resembles(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    skeleton(&one).eq(skeleton(&other))
}
