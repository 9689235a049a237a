use std::borrow::Cow;
use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, Galley, Label, Response, RichText, Ui};

use unicode_bidi::{BidiClass, bidi_class};

use crate::bidi;
use crate::design_tokens::{Palette, TextRole, size};

/// How much of a text is shown before the user asks for the rest, in characters. Laying out a
/// long text takes long: 100,000 characters up to 0.6 s.
pub(crate) const MAX_SHOWN_CHARS: usize = 4_000;

/// How many line breaks count as a long text, so that nobody fills the window with empty lines.
const MAX_SHOWN_LINES: usize = 60;

/// The beginning of a text that others wrote, without characters that would change how text
/// around it is drawn, and whether that is all of it.
pub(crate) fn beginning(text: &str) -> (Cow<'_, str>, bool) {
    let mut lines = 1_usize;
    let cut = text
        .char_indices()
        .enumerate()
        .find(|(count, (_, letter))| {
            lines += usize::from(*letter == '\n');
            *count >= MAX_SHOWN_CHARS || lines > MAX_SHOWN_LINES
        });
    let end = cut.map_or(text.len(), |(_, (at, _))| at);
    (plain(text.get(..end).unwrap_or(text)), cut.is_none())
}

/// The most marks that one letter keeps. Hebrew with points and accents has four, and a text that
/// piles up more would be drawn over the lines around it.
const MAX_MARKS: usize = 5;

/// The text without controls and marks that turn its direction (Unicode UAX #9), and without more
/// marks on a letter than a language has. An override without its end would turn the time that is
/// drawn behind it.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains(is_disruptive) {
        return Cow::Borrowed(text);
    }
    let mut marks = 0;
    let mut is_kept = |letter: char| {
        let is_mark = bidi_class(letter) == BidiClass::NSM && !is_joiner(letter);
        marks = if is_mark { marks + 1 } else { 0 };
        marks <= MAX_MARKS && !is_disruptive(letter)
    };
    if text.chars().all(&mut is_kept) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|letter| is_kept(*letter)).collect())
}

/// Selectors of emoji, which belong to pictures and are not drawn.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
}

/// A text that others wrote on one line, and no longer than a line.
pub(crate) fn single_line(text: &str) -> String {
    const MAX_CHARS: usize = 240;
    let text: String = text.chars().take(4 * MAX_CHARS).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = plain(&words.join(" ")).into_owned();
    line.chars().take(MAX_CHARS).collect()
}

fn is_disruptive(letter: char) -> bool {
    (letter.is_control() && letter != '\n' && letter != '\t')
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An address that fits into a line: of each long part only the beginning.
pub(crate) fn short_jid(jid: &str) -> String {
    const LONG_CHARS: usize = 24;
    let shorten = |part: &str, kept_chars| {
        let is_long = part.chars().count() > LONG_CHARS;
        let kept: String = part
            .chars()
            .take(if is_long { kept_chars } else { LONG_CHARS })
            .collect();
        if is_long { format!("{kept}…") } else { kept }
    };
    match jid.split_once('@') {
        Some((local, domain)) => {
            let name = domain.strip_suffix(".onion");
            let end = if name.is_some() { ".onion" } else { "" };
            format!(
                "{}@{}{end}",
                shorten(local, 6),
                shorten(name.unwrap_or(domain), 4)
            )
        }
        None => shorten(jid, 10),
    }
}

/// Lays out a text in as many lines as it takes.
pub(crate) fn wrapped(
    ui: &Ui,
    text: &str,
    role: TextRole,
    color: Color32,
    max_width: f32,
) -> Arc<Galley> {
    layout(
        ui,
        text,
        role,
        color,
        TextWrapping::wrap_at_width(max_width),
    )
}

/// Lays out a text in one line, and ends it with `…` where the room ends.
pub(crate) fn one_line(
    ui: &Ui,
    text: &str,
    role: TextRole,
    color: Color32,
    max_width: f32,
) -> Arc<Galley> {
    layout(
        ui,
        text,
        role,
        color,
        TextWrapping::truncate_at_width(max_width.max(1.0)),
    )
}

fn layout(ui: &Ui, text: &str, role: TextRole, color: Color32, wrap: TextWrapping) -> Arc<Galley> {
    let format = TextFormat {
        font_id: role.font(),
        color,
        line_height: Some(role.line_height_points()),
        ..TextFormat::default()
    };
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap = wrap;
    bidi::layout(ui, job)
}

/// A name and the whole address below it, for a tooltip. The onion address begins a line, so that
/// it is not torn.
pub(crate) fn whole_jid_ui(ui: &mut Ui, name: &str, jid: &str) {
    let palette = Palette::of(ui);
    ui.set_max_width(size::TOOLTIP_WIDTH);
    label_ui(ui, name, TextRole::Name, palette.text);
    let lines = if jid.chars().count() > 60 {
        jid.replacen('@', "@\n", 1)
    } else {
        jid.to_owned()
    };
    label_ui(ui, lines, TextRole::Small, palette.text_secondary);
}

/// A text of a role, for egui's own widgets.
pub(crate) fn rich(text: impl Into<String>, role: TextRole, color: Color32) -> RichText {
    RichText::new(text)
        .font(role.font())
        .line_height(Some(role.line_height_points()))
        .color(color)
}

/// A paragraph.
pub(crate) fn label_ui(
    ui: &mut Ui,
    text: impl Into<String>,
    role: TextRole,
    color: Color32,
) -> Response {
    ui.add(Label::new(rich(text, role, color)).wrap())
}

/// One line, cut with `…`.
pub(crate) fn line_ui(
    ui: &mut Ui,
    text: impl Into<String>,
    role: TextRole,
    color: Color32,
) -> Response {
    ui.add(Label::new(rich(text, role, color)).truncate())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_marks_and_controls_are_left_out() {
        assert_eq!(plain("a\u{202e}b\u{7}\u{2067}c\n\td"), "abc\n\td");
        assert!(matches!(plain("as it is\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_long_text_is_cut() {
        let (shown, whole) = beginning("short");
        assert_eq!((shown.as_ref(), whole), ("short", true));
        let long = "ä".repeat(MAX_SHOWN_CHARS + 1);
        let (shown, whole) = beginning(&long);
        assert_eq!((shown.chars().count(), whole), (MAX_SHOWN_CHARS, false));
        let high = "\n".repeat(1_000);
        let (shown, whole) = beginning(&high);
        assert_eq!((shown.len(), whole), (MAX_SHOWN_LINES - 1, false));
    }

    #[test]
    fn long_addresses_become_short() {
        let long = format!("{}@{}.onion", "a".repeat(52), "b".repeat(56));
        assert_eq!(short_jid(&long), "aaaaaa…@bbbb….onion");
        assert_eq!(short_jid("bob@jabber.example"), "bob@jabber.example");
        assert_eq!(short_jid("server.example"), "server.example");
    }
}
