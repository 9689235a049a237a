//! What the user asks for, decided and kept; the session carries it out.

use jid::BareJid;
use onym_identity::Timestamp;

use super::actions::{check_text, name_for_others};
use super::core::{Context, Core};
use crate::command::{Command, CommandError, MAX_GROUPS, MAX_NAME_BYTES, MAX_TEXT_BYTES};
use crate::delivery::{Delivery, DeliveryEvent};
use crate::event::Event;
use crate::introduction::Introduction;
use crate::reply;
use crate::store::{
    Change, Direction, Intent, IntentRecord, MessageId, MessageRecord, Position, Reply,
};

impl Core {
    pub(super) fn command(&mut self, command: Command, cx: &mut Context<'_>) {
        if let Err(error) = self.try_command(command, cx) {
            self.outbox.event(Event::CommandRefused(error));
        }
    }

    fn try_command(&mut self, command: Command, cx: &mut Context<'_>) -> Result<(), CommandError> {
        match command {
            Command::SendMessage { to, text, reply } => self.queue_message(to, text, reply, cx),
            Command::EditMessage {
                conversation,
                position,
                text,
            } => self.edit(&conversation, position, text, cx),
            Command::Retract {
                conversation,
                position,
            } => self.retract(&conversation, position, cx),
            Command::DeleteMessage {
                conversation,
                position,
            } => self.delete_message(&conversation, position, cx),
            Command::React {
                conversation,
                position,
                emojis,
            } => self.react(&conversation, position, &emojis, cx),
            Command::SetChatState {
                conversation,
                state,
            } => {
                self.we_do(&conversation, state, cx.now);
                Ok(())
            }
            Command::Configure {
                conversation,
                setting,
            } => {
                self.configure(conversation, setting);
                Ok(())
            }
            Command::SetPrivacy(privacy) => {
                self.set_privacy(privacy);
                Ok(())
            }
            Command::DeleteConversation { conversation } => {
                self.delete_conversation(conversation);
                Ok(())
            }
            Command::Resend { id } => {
                let moved = self.deliver_unsettled(&id, &DeliveryEvent::ResendAsked, cx);
                moved.then_some(()).ok_or(CommandError::NotFailed { id })
            }
            Command::DiscardFailed { id } => self.discard(id, cx),
            Command::MarkDisplayed {
                conversation,
                up_to,
            } => {
                self.mark_displayed(&conversation, up_to, cx);
                Ok(())
            }
            Command::SaveDraft { conversation, text } => self.save_draft(conversation, &text),
            Command::MakeInvite {
                ticket,
                name,
                lifetime,
            } => self.make_invite(ticket, name, lifetime, cx),
            Command::RevokeInvite { id } => self.revoke_invite(id),
            other => self.try_about_people(other, cx.now),
        }
    }

    /// What is about contacts and ourselves.
    fn try_about_people(&mut self, command: Command, now: Timestamp) -> Result<(), CommandError> {
        match command {
            Command::AddContact {
                jid,
                name,
                introduction,
            } => self.add_contact(jid, name, introduction, now),
            Command::AcceptContact { jid } => {
                self.take_request(&jid)?;
                self.decide(jid, Intent::Accept);
                Ok(())
            }
            Command::DeclineContact { jid } => {
                self.take_request(&jid)?;
                self.decide(jid, Intent::Decline);
                Ok(())
            }
            Command::RemoveContact { jid } => {
                for jid in self.expect_contacts(jid)? {
                    self.decide(jid, Intent::Remove);
                }
                Ok(())
            }
            Command::RenameContact { jid, name } => {
                check_name(name.as_deref())?;
                for jid in self.expect_contacts(jid)? {
                    let name = name.clone();
                    self.decide(jid, Intent::Rename { name });
                }
                Ok(())
            }
            Command::SetGroups { jid, groups } => self.set_groups(jid, groups),
            Command::Block { jid } => {
                let mut addresses = self.addresses_with(&jid).into_iter();
                addresses.try_for_each(|jid| self.block(jid))
            }
            Command::Unblock { jid } => {
                for jid in self.addresses_with(&jid) {
                    self.unblock(jid);
                }
                Ok(())
            }
            Command::SetOurProfile { name, avatar } => {
                self.publish_profile(name.as_deref(), avatar)
            }
            Command::SetIdle { since } => {
                self.idle_since = since;
                Ok(())
            }
            Command::SetEncryption {
                conversation,
                policy,
            } => {
                self.set_encryption(&conversation, policy);
                Ok(())
            }
            Command::WriteTo {
                conversation,
                address,
            } => self.write_to(&conversation, address),
            Command::SetProtectionChoices(choices) => {
                self.set_protection_choices(choices);
                Ok(())
            }
            Command::SetTrust {
                jid,
                device,
                key,
                verdict,
            } => self.set_trust(jid, device, key, verdict, now),
            other => self.try_about_identities(other, now),
        }
    }

    /// What is about who is behind an address.
    fn try_about_identities(
        &mut self,
        command: Command,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        match command {
            Command::VerifyIdentity {
                jid,
                identity,
                is_verified,
            } => self.verify_identity(jid, identity, is_verified, now),
            Command::IntroduceIdentity {
                jid,
                identity,
                worth,
            } => self.introduce_identity(jid, identity, worth, now),
            Command::DecideIdentity {
                jid,
                identity,
                verdict,
            } => self.decide_identity(jid, identity, verdict, now),
            Command::TakeIdentityDocument { bytes } => self.take_document(&bytes, now),
            Command::EndOurIdentity { bytes } => self.end_our_identity(&bytes, now),
            other => self.try_about_our_statement(other, now),
        }
    }

    fn queue_message(
        &mut self,
        to: BareJid,
        text: String,
        reply: Option<Position>,
        cx: &mut Context<'_>,
    ) -> Result<(), CommandError> {
        check_text(&text)?;
        let reply = reply
            .map(|position| self.reply_to(&to, position, cx))
            .transpose()?;
        let newest = self.newest(&to);
        let mut message = MessageRecord::new(
            MessageId::new(cx.new_id()),
            self.memory.next_position,
            to,
            text,
            // A clock that was set back does not put it before what is here.
            newest.map_or(cx.now, |newest| newest.max(cx.now)),
            Direction::queued(),
        );
        message.time = cx.now;
        message.reply = reply;
        self.put(&message, false);
        let conversation = message.conversation.clone();
        self.outbox.event(Event::MessageAdded(message));
        // What was written is sent now.
        self.save_draft(conversation, "")
    }

    fn reply_to(
        &self,
        conversation: &BareJid,
        position: Position,
        cx: &mut Context<'_>,
    ) -> Result<Reply, CommandError> {
        let message = self.message(conversation, position, cx);
        let message = message.ok_or(CommandError::NoSuchMessage)?;
        if message.retracted.is_some() {
            return Err(CommandError::AlreadyRetracted);
        }
        Ok(Reply {
            to_id: name_for_others(&message).ok_or(CommandError::Nameless)?,
            to: Some(position),
            quote: reply::quote_of(&message),
            by_us: !message.is_incoming(),
        })
    }

    fn discard(&mut self, id: MessageId, cx: &mut Context<'_>) -> Result<(), CommandError> {
        let failed = self
            .memory
            .unsettled
            .get(&id)
            .filter(|message| matches!(message.delivery(), Some(Delivery::Failed(_))));
        let Some(message) = failed else {
            return Err(CommandError::NotFailed { id });
        };
        let message = message.clone();
        self.remove_message(&message, cx);
        Ok(())
    }

    fn save_draft(&mut self, conversation: BareJid, text: &str) -> Result<(), CommandError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(CommandError::TextTooLong { bytes: text.len() });
        }
        let known = self.memory.conversations.get(&conversation);
        let old = known.and_then(|known| known.draft()).unwrap_or_default();
        if old != text {
            self.conversation(&conversation).set_draft(text);
            self.outbox
                .event(Event::ConversationChanged { conversation });
        }
        Ok(())
    }

    fn add_contact(
        &mut self,
        jid: BareJid,
        name: Option<String>,
        introduction: Option<Box<Introduction>>,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        if jid == self.config.our_jid {
            return Err(CommandError::OwnAddress);
        }
        check_name(name.as_deref())?;
        match introduction {
            Some(introduction) if introduction.is_move && !self.is_contact(&jid) => {
                return self.seek_move(jid, *introduction, now);
            }
            Some(introduction) => self.introduce(&jid, *introduction, now)?,
            None => {}
        }
        // To add somebody who has asked is to accept them.
        if self.take_request(&jid).is_ok() {
            self.decide(jid.clone(), Intent::Accept);
            if name.is_some() {
                self.decide(jid, Intent::Rename { name });
            }
        } else {
            self.decide(jid, Intent::Add { name });
        }
        Ok(())
    }

    fn set_groups(&mut self, jid: BareJid, groups: Vec<String>) -> Result<(), CommandError> {
        let contacts = self.expect_contacts(jid)?;
        let mut wanted: Vec<String> = Vec::new();
        for group in groups {
            let group = group.trim();
            check_name(Some(group))?;
            if !group.is_empty() && !wanted.iter().any(|known| known == group) {
                wanted.push(group.to_owned());
            }
        }
        if wanted.len() > MAX_GROUPS {
            return Err(CommandError::TooManyGroups);
        }
        for jid in contacts {
            let groups = wanted.clone();
            self.decide(jid, Intent::Group { groups });
        }
        Ok(())
    }

    fn take_request(&mut self, jid: &BareJid) -> Result<(), CommandError> {
        if !self.memory.requests.contains_key(jid) {
            return Err(CommandError::NoRequest { jid: jid.clone() });
        }
        self.change(Change::RemoveRequest(jid.clone()));
        self.outbox
            .event(Event::RequestChanged { jid: jid.clone() });
        Ok(())
    }

    /// Whether somebody is a contact, or becomes one as soon as there is a connection.
    pub(super) fn is_contact(&self, jid: &BareJid) -> bool {
        self.memory.is_joining(jid) || self.memory.contacts.contains_key(jid)
    }

    /// All contacts that are the same person as whoever is behind an address.
    fn expect_contacts(&self, jid: BareJid) -> Result<Vec<BareJid>, CommandError> {
        let contacts = self.contacts_with(&jid);
        if contacts.is_empty() {
            return Err(CommandError::NoSuchContact { jid });
        }
        Ok(contacts)
    }

    pub(super) fn decide(&mut self, jid: BareJid, intent: Intent) {
        let number = self.memory.next_intent_number();
        self.change(Change::PutIntent(IntentRecord {
            number,
            jid: jid.clone(),
            intent,
        }));
        self.outbox.event(Event::ContactChanged { jid });
    }
}

fn check_name(name: Option<&str>) -> Result<(), CommandError> {
    match name {
        Some(name) if name.len() > MAX_NAME_BYTES => Err(CommandError::NameTooLong),
        _ => Ok(()),
    }
}
