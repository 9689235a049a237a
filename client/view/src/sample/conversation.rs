//! Conversations that show everything that a message can be.

use onym_client_protocol::view_model::{
    ConversationView, DeliveryState, LocalDate, LocalTime, MessageView, ReactionView, ReplyView,
    TypingView,
};
use onym_identity::Timestamp;

use super::{bruna, message};

fn reaction(emoji: &str, ours: bool, theirs: bool) -> ReactionView {
    ReactionView {
        emoji: emoji.to_owned(),
        ours,
        theirs,
    }
}

fn at(hour: u8, minute: u8) -> LocalTime {
    LocalTime {
        date: LocalDate {
            year: 2026,
            month: 11,
            day: 23,
        },
        hour,
        minute,
    }
}

/// Takes over a list of messages as the run that is loaded.
fn with_messages(mut messages: Vec<MessageView>) -> ConversationView {
    if let Some(first) = messages.first_mut() {
        first.starts_day = true;
        first.day = Some("Today".to_owned());
    }
    ConversationView {
        contact: bruna(),
        total_rows: messages.len() as u64,
        messages: messages.into(),
        ..ConversationView::default()
    }
}

/// Replies, reactions, corrections, styles, links and emoji.
pub fn rich() -> ConversationView {
    use DeliveryState as D;
    let mut messages = vec![
        message(
            0,
            "Is the *second* edition the one with the _corrected_ map? I have ~the first~ only.",
            None,
        ),
        message(
            1,
            "Yes. The catalogue says:\n> Second edition, with a new map of the harbour\n> by the same engraver.\nSee https://library.example/catalogue/item?id=4711&lang=en and, for the map alone, https://maps.example.",
            Some(D::Displayed),
        ),
        message(2, "You are the best", None),
        message(3, "🎉🗺️", None),
        message(4, "/me runs to the library", Some(D::Displayed)),
        message(
            5,
            "Could you run this for me?\n```\nfor page in 210..=218 {\n    scan(page)?;\n}\n```\nIt is `scan` from last week.",
            None,
        ),
        message(6, "Done, here are all nine pages", Some(D::Displayed)),
        message(7, "", None),
        message(
            8,
            "The table is on page 214. The second column has the dates, as you said.",
            Some(D::Delivered),
        ),
        message(9, "And the third one?", None),
        message(10, "This one goes by itself", Some(D::Stored)),
        message(
            11,
            "Thank you! 😀👍🏽 That is all that I need for today ❤️",
            None,
        ),
    ];
    for (index, message) in messages.iter_mut().enumerate() {
        match index {
            1 => message.reactions = vec![reaction("❤️", true, true), reaction("👍", false, true)],
            2 => message.reactions = vec![reaction("😂", true, false)],
            3 => message.continues_group = true,
            6 => {
                message.edited = Some(at(9, 8));
                message.earlier_texts = vec!["Done, here are all pages".to_owned()];
                message.reply = Some(ReplyView {
                    position: Some(5),
                    by_us: false,
                    quote: "Could you run this for me? for page in 210..=218".to_owned(),
                });
                message.can_edit = true;
                message.can_retract = true;
            }
            7 => message.is_retracted = true,
            8 => message.can_edit = true,
            9 => {
                message.reply = Some(ReplyView {
                    position: Some(8),
                    by_us: true,
                    quote: "The table is on page 214. The second column has the dates".to_owned(),
                });
            }
            10 => {
                message.expires = Some(Timestamp::from_unix_millis(
                    super::NOW_MILLIS + 180 * super::MINUTE_MILLIS,
                ));
            }
            _ => {}
        }
    }
    ConversationView {
        typing: TypingView::Composing,
        ..with_messages(messages)
    }
}

/// Texts in many scripts.
pub fn scripts() -> ConversationView {
    use DeliveryState as D;
    let mut messages = vec![
        message(
            0,
            "שלום! האם קיבלת את הספר (המהדורה השנייה) מ-Lisbon?",
            None,
        ),
        message(
            1,
            "مرحبا، نعم وصل الكتاب اليوم مع 3 خرائط.",
            Some(D::Delivered),
        ),
        message(
            2,
            "The word is مكتبة, which is library, and in Hebrew ספרייה.",
            None,
        ),
        message(
            3,
            "図書館は午後八時に閉まります。地図は二階にあります。",
            Some(D::Delivered),
        ),
        message(
            4,
            "도서관에서 만나요. Хорошо, до встречи! Τα λέμε αύριο.",
            None,
        ),
        message(5, "👨‍👩‍👧‍👦 🏳️‍🌈 🇵🇹 👩🏾‍🔬 1️⃣ and text after them", Some(D::Delivered)),
        message(
            6,
            "نص طويل جدا يمتد على أكثر من سطر واحد حتى نرى كيف تنكسر الأسطر من اليمين إلى اليسار داخل الفقاعة، مع كلمة English في الوسط وعدد 2026 في النهاية.",
            None,
        ),
        message(7, "ภาษาไทย हिन्दी עִבְרִית עם ניקוד", Some(D::Delivered)),
    ];
    for message in &mut messages {
        message.time = Timestamp::from_unix_millis(super::NOW_MILLIS);
    }
    with_messages(messages)
}

/// Texts that were written to do harm.
pub fn hostile() -> ConversationView {
    let mut messages = vec![
        message(
            0,
            &format!("Z{}algo", "\u{0301}\u{0353}\u{0489}".repeat(400)),
            None,
        ),
        message(
            1,
            "a\u{202e}txt.exe\u{202c} and \u{2067}isolated\u{2069}",
            None,
        ),
        message(2, &"x".repeat(3_000), None),
        message(3, &"line\n".repeat(500), None),
        message(
            4,
            "https://bank.example@evil.example/login https://аpple.example/ javascript:alert(1)",
            None,
        ),
        message(5, &"*".repeat(2_000), None),
        message(6, &">".repeat(2_000), None),
        message(7, &"ﷺ".repeat(500), None),
        message(8, &"👨‍👩‍👧‍👦".repeat(200), None),
        message(9, "\u{0}\u{1}\u{7f}\u{feff}\u{2028}\u{e0001}", None),
    ];
    if let Some(message) = messages.get_mut(1) {
        message.reactions = (0..60)
            .map(|number| reaction(&format!("{}{number}", "\u{202e}x".repeat(40)), false, true))
            .collect();
        message.reply = Some(ReplyView {
            position: None,
            by_us: false,
            quote: "\u{202e}quoted\n\n\n".repeat(300),
        });
    }
    with_messages(messages)
}

/// A conversation of so many messages, of which a run is loaded; texts of many lengths.
pub fn run_of_long(total: u64, first: u64, count: u64) -> ConversationView {
    let last = (first + count).min(total);
    let messages: Vec<MessageView> = (first..last).map(varied).collect();
    ConversationView {
        contact: bruna(),
        first_row: first,
        total_rows: total,
        messages: messages.into(),
        ..ConversationView::default()
    }
}

fn varied(position: u64) -> MessageView {
    const PIECES: [&str; 7] = [
        "The *second* edition has the map of the harbour. ",
        "See https://library.example/item/4711 for the rest. ",
        "Of course 😀 ",
        "I would rather ask `at the desk` first. ",
        "Até amanhã, ao meio-dia. ",
        "It was _never_ printed again, as far as anybody knows. ",
        "Yes. ",
    ];
    let mut text = format!("Message number {position}. ");
    for index in 0..position.wrapping_mul(2_654_435_761) % 11 {
        let piece = (position + index * 3) % PIECES.len() as u64;
        text.push_str(PIECES.get(piece as usize).copied().unwrap_or_default());
    }
    let state = (position.is_multiple_of(3)).then_some(DeliveryState::Delivered);
    let mut message = message(position, text.trim(), state);
    message.continues_group = position % 4 == 1;
    message.starts_day = position.is_multiple_of(40);
    let day = LocalDate {
        year: 2020,
        month: 1,
        day: 1,
    };
    let day = day.days_since_epoch() + (position / 40) as i64;
    message.local.date = LocalDate::from_days_since_epoch(day);
    if position % 17 == 3 {
        message.reply = Some(ReplyView {
            position: Some(position.saturating_sub(2)),
            by_us: false,
            quote: "What was said two messages before".to_owned(),
        });
    }
    if position % 13 == 2 {
        message.reactions = vec![reaction("👍", false, true)];
    }
    message
}
