//! `/me`: a message that says what its author does.

/// What the author does, when the text says so: "the first four characters after `<body>` must be
/// `/me `" (XEP-0245, section 2).
pub fn action(text: &str) -> Option<&str> {
    text.strip_prefix("/me ")
        .filter(|action| !action.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_four_characters_count() {
        assert_eq!(action("/me laughs"), Some("laughs"));
        assert_eq!(action("/me  laughs\nloudly"), Some(" laughs\nloudly"));
        for text in [
            "/me",
            "/me ",
            "/me's",
            "/meow",
            " /me laughs",
            "/ME laughs",
            "",
            "/me\tlaughs",
        ] {
            assert_eq!(action(text), None, "{text:?}");
        }
    }
}
