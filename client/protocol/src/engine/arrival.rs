//! A message that comes to us, in whatever way: what it is, and what becomes of it.

use jid::{BareJid, Jid};
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::ns;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::messages;
use super::omemo::Unsealed;
use super::session::Session;
use crate::chat_states::ChatState;
use crate::message::{self, MessageType};
use crate::moment::Moment;
use crate::omemo::Dialect;
use crate::reply::{self, ReplyTo};
use crate::stanza::Sender;
use crate::store::{Encryption, MessageRecord, RemoteId};
use crate::{correction, delay, fallback, markers, reactions, receipts, retraction, sce};

/// A message, and how it came to us.
pub(super) struct Arrival<'a> {
    /// The message itself: of a carbon or an archived one the inner one.
    pub(super) message: &'a Element,
    /// How it came.
    pub(super) provenance: Provenance,
    /// Its name in the archive of our account, from somebody who may say so.
    pub(super) archive_id: Option<String>,
    /// When our server had it, if our server says so around the message.
    pub(super) stamp: Option<Timestamp>,
}

/// How a message came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provenance {
    /// To this device, now or after it waited for us.
    Live,
    /// Another device of ours sent it (XEP-0280).
    CarbonSent,
    /// Another device of ours received it (XEP-0280).
    CarbonReceived,
    /// It is in the archive of our account (XEP-0313).
    Archive {
        /// Whether the user looks back, so that it is not news.
        is_history: bool,
    },
}

/// A message between us and somebody, as far as its envelope goes.
pub(super) struct Said {
    /// The address of the other side.
    pub(super) peer: BareJid,
    /// The conversation: the home of whoever is behind that address.
    pub(super) conversation: BareJid,
    /// Whether the conversation is that of a person to whom the address does not belong any more.
    pub(super) is_former: bool,
    /// Whether one of our devices wrote it.
    pub(super) by_us: bool,
    /// The names that its author gave it.
    pub(super) ids: Vec<String>,
    /// Its name in our archive.
    pub(super) archive_id: Option<String>,
    /// When it was written.
    pub(super) time: Timestamp,
    /// When our server or this device had it.
    pub(super) moment: Moment,
    /// How it came.
    pub(super) provenance: Provenance,
    /// What protected it on the way.
    pub(super) encryption: Encryption,
    /// Whether the identity behind the address has signed the device that sealed it.
    pub(super) is_signed: bool,
}

impl Said {
    /// Who wrote it.
    pub(super) fn author(&self, our_jid: &BareJid) -> BareJid {
        if self.by_us {
            our_jid.clone()
        } else {
            self.peer.clone()
        }
    }

    /// The name of a message of the same author.
    pub(super) fn own(&self, id: &str) -> RemoteId {
        if self.by_us {
            RemoteId::Ours(id.to_owned())
        } else {
            RemoteId::Theirs(id.to_owned())
        }
    }

    /// The address, where a message has to say it: if it is not the conversation's, or not that of the
    /// person whose conversation it is.
    pub(super) fn via(&self) -> Option<BareJid> {
        let is_noted = self.is_former || self.peer != self.conversation;
        is_noted.then(|| self.peer.clone())
    }

    /// Whether a message that is called so may be this one. Another server can give the same name.
    pub(super) fn is_like(&self, message: &MessageRecord) -> bool {
        self.by_us || self.speaks_for(message)
    }

    /// Whether what is said about a message may come from where it comes from.
    ///
    /// The addresses of a person are one person's, but their servers are several. A server can speak
    /// in the name of its own account only; what is said from one address about a message of another
    /// one counts if a device has sealed it whole that is more than listed. Nobody speaks from an
    /// address that was left behind but about what was said from there since.
    pub(super) fn may_speak_about(&self, message: &MessageRecord) -> bool {
        if self.by_us {
            return true;
        }
        if self.is_former {
            return message.via.as_ref() == Some(&self.peer);
        }
        let mark_of = |encryption: Encryption| match encryption {
            Encryption::Omemo(mark) => Some(mark),
            Encryption::None | Encryption::Undecryptable(_) => None,
        };
        let own = mark_of(message.encryption).map(|mark| mark.because);
        let whole = mark_of(self.encryption).filter(|mark| mark.dialect == Dialect::Omemo2);
        self.speaks_for(message)
            || whole.is_some_and(|mark| mark.because.speaks_elsewhere(self.is_signed, own))
    }

    /// Whether a message came from the same address, or went there.
    fn speaks_for(&self, message: &MessageRecord) -> bool {
        (*message.address() == self.peer && message.is_from_former_home() == self.is_former)
            || message.tried.contains(&self.peer)
    }

    /// Whether the user looks back, so that it is not news.
    pub(super) fn is_history(&self) -> bool {
        self.provenance == Provenance::Archive { is_history: true }
    }
}

/// What a message says to people.
#[derive(Default)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) unstyled: bool,
    pub(super) markable: bool,
    /// What it answers, and the piece of that which it quotes for other clients.
    pub(super) reply: Option<(ReplyTo, String)>,
}

impl Session {
    /// Takes a message, however it came.
    ///
    /// Whoever hands in what was forwarded has made sure that our own account did so. Nothing in a
    /// forwarded message is answered.
    pub(super) fn arrived(&mut self, arrival: &Arrival<'_>, core: &mut Core, cx: &mut Context<'_>) {
        let stanza = arrival.message;
        let Some(sender) = Sender::of(stanza) else {
            return;
        };
        let is_live = arrival.provenance == Provenance::Live;
        let kind = MessageType::of(stanza);
        match kind {
            MessageType::Error if is_live => {
                return messages::returned(stanza, &sender, core, cx);
            }
            MessageType::Error | MessageType::Groupchat | MessageType::Headline => return,
            MessageType::Chat | MessageType::Normal => {}
        }
        let Some(mut said) = self.envelope(arrival, &sender, core, cx) else {
            return;
        };
        if is_live {
            core.is_heard(&said.peer);
        }
        if !said.by_us && core.end_returned(stanza, cx.now) {
            return self.answer_due();
        }
        if is_live && !said.by_us {
            self.return_end(&said.peer, core, cx);
        }
        let unsealed = self.unseal(stanza, &said, core, cx);
        let opened;
        let mut affixes = None;
        let stanza = match unsealed {
            Unsealed::Clear => stanza,
            Unsealed::Opened {
                stanza,
                mark,
                sealed,
            } => {
                said.encryption = Encryption::Omemo(mark);
                said.is_signed = core.is_signed_at(&said.peer, mark.device);
                affixes = sealed;
                let time = sealed.and_then(|sealed| sealed.time);
                said.time = time.map_or(said.time, |time| sce::time(said.time, time));
                opened = stanza;
                &*opened
            }
            Unsealed::Empty => return self.answer_due(),
            Unsealed::Known => {
                core.met_again(&said, cx);
                if is_live && !said.by_us {
                    self.receipt(stanza, kind, &said.peer, core, cx);
                }
                return self.answer_due();
            }
            Unsealed::Unreadable(why) => {
                said.encryption = Encryption::Undecryptable(why);
                core.add_unreadable(&said, cx);
                if is_live && !said.by_us {
                    self.say_unreadable(stanza, &said, core);
                }
                return self.answer_due();
            }
        };
        if self.resend_asked(stanza, &said, core, cx) {
            return self.answer_due();
        }
        if core.trust_said(stanza, &said, affixes, cx.now) {
            return self.answer_due();
        }
        take_receipts_and_states(stanza, &said, core, cx);
        if take_content(stanza, &said, core, cx) {
            if is_live && !said.by_us {
                self.receipt(stanza, kind, &said.peer, core, cx);
            }
            self.answer_due();
        }
    }

    /// Who says something to whom, and when.
    fn envelope(
        &self,
        arrival: &Arrival<'_>,
        sender: &Sender,
        core: &Core,
        cx: &Context<'_>,
    ) -> Option<Said> {
        let (stanza, our_jid) = (arrival.message, &core.config.our_jid);
        let from = sender.bare(our_jid);
        let by_us = from == *our_jid;
        let is_live = arrival.provenance == Provenance::Live;
        let peer = match stanza.attr("to") {
            // What comes over the stream from our own account is a note to ourselves.
            Some(to) if by_us && !is_live => Jid::new(to).ok()?.into_bare(),
            _ => from.clone(),
        };
        let conversation = core.home_of(&peer);
        let kept = arrival.stamp.or_else(|| {
            let is_carbon = !matches!(arrival.provenance, Provenance::Archive { .. });
            is_carbon.then(|| delay::kept_by_our_server(stanza, our_jid))?
        });
        let stamp = kept.unwrap_or(cx.now).min(cx.now);
        let moment = match arrival.provenance {
            // What they said here before this session began is older than what we missed. What we
            // said may be newer: it perhaps still waits to be sent.
            Provenance::Archive { is_history: false } if !by_us => Moment {
                placed: stamp,
                after: self.began(),
            },
            Provenance::Archive { .. } => Moment::stamped(stamp),
            // A forged stamp cannot put a message before what is here already.
            _ => Moment::in_order(
                core.newest(&conversation)
                    .map_or(stamp, |last| last.max(stamp)),
            ),
        };
        let written = delay::written_at(stanza, &from, our_jid, cx.now);
        let ids = message::their_ids(stanza).into_iter();
        Some(Said {
            by_us,
            ids: ids.map(str::to_owned).collect(),
            archive_id: arrival.archive_id.clone(),
            time: written.min(stamp),
            moment,
            provenance: arrival.provenance,
            encryption: Encryption::None,
            is_signed: false,
            is_former: core.memory.is_former_home(&peer),
            conversation,
            peer,
        })
    }

    /// Tells the sender that we have the message, if they may know. A repetition shows that their
    /// side does not know it, so it is answered like the first one.
    fn receipt(
        &mut self,
        stanza: &Element,
        kind: MessageType,
        peer: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let contact = core.contact_behind(peer);
        let contact = contact.map(|contact| contact.subscription);
        let decision = receipts::decide(stanza, kind, contact);
        if let (true, Some(from), Some(id)) =
            (decision.send, stanza.attr("from"), stanza.attr("id"))
        {
            let receipt = receipts::receipt(from, &cx.new_id(), id);
            let receipt = self.protect_if_known(receipt, peer, core, cx);
            self.send(&receipt, Sent::Other, core);
        }
    }
}

/// What a message says besides what people read.
fn take_receipts_and_states(stanza: &Element, said: &Said, core: &mut Core, cx: &mut Context<'_>) {
    // XEP-0184, section 5.4: a receipt counts whatever its type is.
    if let Some(id) = receipts::receipt_for(stanza).filter(|_| !said.by_us) {
        messages::receipt_came(id, said, core, cx);
    }
    if let Some(id) = markers::displayed_id(stanza) {
        if said.by_us {
            core.marked_elsewhere(&said.conversation, id, cx);
        } else {
            core.they_displayed(said, id, cx);
        }
    }
    let is_now = matches!(
        said.provenance,
        Provenance::Live | Provenance::CarbonReceived
    );
    let is_delayed = stanza.has_child("delay", ns::DELAY);
    if is_now && !said.by_us && !is_delayed {
        let state = ChatState::of(stanza);
        let wrote = stanza.has_child("body", ns::CLIENT);
        core.they_do(said, state, wrote, cx.now);
    }
}

/// What a message says to people. Whether it says anything.
fn take_content(stanza: &Element, said: &Said, core: &mut Core, cx: &mut Context<'_>) -> bool {
    if let Some(id) = retraction::retracted_id(stanza) {
        core.retracted(said, id, cx);
        return true;
    }
    let reacted = reactions::read(stanza);
    let content = read_content(stanza);
    if let Some((id, emojis)) = &reacted {
        core.reacted(said, id, emojis, cx);
    }
    match content {
        Some(content) => match correction::corrected_id(stanza) {
            Some(id) => core.corrected(said, id, content, cx),
            None => core.add(said, content, cx),
        },
        None if retraction::is_tombstone(stanza) => {
            for id in said.ids.clone() {
                core.retracted(said, &id, cx);
            }
        }
        None => return reacted.is_some(),
    }
    true
}

fn read_content(stanza: &Element) -> Option<Content> {
    let mut text = message::text(stanza)?;
    if stanza.has_child("reactions", ns::REACTIONS) {
        text = fallback::without(stanza, &text, ns::REACTIONS);
        if text.trim().is_empty() {
            return None;
        }
    }
    let reply = reply::read(stanza).map(|to| {
        let (own, quote) = reply::split(stanza, &text);
        text = own;
        (to, quote)
    });
    (!text.is_empty()).then(|| Content {
        text,
        unstyled: stanza.has_child("unstyled", ns::STYLING),
        markable: markers::is_markable(stanza),
        reply,
    })
}
