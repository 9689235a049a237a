//! Who somebody is, as far as signed identities tell.

/// Which of several addresses is written to.
pub(crate) mod addresses;
/// What stands across a conversation whose identity has changed or ended.
pub(crate) mod bar;
/// Which of two identities is behind an address.
pub(crate) mod changed;
/// What happened to an identity.
pub(crate) mod history;
/// Who is behind an address, and the statement.
pub(crate) mod identity_card;
/// The addresses and the keys of an identity.
pub(crate) mod lists;
/// Compares identities where two people meet.
pub(crate) mod meeting;
/// Who an account says it is, before anything is decided.
pub(crate) mod stranger;
/// Compares identities where two people hear each other.
pub(crate) mod voice;

use egui::Ui;
use onym_identity::IdentityKey;

use crate::protection::comparison::grouped_ui;
use crate::words::Words;

/// Letters of an identity that stand together.
const GROUP: usize = 4;

/// How many groups stand for the whole where there is little room.
const SHORT_GROUPS: usize = 3;

/// An identity in groups of letters, whole.
pub(crate) fn identity_ui(ui: &mut Ui, identity: &IdentityKey, font_points: f32) {
    let text = identity.to_string();
    let groups = groups(&text);
    let spoken = Words::of(ui).with("person-identity-spoken", &[("key", text.as_str().into())]);
    grouped_ui(ui, &groups, &[7, 5, 4, 2], font_points, &spoken);
}

/// The beginning of an identity, to tell it from others.
pub(crate) fn short_identity(identity: &IdentityKey) -> String {
    let text = identity.to_string();
    let mut short = groups(&text);
    short.truncate(SHORT_GROUPS);
    format!("{} …", short.join(" "))
}

/// The letters are ASCII: base32.
fn groups(text: &str) -> Vec<&str> {
    let starts = (0..text.len()).step_by(GROUP);
    let group = |start: usize| text.get(start..(start + GROUP).min(text.len()));
    starts.filter_map(group).collect()
}
