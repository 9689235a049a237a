//! A stanza that came: opened, or the reason why it cannot be read.

use jid::BareJid;
use minidom::Element;
use onym_stream::ns;

use super::super::EngineConfig;
use super::super::acknowledgement::Sent;
use super::super::arrival::Said;
use super::super::core::{Context, Core};
use super::super::session::Session;
use super::super::taking::RANDOM_ID_BYTES;
use super::SessionName;
use super::devices::Wanted;
use super::sending::{BESIDE_TEXT, is_for_servers, skeleton};
use crate::explicit_encryption;
use crate::message;
use crate::omemo::encrypted::{self, Encrypted, WireKey};
use crate::omemo::{self, DecryptError, DeviceId, Dialect, Opened, payload};
use crate::sce::{Affixes, Envelope};
use crate::stanza;
use crate::store::{Change, DeviceRecord, Encryption, OmemoMark, RemoteId, Undecryptable};
use crate::trust::{IdentityWord, TrustRule};

/// What became of a stanza.
pub(in crate::engine) enum Unsealed {
    /// It was not encrypted.
    Clear,
    /// It says this.
    Opened {
        /// The stanza as it was before it was encrypted.
        stanza: Box<Element>,
        /// What protected it.
        mark: OmemoMark,
        /// What its envelope says besides, if the dialect has envelopes.
        sealed: Option<Affixes>,
    },
    /// It kept a session alive and says nothing.
    Empty,
    /// It was read before.
    Known,
    /// It cannot be read.
    Unreadable(Undecryptable),
}

/// What was inside one encrypted part.
enum Inside {
    Content(Box<Element>, Option<Affixes>),
    Nothing,
    Forged,
}

impl Session {
    /// Opens a message, if it is encrypted.
    pub(in crate::engine) fn unseal(
        &mut self,
        stanza: &Element,
        said: &Said,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Unsealed {
        if !encrypted::is_encrypted(stanza) {
            return if explicit_encryption::is_by_something_else(stanza) {
                Unsealed::Unreadable(Undecryptable::Unknown)
            } else {
                Unsealed::Clear
            };
        }
        if is_known(said, core, cx) {
            return Unsealed::Known;
        }
        let Some(our_id) = core.memory.our_device.as_ref().map(|device| device.id()) else {
            return Unsealed::Unreadable(Undecryptable::NotForThisDevice);
        };
        let mut why = Undecryptable::NotForThisDevice;
        let mut carries_something = false;
        for dialect in Dialect::ALL.into_iter().rev() {
            // What was sealed before we moved is for the address that we had.
            let part = {
                let mut ours = core.config.our_addresses();
                ours.find_map(|jid| encrypted::read(stanza, dialect, jid, our_id))
            };
            let Some(part) = part else {
                if stanza.has_child("encrypted", dialect.namespace()) {
                    why = Undecryptable::Forged;
                    carries_something = true;
                }
                continue;
            };
            if said.by_us && part.sender == our_id {
                return Unsealed::Known;
            }
            carries_something |= part.payload.is_some();
            match self.open_part(stanza, &part, said, core, cx) {
                Ok(unsealed) => return unsealed,
                Err(Some(better)) => why = better,
                Err(None) => {}
            }
        }
        // What keeps a session alive has nothing to lose, and nobody misses a receipt. What people
        // wrote has a text for programs that cannot read it, or is to be archived. But what devices
        // tell each other about keys is archived too, and leaves others out on purpose.
        let is_between_devices = why == Undecryptable::NotForThisDevice
            && !stanza.has_child("encrypted", ns::OMEMO)
            && !stanza.has_child("encryption", ns::ENCRYPTION);
        let is_archived = stanza.has_child("store", ns::HINTS) && !is_between_devices;
        let is_for_people = message::text(stanza).is_some() || is_archived;
        if carries_something && is_for_people {
            Unsealed::Unreadable(why)
        } else {
            Unsealed::Empty
        }
    }

    /// Opens the part in one dialect. The error says why it cannot be read, if it is for us.
    fn open_part(
        &mut self,
        stanza: &Element,
        part: &Encrypted,
        said: &Said,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<Unsealed, Option<Undecryptable>> {
        let author = said.author(&core.config.our_jid);
        let name = SessionName::new(&author, part.sender, part.dialect);
        let mut why = None;
        for sealed in &part.keys {
            match self.open_key(&name, sealed, core, cx) {
                Ok(opened) => return Ok(self.opened(stanza, part, opened, name, said, core, cx)),
                Err(DecryptError::Duplicate) => return Ok(Unsealed::Known),
                // A key exchange with a key that is gone is as good as one for a lost session.
                Err(
                    DecryptError::NoSession
                    | DecryptError::UnknownPreKey { .. }
                    | DecryptError::UnknownSignedPreKey { .. },
                ) => {
                    why = Some(Undecryptable::NoSession);
                    self.session_is_missing(&name, said, core, cx);
                }
                Err(_) => why = why.or(Some(Undecryptable::SessionBroken)),
            }
        }
        Err(why)
    }

    fn open_key(
        &mut self,
        name: &SessionName,
        sealed: &WireKey,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<Opened, DecryptError> {
        let known = core.session_with(name, cx);
        let our = core.memory.our_device.as_ref();
        let our = our.ok_or(DecryptError::NoSession)?;
        let (bytes, is_first) = (&sealed.bytes, sealed.is_key_exchange);
        // A key exchange with another key under the same number does not take the place of the
        // session that is there, since anybody on the way could write one.
        omemo::Session::decrypt(known.as_ref(), our, name.dialect, bytes, is_first, cx.rng)
    }

    /// A key was opened: everything that follows from it goes into the commit of the message.
    #[expect(clippy::too_many_arguments, reason = "each is a part of what came")]
    fn opened(
        &mut self,
        stanza: &Element,
        part: &Encrypted,
        opened: Opened,
        name: SessionName,
        said: &Said,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Unsealed {
        let SessionName {
            jid: author,
            device,
            dialect,
        } = name.clone();
        // A stranger learns nothing of when we are there, and leaves nothing but messages.
        let may_know = core.may_learn_of_us(&author);
        if !may_know && part.payload.is_none() {
            return Unsealed::Empty;
        }
        self.learn_key(&author, device, opened.identity, core, cx);
        let record = core.memory.protection.get(&author);
        if !record.is_some_and(|record| record.devices.contains_key(&device)) {
            // There are more devices than are remembered.
            return Unsealed::Unreadable(Undecryptable::SessionBroken);
        }
        core.note_heard(&author, device, cx);
        core.put_session(name.clone(), opened.session);
        if let Some(id) = opened.used_pre_key {
            core.use_up_pre_key(id);
            if may_know {
                self.keys_changed();
            }
        }
        if opened.wants_answer && may_know {
            self.answer_with_nothing(name);
        }
        let because = core.judge(&author, device);
        let is_listed = core.lists(&author, device);
        if !is_listed && may_know {
            // Their list may have changed while nobody told us.
            for dialect in Dialect::ALL {
                self.fetch(&author, Wanted::List(dialect), core, cx);
            }
        }
        let mark = OmemoMark {
            dialect,
            device,
            because,
            left_out: 0,
        };
        match inside(stanza, part, &opened.plaintext, said, &core.config) {
            Inside::Nothing => Unsealed::Empty,
            Inside::Forged => Unsealed::Unreadable(Undecryptable::Forged),
            Inside::Content(stanza, sealed) => Unsealed::Opened {
                stanza,
                mark,
                sealed,
            },
        }
    }
}

/// Whether a message was read before: it comes by several ways.
fn is_known(said: &Said, core: &Core, cx: &mut Context<'_>) -> bool {
    let by_archive = said.archive_id.clone().map(RemoteId::Archive);
    let by_author = said
        .ids
        .iter()
        .filter(|id| id.len() >= RANDOM_ID_BYTES)
        .map(|id| said.own(id));
    let mut names = by_archive.into_iter().chain(by_author);
    names.any(|name| {
        let known = core.named(&said.conversation, name, cx);
        let known = known.filter(|it| said.is_like(it));
        // One that came in the clear under this name may be a server's.
        known.is_some_and(|known| matches!(known.encryption, Encryption::Omemo(_)))
    })
}

/// What a key opens.
fn inside(
    stanza: &Element,
    part: &Encrypted,
    key: &[u8],
    said: &Said,
    config: &EngineConfig,
) -> Inside {
    let Some(sealed) = &part.payload else {
        return Inside::Nothing;
    };
    let Ok(content) = payload::open(part.dialect, key, part.iv.as_deref(), sealed) else {
        return Inside::Forged;
    };
    match part.dialect {
        Dialect::Omemo => match String::from_utf8(content.to_vec()) {
            Ok(text) => Inside::Content(Box::new(with_text(stanza, &text)), None),
            Err(_) => Inside::Forged,
        },
        Dialect::Omemo2 => {
            let author = said.author(&config.our_jid);
            let is_for = |envelope: &Envelope, recipient| envelope.check(&author, recipient);
            let envelope = Envelope::from_bytes(&content).and_then(|it| {
                let checked = match said.by_us {
                    true => is_for(&it, &said.peer),
                    false => {
                        let former = config.former.iter();
                        let mut former = former.map(|recipient| is_for(&it, recipient));
                        is_for(&it, &config.our_jid)
                            .or_else(|why| former.find(Result::is_ok).unwrap_or(Err(why)))
                    }
                };
                checked.map(|()| it)
            });
            match envelope {
                Ok(envelope) => {
                    let affixes = envelope.affixes();
                    Inside::Content(Box::new(with_content(stanza, envelope)), Some(affixes))
                }
                Err(_) => Inside::Forged,
            }
        }
    }
}

/// The stanza with its text, in the older dialect. Of what stands beside the text, which any server
/// could have put there, only that is believed which this dialect has no other place for and which
/// cannot hide the text.
fn with_text(stanza: &Element, text: &str) -> Element {
    let mut opened = skeleton(stanza);
    let is_believed = |child: &&Element| BESIDE_TEXT.contains(&child.ns().as_str());
    for child in stanza.children().filter(is_believed) {
        opened.append_child(child.clone());
    }
    message::write_body(&mut opened, text);
    opened
}

/// The stanza with what was in its envelope, and nothing that stood beside it (XEP-0420, section
/// 6: such elements "MUST NOT" be processed outside).
fn with_content(stanza: &Element, envelope: Envelope) -> Element {
    let mut opened = skeleton(stanza);
    for child in envelope.content {
        if !is_for_servers(&child) {
            opened.append_child(child);
        }
    }
    opened
}

impl Core {
    /// What the table of trust says of a device that wrote.
    fn judge(&self, jid: &BareJid, device: DeviceId) -> TrustRule {
        let record = self.memory.protection.get(jid);
        let is_blind = self.memory.protection_choices.is_blind;
        let judged = record.and_then(|record| {
            let device = record.devices.get(&device)?;
            Some(record.decide(device, is_blind).because)
        });
        judged.unwrap_or(TrustRule::NotListed)
    }

    /// Whether the identity behind an address has signed the key of a device there.
    pub(in crate::engine) fn is_signed_at(&self, jid: &BareJid, device: DeviceId) -> bool {
        let record = self.memory.protection.get(jid);
        let known = record.and_then(|record| record.devices.get(&device));
        known.is_some_and(|it| matches!(it.identity, IdentityWord::Signed(_)))
    }

    /// Whether an account lists a device, as far as we know.
    fn lists(&self, jid: &BareJid, device: DeviceId) -> bool {
        let record = self.memory.protection.get(jid);
        let device = record.and_then(|record| record.devices.get(&device));
        device.is_some_and(DeviceRecord::is_listed)
    }

    /// Whether somebody may learn, from a question or an empty message, that we are there.
    pub(super) fn may_learn_of_us(&self, jid: &BareJid) -> bool {
        *jid == self.config.our_jid || self.memory.contacts.contains_key(jid)
    }

    fn note_heard(&mut self, jid: &BareJid, device: DeviceId, cx: &Context<'_>) {
        let mut record = self.protection(jid);
        if let Some(device) = record.devices.get_mut(&device) {
            device.last_heard = Some(cx.now);
            self.put_protection(record);
        }
    }

    fn use_up_pre_key(&mut self, id: u32) {
        if let Some(mut device) = self.memory.our_device.clone() {
            device.use_up(id);
            self.change(Change::PutOurDevice(device));
        }
    }
}

impl Session {
    /// Tells the sender that their message could not be read, if they may know that we are there.
    /// Their program shows it as not delivered, instead of leaving them in the belief that we
    /// have it.
    pub(in crate::engine) fn say_unreadable(
        &mut self,
        stanza: &Element,
        said: &Said,
        core: &mut Core,
    ) {
        let contact = core.memory.contacts.get(&said.peer);
        let may_know = contact.is_some_and(|contact| contact.subscription.they_see_us());
        let (Some(from), Some(id)) = (stanza.attr("from"), stanza.attr("id")) else {
            return;
        };
        if !may_know || self.is_being_healed(&said.peer) {
            return;
        }
        let error = stanza::unreadable(from, id);
        self.send(&error, Sent::Other, core);
    }
}
