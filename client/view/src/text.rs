use std::borrow::Cow;
use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, Galley, Label, Response, RichText, Role, Sense, Ui, WidgetInfo};

use unicode_bidi::{BidiClass, bidi_class};
use unicode_segmentation::UnicodeSegmentation as _;

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

/// A short form of an address to be read aloud: of each long part only the beginning. What is drawn
/// is an [`address_line`].
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

/// Lays out an address in one line. Where it has no room its middle is left out, because people
/// know addresses by their ends.
pub(crate) fn address_line(
    ui: &Ui,
    address: &str,
    role: TextRole,
    color: Color32,
    max_width: f32,
) -> Arc<Galley> {
    let whole = |text: &str| layout(ui, text, role, color, TextWrapping::no_max_width());
    let galley = whole(address);
    if galley.size().x <= max_width {
        return galley;
    }
    let letters: Vec<&str> = address.graphemes(true).collect();
    // From `none` on it fits, up to `all` it does not.
    let (mut none, mut all) = (0, letters.len());
    while none + 1 < all {
        let kept = (none + all) / 2;
        if whole(&without_middle(&letters, kept)).size().x <= max_width {
            none = kept;
        } else {
            all = kept;
        }
    }
    whole(&without_middle(&letters, none))
}

/// An address in one line, of which the whole is in its tooltip.
pub(crate) fn address_ui(ui: &mut Ui, address: &str, role: TextRole, color: Color32) -> Response {
    let galley = address_line(ui, address, role, color, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    let spoken = short_jid(address);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    ui.painter().galley(rect.min, galley, color);
    response.on_hover_ui(|ui| whole_jid_ui(ui, "", address))
}

/// So many letters of a text, those at its ends.
fn without_middle(letters: &[&str], kept: usize) -> String {
    let at_end = kept / 2;
    let head = letters.get(..kept - at_end).unwrap_or_default();
    let tail = letters.get(letters.len().saturating_sub(at_end)..);
    format!("{}…{}", head.concat(), tail.unwrap_or_default().concat())
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
    if !name.is_empty() {
        label_ui(ui, name, TextRole::Name, palette.text);
    }
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
    let text = text.into();
    if bidi::needs_order(&text) {
        let galley = wrapped(ui, &text, role, color, ui.available_width());
        return ui.add(Label::new(galley));
    }
    ui.add(Label::new(rich(text, role, color)).wrap())
}

/// One line, cut with `…`.
pub(crate) fn line_ui(
    ui: &mut Ui,
    text: impl Into<String>,
    role: TextRole,
    color: Color32,
) -> Response {
    let text = text.into();
    if bidi::needs_order(&text) {
        let galley = one_line(ui, &text, role, color, ui.available_width());
        return ui.add(Label::new(galley));
    }
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
    fn an_address_loses_its_middle_and_never_its_end() {
        let long = format!("{}@{}.onion", "abcdefgh".repeat(6), "ijklmnop".repeat(7));
        let ctx = egui::Context::default();
        crate::setup(&ctx);
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let (role, color) = (TextRole::Name, Color32::WHITE);
            for width in [60.0, 90.0, 113.5, 200.0, 400.0] {
                let galley = address_line(ui, &long, role, color, width);
                let shown = galley.text();
                let (head, tail) = shown.split_once('…').unwrap();
                assert!(galley.size().x <= width && !galley.elided, "{shown}");
                assert!(long.starts_with(head) && long.ends_with(tail), "{shown}");
                assert!(head.len().abs_diff(tail.len()) <= 1, "{shown}");
            }
            let short = address_line(ui, "bob@b.example", role, color, 200.0);
            assert_eq!(short.text(), "bob@b.example");
            assert_eq!(address_line(ui, &long, role, color, 1.0).text(), "…");
        });
        output.textures_delta.clear();
    }

    #[test]
    fn long_addresses_become_short() {
        let long = format!("{}@{}.onion", "a".repeat(52), "b".repeat(56));
        assert_eq!(short_jid(&long), "aaaaaa…@bbbb….onion");
        assert_eq!(short_jid("bob@jabber.example"), "bob@jabber.example");
        assert_eq!(short_jid("server.example"), "server.example");
    }
}
