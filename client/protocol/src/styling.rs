//! Message styling: bold, italic, struck and code in a text, quotations and blocks of code.
//!
//! The text stays as it is; what is found are ranges of it. The marks themselves stay in the text
//! too and are ranges of their own (XEP-0393, section 7: "It is RECOMMENDED that styling directives
//! be displayed").

use std::ops::Range;

/// How deep quotations are told apart; what is deeper is text.
pub const MAX_QUOTE_DEPTH: usize = 8;

/// One line of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StyledLine {
    /// In how many quotations it stands.
    pub quote_depth: usize,
    /// What it is.
    pub kind: LineKind,
    /// Its pieces, without the marks of the quotations around it and the line's end. Together they
    /// are the whole line; an empty line has none.
    pub spans: Vec<Span>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Text.
    Plain,
    /// A line of a block of code.
    Code,
    /// The line that begins or ends a block of code.
    Fence,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
    /// How it looks.
    pub style: Style,
    /// Whether it is one of the marks that say so.
    pub is_mark: bool,
}

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Strong emphasis.
    pub bold: bool,
    /// Emphasis.
    pub italic: bool,
    /// A line through it.
    pub strike: bool,
    /// All letters equally wide.
    pub code: bool,
}

/// Finds the styling of a text. It takes time in proportion to the text, whatever is in it.
pub fn parse(text: &str) -> Vec<StyledLine> {
    let mut out = Vec::new();
    blocks(text, &lines(text), 0, &mut out);
    out
}

/// A text that its sender does not want to be styled (XEP-0393, section 6).
pub fn unstyled(text: &str) -> Vec<StyledLine> {
    let lines = lines(text).into_iter();
    lines
        .map(|range| StyledLine {
            quote_depth: 0,
            kind: LineKind::Plain,
            spans: whole(range, Style::default()),
        })
        .collect()
}

/// The lines of a text without their ends.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let end = start + line.len();
        lines.push(start..end);
        start = end + 1;
    }
    lines
}

/// Finds the blocks in some lines (XEP-0393, section 5.1).
fn blocks(text: &str, lines: &[Range<usize>], depth: usize, out: &mut Vec<StyledLine>) {
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        let content = text.get(line.clone()).unwrap_or_default();
        let push = |out: &mut Vec<StyledLine>, kind, spans| {
            out.push(StyledLine {
                quote_depth: depth,
                kind,
                spans,
            });
        };
        rest = if content.starts_with("```") {
            push(out, LineKind::Fence, whole(line.clone(), CODE));
            code_block(text, after, depth, out)
        } else if content.starts_with('>') && depth < MAX_QUOTE_DEPTH {
            let is_quoted = |line: &&Range<usize>| {
                text.get((*line).clone())
                    .is_some_and(|content| content.starts_with('>'))
            };
            let count = rest.iter().take_while(is_quoted).count();
            let (quotation, after) = rest.split_at(count);
            let inner: Vec<_> = quotation.iter().map(|it| unquoted(text, it)).collect();
            blocks(text, &inner, depth + 1, out);
            after
        } else {
            let mut found = Vec::new();
            Spans::new(text, line.clone()).parse(line.clone(), Style::default(), &mut found);
            push(out, LineKind::Plain, found);
            after
        };
    }
}

const CODE: Style = Style {
    bold: false,
    italic: false,
    strike: false,
    code: true,
};

/// The lines up to one of three grave accents only, or to the end. Gives what follows.
fn code_block<'a>(
    text: &str,
    lines: &'a [Range<usize>],
    depth: usize,
    out: &mut Vec<StyledLine>,
) -> &'a [Range<usize>] {
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        rest = after;
        let ends = text.get(line.clone()) == Some("```");
        out.push(StyledLine {
            quote_depth: depth,
            kind: if ends {
                LineKind::Fence
            } else {
                LineKind::Code
            },
            spans: whole(line.clone(), CODE),
        });
        if ends {
            break;
        }
    }
    rest
}

/// A line of a quotation without the mark and one white space after it.
fn unquoted(text: &str, line: &Range<usize>) -> Range<usize> {
    let start = line.start + 1;
    let content = text.get(start..line.end).unwrap_or_default();
    let space = content.chars().next().filter(|first| first.is_whitespace());
    start + space.map_or(0, char::len_utf8)..line.end
}

fn whole(range: Range<usize>, style: Style) -> Vec<Span> {
    if range.is_empty() {
        return Vec::new();
    }
    vec![Span {
        range,
        style,
        is_mark: false,
    }]
}

/// The four marks of spans; each is one byte.
const MARKS: [char; 4] = ['*', '_', '~', '`'];

/// The spans of one line (XEP-0393, section 5.2).
struct Spans<'a> {
    text: &'a str,
    /// For each mark, the places where a span can end, in order. Each call looks them up from
    /// where it stands, so a line full of marks that open nothing does not take quadratic time.
    ends: [Vec<usize>; 4],
}

impl<'a> Spans<'a> {
    fn new(text: &'a str, line: Range<usize>) -> Self {
        let mut ends = [const { Vec::new() }; 4];
        let mut before = None;
        for (index, letter) in text.get(line.clone()).unwrap_or_default().char_indices() {
            for (mark, ends) in MARKS.iter().zip(&mut ends) {
                // "the closing styling directive MUST NOT be preceeded by a whitespace character"
                if letter == *mark && before.is_some_and(|it: char| !it.is_whitespace()) {
                    ends.push(line.start + index);
                }
            }
            before = Some(letter);
        }
        Self { text, ends }
    }

    /// Finds the spans in a part of the line that begins after an opening mark, or at the line's
    /// beginning.
    fn parse(&self, part: Range<usize>, style: Style, out: &mut Vec<Span>) {
        let mut may_open = true;
        let mut plain_from = part.start;
        let mut at = part.start;
        while let Some(letter) = self.letter(at, part.end) {
            let next = at + letter.len_utf8();
            let end = may_open
                .then(|| self.end_of(letter, at, part.end))
                .flatten();
            may_open = letter.is_whitespace();
            let Some(end) = end else {
                at = next;
                continue;
            };
            if end == next {
                // "MUST contain some text between the two directives, otherwise neither directive
                // is valid."
                at = end + 1;
                continue;
            }
            out.extend(whole(plain_from..at, style));
            let inner = inner_style(letter, style);
            let mark = |at: usize| Span {
                range: at..at + 1,
                style: inner,
                is_mark: true,
            };
            out.push(mark(at));
            if letter == '`' {
                out.extend(whole(next..end, inner));
            } else {
                self.parse(next..end, inner, out);
            }
            out.push(mark(end));
            at = end + 1;
            plain_from = at;
        }
        out.extend(whole(plain_from..part.end, style));
    }

    fn letter(&self, at: usize, end: usize) -> Option<char> {
        self.text.get(at..end)?.chars().next()
    }

    /// Where the span that this mark opens ends, if it opens one.
    fn end_of(&self, mark: char, at: usize, limit: usize) -> Option<usize> {
        let index = MARKS.iter().position(|it| *it == mark)?;
        // "The opening styling directive MUST NOT be followed by a whitespace character".
        if self.letter(at + 1, limit)?.is_whitespace() {
            return None;
        }
        let ends = self.ends.get(index)?;
        let end = *ends.get(ends.partition_point(|end| *end <= at))?;
        (end < limit).then_some(end)
    }
}

fn inner_style(mark: char, outer: Style) -> Style {
    let mut style = outer;
    match mark {
        '*' => style.bold = true,
        '_' => style.italic = true,
        '~' => style.strike = true,
        _ => style.code = true,
    }
    style
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A line as `depth kind|pieces`, where a piece is its letters for the styles, then its text.
    fn shown(text: &str) -> Vec<String> {
        let line = |line: StyledLine| {
            let kind = match line.kind {
                LineKind::Plain => "",
                LineKind::Code => "C",
                LineKind::Fence => "F",
            };
            let pieces = line.spans.iter().filter(|span| !span.is_mark).map(|span| {
                let style = span.style;
                let letters = [
                    (style.bold, 'b'),
                    (style.italic, 'i'),
                    (style.strike, 's'),
                    (style.code, 'c'),
                ];
                let letters: String = letters.iter().filter(|it| it.0).map(|it| it.1).collect();
                format!("{letters}[{}]", &text[span.range.clone()])
            });
            format!(
                "{}{kind}{}",
                ">".repeat(line.quote_depth),
                pieces.collect::<String>()
            )
        };
        parse(text).into_iter().map(line).collect()
    }

    #[test]
    fn the_spans_of_the_specification() {
        for (text, expected) in [
            ("plain span", "[plain span]"),
            ("*strong span*", "b[strong span]"),
            ("plain _emphasis_ plain", "[plain ]i[emphasis][ plain]"),
            ("`pre` plain *strong*", "c[pre][ plain ]b[strong]"),
            ("*strong*plain*", "b[strong][plain*]"),
            ("* plain *strong*", "[* plain ]b[strong]"),
            (
                "Everyone ~dis~likes cake.",
                "[Everyone ]s[dis][likes cake.]",
            ),
            ("This is `*monospace*`", "[This is ]c[*monospace*]"),
            (
                "This is *`monospace and bold`*",
                "[This is ]bc[monospace and bold]",
            ),
            ("*_~`all`~_*", "bisc[all]"),
            ("not strong*", "[not strong*]"),
            ("*not strong", "[*not strong]"),
            ("*not *strong", "[*not *strong]"),
            ("**", "[**]"),
            ("***", "[***]"),
            ("****", "[****]"),
            ("snake_case_name 2*3*4", "[snake_case_name 2*3*4]"),
            ("*a _b* c_", "b[a _b][ c_]"),
            ("(*not after a bracket*)", "[(*not after a bracket*)]"),
            ("*é😀*", "b[é😀]"),
            ("", ""),
        ] {
            assert_eq!(shown(text), [expected], "{text}");
        }
        assert_eq!(shown("*not \n strong*"), ["[*not ]", "[ strong*]"]);
    }

    #[test]
    fn the_blocks_of_the_specification() {
        for (text, expected) in [
            (
                "> That that is, is.\nSaid",
                &[">[That that is, is.]", "[Said]"][..],
            ),
            (
                ">> That is.\n> Said\nWho?",
                &[">>[That is.]", ">[Said]", "[Who?]"],
            ),
            (
                "```ignored\n(*x*)\n```\nmono ⤴",
                &["Fc[```ignored]", "Cc[(*x*)]", "Fc[```]", "[mono ⤴]"],
            ),
            ("> ```\n> (x)\nplain", &[">Fc[```]", ">Cc[(x)]", "[plain]"]),
            ("```\nopen\n> x", &["Fc[```]", "Cc[open]", "Cc[> x]"]),
            (
                "a\n```\n``` \n```\nb",
                &["[a]", "Fc[```]", "Cc[``` ]", "Fc[```]", "[b]"],
            ),
            (">\n>  two", &[">", ">[ two]"]),
            (" > no", &["[ > no]"]),
            ("a\n\nb", &["[a]", "", "[b]"]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        let deep = shown(&format!("{}x", ">".repeat(20)));
        assert_eq!(deep, [format!("{}[{}x]", ">".repeat(8), ">".repeat(12))]);
    }

    #[test]
    fn unstyled_text_is_text() {
        let lines = unstyled("> _ <\n*a*");
        assert!(
            lines
                .iter()
                .all(|it| it.kind == LineKind::Plain && it.quote_depth == 0)
        );
        assert!(lines.iter().all(|it| it.spans.len() == 1));
    }

    #[test]
    fn hostile_texts_end() {
        for piece in [
            "*a ", " *a", "*", "_*", "` *_~", "> ", ">", "```\n", "\n", "*a*", "*_a_ ", "~*~*",
        ] {
            let text = piece.repeat(100_000);
            let covered: usize = parse(&text)
                .iter()
                .flat_map(|line| &line.spans)
                .map(|span| span.range.len())
                .sum();
            assert!(covered <= text.len(), "{piece:?}");
        }
    }

    proptest! {
        /// The pieces are the lines, in order and without gaps.
        #[test]
        fn nothing_is_lost(text in "([*_~`> a\n]|```|é){0,40}") {
            let mut last = 0;
            for line in parse(&text) {
                for (index, span) in line.spans.iter().enumerate() {
                    prop_assert!(text.get(span.range.clone()).is_some_and(|it| !it.is_empty()));
                    prop_assert!(span.range.start >= last);
                    if index > 0 {
                        prop_assert_eq!(span.range.start, last);
                    }
                    last = span.range.end;
                }
            }
            prop_assert_eq!(parse(&text).len(), text.split('\n').count());
        }
    }
}
