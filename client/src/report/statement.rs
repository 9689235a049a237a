//! What is said about our own statement, about addresses that were asked, and about statements that are
//! not believed.

use onym_client_protocol::address_check::{AddressAnswer, StatementPlace};
use onym_client_protocol::identities::StatementRefusal;
use onym_client_protocol::store::Snapshot;
use onym_identity::OnymJid;
use onym_identity::jid::BareJid;
use onym_identity::statement::{FollowError, ForeignKey, TextForm};
use serde::{Deserialize, Serialize};

use super::words::printable;
use super::{DocumentReport, OurEndReport};
use crate::openpgp::KeysWord;
use crate::refusal::Refusal;

/// What our statement says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OurStatementReport {
    /// The last one that was signed; none if there was none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) statement: Option<DocumentReport>,
    /// The same as a text to be posted, in a vCard or on a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// Each address in it, and whether it confirms the identity.
    pub(crate) addresses: Vec<AddressStateReport>,
    /// How many changes wait to be published.
    pub(crate) waiting: usize,
    /// Whether it revokes the keys of this device.
    pub(crate) signed_out: bool,
    /// That the identity counts no more, and this is what it said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<OurEndReport>,
}

/// Whether an address in our statement confirms the identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AddressStateReport {
    pub(crate) jid: String,
    /// `here`, `confirmed`, `not-asked`, `nothing`, `refused`, `error` or `silent`.
    pub(crate) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

impl OurStatementReport {
    /// From what is kept.
    pub(crate) fn of(memory: &Snapshot, our_jid: &BareJid, signed_out: bool) -> Self {
        let record = memory.identities.get(our_jid);
        let body = record.and_then(|record| record.body());
        let statement = record
            .zip(body.as_ref())
            .map(|(record, body)| DocumentReport::of_statement(record.followed.identity(), body));
        let form = record.and_then(|record| TextForm::of(&record.statement));
        let text = form.map(TextForm::block);
        let state = |jid: &BareJid| {
            let is_confirmed = record.is_some_and(|it| memory.confirms(jid, it.identity()));
            match is_confirmed {
                _ if jid == our_jid => "here",
                true => "confirmed",
                false => "not-asked",
            }
        };
        let endpoints = body.iter().flat_map(|body| &body.endpoints);
        let addresses = endpoints.map(|it| AddressStateReport {
            jid: it.jid.to_string(),
            state: state(&it.jid).to_owned(),
            why: None,
        });
        Self {
            statement,
            text,
            addresses: addresses.collect(),
            waiting: memory.our_claims.wishes.len(),
            signed_out,
            ended: OnymJid::try_from(our_jid).ok().and_then(|ours| {
                let ended = memory.ended.get(&ours.identity)?;
                OurEndReport::of(ended.standing())
            }),
        }
    }

    pub(super) fn words(&self) -> String {
        let mut lines = Vec::new();
        match &self.statement {
            Some(statement) => lines.extend(statement.words()),
            None => lines.push("No statement was signed here yet.".to_owned()),
        }
        for address in &self.addresses {
            let said = match address.state.as_str() {
                "here" => "is this endpoint, which publishes the statement".to_owned(),
                "not-asked" => "was not asked whether it confirms this (see --check)".to_owned(),
                state => state_words(state, address.why.as_deref()),
            };
            lines.push(format!("  {} {said}", address.jid));
        }
        match self.waiting {
            0 => {}
            1 => lines.push("One change waits to be published.".to_owned()),
            count => lines.push(format!("{count} changes wait to be published.")),
        }
        if self.signed_out {
            lines.push(SIGNED_OUT.to_owned());
        }
        lines.extend(self.ended.iter().map(OurEndReport::words));
        lines.join("\n")
    }
}

/// An address whose account was asked for the statement of an identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AddressReport {
    pub(crate) jid: String,
    /// The identity that the address itself names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) named: Option<String>,
    /// `confirmed`, `refused`, `nothing`, `error` or `silent`.
    pub(crate) answer: String,
    /// Where something was found: `node`, `vcard` or `vcard4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) found_in: Option<String>,
    /// The identity that lists the address and whose statement the account publishes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    /// What the statement says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) statement: Option<DocumentReport>,
    /// Other addresses in it. They were not asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) claims: Vec<String>,
    /// Why what it publishes is not believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

impl AddressReport {
    pub(crate) fn of(jid: &BareJid, answer: &AddressAnswer, place: StatementPlace) -> Self {
        let named = OnymJid::try_from(jid).ok();
        let (word, why) = answer_word(answer);
        let mut report = Self {
            jid: jid.to_string(),
            named: named.map(|it| it.identity.to_string()),
            answer: word.to_owned(),
            why,
            ..Self::default()
        };
        if matches!(
            answer,
            AddressAnswer::Confirmed(_) | AddressAnswer::Refused(_)
        ) {
            let place = match place {
                StatementPlace::Node => "node",
                StatementPlace::Card => "vcard",
                StatementPlace::NewCard => "vcard4",
            };
            report.found_in = Some(place.to_owned());
        }
        match answer {
            AddressAnswer::Confirmed(statement) => {
                let others = statement.body().endpoints.iter();
                let others = others.filter(|it| it.jid != *jid);
                report.claims = others.map(|it| it.jid.to_string()).collect();
                report.identity = Some(statement.identity().to_string());
                report.statement = Some(DocumentReport::from(&**statement));
            }
            AddressAnswer::Refused(why) => {
                report.refused = Some(Refusal::statement(why).word.to_owned());
            }
            _ => {}
        }
        report
    }

    pub(super) fn words(&self) -> String {
        let mut lines = vec![self.jid.clone()];
        lines.push(match &self.named {
            Some(named) => format!("  names the key of the identity\n    {named}"),
            None => {
                "  names no key: only what its account publishes says who is behind it".to_owned()
            }
        });
        lines.push(match &self.identity {
            Some(identity) => format!(
                "  publishes a statement of the identity\n    {identity}\n  which lists the address: confirmed by both"
            ),
            None => format!("  {}", state_words(&self.answer, self.why.as_deref())),
        });
        lines.extend(self.found_in.as_deref().map(|place| {
            let place = match place {
                "vcard" => "in its vCard (XEP-0054)",
                "vcard4" => "in its vCard of the newer form (XEP-0292)",
                _ => "in its node",
            };
            format!("  found {place}")
        }));
        if !self.claims.is_empty() {
            let claims = self.claims.join(", ");
            lines.push(format!("  also claims, which was not checked: {claims}"));
        }
        lines.extend(self.statement.iter().filter_map(DocumentReport::words));
        lines.join("\n")
    }
}

/// The word for an answer, and its reason.
pub(crate) fn answer_word(answer: &AddressAnswer) -> (&'static str, Option<String>) {
    match answer {
        AddressAnswer::Confirmed(_) => ("confirmed", None),
        AddressAnswer::Refused(why) => ("refused", Some(why.to_string())),
        AddressAnswer::Nothing => ("nothing", None),
        AddressAnswer::Error { condition } => ("error", Some(printable(condition))),
        AddressAnswer::Silent => ("silent", None),
    }
}

fn state_words(state: &str, why: Option<&str>) -> String {
    let why = why.unwrap_or_default();
    match state {
        "confirmed" => "publishes the statement: confirmed by both".to_owned(),
        "refused" => format!("publishes something that is not to be believed: {why}"),
        "nothing" => "publishes no statement: not confirmed".to_owned(),
        "error" => format!("refused the question: {why}"),
        _ => "has not answered in time".to_owned(),
    }
}

/// A statement that was published and is not believed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StatementRefusedReport {
    pub(crate) jid: String,
    /// Whether it is our own account that publishes it.
    pub(crate) ours: bool,
    /// The word of `docs/identity-statement.md`.
    pub(crate) refused: String,
    pub(crate) why: String,
    pub(crate) advice: String,
}

impl StatementRefusedReport {
    pub(crate) fn of(jid: &BareJid, ours: bool, why: &StatementRefusal) -> Self {
        let refusal = Refusal::statement(why);
        let is_double = matches!(
            why,
            StatementRefusal::NotFollowed(
                FollowError::Equivocation { .. } | FollowError::OtherSuccessor { .. }
            )
        );
        let advice = match (ours, is_double) {
            (true, true) => {
                "Another installation with your 24 words has signed something that contradicts this one, \
                 which signs the next statement now. If you have no other one, somebody else has your \
                 words: make a new identity, and publish the revocation of this one."
            }
            (true, false) => {
                "This program publishes yours again. Who can put something else there can log in to \
                 your account: see `onym device list`."
            }
            (false, true) => {
                "The key of this identity is in two places. Ask its owner in another way before you \
                 rely on it."
            }
            (false, false) => "Nothing has changed: what was known of this identity counts.",
        };
        Self {
            jid: jid.to_string(),
            ours,
            refused: refusal.word.to_owned(),
            why: refusal.why,
            advice: advice.to_owned(),
        }
    }

    pub(super) fn words(&self) -> String {
        let Self {
            jid, why, advice, ..
        } = self;
        let whose = match self.ours {
            true => "your own account",
            false => jid.as_str(),
        };
        format!("WARNING: the statement at {whose} is not believed: {why}.\n  {advice}")
    }
}

/// A key that a file has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenPgpReport {
    fingerprint: String,
    /// `key` if the key names the identity, `unchecked` if it says so in a way that is not known here,
    /// and `nobody` if it does not.
    confirmed_by: String,
}

impl OpenPgpReport {
    pub(crate) fn new(key: &ForeignKey, word: KeysWord) -> Self {
        let confirmed_by = match word {
            KeysWord::Confirmed => "key",
            KeysWord::Unchecked => "unchecked",
            KeysWord::Nothing => "nobody",
        };
        Self {
            fingerprint: key.fingerprint.to_string(),
            confirmed_by: confirmed_by.to_owned(),
        }
    }

    pub(super) fn words(&self) -> String {
        let said = match self.confirmed_by.as_str() {
            "key" => "it names the identity, and has signed that: confirmed by the key",
            "unchecked" => {
                "it names the identity by a signature of a kind that cannot be verified here"
            }
            _ => "it does not name the identity: claimed by the identity alone",
        };
        format!("OpenPGP key {}\n  {said}", self.fingerprint)
    }
}

/// What a device that was signed out says.
pub(super) const SIGNED_OUT: &str = "WARNING: this device was signed out: your identity has revoked its keys. \
     Nothing more is encrypted here before `onym devices renew` gives it new ones.";
