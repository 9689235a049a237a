//! Empty messages that keep sessions alive, and messages that are sent once more because the other
//! side has lost them.
//!
//! An empty message says nothing; it moves the ratchet. It is sent after a session was begun by the
//! other side, after it has sent many messages without one from us (XEP-0384, section 6), and with
//! a new session to a device whose session this one has lost. Between two Onym endpoints the last
//! one also names the messages that could not be read, which are then sent again.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use minidom::Element;
use onym_stream::{Attributes, ns};

use super::super::acknowledgement::Sent;
use super::super::arrival::Said;
use super::super::core::{Context, Core};
use super::super::session::Session;
use super::SessionName;
use super::audience::Member;
use super::devices::FetchState;
use super::sending::Protected;
use crate::delivery::Delivery;
use crate::message::{self, MAX_ID_BYTES};
use crate::omemo::encrypted;
use crate::omemo::{Dialect, payload};
use crate::sce::Envelope;
use crate::store::{Encryption, MessageId, MessageRecord, RemoteId};

/// How many messages one device may ask for at once, and how many are noted to be asked for.
const MAX_ASKED: usize = 20;

/// How often one message is sent once more over one stream.
const MAX_REPEATS: u8 = 2;

/// How many sessions are begun anew over one stream because the old one was lost. More than that
/// is an attack.
const MAX_HEALED: usize = 50;

/// What is to be answered.
#[derive(Default)]
pub(super) struct Answers {
    /// Devices that get an empty message.
    empty: BTreeSet<SessionName>,
    /// Devices with which a new session is begun.
    healing: BTreeMap<SessionName, Healing>,
    /// Those with which one was begun over this stream: it is done once.
    healed: BTreeSet<SessionName>,
    /// Messages that somebody has lost.
    once_more: Vec<MessageRecord>,
    repeats: BTreeMap<MessageId, u8>,
}

/// A new session that is to be begun.
#[derive(Default)]
struct Healing {
    /// The messages that were lost with the old one.
    lost: BTreeSet<String>,
    /// Whether the user wants it, although there is a session.
    is_wanted: bool,
}

impl Session {
    /// A device shall get an empty message.
    pub(super) fn answer_with_nothing(&mut self, name: SessionName) {
        self.omemo.answers.empty.insert(name);
    }

    /// A message came for a session that we do not have. XEP-0384, section 6: the client "SHOULD
    /// create a session with that device and notify it".
    pub(super) fn session_is_missing(
        &mut self,
        name: &SessionName,
        said: &Said,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let answers = &mut self.omemo.answers;
        let is_allowed = !said.is_history()
            && !answers.healed.contains(name)
            && answers.healed.len().saturating_add(answers.healing.len()) < MAX_HEALED
            && core.may_learn_of_us(&name.jid);
        if !is_allowed {
            return;
        }
        let lost = &mut answers.healing.entry(name.clone()).or_default().lost;
        if lost.len() < MAX_ASKED
            && let Some(id) = said.ids.first()
        {
            lost.insert(id.clone());
        }
        self.fetch(&name.jid, name.keys(), core, cx);
    }

    /// Whether messages that could not be read are about to be asked for.
    pub(super) fn is_being_healed(&self, jid: &BareJid) -> bool {
        let mut healing = self.omemo.answers.healing.keys();
        healing.any(|name| name.jid == *jid && name.dialect == Dialect::Omemo2)
    }

    /// Sends the empty messages that are due. While the archive is read they wait, since what was
    /// answered may be followed by more.
    pub(super) fn send_answers(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.has_caught_up() {
            return;
        }
        for name in std::mem::take(&mut self.omemo.answers.empty) {
            if let Some(session) = core.session_with(&name, cx) {
                self.send_to_one(Member { name, session }, None, core, cx);
            }
        }
        let healing: Vec<SessionName> = self.omemo.answers.healing.keys().cloned().collect();
        for name in healing {
            self.heal(&name, core, cx);
        }
    }

    fn heal(&mut self, name: &SessionName, core: &mut Core, cx: &mut Context<'_>) {
        let previous = core.session_with(name, cx);
        let answers = &mut self.omemo.answers;
        let is_wanted = |healing: &Healing| healing.is_wanted;
        let is_wanted = answers.healing.get(name).is_some_and(is_wanted);
        if let Some(session) = previous.clone().filter(|_| !is_wanted) {
            // They were faster, or both began at the same time. What was lost before is lost all the same.
            let lost = answers.healing.remove(name).unwrap_or_default().lost;
            if let Some(asks) = asked_of(name, lost) {
                answers.healed.insert(name.clone());
                let name = name.clone();
                self.send_to_one(Member { name, session }, Some(&asks), core, cx);
            }
            return;
        }
        let Some(session) = self.begin_session(name, previous.as_ref(), core, cx) else {
            // Keys that came and cannot be used are not asked for again.
            let is_here = self.omemo.fetches.bundle(name).is_some();
            let is_useless = |state| matches!(state, FetchState::Useless { .. });
            if is_here || is_useless(self.fetch(&name.jid, name.keys(), core, cx)) {
                self.omemo.answers.healing.remove(name);
            }
            return;
        };
        let answers = &mut self.omemo.answers;
        let lost = answers.healing.remove(name).unwrap_or_default().lost;
        answers.healed.insert(name.clone());
        let asks = asked_of(name, lost);
        let name = name.clone();
        self.send_to_one(Member { name, session }, asks.as_ref(), core, cx);
    }

    /// Sends a message without content to one device, or one that asks for lost messages.
    fn send_to_one(
        &mut self,
        member: Member,
        lost: Option<&BTreeSet<String>>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Some(our_id) = core.memory.our_device.as_ref().map(|device| device.id()) else {
            return;
        };
        let SessionName { jid, dialect, .. } = member.name.clone();
        let sealed = lost.map(|lost| {
            let envelope = Envelope {
                content: lost.iter().map(|id| resend_request(id)).collect(),
                from: Some(core.config.our_jid.clone()),
                to: Some(jid.clone()),
                time: Some(cx.now),
                is_padded: true,
            };
            payload::seal(dialect, &envelope.to_bytes(cx.rng), cx.rng)
        });
        let key = match &sealed {
            Some(sealed) => sealed.key.clone(),
            None => payload::empty_key(dialect, cx.rng),
        };
        let Some(keys) = self.keys_for(vec![member], &key, core) else {
            return;
        };
        let iv = empty_iv(dialect, cx);
        let content = sealed.as_ref().map(|sealed| sealed.ciphertext.as_slice());
        let encrypted = encrypted::write(dialect, our_id, &keys, iv.as_deref(), content);
        let mut stanza = Element::bare("message", ns::CLIENT)
            .with_attribute("type", "chat")
            .with_attribute("to", jid.as_str())
            .with_attribute("id", cx.new_id());
        stanza.append_child(encrypted);
        stanza.append_child(Element::bare("store", ns::HINTS));
        self.send(&stanza, Sent::Other, core);
    }

    /// Somebody has lost messages of ours and asks for them, in a message that we could decrypt.
    pub(in crate::engine) fn resend_asked(
        &mut self,
        stanza: &Element,
        said: &Said,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> bool {
        // Nobody on the way may ask.
        let is_theirs = matches!(
            said.encryption,
            Encryption::Omemo(mark) if mark.dialect == Dialect::Omemo2
        );
        let ids = resend_requests(stanza);
        if ids.is_empty() || !is_theirs || message::text(stanza).is_some() {
            return false;
        }
        if said.by_us || core.contact_behind(&said.peer).is_none() {
            return true;
        }
        for id in ids {
            let message = core.named(&said.conversation, RemoteId::Ours(id), cx);
            // What another address had was not lost here.
            let message = message.filter(|it| *it.address() == said.peer);
            let Some(message) = message.filter(may_repeat) else {
                continue;
            };
            let answers = &mut self.omemo.answers;
            let repeats = answers.repeats.entry(message.id.clone()).or_default();
            if *repeats < MAX_REPEATS {
                *repeats = repeats.saturating_add(1);
                answers.once_more.push(message);
            }
        }
        true
    }

    /// Sends the messages that somebody has lost, under their names.
    pub(super) fn send_once_more(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        for message in std::mem::take(&mut self.omemo.answers.once_more) {
            let plain = message::to_element(&message, &core.config.our_jid, cx.now, false);
            let to: BareJid = message.address().clone();
            match self.protect(&plain, &to, core, cx) {
                Protected::Sealed { stanza, .. } => self.send(&stanza, Sent::Other, core),
                Protected::Held => self.omemo.answers.once_more.push(message),
                Protected::Clear => {}
            }
        }
    }

    /// The user begins all sessions with somebody anew, since their messages cannot be read.
    pub(in crate::engine) fn renew_sessions(
        &mut self,
        jid: &BareJid,
        lost: &[String],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let record = core.protection(jid);
        let is_blind = core.memory.protection_choices.is_blind;
        for (id, device) in &record.devices {
            if !record.decide(device, is_blind).allow {
                continue;
            }
            if let Some(dialect) = device.dialects().next() {
                let name = SessionName::new(jid, *id, dialect);
                self.omemo.answers.healed.remove(&name);
                let healing = Healing {
                    lost: lost.iter().take(MAX_ASKED).cloned().collect(),
                    is_wanted: true,
                };
                self.omemo.answers.healing.insert(name, healing);
            }
        }
        self.refresh_devices(jid, core, cx);
    }
}

/// What a device can be asked for: what is lost, in the dialect that can say so.
fn asked_of(name: &SessionName, lost: BTreeSet<String>) -> Option<BTreeSet<String>> {
    (name.dialect == Dialect::Omemo2 && !lost.is_empty()).then_some(lost)
}

fn may_repeat(message: &MessageRecord) -> bool {
    let has_left =
        |delivery: &Delivery| !matches!(delivery, Delivery::Queued | Delivery::Failed(_));
    message.retracted.is_none() && message.delivery().is_some_and(has_left)
}

/// An empty message of the older dialect has an initialisation vector all the same.
fn empty_iv(dialect: Dialect, cx: &mut Context<'_>) -> Option<Vec<u8>> {
    (dialect == Dialect::Omemo).then(|| {
        let mut iv = vec![0; 12];
        cx.rng.fill_bytes(&mut iv);
        iv
    })
}

fn resend_request(id: &str) -> Element {
    Element::bare("resend", ns::RESEND).with_attribute("id", id)
}

fn resend_requests(stanza: &Element) -> Vec<String> {
    stanza
        .children()
        .filter(|child| child.is("resend", ns::RESEND))
        .filter_map(|child| child.attr("id"))
        .filter(|id| !id.is_empty() && id.len() <= MAX_ID_BYTES)
        .take(MAX_ASKED)
        .map(str::to_owned)
        .collect()
}
