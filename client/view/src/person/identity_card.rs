use egui::{Color32, Ui};
use onym_client_protocol::command::IdentityVerdict;
use onym_client_protocol::view_model::{
    DeviceView, NameWarning, PersonStanding, PersonSummary, PersonView, StatementView,
    StrangerView, UiCommand,
};
use onym_identity::IdentityKey;

use super::meeting::Meeting;
use super::stranger::{Asked, stranger_ui};
use super::voice::VoiceCall;
use super::{identity_ui, short_identity};
use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::Dialog;
use crate::form;
use crate::icon::Icon;
use crate::protection::device_list::{state_of_ui, state_ui};
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words};

/// Whose card it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdentityCard<'a> {
    /// The name to show.
    pub(crate) name: &'a str,
    /// Who is behind the address.
    pub(crate) summary: &'a PersonSummary,
    /// Whether they are a contact, so that they can be removed.
    pub(crate) is_contact: bool,
    /// Everything else, once it is there.
    pub(crate) person: Option<&'a PersonView>,
    /// The devices there.
    pub(crate) devices: &'a [DeviceView],
    /// The account that was asked last who it is.
    pub(crate) stranger: Option<&'a StrangerView>,
    pub(crate) clock: Clock,
}

impl IdentityCard<'_> {
    /// Whether it is a stranger's, whose account tells who it is only if it is asked.
    fn is_unasked(self) -> bool {
        !self.is_contact && self.summary.standing == PersonStanding::Nobody
    }
}

/// Who is behind an address, what it rests on, and how to make sure.
pub(crate) fn identity_card_ui(
    ui: &mut Ui,
    card: IdentityCard<'_>,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    let title = words.get("person-title");
    form::card_ui(ui, &title, |ui| {
        form::padded_ui(ui, |ui| {
            if card.is_unasked() {
                unasked_ui(ui, card, out);
            } else {
                standing_ui(ui, card);
            }
            if let Some(identity) = &card.summary.identity {
                ui.add_space(size::GAP_TINY);
                identity_ui(ui, identity, size::FINGERPRINT_FONT);
            }
            buttons_ui(ui, card, dialog, out);
        });
        if let Some(statement) = card.person.and_then(|person| person.statement.as_ref()) {
            statement_ui(ui, statement, card.summary.standing, card.clock);
        }
    });
}

/// The symbol and the colour of what is known of somebody.
pub(crate) fn look(summary: &PersonSummary, palette: &Palette) -> (Icon, Color32) {
    use PersonStanding as P;
    if summary.is_alarming() {
        return (Icon::Warning, palette.danger);
    }
    match summary.standing {
        P::Verified { .. } => (Icon::Talk(TalkIcon::ShieldCheck), palette.good_text),
        P::AddressIsKey | P::Confirmed | P::Introduced { .. } => {
            (Icon::Talk(TalkIcon::Shield), palette.text)
        }
        _ => (Icon::Talk(TalkIcon::ShieldAsk), palette.text_secondary),
    }
}

fn standing_ui(ui: &mut Ui, card: IdentityCard<'_>) {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let (icon, color) = look(card.summary, palette);
    let (title, why) = words.standing(card.summary, card.name, card.clock);
    state_of_ui(ui, icon, &title, TextRole::Name, color);
    text::label_ui(ui, why, TextRole::Body, palette.text_secondary);
}

/// Somebody who is no contact: nothing was asked, and nothing is, before the user wants it.
fn unasked_ui(ui: &mut Ui, card: IdentityCard<'_>, out: &mut Vec<ViewCommand>) {
    let Some(person) = card.person else { return };
    let asked = Asked {
        jid: &person.jid,
        name: card.name,
        expected: None,
        stranger: card.stranger,
        is_wide: true,
        clock: card.clock,
    };
    stranger_ui(ui, asked, out);
}

fn buttons_ui(
    ui: &mut Ui,
    card: IdentityCard<'_>,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    let Some(identity) = card.summary.identity else {
        return device_button_ui(ui, card, dialog);
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.y = size::GAP_TINY;
        if card.summary.challenge.is_some()
            && button_ui(ui, &words.get("person-look"), Weight::Main).clicked()
        {
            *dialog = Dialog::changed(
                card.person.map(|it| it.jid.as_str()),
                card.name,
                card.summary,
            );
        }
        if let Some(person) = card.person {
            compare_buttons_ui(ui, card, person, identity, dialog);
            verdict_buttons_ui(ui, card, person, identity, out);
            leave_buttons_ui(ui, card, person, dialog);
        }
        let copy = button_ui(ui, &words.get("person-copy-identity"), Weight::Plain);
        if copy.clicked() {
            ui.ctx().copy_text(identity.to_string());
        }
    });
}

/// The two ways to compare, where there is something to compare.
fn compare_buttons_ui(
    ui: &mut Ui,
    card: IdentityCard<'_>,
    person: &PersonView,
    identity: IdentityKey,
    dialog: &mut Option<Dialog>,
) {
    let words = Words::of(ui);
    let standing = card.summary.standing;
    let differs = matches!(standing, PersonStanding::Differs { .. });
    if standing.is_alarming() && !differs {
        return;
    }
    let is_said = standing.is_compared() || card.summary.contradiction.is_some();
    let weight = match is_said && !differs {
        true => Weight::Quiet,
        false => Weight::Main,
    };
    if button_ui(ui, &words.get("person-meet"), weight).clicked() {
        let meeting = Meeting::with(person, card.name, card.devices);
        *dialog = Some(Dialog::Meeting(Box::new(meeting)));
    }
    if let Some(phrase) = person.phrase
        && button_ui(ui, &words.get("person-call"), Weight::Quiet).clicked()
    {
        let call = VoiceCall::with(person, card.name, identity, phrase);
        *dialog = Some(Dialog::VoiceCall(Box::new(call)));
    }
}

/// Takes an identity without comparing it, or takes back what was said after comparing.
fn verdict_buttons_ui(
    ui: &mut Ui,
    card: IdentityCard<'_>,
    person: &PersonView,
    identity: IdentityKey,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    let jid = || person.jid.clone();
    let withdraw = match card.summary.standing {
        PersonStanding::Late => {
            if button_ui(ui, &words.get("person-take"), Weight::Quiet).clicked() {
                let (jid, verdict) = (jid(), IdentityVerdict::TakeNew);
                out.push(
                    UiCommand::DecideIdentity {
                        jid,
                        identity,
                        verdict,
                    }
                    .into(),
                );
            }
            return;
        }
        PersonStanding::Differs { .. } => ("person-differs-withdraw", Weight::Quiet),
        standing if standing.is_compared() => ("person-withdraw", Weight::Plain),
        _ => return,
    };
    if button_ui(ui, &words.get(withdraw.0), withdraw.1).clicked() {
        let (jid, is_verified) = (jid(), false);
        out.push(
            UiCommand::VerifyIdentity {
                jid,
                identity,
                is_verified,
            }
            .into(),
        );
    }
}

/// The ways to leave somebody who is not who they were.
fn leave_buttons_ui(
    ui: &mut Ui,
    card: IdentityCard<'_>,
    person: &PersonView,
    dialog: &mut Option<Dialog>,
) {
    use PersonStanding::{AddressRevoked, Differs, Revoked};
    let standing = card.summary.standing;
    if !matches!(standing, Differs { .. } | AddressRevoked | Revoked) {
        return;
    }
    let words = Words::of(ui);
    let names = || (person.jid.clone(), card.name.to_owned());
    if card.is_contact && button_ui(ui, &words.get("contact-remove"), Weight::Quiet).clicked() {
        let (jid, name) = names();
        *dialog = Some(Dialog::Remove { jid, name });
    }
    if button_ui(ui, &words.get("menu-block"), Weight::Quiet).clicked() {
        let (jid, name) = names();
        *dialog = Some(Dialog::Block { jid, name });
    }
}

/// Where there is no identity, a code still shows the keys of devices.
fn device_button_ui(ui: &mut Ui, card: IdentityCard<'_>, dialog: &mut Option<Dialog>) {
    let Some(person) = card.person.filter(|_| !card.devices.is_empty()) else {
        return;
    };
    ui.horizontal_wrapped(|ui| {
        let label = Words::of(ui).get("person-meet");
        if button_ui(ui, &label, Weight::Quiet).clicked() {
            let meeting = Meeting::with(person, card.name, card.devices);
            *dialog = Some(Dialog::Meeting(Box::new(meeting)));
        }
    });
}

/// What the identity says of itself: its name, and until when its word counts.
pub(crate) fn statement_ui(
    ui: &mut Ui,
    statement: &StatementView,
    standing: PersonStanding,
    clock: Clock,
) {
    let words = Words::of(ui);
    if let Some(name) = &statement.name {
        let name = text::plain(name).into_owned();
        form::fact_ui(ui, &words.get("person-name"), &name);
    }
    if let Some(warning) = &statement.name_warning {
        form::padded_ui(ui, |ui| name_warning_ui(ui, warning));
    }
    let facts = words.statement_facts(statement, standing, clock);
    form::fact_ui(ui, &words.get("person-statement"), &facts);
}

/// What to know about the name that an identity gives itself.
pub(super) fn name_warning_ui(ui: &mut Ui, warning: &NameWarning) {
    let words = Words::of(ui);
    let said = match warning {
        NameWarning::MixedScript => words.get("person-name-mixed"),
        NameWarning::Resembles { other } => {
            words.with("person-name-resembles", &[("other", other.as_str().into())])
        }
    };
    state_ui(ui, Icon::Warning, &said, Palette::of(ui).warning);
}

/// One line that says who somebody is, for where there is little room.
pub(crate) fn standing_line_ui(ui: &mut Ui, summary: &PersonSummary, clock: Clock) {
    let palette = Palette::of(ui);
    let (icon, color) = look(summary, palette);
    let (title, _) = Words::of(ui).standing(summary, "", clock);
    let title = match &summary.identity {
        // Beside a warning it would not be clear which identity is meant.
        Some(identity) if !summary.is_alarming() => {
            format!("{title} · {}", short_identity(identity))
        }
        _ => title,
    };
    state_ui(ui, icon, &title, color);
}
