//! Text, attribute values and names that cannot break out of their place.

/// What stands for a character that XML 1.0 cannot carry in any form, such as U+0000 or U+FFFE.
///
/// Leaving it out instead could join two harmless halves to something else.
const REPLACEMENT: &str = "\u{FFFD}";

/// Writes character data.
pub(super) fn push_text(out: &mut String, text: &str) {
    push_escaped(out, text, |byte| match byte {
        // A bare carriage return would be read as a line feed (XML 1.0, section 2.11).
        b'\r' => Some("&#xD;"),
        b'\t' | b'\n' => None,
        _ => markup(byte),
    });
}

/// Writes the value of an attribute in either kind of quotes.
pub(super) fn push_attribute_value(out: &mut String, value: &str) {
    push_escaped(out, value, |byte| match byte {
        // White space would be read as spaces (XML 1.0, section 3.3.3).
        b'\r' => Some("&#xD;"),
        b'\n' => Some("&#xA;"),
        b'\t' => Some("&#x9;"),
        _ => markup(byte),
    });
}

/// Writes an element's name; the names of attributes are checked when they are made.
///
/// A name that came from a peer is a name. One that this program made up wrongly must not break
/// the stream either, so that every character that does not belong becomes `_`.
pub(super) fn push_name(out: &mut String, name: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let begins_plain = name
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic());
    if (begins_plain && name.bytes().all(plain)) || rxml::NcNameStr::from_str(name).is_ok() {
        out.push_str(name);
        return;
    }
    out.push('_');
    out.extend(name.chars().map(|char| match u8::try_from(char) {
        Ok(byte) if plain(byte) => char,
        _ => '_',
    }));
}

const fn markup(byte: u8) -> Option<&'static str> {
    match byte {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        b'\'' => Some("&apos;"),
        b'"' => Some("&quot;"),
        0..=0x1F => Some(REPLACEMENT),
        _ => None,
    }
}

fn push_escaped(out: &mut String, text: &str, escape: impl Fn(u8) -> Option<&'static str>) {
    out.reserve(text.len());
    let mut rest = text;
    loop {
        let found = rest.bytes().enumerate().find_map(|(at, byte)| match byte {
            // U+FFFE and U+FFFF are the only other characters of Rust that XML 1.0 excludes.
            0xEF => is_nonchar(rest, at).then_some((at, 3, REPLACEMENT)),
            _ => escape(byte).map(|escaped| (at, 1, escaped)),
        });
        let Some((at, length, escaped)) = found else {
            out.push_str(rest);
            return;
        };
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str(escaped);
        rest = rest.get(at + length..).unwrap_or_default();
    }
}

fn is_nonchar(text: &str, at: usize) -> bool {
    matches!(
        text.as_bytes().get(at..at + 3),
        Some([0xEF, 0xBF, 0xBE | 0xBF])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        let mut out = String::new();
        push_text(&mut out, text);
        out
    }

    fn value(value: &str) -> String {
        let mut out = String::new();
        push_attribute_value(&mut out, value);
        out
    }

    #[test]
    fn escapes() {
        // (raw, in text, in an attribute)
        for (raw, in_text, in_value) in [
            ("", "", ""),
            ("plain", "plain", "plain"),
            ("<&>", "&lt;&amp;&gt;", "&lt;&amp;&gt;"),
            ("'\"", "&apos;&quot;", "&apos;&quot;"),
            ("]]>", "]]&gt;", "]]&gt;"),
            ("a\r\nb\tc", "a&#xD;\nb\tc", "a&#xD;&#xA;b&#x9;c"),
            (
                "\0\u{1}\u{1F}",
                "\u{FFFD}\u{FFFD}\u{FFFD}",
                "\u{FFFD}\u{FFFD}\u{FFFD}",
            ),
            (
                "x\u{FFFE}y\u{FFFF}",
                "x\u{FFFD}y\u{FFFD}",
                "x\u{FFFD}y\u{FFFD}",
            ),
            (
                "\u{FFFD}\u{FEFF}\u{F000}",
                "\u{FFFD}\u{FEFF}\u{F000}",
                "\u{FFFD}\u{FEFF}\u{F000}",
            ),
            (
                "\u{7F}\u{85}\u{2028}ü🦀",
                "\u{7F}\u{85}\u{2028}ü🦀",
                "\u{7F}\u{85}\u{2028}ü🦀",
            ),
        ] {
            assert_eq!(text(raw), in_text, "text {raw:?}");
            assert_eq!(value(raw), in_value, "value {raw:?}");
        }
    }

    #[test]
    fn names_cannot_break_out() {
        for (name, written) in [
            ("message", "message"),
            ("x-1.b_c", "x-1.b_c"),
            ("über", "über"),
            ("", "_"),
            ("1st", "_1st"),
            ("a:b", "_a_b"),
            ("a><evil", "_a__evil"),
            ("a b='c'", "_a_b__c_"),
        ] {
            let mut out = String::new();
            push_name(&mut out, name);
            assert_eq!(out, written);
        }
    }
}
