//! Invites that the user gives out: made here, honoured by our server, kept the same on both.
//!
//! ```text
//!   made --> ToPublish --> Open --> Used { by }       (our server says so)
//!                |           |                 \--> ToForget --> gone   (taken out of the list)
//!                |           \--> ToRevoke --> gone                    (taken back, or over)
//! ```

use std::collections::BTreeSet;
use std::time::Duration;

use minidom::Element;
use onym_identity::Timestamp;
use onym_identity::invite::{InviteId, InviteToken};
use onym_identity::statement::DisplayName;
use onym_stream::ns;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::iqs::Asked;
use super::session::Session;
use crate::command::CommandError;
use crate::event::Event;
use crate::pep::{self, Item};
use crate::roster::open_invites;
use crate::stanza::StanzaError;
use crate::store::{CameWith, Change, InviteRecord, InviteState};

/// How many invites of ours are kept, whatever their state: a person gives out some.
const MAX_INVITES: usize = 100;

/// The longest time for which an invite is good.
const LONGEST_LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// How long it is remembered that an invite was used or is over, for the list of them.
const REMEMBERED_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What one stream knows of the invites on our server.
#[derive(Default)]
pub(super) struct Invites {
    sight: Sight,
    under_way: BTreeSet<InviteId>,
}

/// Whether it is known what our server has.
#[derive(Default, PartialEq, Eq)]
enum Sight {
    #[default]
    Unknown,
    Asked,
    Known,
}

impl Core {
    /// Makes an invite. Our server learns of it as soon as there is a connection.
    pub(super) fn make_invite(
        &mut self,
        ticket: u64,
        name: Option<DisplayName>,
        lifetime: Duration,
        cx: &mut Context<'_>,
    ) -> Result<(), CommandError> {
        self.forget_old_invites(cx.now);
        if self.memory.invites.len() >= MAX_INVITES {
            return Err(CommandError::TooManyInvites);
        }
        let mut bytes = [0; InviteToken::RANDOM_BYTES];
        cx.rng.fill_bytes(&mut bytes);
        let token = InviteToken::from_random(&bytes);
        let record = InviteRecord {
            id: token.id(),
            made: cx.now,
            expires: cx.now + lifetime.min(LONGEST_LIFETIME),
            state: InviteState::ToPublish,
        };
        let mut invite = self.memory.invite_to_us(&self.config.our_jid);
        invite.name = name;
        invite.token = Some(token);
        let (id, expires) = (record.id, record.expires);
        self.change(Change::PutInvite(record));
        self.outbox.event(Event::InviteMade {
            ticket,
            id,
            invite: Box::new(invite),
            expires,
        });
        self.outbox.event(Event::InvitesChanged);
        Ok(())
    }

    /// Takes an invite back, or out of the list.
    pub(super) fn revoke_invite(&mut self, id: InviteId) -> Result<(), CommandError> {
        let known = self.memory.invites.get(&id).cloned();
        let mut record = known.ok_or(CommandError::NoSuchInvite)?;
        record.state = record.state.leaving();
        self.put_invite(record);
        Ok(())
    }

    fn put_invite(&mut self, record: InviteRecord) {
        if self.memory.invites.get(&record.id) != Some(&record) {
            self.change(Change::PutInvite(record));
            self.outbox.event(Event::InvitesChanged);
        }
    }

    fn drop_invite(&mut self, id: InviteId) {
        if self.memory.invites.contains_key(&id) {
            self.change(Change::RemoveInvite(id));
            self.outbox.event(Event::InvitesChanged);
        }
    }

    /// What has been used or over for long is taken from our server, too.
    fn forget_old_invites(&mut self, now: Timestamp) {
        let is_old = |it: &&InviteRecord| {
            let over = match it.state {
                InviteState::ToPublish | InviteState::Open => it.expires,
                InviteState::Used { at, .. } => at,
                InviteState::ToRevoke | InviteState::ToForget => return false,
            };
            now.saturating_since(over) > REMEMBERED_FOR
        };
        let old = self.memory.invites.values().filter(is_old);
        let old: Vec<InviteRecord> = old.cloned().collect();
        for mut record in old {
            record.state = record.state.leaving();
            self.put_invite(record);
        }
    }

    /// An invite as our server has it. What was taken back here stays so, unless somebody was faster.
    fn take_invite(&mut self, theirs: InviteRecord) {
        let ours = self.memory.invites.get(&theirs.id).map(|it| &it.state);
        let is_full = self.memory.invites.len() >= MAX_INVITES;
        match (ours, &theirs.state) {
            (Some(InviteState::Used { .. } | InviteState::ToForget), _)
            | (Some(InviteState::ToRevoke), InviteState::Open) => {
                return;
            }
            (None, _) if is_full => return,
            _ => {}
        }
        if let InviteState::Used { by, at } = &theirs.state {
            let came_with = CameWith {
                made: theirs.made,
                used: *at,
            };
            self.came_with(by, came_with);
        }
        self.put_invite(theirs);
    }
}

impl Session {
    /// Looks at what our server has, and tells it what it does not have.
    pub(super) fn keep_our_invites(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.abilities.are_known {
            return;
        }
        if !self.abilities.invites {
            return refuse_unpublished(core);
        }
        match self.invites.sight {
            Sight::Unknown => {
                self.invites.sight = Sight::Asked;
                let query = pep::get(ns::INVITES, None);
                self.ask("get", query, Asked::OurInvites, Sent::Other, core, cx);
            }
            Sight::Asked => {}
            Sight::Known => self.tell_our_invites(core, cx),
        }
    }

    fn tell_our_invites(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let under_way = &self.invites.under_way;
        let news = core.memory.invites.values().filter(|invite| {
            let is_news = invite.state == InviteState::ToPublish || invite.state.is_leaving();
            is_news && !under_way.contains(&invite.id)
        });
        let news: Vec<InviteRecord> = news.cloned().collect();
        for invite in news {
            self.invites.under_way.insert(invite.id);
            if invite.state.is_leaving() {
                let query = pep::retract(ns::INVITES, &invite.id.to_string());
                let asked = Asked::RevokeInvite { id: invite.id };
                self.ask("set", query, asked, Sent::Other, core, cx);
            } else {
                self.publish_invite(&invite, true, core, cx);
            }
        }
    }

    fn publish_invite(
        &mut self,
        invite: &InviteRecord,
        may_configure: bool,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let asked = Asked::PublishInvite {
            id: invite.id,
            may_configure,
        };
        let query = open_invites::publish(invite);
        self.ask("set", query, asked, Sent::Other, core, cx);
    }

    /// What our server has, or with `None` an answer that will not come.
    pub(super) fn our_invites_came(
        &mut self,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.invites.sight = Sight::Known;
        let Some(answer) = answer else {
            return;
        };
        let condition =
            (answer.attr("type") == Some("error")).then(|| StanzaError::of(answer).condition);
        if condition.is_some_and(|condition| condition != "item-not-found") {
            return;
        }
        let items = pep::items(answer, ns::INVITES);
        let theirs: Vec<InviteRecord> = items.iter().filter_map(open_invites::read).collect();
        let has = |id: &InviteId| theirs.iter().any(|it| it.id == *id);
        // Another client of ours has taken these back.
        let gone = core.memory.invites.values().filter(|invite| {
            let was_there = matches!(invite.state, InviteState::Open | InviteState::Used { .. });
            was_there && !has(&invite.id)
        });
        let gone: Vec<InviteId> = gone.map(|invite| invite.id).collect();
        gone.into_iter().for_each(|id| core.drop_invite(id));
        theirs.into_iter().for_each(|it| core.take_invite(it));
        core.forget_old_invites(cx.now);
    }

    /// News of our invites.
    pub(super) fn invites_announced(&mut self, items: &[Item<'_>], core: &mut Core) {
        let invites = items.iter().filter_map(open_invites::read);
        invites.for_each(|it| core.take_invite(it));
    }

    /// Our server took an invite, or refused it.
    pub(super) fn invite_published(
        &mut self,
        id: InviteId,
        may_configure: bool,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.invites.under_way.remove(&id);
        let Some(mut invite) = core.memory.invites.get(&id).cloned() else {
            return;
        };
        if invite.state != InviteState::ToPublish {
            return;
        }
        let Some(answer) = answer else {
            return;
        };
        if answer.attr("type") != Some("error") {
            invite.state = InviteState::Open;
            return core.put_invite(invite);
        }
        if may_configure && pep::is_kept_otherwise(answer) {
            let configuration = pep::configure(ns::INVITES, open_invites::OPTIONS);
            self.ask("set", configuration, Asked::Ping, Sent::Other, core, cx);
            self.invites.under_way.insert(id);
            return self.publish_invite(&invite, false, core, cx);
        }
        core.drop_invite(id);
        let refusal = CommandError::InviteNotKept;
        core.outbox.event(Event::CommandRefused(refusal));
    }

    /// Our server forgot an invite, or never had it.
    pub(super) fn invite_revoked(
        &mut self,
        id: InviteId,
        answer: Option<&Element>,
        core: &mut Core,
    ) {
        let is_error = answer.is_none_or(|answer| answer.attr("type") == Some("error"));
        let condition = answer.map(|answer| StanzaError::of(answer).condition);
        let is_gone = !is_error || condition.as_deref() == Some("item-not-found");
        // What stays under way is tried again over the next stream.
        if is_gone {
            self.invites.under_way.remove(&id);
            core.drop_invite(id);
        }
    }
}

/// Our server lets nobody in by a token.
fn refuse_unpublished(core: &mut Core) {
    let invites: Vec<InviteId> = core.memory.invites.keys().copied().collect();
    if invites.is_empty() {
        return;
    }
    invites.into_iter().for_each(|id| core.drop_invite(id));
    let refusal = CommandError::InviteNotKept;
    core.outbox.event(Event::CommandRefused(refusal));
}
