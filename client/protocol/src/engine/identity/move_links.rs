//! Links that lead to the new address of a contact: what they say counts for nothing until the account
//! there publishes what the contact has signed. Then the contact is followed as one who asks from there.

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;

use super::super::core::{Context, Core};
use super::super::session::Session;
use super::following::says_that_nothing_is_there;
use crate::command::CommandError;
use crate::event::Event;
use crate::identities::MoveRefusal;
use crate::introduction::Introduction;
use crate::stanza::StanzaError;
use crate::store::{ContactRecord, NotFollowed};

/// A link that the user has opened, until its address has answered.
pub(in crate::engine) struct SoughtMove {
    introduction: Introduction,
    is_asked: bool,
}

impl Session {
    /// Asks the addresses of links for their statements.
    pub(in crate::engine) fn seek_moves(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let mut due = Vec::new();
        for (jid, sought) in core.sought_moves.iter_mut().filter(|(_, it)| !it.is_asked) {
            sought.is_asked = true;
            due.push((jid.clone(), sought.introduction.identity));
        }
        for (jid, whose) in due {
            if let Some(whose) = whose {
                // Nothing of another identity is taken from there.
                self.statements.claimed.entry(jid.clone()).or_insert(whose);
            }
            core.cards_asked.remove(&jid);
            self.statements.asked.insert(jid.clone());
            self.statements.under_way = self.statements.under_way.saturating_add(1);
            self.ask_for_statement(jid, core, cx);
        }
    }
}

impl Core {
    /// The user has opened a link to the new address of a contact. It is followed at once if it is proven
    /// already, and otherwise once the account there has answered.
    pub(in crate::engine) fn seek_move(
        &mut self,
        jid: BareJid,
        introduction: Introduction,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let memory = &self.memory;
        let refusal = match introduction.identity {
            None => Some(MoveRefusal::NamesNobody),
            Some(whose) if memory.is_kept_away(&whose) => Some(MoveRefusal::Blocked),
            Some(whose) => {
                let mut contacts = memory.contacts_of(&whose);
                let is_one = contacts.any(|it| it.subscription.they_see_us());
                (!is_one).then_some(MoveRefusal::NoContact)
            }
        };
        if let Some(why) = refusal {
            return Err(CommandError::MoveRefused { jid, why });
        }
        if self.memory.person_at(&jid) == introduction.identity.as_ref() {
            return self.follow_link(jid, introduction, true, now);
        }
        let sought = SoughtMove {
            introduction,
            is_asked: false,
        };
        self.sought_moves.insert(jid, sought);
        Ok(())
    }

    /// The address of a link has answered, or will not answer.
    pub(super) fn link_looked_into(
        &mut self,
        jid: &BareJid,
        answer: Option<&Element>,
        now: Timestamp,
    ) {
        let Some(sought) = self.sought_moves.remove(jid) else {
            return;
        };
        let has_answered = answer.is_some_and(|answer| {
            answer.attr("type") != Some("error")
                || says_that_nothing_is_there(&StanzaError::of(answer).condition)
        });
        let followed = self.follow_link(jid.clone(), sought.introduction, has_answered, now);
        if let Err(error) = followed {
            self.outbox.event(Event::CommandRefused(error));
        }
    }

    /// There is no connection over which an address could answer.
    pub(in crate::engine) fn refuse_sought_moves(&mut self) {
        for (jid, sought) in std::mem::take(&mut self.sought_moves) {
            let refusal = match sought.is_asked {
                true => CommandError::MoveRefused {
                    jid,
                    why: MoveRefusal::NoAnswer,
                },
                false => CommandError::NotConnected,
            };
            self.outbox.event(Event::CommandRefused(refusal));
        }
    }

    fn follow_link(
        &mut self,
        jid: BareJid,
        introduction: Introduction,
        has_answered: bool,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let from = match self.proven_by(&jid, &introduction, has_answered, now) {
            Ok(from) => from,
            Err(why) => return Err(CommandError::MoveRefused { jid, why }),
        };
        self.introduce(&jid, introduction, now)?;
        // They may have asked meanwhile.
        if !self.follow_request(&jid, now) && !self.is_contact(&jid) {
            self.follow(&from, jid, false, now);
        }
        Ok(())
    }

    /// The contact whose new address it is, as what is known by now proves.
    fn proven_by(
        &self,
        jid: &BareJid,
        introduction: &Introduction,
        has_answered: bool,
        now: Timestamp,
    ) -> Result<ContactRecord, MoveRefusal> {
        let whose = introduction.identity.ok_or(MoveRefusal::NamesNobody)?;
        match self.memory.person_at(jid) {
            Some(person) if *person == whose => {}
            Some(_) => return Err(MoveRefusal::OtherIdentity),
            None if has_answered => return Err(MoveRefusal::NotProven),
            None => return Err(MoveRefusal::NoAnswer),
        }
        let least = introduction.clone().taken(now).least_serial_of(&whose);
        let known = self.memory.identities.get(jid);
        let latest = known.and_then(|it| it.followed.latest());
        if least > latest.map(|it| it.serial) {
            return Err(MoveRefusal::NotProven);
        }
        let from = self.memory.asks_as(jid).map_err(|why| match why {
            NotFollowed::NotProven => MoveRefusal::NotProven,
            NotFollowed::NoContact => MoveRefusal::NoContact,
            NotFollowed::Blocked => MoveRefusal::Blocked,
        })?;
        Ok(from.clone())
    }
}
