//! What the user does to a message: corrects it, takes it back, reacts to it.

mod again;

use std::collections::{BTreeSet, VecDeque};

use jid::BareJid;
use minidom::Element;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::omemo::Protected;
use super::session::{MAX_IN_FLIGHT, Session};
use crate::command::{CommandError, MAX_TEXT_BYTES};
use crate::correction::{self, Correction};
use crate::delivery::Delivery;
use crate::event::Event;
use crate::message;
use crate::moment::Moment;
use crate::stanza::Sender;
use crate::store::{Action, Change, Direction, MessageId, MessageRecord, PendingRecord, Position};
use crate::{reactions, retraction};

/// How many reactions may still be refused. A refusal comes at once or not at all.
const MAX_REFUSABLE: usize = 32;

/// Reactions that the other side may refuse, and what was there before them (XEP-0444, section 3.3:
/// "the reaction-sending entity MUST revert").
#[derive(Debug, Default)]
pub(super) struct Refusable(VecDeque<Reaction>);

#[derive(Debug)]
struct Reaction {
    id: MessageId,
    conversation: BareJid,
    position: Position,
    before: Vec<String>,
    after: Vec<String>,
}

impl Refusable {
    /// The messages of one conversation stand in another one now.
    pub(super) fn moved(&mut self, from: &BareJid, to: &BareJid) {
        for reaction in self.0.iter_mut().filter(|it| it.conversation == *from) {
            reaction.conversation = to.clone();
        }
    }
}

impl Core {
    pub(super) fn edit(
        &mut self,
        conversation: &BareJid,
        position: Position,
        text: String,
        cx: &mut Context<'_>,
    ) -> Result<(), CommandError> {
        check_text(&text)?;
        let mut message = self.our_message(conversation, position, cx)?;
        if message.text == text {
            return Ok(());
        }
        if is_only_here(&message) {
            message.text = text;
        } else {
            let id = MessageId::new(cx.new_id());
            let correction = Correction {
                id: id.as_str().to_owned(),
                text: text.clone(),
                unstyled: false,
                time: cx.now,
                moment: Moment::in_order(cx.now),
            };
            let _latest = correction::correct(&mut message, correction);
            let action = Action::Correct {
                id: message.id.as_str().to_owned(),
                text,
            };
            self.supersede(&message, |old| matches!(old, Action::Correct { .. }));
            self.put_pending_as(id, conversation, position, action, cx);
        }
        self.replace(&message);
        self.outbox.event(Event::MessageChanged(message));
        Ok(())
    }

    pub(super) fn retract(
        &mut self,
        conversation: &BareJid,
        position: Position,
        cx: &mut Context<'_>,
    ) -> Result<(), CommandError> {
        let mut message = self.our_message(conversation, position, cx)?;
        self.forget_pending(&message);
        if is_only_here(&message) {
            self.remove_message(&message, cx);
            return Ok(());
        }
        let id = message.id.as_str().to_owned();
        retraction::retract(&mut message, cx.now);
        self.put_pending(conversation, position, Action::Retract { id }, cx);
        self.replace(&message);
        self.outbox.event(Event::MessageChanged(message));
        Ok(())
    }

    pub(super) fn react(
        &mut self,
        conversation: &BareJid,
        position: Position,
        emojis: &[String],
        cx: &mut Context<'_>,
    ) -> Result<(), CommandError> {
        let emojis = reactions::accepted(emojis).ok_or(CommandError::NotAnEmoji)?;
        let message = self.message(conversation, position, cx);
        let mut message = message.ok_or(CommandError::NoSuchMessage)?;
        if message.retracted.is_some() {
            return Err(CommandError::AlreadyRetracted);
        }
        if message.reactions.ours.emojis == emojis {
            return Ok(());
        }
        let id = name_for_others(&message).ok_or(CommandError::Nameless)?;
        let before = message.reactions.ours.emojis.clone();
        reactions::replace(
            &mut message.reactions.ours,
            emojis.clone(),
            Moment::in_order(cx.now),
        );
        self.supersede(&message, |old| matches!(old, Action::React { .. }));
        let stanza_id = MessageId::new(cx.new_id());
        self.refusable.0.push_back(Reaction {
            id: stanza_id.clone(),
            conversation: conversation.clone(),
            position,
            before,
            after: emojis.clone(),
        });
        if self.refusable.0.len() > MAX_REFUSABLE {
            self.refusable.0.pop_front();
        }
        let action = Action::React { id, emojis };
        self.put_pending_as(stanza_id, conversation, position, action, cx);
        self.replace(&message);
        self.outbox.event(Event::MessageChanged(message));
        Ok(())
    }

    /// What we said about a message came back. Only the recipient or our server can refuse it.
    pub(super) fn action_returned(
        &mut self,
        stanza: &Element,
        sender: &Sender,
        cx: &mut Context<'_>,
    ) {
        let our_jid = &self.config.our_jid;
        let from = self.home_of(&sender.bare(our_jid));
        let by_server = sender.is_our_server(our_jid);
        let index = self.refusable.0.iter().position(|it| {
            stanza.attr("id") == Some(it.id.as_str()) && (by_server || it.conversation == from)
        });
        let Some(refused) = index.and_then(|index| self.refusable.0.remove(index)) else {
            return;
        };
        let message = self.message(&refused.conversation, refused.position, cx);
        let is_latest = |message: &MessageRecord| message.reactions.ours.emojis == refused.after;
        if let Some(mut message) = message.filter(is_latest) {
            message.reactions.ours.emojis = refused.before;
            self.replace(&message);
            self.outbox.event(Event::MessageChanged(message));
        }
    }

    fn our_message(
        &self,
        conversation: &BareJid,
        position: Position,
        cx: &mut Context<'_>,
    ) -> Result<MessageRecord, CommandError> {
        let message = self.message(conversation, position, cx);
        let message = message.ok_or(CommandError::NoSuchMessage)?;
        if message.is_incoming() {
            Err(CommandError::NotOurs)
        } else if message.retracted.is_some() {
            Err(CommandError::AlreadyRetracted)
        } else {
            Ok(message)
        }
    }

    /// Keeps something that we say about a message until our server has it.
    pub(super) fn put_pending(
        &mut self,
        conversation: &BareJid,
        about: Position,
        action: Action,
        cx: &mut Context<'_>,
    ) {
        let id = MessageId::new(cx.new_id());
        self.put_pending_as(id, conversation, about, action, cx);
    }

    fn put_pending_as(
        &mut self,
        id: MessageId,
        conversation: &BareJid,
        about: Position,
        action: Action,
        cx: &Context<'_>,
    ) {
        let pending = PendingRecord {
            number: self.memory.next_pending_number(),
            id,
            conversation: conversation.clone(),
            about,
            time: cx.now,
            action,
        };
        self.change(Change::PutPending(pending));
    }

    /// Forgets everything that we still had to say about a message.
    pub(super) fn forget_pending(&mut self, message: &MessageRecord) {
        self.supersede(message, |_| true);
    }

    /// Forgets what we still had to say about a message, where something later takes its place. If
    /// it is under way already, the later one follows it.
    fn supersede(&mut self, message: &MessageRecord, is_kind: impl Fn(&Action) -> bool) {
        let old: Vec<u64> = self
            .memory
            .pending
            .values()
            .filter(|pending| {
                pending.about == message.position
                    && pending.conversation == message.conversation
                    && is_kind(&pending.action)
            })
            .map(|pending| pending.number)
            .collect();
        for number in old {
            self.change(Change::RemovePending(number));
        }
    }
}

impl Session {
    /// Sends what we have to say about messages, after the messages themselves.
    pub(super) fn send_actions(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let waiting: Vec<PendingRecord> = core
            .memory
            .pending
            .values()
            .filter(|pending| !self.actions_in_flight.contains(&pending.id))
            // Nobody can be told anything about a message that they do not have.
            .filter(|pending| {
                let mut unsent = core.memory.unsettled.unsent();
                !unsent.any(|message| {
                    message.position == pending.about && !self.in_flight.contains_key(&message.id)
                })
            })
            .cloned()
            .collect();
        let mut held: BTreeSet<BareJid> = BTreeSet::new();
        for pending in waiting {
            if self.actions_in_flight.len() >= MAX_IN_FLIGHT {
                break;
            }
            let about = core.message(&pending.conversation, pending.about, cx);
            let to = &match &about {
                Some(about) => core.way_about(about, cx.now),
                None => core.way_to(&pending.conversation, cx.now),
            };
            let is_marker = matches!(pending.action, Action::Displayed { .. });
            // What was read is nothing to whoever has the home that the person left.
            if held.contains(to) || (is_marker && core.memory.is_former_home(to)) {
                continue;
            }
            let our_jid = &core.config.our_jid;
            let plain = message::action_to_element(&pending, to, about.as_ref(), our_jid, cx.now);
            let stanza = if is_marker {
                self.protect_if_known(plain, to, core, cx)
            } else {
                match self.protect(&plain, to, core, cx) {
                    Protected::Clear => plain,
                    Protected::Sealed { stanza, .. } => *stanza,
                    Protected::Held => {
                        held.insert(to.clone());
                        continue;
                    }
                }
            };
            self.actions_in_flight.insert(pending.id.clone());
            let item = Sent::Action {
                number: pending.number,
                id: pending.id,
            };
            self.send(&stanza, item, core);
            self.request_due = true;
        }
    }

    /// The server has something that we said about a message.
    pub(super) fn server_has_action(&mut self, number: u64, id: &MessageId, core: &mut Core) {
        self.actions_in_flight.remove(id);
        let pending = core.memory.pending.get(&number);
        if pending.is_some_and(|pending| pending.id == *id) {
            core.change(Change::RemovePending(number));
        }
    }
}

/// Checks a text that the user wants to send.
pub(super) fn check_text(text: &str) -> Result<(), CommandError> {
    if text.trim().is_empty() {
        return Err(CommandError::EmptyText);
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(CommandError::TextTooLong { bytes: text.len() });
    }
    Ok(())
}

/// Whether nobody has a message of ours: it has not left, or it came back.
fn is_only_here(message: &MessageRecord) -> bool {
    match &message.direction {
        Direction::Outgoing { delivery, reached } => match delivery {
            Delivery::Queued => reached.sent.is_none(),
            Delivery::Failed(_) => true,
            _ => false,
        },
        Direction::Incoming { .. } => false,
    }
}

/// The name by which the other side knows a message.
pub(super) fn name_for_others(message: &MessageRecord) -> Option<String> {
    match &message.direction {
        Direction::Outgoing { .. } => Some(message.id.as_str().to_owned()),
        Direction::Incoming { their_id, .. } => their_id.clone(),
    }
}
