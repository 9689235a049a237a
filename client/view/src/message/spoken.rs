use onym_client_protocol::view_model::{DirectionView, MessageView};

use crate::emoji;
use crate::message::row::{MAX_CHIPS, RowContext, shown_text};
use crate::protection::message_mark;
use crate::text;

/// The name of who wrote a message.
pub(crate) fn author(message: &MessageView, context: &RowContext<'_>) -> String {
    match (message.direction, context.our_name) {
        (DirectionView::Incoming, _) => context.their_name.to_owned(),
        (DirectionView::Outgoing, Some(name)) => text::plain(name).into_owned(),
        (DirectionView::Outgoing, None) => context.words.get("message-you"),
    }
}

/// A message in words: who, when, what, and how far it has come.
pub(crate) fn spoken(message: &MessageView, context: &RowContext<'_>) -> String {
    let words = context.words;
    let who = match message.direction {
        DirectionView::Outgoing => words.get("message-you"),
        DirectionView::Incoming => context.their_name.to_owned(),
    };
    let (text, ..) = shown_text(message, context);
    let time = words.clock(message.local);
    let mut states = Vec::new();
    states.extend(words.via(message));
    if message.edited.is_some() && !message.is_retracted {
        states.push(words.get("message-edited"));
    }
    if let Some(reply) = message.reply.as_ref().filter(|_| !message.is_retracted) {
        let quote = text::single_line(&reply.quote);
        states.push(words.with("message-answers", &[("quote", quote.into())]));
    }
    if !message.reactions.is_empty() && !message.is_retracted {
        let emoji: Vec<_> = message
            .reactions
            .iter()
            .take(MAX_CHIPS)
            .map(|reaction| emoji::name_of(&reaction.emoji, words.language()))
            .collect();
        let emoji = text::plain(&emoji.join(", ")).into_owned();
        states.push(words.with("message-has-reactions", &[("emoji", emoji.into())]));
    }
    if message.expires.is_some() {
        states.push(words.get("message-disappears"));
    }
    if !message.is_retracted {
        states.extend(message_mark::delivery_words(message, context));
        states.extend(message_mark::words_of(message, context));
    }
    let spoken = words.with(
        "message-spoken",
        &[
            ("who", who.into()),
            ("time", time.into()),
            ("text", (&*text).into()),
        ],
    );
    if states.is_empty() {
        return spoken;
    }
    let state = states.join("; ");
    words.with(
        "message-with-state",
        &[("message", spoken.into()), ("state", state.into())],
    )
}

/// A message on one line, to copy it among others: `2026-11-23 14:05 Bruna: text`.
pub(crate) fn copied(message: &MessageView, context: &RowContext<'_>) -> String {
    let date = message.local.date;
    let text = if message.is_retracted {
        context.words.get("message-retracted")
    } else if let Some((words, _)) = message_mark::placeholder(message, context) {
        text::single_line(&words)
    } else {
        text::plain(&message.text).into_owned()
    };
    format!(
        "{:04}-{:02}-{:02} {} {}: {text}",
        date.year,
        date.month,
        date.day,
        message.local.clock(),
        author(message, context),
    )
}
