//! Who an account says it is, before the user has anything to do with it: asked once, on a click.

use egui::Ui;
use onym_client_protocol::view_model::{KnownAs, StrangerIdentity, StrangerLook, StrangerView};
use onym_identity::IdentityKey;

use super::identity_card::name_warning_ui;
use super::{identity_ui, short_identity};
use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::form;
use crate::icon::Icon;
use crate::protection::device_list::{state_of_ui, state_ui};
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words};

/// Whom the user may want to look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The account.
    pub(crate) jid: &'a str,
    /// The name to speak of them.
    pub(crate) name: &'a str,
    /// The identity that a link says it is.
    pub(crate) expected: Option<IdentityKey>,
    /// The account that was asked last, which may be another one.
    pub(crate) stranger: Option<&'a StrangerView>,
    /// Whether there is room for all of it, and not for one column of a list.
    pub(crate) is_wide: bool,
    pub(crate) clock: Clock,
}

/// A button that asks the account who it is, or what it has answered.
pub(crate) fn stranger_ui(ui: &mut Ui, asked: Asked<'_>, out: &mut Vec<ViewCommand>) {
    let words = Words::of(ui);
    let Some(stranger) = asked.stranger.filter(|it| it.jid == asked.jid) else {
        look_button_ui(ui, asked, "stranger-look", out);
        if asked.is_wide {
            form::note_ui(ui, &words.get("stranger-look-hint"));
        }
        return;
    };
    match &stranger.look {
        StrangerLook::Asking => {
            let title = words.get("stranger-asking");
            told_ui(ui, Told::Open, &title, &words.get("stranger-asking-why"));
            if button_ui(ui, &words.get("stranger-stop"), Weight::Plain).clicked() {
                out.push(ViewCommand::LookAway);
            }
        }
        StrangerLook::Confirmed(identity) => confirmed_ui(ui, asked, identity),
        StrangerLook::Refused(why) => {
            let why = words.statement_refusal(why);
            let title = words.get("stranger-refused");
            let why = words.with("stranger-refused-why", &[("why", why.into())]);
            told_ui(ui, Told::Alarm, &title, &why);
        }
        StrangerLook::Nothing => {
            let title = words.get("stranger-nothing");
            told_ui(ui, Told::Open, &title, &words.get("stranger-nothing-why"));
        }
        StrangerLook::ServerRefused { condition } => {
            let title = words.get("stranger-server-refused");
            let blanks = [("condition", condition.as_str().into())];
            let why = words.with("stranger-server-refused-why", &blanks);
            told_ui(ui, Told::Open, &title, &why);
            look_button_ui(ui, asked, "stranger-again", out);
        }
        StrangerLook::Silent => {
            let title = words.get("stranger-silent");
            told_ui(ui, Told::Open, &title, &words.get("stranger-silent-why"));
            look_button_ui(ui, asked, "stranger-again", out);
        }
    }
}

fn look_button_ui(ui: &mut Ui, asked: Asked<'_>, label: &str, out: &mut Vec<ViewCommand>) {
    let words = Words::of(ui);
    let spoken = words.with("stranger-look-whom", &[("name", asked.name.into())]);
    let button = button_ui(ui, &words.get(label), Weight::Quiet);
    let button = button.on_hover_text(words.get("stranger-look-hint"));
    if button.accessible_name(spoken).clicked() {
        let jid = asked.jid.to_owned();
        out.push(ViewCommand::LookUp { jid });
    }
}

fn confirmed_ui(ui: &mut Ui, asked: Asked<'_>, found: &StrangerIdentity) {
    let words = Words::of(ui);
    let (told, title, why) = verdict(words, asked, found);
    told_ui(ui, told, &title, &why);
    if asked.is_wide {
        identity_ui(ui, &found.identity, size::FINGERPRINT_FONT);
    } else {
        form::note_ui(ui, &short_identity(&found.identity));
    }
    if let Some(name) = &found.name {
        let name = text::plain(name).into_owned();
        let says = words.with("stranger-calls-itself", &[("name", name.into())]);
        form::note_ui(ui, &says);
    }
    if let Some(warning) = &found.name_warning {
        name_warning_ui(ui, warning);
    }
    if asked.is_wide {
        let issued = words.ago(found.issued, asked.clock);
        form::note_ui(
            ui,
            &words.with("stranger-signed", &[("time", issued.into())]),
        );
        let others = found.other_addresses.join("\n");
        if !others.is_empty() {
            form::note_ui(ui, &words.get("stranger-others"));
            form::note_ui(ui, &others);
        }
    }
}

/// What a confirmed identity is to the user.
fn verdict(words: Words, asked: Asked<'_>, found: &StrangerIdentity) -> (Told, String, String) {
    let of = |key: &str, name: &str| words.with(key, &[("name", name.into())]);
    if asked.expected.is_some_and(|it| it != found.identity) {
        let title = words.get("stranger-not-the-link");
        return (Told::Alarm, title, words.get("stranger-not-the-link-why"));
    }
    match &found.known_as {
        KnownAs::Contact {
            name,
            is_verified: true,
        } => (
            Told::Known,
            of("stranger-same-verified", name),
            of("stranger-same-verified-why", name),
        ),
        KnownAs::Contact { name, .. } => (
            Told::Vouched,
            of("stranger-same", name),
            of("stranger-same-why", name),
        ),
        KnownAs::Ourselves => (
            Told::Vouched,
            words.get("stranger-ours"),
            words.get("stranger-ours-why"),
        ),
        KnownAs::Nobody => (
            Told::Vouched,
            words.get("stranger-new"),
            words.get("stranger-new-why"),
        ),
    }
}

/// How much attention an answer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Somebody whom the user has verified.
    Known,
    /// An identity vouches for the account.
    Vouched,
    /// Nobody knows.
    Open,
    /// Somebody may lie.
    Alarm,
}

fn told_ui(ui: &mut Ui, told: Told, title: &str, why: &str) {
    let palette = Palette::of(ui);
    let (icon, color) = match told {
        Told::Known => (Icon::Talk(TalkIcon::ShieldCheck), palette.good_text),
        Told::Vouched => (Icon::Talk(TalkIcon::Shield), palette.text),
        Told::Open => (Icon::Talk(TalkIcon::ShieldAsk), palette.text_secondary),
        Told::Alarm => (Icon::Warning, palette.danger),
    };
    match told {
        Told::Open => state_ui(ui, icon, title, color),
        _ => state_of_ui(ui, icon, title, TextRole::Name, color),
    }
    form::note_ui(ui, why);
}
