use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{Context, Event, Galley, Key, Modifiers, PointerButton, Pos2, RawInput, TextEdit, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::caret::{Caret, Step};
use super::{Lines, OrderedField, layout, layout_for_field, needs_order, pieces, rects_of};
use unicode_segmentation::UnicodeSegmentation as _;

/// Hebrew, Arabic, both with Latin letters and digits, brackets, marks above letters, emoji.
const TEXTS: [&str; 12] = [
    "שלום",
    "שלום עולם",
    "مرحبا بالعالم",
    "abc שלום def",
    "שלום abc עולם",
    "עלה 1,250 ש״ח (כולל מע״מ)",
    "السعر 250 ريال [جديد]",
    "שָׁלוֹם",
    "שלום 👨‍👩‍👧 עולם 👍🏽",
    "abc 👨‍👩‍👧 def",
    "plain (text)",
    "«שלום» <b>",
];

fn with_galley<R>(text: &str, width: f32, check: impl FnOnce(&Arc<Galley>) -> R) -> R {
    let ctx = Context::default();
    crate::setup(&ctx);
    let mut check = Some(check);
    let mut result = None;
    let mut text = Some(text.to_owned());
    let mut output = ctx.run_ui(RawInput::default(), |ui| {
        let Some(text) = text.take() else { return };
        let mut job = LayoutJob::single_section(text, TextFormat::default());
        job.wrap.max_width = width;
        job.keep_trailing_whitespace = true;
        let galley = layout(ui, job);
        result = check.take().map(|check| check(&galley));
    });
    output.textures_delta.clear();
    result.unwrap()
}

fn one_line<R>(text: &str, check: impl FnOnce(&Arc<Galley>) -> R) -> R {
    with_galley(text, f32::INFINITY, check)
}

/// The middle of each grapheme cluster of a line, and the characters that it has.
fn clusters(galley: &Galley) -> Vec<(std::ops::Range<usize>, egui::Rect)> {
    let mut at = 0;
    let mut found = Vec::new();
    for cluster in galley.text().graphemes(true) {
        let chars = at..at + cluster.chars().count();
        at = chars.end;
        let rects = rects_of(galley, &chars);
        let rect = rects.into_iter().reduce(|all, rect| all.union(rect));
        found.push((chars, rect.unwrap()));
    }
    found
}

#[test]
fn each_character_has_a_place_on_its_line() {
    for text in TEXTS {
        for width in [40.0, 120.0, f32::INFINITY] {
            with_galley(text, width, |galley| {
                let rows = galley.rows.iter();
                let glyphs: usize = rows.clone().map(|row| row.glyphs.len()).sum();
                assert_eq!(glyphs, text.chars().count(), "{text}");
                for row in rows {
                    for glyph in &row.glyphs {
                        let edges = [glyph.pos.x, glyph.pos.x + glyph.advance_width];
                        let is_inside = |x: f32| (-0.1..=row.size.x + 0.1).contains(&x);
                        assert!(edges.into_iter().all(is_inside), "{text}: {edges:?}");
                    }
                }
            });
        }
    }
}

#[test]
fn letters_stand_in_the_order_of_reading() {
    let places = |text: &str| {
        one_line(text, |galley| {
            let mut found = clusters(galley);
            found.sort_by(|(_, a), (_, b)| a.left().total_cmp(&b.left()));
            let letters: Vec<String> = found
                .into_iter()
                .map(|(chars, _)| {
                    text.chars()
                        .skip(chars.start)
                        .take(chars.len())
                        .collect::<String>()
                })
                .collect();
            letters.concat()
        })
    };
    assert_eq!(places("אבג"), "גבא");
    assert_eq!(places("abc אבג de"), "abc גבא de");
    assert_eq!(places("אבג abc דה"), "הד abc גבא");
    // Digits go from left to right among letters that do not.
    assert_eq!(places("אב 125 גד"), "דג 125 בא");
    assert_eq!(places("אב (גד)"), ")דג( בא");
    assert_eq!(places("אב👍🏽🎉"), "🎉👍🏽בא");
    assert_eq!(places("سلام abc"), "abc مالس");
}

#[test]
fn brackets_are_mirrored_where_they_are_turned() {
    let ctx = Context::default();
    crate::setup(&ctx);
    let mut output = ctx.run_ui(RawInput::default(), |ui| {
        let format = LayoutJob::single_section("(אב) «ג»".to_owned(), TextFormat::default());
        let (level, found) = pieces(ui, "(אב) «ג»", 0, &format.sections, f32::INFINITY);
        let shown: Vec<&str> = found.iter().map(|piece| piece.galley.text()).collect();
        assert!(level.is_rtl());
        assert_eq!(shown, [")", "אב", "(", " ", "»", "ג", "«"]);
    });
    output.textures_delta.clear();
}

#[test]
fn a_click_finds_the_nearer_side_of_a_letter() {
    for text in TEXTS {
        one_line(text, |galley| {
            let lines = Lines::of(galley);
            let info = unicode_bidi::BidiInfo::new(text, None);
            for (chars, rect) in clusters(galley) {
                let (byte, _) = text.char_indices().nth(chars.start).unwrap();
                let (left, right) = if info.levels[byte].is_rtl() {
                    (chars.end, chars.start)
                } else {
                    (chars.start, chars.end)
                };
                let quarter = rect.width() / 4.0;
                let at = |x: f32| lines.nearest(pos2(x, rect.center().y)).index;
                assert_eq!(at(rect.center().x - quarter), left, "{text}: {chars:?}");
                assert_eq!(at(rect.center().x + quarter), right, "{text}: {chars:?}");
            }
        });
    }
}

#[test]
fn right_goes_to_the_right_and_left_comes_back() {
    for text in TEXTS {
        one_line(text, |galley| {
            let lines = Lines::of(galley);
            let count = text.graphemes(true).count();
            let mut caret = lines.nearest(pos2(-10.0, 0.0));
            let mut seen: Vec<Caret> = vec![caret];
            for _ in 0..count {
                let next = lines.step(caret, Step::Right, 0.0);
                let (from, to) = (lines.rect(caret).left(), lines.rect(next).left());
                assert!(from < to, "{text}: {caret:?} {next:?}");
                caret = next;
                seen.push(caret);
            }
            let end = lines.rect(caret).left();
            assert!((end - galley.rect.width()).abs() < 1.0, "{text}: {end}");
            assert_eq!(lines.step(caret, Step::Right, 0.0), caret, "{text}");
            for expected in seen.iter().rev().skip(1) {
                caret = lines.step(caret, Step::Left, 0.0);
                let (was, is) = (lines.rect(*expected), lines.rect(caret));
                assert!((was.left() - is.left()).abs() < 1.0, "{text}");
            }
            // Each place of the text is reached, whatever its direction.
            let mut indices: Vec<usize> = seen.iter().map(|caret| caret.index).collect();
            indices.sort_unstable();
            indices.dedup();
            assert!(indices.len() + 2 >= count, "{text}: {indices:?}");
        });
    }
}

#[test]
fn the_caret_of_an_index_stands_at_its_letter() {
    one_line("abc אבג", |galley| {
        let lines = Lines::of(galley);
        let all = clusters(galley);
        let x = |index| lines.rect(lines.caret_at(index, true, None)).left();
        assert!((x(0) - 0.0).abs() < 1.0);
        // Behind the last letter, which stands further to the left than the first one.
        assert!((x(7) - all[6].1.left()).abs() < 1.0);
        assert!((x(5) - all[4].1.left()).abs() < 1.0);
        // Where the directions meet, with the paragraph.
        assert!((x(4) - all[3].1.right()).abs() < 1.0);
        // Inside of nothing and beyond the end.
        assert_eq!(x(900), x(7));
    });
    one_line("", |galley| {
        assert_eq!(Lines::of(galley).nearest(Pos2::ZERO).index, 0);
    });
}

#[test]
fn lines_are_left_at_their_ends() {
    with_galley("אבג דהו\nabc", 45.0, |galley| {
        assert_eq!(galley.rows.len(), 3);
        let lines = Lines::of(galley);
        // The left end of a line that is read from the right leads to the next one.
        let end = lines.nearest(pos2(-10.0, 1.0));
        assert!((3..=4).contains(&end.index), "{end:?}");
        let next = lines.step(end, Step::Left, 0.0);
        assert_eq!((next.line, next.index), (1, 4));
        assert_eq!(lines.step(next, Step::Right, 0.0).line, 0);
        let below = lines.step(next, Step::Down, 0.0);
        assert_eq!((below.line, below.index), (2, 8));
        assert_eq!(lines.step(below, Step::Up, 0.0).line, 1);
        assert_eq!(lines.step(below, Step::Down, 0.0).index, 11);
    });
}

#[test]
fn hostile_texts_have_places_too() {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let pools: [&[(u32, u32)]; 3] = [
        &[(0x590, 0x6ff), (0x20, 0x7e), (10, 10)],
        &[
            (0x5d0, 0x5ea),
            (0x61, 0x7a),
            (0x1f600, 0x1f64f),
            (0x200b, 0x2069),
        ],
        &[(0x627, 0x64a), (0x300, 0x30f), (0x660, 0x669), (10, 10)],
    ];
    for round in 0..150 {
        let pool = pools[round % pools.len()];
        let length = 1 + random() % 40;
        let text: String = (0..length)
            .filter_map(|_| {
                let (from, to) = pool[(random() % pool.len() as u64) as usize];
                char::from_u32(from + (random() % u64::from(to - from + 1)) as u32)
            })
            .collect();
        with_galley(&text, 80.0, |galley| {
            let lines = Lines::of(galley);
            let count = text.chars().count();
            for index in 0..=count + 1 {
                let caret = lines.caret_at(index, true, None);
                let at = lines.rect(caret).center();
                assert!(at.x.is_finite() && at.y.is_finite(), "{text:?}");
                for step in [Step::Left, Step::Right, Step::Up, Step::Down] {
                    assert!(lines.step(caret, step, at.x).index <= count, "{text:?}");
                }
                assert!(lines.nearest(at).index <= count, "{text:?}");
            }
        });
    }
}

type Field = Harness<'static, String>;

fn field(text: &str) -> Field {
    let draw = |ui: &mut egui::Ui, text: &mut String| {
        let id = egui::Id::unique("field");
        let ordered = OrderedField::new(ui, id, text, false);
        let mut layouter = |ui: &egui::Ui, text: &dyn egui::TextBuffer, width: f32| {
            let mut job =
                LayoutJob::single_section(text.as_str().to_owned(), TextFormat::default());
            job.wrap.max_width = width;
            layout_for_field(ui, job, width)
        };
        let edit = TextEdit::multiline(text)
            .id(id)
            .frame(egui::Frame::NONE)
            .layouter(&mut layouter);
        let output = ordered.show(ui, edit);
        let _ = output.response.response.accessible_name("field");
    };
    let mut field = Harness::builder()
        .with_size(egui::vec2(300.0, 200.0))
        .allow_missing_glyphs()
        .with_context_setup(crate::setup)
        .build_ui_state(draw, text.to_owned());
    field.get_by_label("field").focus();
    field.run_ok();
    field
}

fn press(field: &mut Field, modifiers: Modifiers, key: Key) {
    field.key_press_modifiers(modifiers, key);
    field.run_ok();
}

fn typed(field: &mut Field, letters: &str) -> String {
    field.event(Event::Text(letters.to_owned()));
    field.run_ok();
    field.state().clone()
}

fn button(field: &mut Field, at: Pos2, pressed: bool) {
    field.event(Event::PointerMoved(at));
    field.event(Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    });
    field.run_ok();
}

/// What would be copied.
fn copied(field: &mut Field) -> String {
    field.event(Event::Copy);
    field.step();
    let commands = &field.output().platform_output.commands;
    let text = commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    text.unwrap_or_default()
}

#[test]
fn a_click_in_a_field_puts_the_caret_there() {
    let mut hebrew = field("שלום");
    let rect = hebrew.get_by_label("field").rect();
    let middle = rect.top() + 10.0;
    for (x, expected) in [(rect.right() - 1.0, "אשלום"), (rect.left() + 3.0, "אשלוםא")] {
        button(&mut hebrew, pos2(x, middle), true);
        button(&mut hebrew, pos2(x, middle), false);
        assert_eq!(typed(&mut hebrew, "א"), expected);
    }
}

#[test]
fn dragging_selects_what_lies_between() {
    let mut hebrew = field("אבגד");
    let rect = hebrew.get_by_label("field").rect();
    let middle = rect.top() + 10.0;
    // Two letters and a little of the third one.
    let two = one_line("אבגד", |galley| {
        galley.rect.width() - clusters(galley)[1].1.left() + 1.0
    });
    let right = rect.right() - 1.0;
    button(&mut hebrew, pos2(right, middle), true);
    let half = pos2(right - two, middle);
    hebrew.event(Event::PointerMoved(half));
    hebrew.run_ok();
    button(&mut hebrew, half, false);
    assert_eq!(copied(&mut hebrew), "אב");
    // The other half, by the keys.
    press(&mut hebrew, Modifiers::NONE, Key::End);
    press(&mut hebrew, Modifiers::SHIFT, Key::ArrowRight);
    press(&mut hebrew, Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(copied(&mut hebrew), "גד");
    // Without Shift the selection is left at the side of the key.
    press(&mut hebrew, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(typed(&mut hebrew, "x"), "אבxגד");
}

#[test]
fn arrow_keys_go_where_they_point() {
    let mut hebrew = field("שלום");
    press(&mut hebrew, Modifiers::NONE, Key::Home);
    press(&mut hebrew, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(typed(&mut hebrew, "ב"), "שבלום");
    press(&mut hebrew, Modifiers::NONE, Key::ArrowRight);
    press(&mut hebrew, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(typed(&mut hebrew, "א"), "אשבלום");
    press(&mut hebrew, Modifiers::NONE, Key::End);
    press(&mut hebrew, Modifiers::NONE, Key::Backspace);
    assert_eq!(hebrew.state(), "אשבלו");

    // From one end to the other through both directions, without being caught where they meet.
    for text in ["abc אבג def", "אבג abc דהו"] {
        let mut mixed = field(text);
        let (home, forward) = if text.starts_with('a') {
            (Key::Home, Key::ArrowRight)
        } else {
            (Key::Home, Key::ArrowLeft)
        };
        press(&mut mixed, Modifiers::NONE, home);
        for _ in 0..11 {
            press(&mut mixed, Modifiers::NONE, forward);
        }
        assert_eq!(typed(&mut mixed, "x"), format!("{text}x"));
    }
}

#[test]
fn a_field_from_left_to_right_is_left_to_egui() {
    assert!(!needs_order("abc ä 👍 1") && needs_order("a ש"));
    let mut latin = field("abc");
    press(&mut latin, Modifiers::NONE, Key::End);
    press(&mut latin, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(typed(&mut latin, "x"), "abxc");
    // And back again, after it had a letter of the other direction.
    assert_eq!(typed(&mut latin, "ש"), "abxשc");
    press(&mut latin, Modifiers::NONE, Key::Backspace);
    press(&mut latin, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(typed(&mut latin, "y"), "abyxc");
}
