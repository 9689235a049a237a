//! What contacts say about themselves: names and pictures, and when they were last there.
//!
//! Only those whose presence we may see are listened to, so that a stranger can neither fill our
//! disk nor learn, from a fetch, that we are there.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::ns;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::iqs::{Asked, Whom};
use super::session::Session;
use crate::avatar::{self, Announcement, AvatarHash, ImageKind};
use crate::event::Event;
use crate::omemo::device_list;
use crate::pep::Item;
use crate::stanza::Sender;
use crate::store::{AvatarRecord, Change, ProfileRecord};
use crate::vcard::{self, PhotoHash};
use crate::{nickname, pep, published_statement};

/// How many pictures are fetched at a time: each may be 128 KiB over Tor.
const MAX_UNDER_WAY: usize = 4;

/// How many pictures wait to be fetched. What is dropped is announced again at the next login.
const MAX_WAITING: usize = 1_000;

/// How many pictures of one contact are fetched in one session, so that nobody can make us fetch
/// without end.
const MAX_TRIED_OF_ONE: usize = 20;

/// How much later a contact has to be seen for it to be kept: the screen shows minutes.
const SEEN_STEP: Duration = Duration::from_secs(60);

/// How many pictures are remembered as tried in one session.
const MAX_TRIED: usize = 10_000;

/// The pictures that this session fetches.
#[derive(Default)]
pub(super) struct Profiles {
    waiting: VecDeque<Fetch>,
    under_way: usize,
    /// What was asked for in this session; a picture that did not come is not asked for again.
    tried: BTreeSet<(BareJid, AvatarHash)>,
    /// Those whose picture is announced over PEP; their cards are older or the same.
    announced: BTreeSet<BareJid>,
}

/// A picture to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetch {
    jid: BareJid,
    hash: AvatarHash,
    from: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Pep,
    Card,
}

impl Session {
    /// Takes news of what somebody has published.
    pub(super) fn event(&mut self, stanza: &Element, core: &mut Core, cx: &mut Context<'_>) {
        let our_jid = &core.config.our_jid;
        let Some(sender) = Sender::of(stanza).filter(|sender| sender.resource().is_none()) else {
            return;
        };
        let jid = sender.bare(our_jid);
        let is_ours = jid == *our_jid;
        let Some(event) = pep::event(stanza) else {
            return;
        };
        if let Some(dialect) = device_list::dialect_of(event.node) {
            // Whom we write to may also be nobody whose presence we see.
            if is_ours || core.sees(&jid) || core.memory.protection.contains_key(&jid) {
                self.device_list_announced(&jid, dialect, &event.items, core, cx);
            }
            return;
        }
        if !is_ours && !core.sees(&jid) {
            return;
        }
        self.news(&jid, event.node, &event.items, core, cx);
    }

    /// What somebody has published in one node.
    pub(super) fn news(
        &mut self,
        jid: &BareJid,
        node: &str,
        items: &[Item<'_>],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let is_ours = *jid == core.config.our_jid;
        match node {
            // XEP-0490, section 3: nobody else can say what our clients have shown.
            ns::DISPLAYED_SYNC if is_ours => self.displayed_elsewhere(items, core, cx),
            ns::INVITES if is_ours => self.invites_announced(items, core),
            ns::NICKNAME => {
                if let Some(name) = items.iter().find_map(|it| nickname::read(it.payload)) {
                    core.set_name(jid, name, cx.now);
                }
            }
            ns::AVATAR_METADATA => {
                let announcement = items
                    .iter()
                    .find_map(|item| avatar::announcement(item.payload));
                self.avatar_announced(jid.clone(), announcement, core, cx);
            }
            published_statement::NODE => self.statement_published(jid, items, core, cx),
            _ => {}
        }
    }

    /// Asks a contact's account what they say about themselves.
    pub(super) fn ask_profile(&mut self, jid: &BareJid, core: &mut Core, cx: &mut Context<'_>) {
        if !core.sees(jid) {
            return;
        }
        for node in [ns::NICKNAME, ns::AVATAR_METADATA] {
            let whom = Whom::Account(jid.clone());
            let jid = jid.clone();
            let asked = Asked::Node { jid, node };
            self.ask_of(
                whom,
                "get",
                pep::get(node, None),
                asked,
                Sent::Other,
                core,
                cx,
            );
        }
    }

    fn avatar_announced(
        &mut self,
        jid: BareJid,
        announcement: Option<Announcement>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        match announcement {
            Some(Announcement::Image(hash)) => {
                self.profiles.announced.insert(jid.clone());
                let from = Source::Pep;
                self.want(Fetch { jid, hash, from }, core, cx);
            }
            Some(Announcement::Nothing) => {
                self.profiles.announced.insert(jid.clone());
                core.set_avatar(&jid, None, cx.now);
            }
            Some(Announcement::Unsuitable) | None => {}
        }
    }

    /// The presence of a contact may say which photo their card has.
    pub(super) fn photo_announced(
        &mut self,
        presence: &Element,
        jid: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        if !core.sees(jid) || self.profiles.announced.contains(jid) {
            return;
        }
        match vcard::photo_hash(presence) {
            Some(PhotoHash::Photo(hash)) => {
                let (jid, from) = (jid.clone(), Source::Card);
                self.want(Fetch { jid, hash, from }, core, cx);
            }
            // Another client of theirs may know better.
            Some(PhotoHash::Nothing) if core.presences.clients(jid) == 1 => {
                core.set_avatar(jid, None, cx.now);
            }
            Some(PhotoHash::Nothing) | None => {}
        }
    }

    fn want(&mut self, fetch: Fetch, core: &mut Core, cx: &mut Context<'_>) {
        let hex = fetch.hash.to_hex();
        if core.avatar_of(&fetch.jid) == Some(&hex) {
            return;
        }
        let tried = &mut self.profiles.tried;
        let of_one = tried.iter().filter(|(jid, _)| *jid == fetch.jid).count();
        let may_try = tried.len() < MAX_TRIED && of_one < MAX_TRIED_OF_ONE;
        if !may_try || !tried.insert((fetch.jid.clone(), fetch.hash)) {
            return;
        }
        if self.profiles.waiting.len() < MAX_WAITING {
            self.profiles.waiting.push_back(fetch);
            self.fetch_next(core, cx);
        }
    }

    fn fetch_next(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        while self.profiles.under_way < MAX_UNDER_WAY {
            let Some(fetch) = self.profiles.waiting.pop_front() else {
                return;
            };
            let query = match fetch.from {
                Source::Pep => pep::get(ns::AVATAR_DATA, Some(&fetch.hash.to_hex())),
                Source::Card => vcard::get(),
            };
            self.profiles.under_way = self.profiles.under_way.saturating_add(1);
            let whom = Whom::Account(fetch.jid.clone());
            let asked = Asked::Avatar(fetch);
            self.ask_of(whom, "get", query, asked, Sent::Other, core, cx);
        }
    }

    /// A picture came, or with `None` will not come.
    pub(super) fn avatar_came(
        &mut self,
        fetch: &Fetch,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.profiles.under_way = self.profiles.under_way.saturating_sub(1);
        let (jid, hash) = (&fetch.jid, fetch.hash);
        // They may have left the roster meanwhile.
        let may_keep = core.sees(jid) || *jid == core.config.our_jid;
        if let Some(answer) = answer.filter(|_| may_keep) {
            match fetch.from {
                Source::Pep => {
                    let items = pep::items(answer, ns::AVATAR_DATA);
                    let bytes = items.iter().find_map(|it| avatar::image(it.payload, hash));
                    core.keep_avatar(jid, hash, bytes, cx.now);
                }
                Source::Card => {
                    let card = answer.get_child("vCard", ns::VCARD_TEMP);
                    if let Some(card) = card {
                        self.card_seen(jid, card, core, cx);
                    }
                    if let Some(card) = card.and_then(|card| vcard::read(card, Some(hash))) {
                        if card.name.is_some() && core.name_of(jid).is_none() {
                            core.set_name(jid, card.name, cx.now);
                        }
                        core.keep_avatar(jid, hash, card.photo, cx.now);
                    }
                }
            }
        }
        self.fetch_next(core, cx);
    }
}

impl Core {
    /// Whether somebody is a contact whose presence we may see.
    pub(super) fn sees(&self, jid: &BareJid) -> bool {
        let contact = self.memory.contacts.get(jid);
        contact.is_some_and(|contact| contact.subscription.we_see_them())
    }

    fn avatar_of(&self, jid: &BareJid) -> Option<&String> {
        if *jid == self.config.our_jid {
            return self.memory.account.profile.avatar.as_ref();
        }
        self.memory.profiles.get(jid)?.avatar.as_ref()
    }

    fn name_of(&self, jid: &BareJid) -> Option<&String> {
        self.memory.profiles.get(jid)?.name.as_ref()
    }

    /// Changes a profile, and keeps it if that changed anything.
    fn change_profile(
        &mut self,
        jid: &BareJid,
        now: Timestamp,
        change: impl FnOnce(&mut ProfileRecord),
    ) {
        let old = self.memory.profiles.get(jid);
        let mut profile = old.cloned().unwrap_or_else(|| ProfileRecord {
            jid: jid.clone(),
            name: None,
            avatar: None,
            fetched: now,
            last_seen: None,
        });
        change(&mut profile);
        if old != Some(&profile) {
            self.change(Change::PutProfile(profile));
            self.outbox
                .event(Event::ProfileChanged { jid: jid.clone() });
        }
    }

    fn set_name(&mut self, jid: &BareJid, name: Option<String>, now: Timestamp) {
        if *jid == self.config.our_jid {
            let mut profile = self.memory.account.profile.clone();
            profile.name = name;
            return self.set_our_profile(profile);
        }
        self.change_profile(jid, now, |profile| {
            if profile.name != name {
                profile.name = name;
                profile.fetched = now;
            }
        });
    }

    /// Keeps a picture that came. Nothing is known better if it did not.
    fn keep_avatar(
        &mut self,
        jid: &BareJid,
        hash: AvatarHash,
        bytes: Option<Vec<u8>>,
        now: Timestamp,
    ) {
        if let Some(bytes) = bytes
            && let Some(record) = avatar_record(hash, bytes)
        {
            self.change(Change::PutAvatar(record));
            self.set_avatar(jid, Some(hash), now);
        }
    }

    fn set_avatar(&mut self, jid: &BareJid, hash: Option<AvatarHash>, now: Timestamp) {
        let old = self.avatar_of(jid).cloned();
        let new = hash.map(AvatarHash::to_hex);
        if old == new {
            return;
        }
        if *jid == self.config.our_jid {
            let mut profile = self.memory.account.profile.clone();
            profile.avatar = new;
            self.set_our_profile(profile);
        } else {
            self.change_profile(jid, now, |profile| {
                profile.avatar = new;
                profile.fetched = now;
            });
        }
        if let Some(old) = old {
            self.drop_unused_avatar(old);
        }
    }

    /// Removes a picture that nobody has any more.
    pub(super) fn drop_unused_avatar(&mut self, hash: String) {
        let profiles = self.memory.profiles.values();
        let ours = self.memory.account.profile.avatar.as_ref();
        let mut used = profiles
            .filter_map(|profile| profile.avatar.as_ref())
            .chain(ours);
        if !used.any(|used| *used == hash) {
            self.change(Change::RemoveAvatar(hash));
        }
    }

    /// A contact was there at this time.
    pub(super) fn note_seen(&mut self, jid: &BareJid, at: Timestamp, now: Timestamp) {
        if self.memory.contacts.contains_key(jid) {
            let at = at.min(now);
            self.change_profile(jid, now, |profile| {
                if profile.last_seen.is_none_or(|seen| seen + SEEN_STEP <= at) {
                    profile.last_seen = Some(at);
                }
            });
        }
    }

    /// The connection is lost: everybody who was there was last seen now.
    pub(super) fn note_all_seen(&mut self, now: Timestamp) {
        for jid in self.presences.available() {
            self.note_seen(&jid, now, now);
        }
    }
}

/// The record of a picture, if its bytes are one that may be kept.
pub(super) fn avatar_record(hash: AvatarHash, bytes: Vec<u8>) -> Option<AvatarRecord> {
    Some(AvatarRecord {
        hash: hash.to_hex(),
        media_type: ImageKind::of(&bytes)?.media_type().to_owned(),
        bytes,
    })
}
