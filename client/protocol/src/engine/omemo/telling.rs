//! What the user decided about keys, told to the devices that are to hear of it.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use minidom::Element;
use onym_stream::{Attributes, ns};

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::session::Session;
use super::SessionName;
use super::audience::{Member, Place};
use super::trusting::rule_of;
use crate::omemo::{Bundle, Dialect, IdentityKey};
use crate::sce::Envelope;
use crate::store::{DeviceRecord, EncryptionPolicy, UntoldWord};
use crate::trust::{DeviceWord, Trust, TrustRule};
use crate::trust_messages::{self, MAX_KEYS_WRITTEN, TrustWord};

/// What this stream has told and our server has not acknowledged.
#[derive(Default)]
pub(super) struct Tellings(BTreeSet<(BareJid, UntoldWord)>);

/// Who hears something.
enum Listeners {
    /// These devices.
    Devices(Vec<Member>),
    /// Those whose keys have to come first, or that their account may list again.
    Awaited,
    /// Nobody any more.
    Nobody,
}

impl Session {
    /// Tells the authenticated devices of everybody what waits to be told.
    pub(super) fn tell_trust_words(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.omemo.keys_are_published() || !self.has_caught_up() {
            return;
        }
        let waiting = core.memory.trust_words.values();
        let waiting = waiting.filter(|record| !record.untold.is_empty());
        for jid in waiting.map(|it| it.jid.clone()).collect::<Vec<_>>() {
            let is_ours = jid == core.config.our_jid;
            let may = is_ours || core.policy(&jid).dialects().contains(&Dialect::Omemo2);
            if may && core.identity_hold(&jid).is_none() {
                self.tell_account(&jid, core, cx);
            }
        }
    }

    fn tell_account(&mut self, jid: &BareJid, core: &mut Core, cx: &mut Context<'_>) {
        let mut batches: BTreeMap<(Option<IdentityKey>, Dialect), Vec<UntoldWord>> =
            BTreeMap::new();
        for word in core.trust_words(jid).untold {
            if !self.omemo.tellings.0.contains(&(jid.clone(), word.clone())) {
                let dialect = dialect_of(&word.word, core);
                batches.entry((word.only, dialect)).or_default().push(word);
            }
        }
        for ((only, dialect), words) in batches {
            for words in words.chunks(MAX_KEYS_WRITTEN) {
                match self.listeners(jid, only, words, core, cx) {
                    Listeners::Devices(members) => {
                        self.tell(jid, members, words, dialect, core, cx);
                    }
                    Listeners::Awaited => {}
                    Listeners::Nobody => core.were_told(jid, words),
                }
            }
        }
    }

    /// The devices of an account that hear something, each with its session: only those that are
    /// authenticated, in the version of OMEMO that has envelopes. What is about one device alone is
    /// nothing new to it.
    fn listeners(
        &mut self,
        jid: &BareJid,
        only: Option<IdentityKey>,
        words: &[UntoldWord],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Listeners {
        let record = core.protection(jid);
        let is_ours = *jid == core.config.our_jid;
        let mut members = Vec::new();
        let mut is_anybody = false;
        for (id, device) in &record.devices {
            let Some(key) = device.key else { continue };
            let is_about = |it: &UntoldWord| it.word.owner == *jid && it.word.key == key;
            if only.is_some_and(|only| only != key) || words.iter().all(is_about) {
                continue;
            }
            let rule = rule_of(&record, device);
            is_anybody |= rule == TrustRule::NotListed && was_authenticated(device);
            let is_stale = record.is_stale(device, is_ours, false, cx.now);
            if !rule.is_verified() || !device.speaks_omemo_2 || is_stale {
                continue;
            }
            is_anybody = true;
            match self.place(&record, *id, device, EncryptionPolicy::Omemo2, core, cx) {
                Place::Ready(member) => members.push(*member),
                Place::Pending(_) => return Listeners::Awaited,
                Place::LeftOut => {}
            }
        }
        match (is_anybody, members.is_empty()) {
            (false, _) => Listeners::Nobody,
            // The keys of none of them can be had now.
            (true, true) => Listeners::Awaited,
            (true, false) => Listeners::Devices(members),
        }
    }

    fn tell(
        &mut self,
        jid: &BareJid,
        members: Vec<Member>,
        words: &[UntoldWord],
        dialect: Dialect,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Some(our) = core.memory.our_device.clone() else {
            return;
        };
        let mut said = Vec::new();
        for word in words {
            if let Some(name) = self.identifier(&word.word, dialect, core, cx) {
                said.push((word.word.clone(), name));
            }
        }
        let envelope = Envelope {
            content: vec![trust_messages::write(&said, dialect)],
            from: Some(core.config.our_jid.clone()),
            to: Some(jid.clone()),
            time: Some(cx.now),
            is_padded: true,
        };
        let bytes = envelope.to_bytes(cx.rng);
        let sealed = self.seal_for(Dialect::Omemo2, &our, members, &bytes, core, cx);
        let Some(sealed) = sealed else { return };
        // XEP-0434, section 4: the type and the hint bring it to every device, also later. It has no
        // text for programs that cannot read it: who is left out has missed nothing that people wrote.
        let mut stanza = Element::bare("message", ns::CLIENT)
            .with_attribute("type", "chat")
            .with_attribute("to", jid.as_str())
            .with_attribute("id", cx.new_id());
        stanza.append_child(sealed);
        stanza.append_child(Element::bare("store", ns::HINTS));
        let told = words.iter().map(|word| (jid.clone(), word.clone()));
        self.omemo.tellings.0.extend(told);
        let item = Sent::TrustWords {
            to: jid.clone(),
            words: words.to_vec(),
        };
        self.send(&stanza, item, core);
        self.request_due = true;
    }

    /// Our server has what was told.
    pub(in crate::engine) fn server_has_words(
        &mut self,
        to: &BareJid,
        words: &[UntoldWord],
        core: &mut Core,
    ) {
        for word in words {
            self.omemo.tellings.0.remove(&(to.clone(), word.clone()));
        }
        core.were_told(to, words);
    }

    /// The bytes that name a key, as its device has written it, as far as that was seen.
    fn identifier(
        &self,
        word: &TrustWord,
        dialect: Dialect,
        core: &Core,
        cx: &mut Context<'_>,
    ) -> Option<[u8; 32]> {
        let record = core.memory.protection.get(&word.owner);
        let devices = record.into_iter().flat_map(|record| &record.devices);
        let device = devices
            .filter(|(_, device)| device.key == Some(word.key))
            .map(|(id, _)| SessionName::new(&word.owner, *id, dialect))
            .next();
        let written = device.and_then(|name| {
            let session = core.session_with(&name, cx);
            let session = session.filter(|it| it.identity() == word.key);
            let bundle = self.omemo.fetches.bundle(&name);
            let bundle = bundle.filter(|it| it.identity() == word.key);
            let in_session = session.map(|it| it.identifier());
            in_session.or_else(|| bundle.map(Bundle::identifier))
        });
        written.or_else(|| word.key.identifier(dialect))
    }
}

/// Whether a device would be authenticated if its account listed it.
const fn was_authenticated(device: &DeviceRecord) -> bool {
    matches!(device.trust, Trust::Verified { .. }) || matches!(device.word, DeviceWord::Vouched)
}

/// The version of OMEMO in which a key is spoken of: the better one that its device knows.
fn dialect_of(word: &TrustWord, core: &Core) -> Dialect {
    let record = core.memory.protection.get(&word.owner);
    let mut devices = record
        .into_iter()
        .flat_map(|record| record.devices.values());
    let device = devices.find(|device| device.key == Some(word.key));
    let best = device.and_then(|device| device.dialects().next());
    best.unwrap_or(Dialect::Omemo2)
}
