//! From the engine's state and a page of messages to what the window shows.

mod conversation;
mod person;
mod protection;
mod stranger;
mod ways;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jid::BareJid;
use onym_identity::Timestamp;

pub use conversation::OpenConversation;

use super::words;
use super::{
    ConnectionView, ContactView, DirectionView, EndpointState, EndpointView, LastMessageView,
    LocalTime, MuteView, OurEndView, PresenceState, PresenceView, RequestView, SearchView,
    Stranger, TimeZone, TorView, TypingView, ViewModel,
};
use crate::connection::ConnectionStatus;
use crate::conversation::settings::Muted;
use crate::conversation::{Conversation, Preview};
use crate::engine::Ways;
use crate::presence::{Presences, Show};
use crate::protection::Hold;
use crate::roster::intent::with_decided;
use crate::store::{Intent, Snapshot};

/// What the runtime knows and the engine does not.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The time.
    pub now: Timestamp,
    /// The user's time zone.
    pub zone: &'a dyn TimeZone,
    /// What Tor is doing.
    pub tor: Option<&'a TorView>,
    /// How the endpoint of somebody is reached.
    pub endpoint: &'a dyn Fn(&BareJid) -> Option<EndpointView>,
    /// The open conversation.
    pub open: Option<OpenConversation<'a>>,
    /// What was searched.
    pub search: Option<&'a SearchView>,
    /// Whose page is open.
    pub person: Option<&'a BareJid>,
    /// Who was asked who they are.
    pub stranger: Option<&'a Stranger>,
    /// The address that our endpoint is at from its next start on, if a move was announced.
    pub next_address: Option<&'a BareJid>,
}

impl<'a> Surroundings<'a> {
    /// Nothing but the time.
    pub fn at(now: Timestamp, zone: &'a dyn TimeZone) -> Self {
        Self {
            now,
            zone,
            tor: None,
            endpoint: &|_| None,
            open: None,
            search: None,
            person: None,
            stranger: None,
            next_address: None,
        }
    }
}

/// What a view model is made from.
#[derive(Clone, Copy)]
pub struct BuildInput<'a> {
    /// Our address.
    pub our_jid: &'a BareJid,
    /// The addresses that our endpoint has left, the last one last.
    pub former: &'a [BareJid],
    /// What the engine remembers.
    pub memory: &'a Snapshot,
    /// Who is there.
    pub presences: &'a Presences,
    /// Who is writing to us.
    pub typing: &'a dyn Fn(&BareJid) -> TypingView,
    /// The addresses of somebody who has several.
    pub ways: &'a dyn Fn(&BareJid) -> Option<Ways>,
    /// Why messages to somebody wait for their protection.
    pub hold: &'a dyn Fn(&BareJid) -> Option<Hold>,
    /// The connection to our server.
    pub connection: &'a ConnectionStatus,
    /// What the runtime knows.
    pub around: Surroundings<'a>,
}

/// Builds the view model.
pub fn build(input: &BuildInput<'_>) -> ViewModel {
    let state = input.connection.state();
    let around = &input.around;
    let account = &input.memory.account;
    ViewModel {
        now: around.now,
        local_now: LocalTime::new(around.now, around.zone),
        connection: ConnectionView {
            state,
            words: input.connection.words(around.now),
            next_try: input.connection.next_try(),
            trouble: input.connection.trouble().cloned(),
            tor: around.tor.cloned(),
            can_retry: words::can_retry(state),
        },
        our_jid: input.our_jid.to_string(),
        our_name: account.profile.name.clone(),
        our_avatar: account.profile.avatar.clone(),
        contacts: contacts(input),
        conversation: around
            .open
            .map(|open| conversation::conversation(input, &open)),
        search: around.search.cloned(),
        blocked: account.blocked.iter().map(ToString::to_string).collect(),
        our_devices: protection::our_devices(input),
        our_end: OurEndView::of(input.our_jid, input.memory),
        person: around.person.map(|jid| person::person(input, jid)),
        stranger: around.stranger.map(|it| stranger::stranger(input, it)),
    }
}

/// Requests first, then pinned conversations, then the newest conversation first, then the rest by
/// name.
fn contacts(input: &BuildInput<'_>) -> Vec<ContactView> {
    let memory = input.memory;
    let mut jids: BTreeSet<&BareJid> = memory.contacts.keys().collect();
    jids.extend(memory.conversations.keys());
    jids.extend(memory.intents.values().filter_map(|record| {
        let joins = matches!(
            record.intent,
            Intent::Add { .. } | Intent::Accept | Intent::Follow { .. }
        );
        joins.then_some(&record.jid)
    }));
    jids.extend(input.around.open.map(|open| open.jid));
    // One row for each person; what somebody asks from another address is answered there.
    let mut jids: BTreeSet<BareJid> = jids.into_iter().map(|jid| memory.home_of(jid)).collect();
    jids.extend(memory.requests.keys().cloned());
    let mut rows: Vec<ContactView> = jids.iter().map(|jid| contact(input, jid)).collect();
    rows.sort_by_cached_key(|row| {
        let newest = row.last_message.as_ref().map(|last| last.time);
        let asks = matches!(row.request, RequestView::Incoming { .. });
        (
            Reverse(asks),
            Reverse(row.is_pinned),
            Reverse(newest),
            row.name.to_lowercase(),
            row.jid.clone(),
        )
    });
    rows
}

/// The name to show for somebody, safe to draw on one line.
pub fn name_of(memory: &Snapshot, jid: &BareJid) -> String {
    let known = Known::of_person(memory, jid);
    words::display_name(jid, known.shown_name())
}

/// What the user decided about somebody, also while our server does not know of it, and what they
/// say about themselves.
struct Known<'a> {
    given_name: Option<&'a str>,
    their_name: Option<String>,
    is_contact: bool,
    /// Whether we have asked them and wait.
    asked: bool,
}

impl<'a> Known<'a> {
    fn new(memory: &'a Snapshot, jid: &BareJid) -> Self {
        let record = memory.contacts.get(jid);
        let their_name = memory
            .profiles
            .get(jid)
            .and_then(|profile| profile.name.as_deref())
            .map(words::one_line)
            .filter(|name| !name.is_empty());
        let mut known = Self {
            given_name: record.and_then(|record| record.name.as_deref()),
            their_name,
            is_contact: record.is_some(),
            asked: record.is_some_and(|record| record.asked),
        };
        for intent in memory.intents.values().filter(|record| record.jid == *jid) {
            match &intent.intent {
                Intent::Add { name } => {
                    known.is_contact = true;
                    known.asked |= !record.is_some_and(|record| record.subscription.we_see_them());
                    known.given_name = name.as_deref().or(known.given_name);
                }
                Intent::Follow { name, .. } => {
                    known.is_contact = true;
                    known.given_name = name.as_deref();
                }
                Intent::Accept => known.is_contact = true,
                Intent::Rename { name } => known.given_name = name.as_deref(),
                Intent::Remove => {
                    known.is_contact = false;
                    known.asked = false;
                    known.given_name = None;
                }
                _ => {}
            }
        }
        known
    }

    /// Of whoever is behind an address: as the contact that it is, or else another one of theirs.
    fn of_person(memory: &'a Snapshot, jid: &BareJid) -> Self {
        let known = Self::new(memory, jid);
        if known.is_contact {
            return known;
        }
        let others = memory.addresses_with(jid);
        let mut others = others.iter().map(|other| Self::new(memory, other));
        others.find(|it| it.is_contact).unwrap_or(known)
    }

    /// A name that somebody gave themselves stands for a contact only; a stranger shows their key.
    fn shown_name(&self) -> Option<&str> {
        let theirs = self.their_name.as_deref().filter(|_| self.is_contact);
        self.given_name.or(theirs)
    }
}

/// What is known of somebody's presence. Who said that they are there and cannot be reached since
/// is not shown as there.
fn presence(
    input: &BuildInput<'_>,
    jid: &BareJid,
    endpoint: Option<&EndpointView>,
) -> PresenceView {
    let record = input.memory.contacts.get(jid);
    let visible = input.connection.is_online()
        && record.is_some_and(|record| record.subscription.we_see_them());
    let is_lost = endpoint.is_some_and(|endpoint| endpoint.state == EndpointState::Waiting);
    let best = input.presences.best(jid).filter(|_| !is_lost);
    let mut view = words::presence(best, visible);
    view.since = match best {
        Some(best) if best.show <= Show::Available => input.presences.available_since(jid),
        Some(best) => best.idle_since,
        None => None,
    };
    let profile = input.memory.profiles.get(jid);
    if best.is_none() {
        view.last_seen = profile.and_then(|profile| profile.last_seen);
    }
    view
}

/// Where somebody is most there, and how.
fn best_presence(input: &BuildInput<'_>, addresses: &[BareJid]) -> (Option<BareJid>, PresenceView) {
    let presences = addresses.iter().map(|jid| {
        let endpoint = (input.around.endpoint)(jid);
        let is_lost = endpoint
            .as_ref()
            .is_some_and(|endpoint| endpoint.state == EndpointState::Waiting);
        let show = input.presences.best(jid).filter(|_| !is_lost);
        let view = presence(input, jid, endpoint.as_ref());
        let rank = (
            show.is_none(),
            show.map(|it| it.show),
            view.state == PresenceState::Unknown,
        );
        (rank, jid, view)
    });
    let best = presences.min_by_key(|(rank, ..)| *rank);
    best.map_or_else(
        || (None, PresenceView::default()),
        |(_, jid, view)| (Some(jid.clone()), view),
    )
}

fn contact(input: &BuildInput<'_>, jid: &BareJid) -> ContactView {
    let memory = input.memory;
    let addresses = memory.addresses_with(jid);
    let contacts = &memory.contacts;
    let record = addresses.iter().find_map(|jid| contacts.get(jid));
    let known = Known::of_person(memory, jid);
    let request = match memory.requests.get(jid) {
        Some(request) => RequestView::Incoming {
            text: request.text.as_deref().map(words::one_line),
        },
        None if known.asked => RequestView::Outgoing,
        None => RequestView::None,
    };
    let conversation = memory.conversations.get(jid);
    let mut profiles = addresses.iter().filter_map(|jid| memory.profiles.get(jid));
    let typing = (input.typing)(jid);
    let way = (input.ways)(jid).map(|ways| ways.route.to);
    let endpoint = (input.around.endpoint)(way.as_ref().unwrap_or(jid));
    let (there, presence) = best_presence(input, &addresses);
    let mut view = ContactView {
        jid: jid.to_string(),
        name: words::display_name(jid, known.shown_name()),
        avatar: profiles.find_map(|profile| profile.avatar.clone()),
        presence,
        presence_at: there.filter(|it| it != jid).map(|it| it.to_string()),
        endpoint,
        is_typing: typing == TypingView::Composing,
        request,
        is_contact: known.is_contact,
        is_ourselves: jid == input.our_jid,
        groups: record
            .map(|record| with_decided(record, memory.intents.values()).groups)
            .unwrap_or_default(),
        is_blocked: memory.account.blocked.contains(jid),
        is_verified: addresses.iter().any(|jid| memory.is_verified_at(jid)),
        ..ContactView::default()
    };
    view.their_name = known.their_name.filter(|name| *name != view.name);
    if let Some(conversation) = conversation {
        add_conversation(&mut view, input, conversation);
    }
    view
}

fn add_conversation(view: &mut ContactView, input: &BuildInput<'_>, conversation: &Conversation) {
    let settings = conversation.settings();
    view.unread = conversation.unread();
    view.last_message = conversation
        .last()
        .map(|preview| last_message(input, preview));
    view.draft = conversation.draft().map(str::to_owned);
    view.is_pinned = settings.is_pinned;
    view.is_archived = settings.is_archived;
    view.mute = match settings.muted {
        Muted::Until(until) if until > input.around.now => {
            MuteView::Until(LocalTime::new(until, input.around.zone))
        }
        Muted::No | Muted::Until(_) => MuteView::No,
        Muted::Always => MuteView::Forever,
    };
}

fn last_message(input: &BuildInput<'_>, preview: &Preview) -> LastMessageView {
    let zone = input.around.zone;
    let local = LocalTime::new(preview.time, zone);
    LastMessageView {
        preview: words::one_line(&preview.text),
        direction: match &preview.delivery {
            Some(_) => DirectionView::Outgoing,
            None => DirectionView::Incoming,
        },
        time: preview.time,
        local,
        time_words: words::short_time(local, LocalTime::new(input.around.now, zone)),
        delivery: preview
            .delivery
            .as_ref()
            .map(|it| words::delivery(it, None)),
        is_retracted: preview.is_retracted,
    }
}
