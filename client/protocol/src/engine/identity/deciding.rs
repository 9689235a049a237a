//! What the user says about the identities behind addresses.

use jid::BareJid;
use onym_identity::invite::InviteTrust;
use onym_identity::{IdentityKey, OnymJid, Timestamp};

use super::super::core::Core;
use crate::command::{CommandError, IdentityVerdict};
use crate::event::Event;
use crate::omemo::IdentityKey as DeviceKey;
use crate::protection::Hold;
use crate::store::{
    Change, IdentityEvent, IdentityRecord, IntroductionRecord, KnownBy, ProtectionRecord,
};
use crate::trust::{IdentityWord, Trust};

impl Core {
    /// The user has compared the key of an identity, or takes that back.
    pub(in crate::engine) fn verify_identity(
        &mut self,
        jid: BareJid,
        identity: IdentityKey,
        is_verified: bool,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let Some(known) = self.memory.identities.get(&jid) else {
            if is_verified {
                return self.expect_identity(jid, identity, KnownBy::Verified { at: now });
            }
            if self.memory.introductions.contains_key(&jid) {
                self.change(Change::RemoveIntroduction(jid));
            }
            return Ok(());
        };
        if *known.identity() != identity {
            return Err(CommandError::OtherIdentity { jid });
        }
        let (known_by, what) = if is_verified {
            (KnownBy::Verified { at: now }, IdentityEvent::Verified)
        } else {
            (KnownBy::FirstSeen, IdentityEvent::VerificationWithdrawn)
        };
        for mut record in self.records_of(&identity) {
            record.known_by = known_by;
            // At its other addresses the user may not have looked.
            record.is_taken |= is_verified && record.jid == jid;
            record.note(what.clone(), now);
            self.put_identity(record);
        }
        if !is_verified {
            self.forget_introductions_of(&identity);
        }
        Ok(())
    }

    /// What was expected anywhere of an identity was withdrawn.
    fn forget_introductions_of(&mut self, identity: &IdentityKey) {
        let introductions = self.memory.introductions.values();
        let same = introductions.filter(|it| it.identity == *identity);
        for jid in same.map(|it| it.jid.clone()).collect::<Vec<_>>() {
            self.change(Change::RemoveIntroduction(jid));
        }
    }

    /// An invite named the identity behind an address. What is known better stays.
    pub(in crate::engine) fn introduce_identity(
        &mut self,
        jid: BareJid,
        identity: IdentityKey,
        worth: InviteTrust,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let known_by = match worth {
            InviteTrust::None => return Ok(()),
            InviteTrust::Introduced => KnownBy::Introduced { at: now },
            InviteTrust::Verified => return self.verify_identity(jid, identity, true, now),
        };
        let Some(known) = self.memory.identities.get(&jid) else {
            return self.expect_identity(jid, identity, known_by);
        };
        if *known.identity() != identity {
            return Err(CommandError::OtherIdentity { jid });
        }
        for mut record in self.records_of(&identity) {
            if record.known_by == KnownBy::FirstSeen {
                record.known_by = known_by;
            }
            record.is_taken |= record.jid == jid;
            self.put_identity(record);
        }
        Ok(())
    }

    /// Remembers who is behind an address at which nothing was published yet.
    fn expect_identity(
        &mut self,
        jid: BareJid,
        identity: IdentityKey,
        known_by: KnownBy,
    ) -> Result<(), CommandError> {
        let named = OnymJid::try_from(&jid).ok();
        if named.is_some_and(|named| named.identity != identity) {
            return Err(CommandError::OtherIdentity { jid });
        }
        // The last word of a person counts; what an invite says comes after it.
        let before = self.memory.introductions.get(&jid);
        let before = before.filter(|it| it.known_by.is_by_person() && !known_by.is_by_person());
        match before {
            Some(before) if before.identity == identity => return Ok(()),
            Some(_) => return Err(CommandError::OtherIdentity { jid }),
            None => {}
        }
        let record = IntroductionRecord {
            jid: jid.clone(),
            identity,
            known_by,
        };
        self.change(Change::PutIntroduction(record));
        self.outbox.event(Event::ProtectionChanged { jid });
        Ok(())
    }

    /// The user has compared the key of an identity, and it is not the one of whom they mean: nothing that
    /// it signs counts, and nothing is sent where it is, before they compare again or take that back.
    fn identity_differs(
        &mut self,
        jid: BareJid,
        identity: IdentityKey,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let known_by = KnownBy::Differs { at: now };
        let Some(known) = self.memory.identities.get(&jid) else {
            return self.expect_identity(jid, identity, known_by);
        };
        if *known.identity() != identity {
            return Err(CommandError::OtherIdentity { jid });
        }
        for mut record in self.records_of(&identity) {
            record.known_by = known_by;
            record.note(IdentityEvent::Differed, now);
            self.put_identity(record);
        }
        Ok(())
    }

    fn records_of(&self, identity: &IdentityKey) -> Vec<IdentityRecord> {
        let records = self.memory.identities.values();
        let same = records.filter(|record| record.identity() == identity);
        same.cloned().collect()
    }

    /// The user decides whether another identity is to be the one behind an address.
    pub(in crate::engine) fn decide_identity(
        &mut self,
        jid: BareJid,
        identity: IdentityKey,
        verdict: IdentityVerdict,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        if verdict == IdentityVerdict::Differs {
            return self.identity_differs(jid, identity, now);
        }
        let Some(record) = self.memory.identities.get(&jid).cloned() else {
            return Err(CommandError::NoOtherIdentity { jid });
        };
        if *record.identity() == identity && !record.is_taken && verdict == IdentityVerdict::TakeNew
        {
            self.put_identity(IdentityRecord {
                is_taken: true,
                ..record
            });
            return Ok(());
        }
        let is_asked = record.challenge.is_some_and(|it| it.identity == identity);
        let was_dismissed = record.dismissed.contains(&identity);
        match verdict {
            IdentityVerdict::TakeNew if is_asked || was_dismissed => {
                self.take_new_identity(record, identity, now);
            }
            IdentityVerdict::KeepOld if is_asked => self.keep_old_identity(record, identity),
            _ if record.challenge.is_some() => return Err(CommandError::OtherIdentity { jid }),
            _ => return Err(CommandError::NoOtherIdentity { jid }),
        }
        Ok(())
    }

    /// What the old identity signed, and what was trusted at its address, is decided anew. The account
    /// is asked for the statement of the new one.
    fn take_new_identity(&mut self, old: IdentityRecord, to: IdentityKey, now: Timestamp) {
        let from = *old.identity();
        let jid = old.jid.clone();
        if old.is_named() {
            return self.take_successor(old, to, now);
        }
        let followed = old.followed.clone();
        let mut new = IdentityRecord::in_place_of(old, to);
        new.note(IdentityEvent::IdentityChanged { from, to }, now);
        self.put_identity(new);
        self.remember_forgotten(followed);
        let mut protection = self.protection(&jid);
        withdraw(&mut protection, |trust, _| {
            !matches!(trust, Trust::Refused { .. })
        });
        self.put_protection(protection);
        self.withdraw_introduction(&jid, &to);
        self.forget_vouching(&jid);
        self.statements_wanted.insert(jid);
    }

    /// No other identity can be behind an address that names one, so that the successor is at another
    /// address: it is known there as if an invite had named it.
    fn take_successor(&mut self, mut old: IdentityRecord, to: IdentityKey, now: Timestamp) {
        let from = *old.identity();
        old.dismiss(to);
        old.note(IdentityEvent::IdentityChanged { from, to }, now);
        self.put_identity(old);
        for mut record in self.records_of(&to) {
            record.known_by = record.known_by.max(KnownBy::Introduced { at: now });
            self.put_identity(record);
        }
    }

    /// The other identity is not asked about again. A device that was taken for nothing but being there
    /// first, and that the old identity does not vouch for, may be the other one's. Only of an identity
    /// that is known for being there first, and that signs no devices, they are kept: nothing else is
    /// known of the account.
    fn keep_old_identity(&mut self, mut record: IdentityRecord, refused: IdentityKey) {
        record.dismiss(refused);
        let is_named = record.known_by > KnownBy::FirstSeen || !record.signed.is_empty();
        let jid = record.jid.clone();
        self.put_identity(record);
        if is_named {
            let mut protection = self.protection(&jid);
            let keys = withdraw(&mut protection, |trust, word| {
                trust == Trust::FirstUse && !matches!(word, IdentityWord::Signed(_))
            });
            self.put_protection(protection);
            self.withdraw_introduced(&jid, &keys);
        }
        // Somebody else may be there, too, about whom nobody was asked meanwhile.
        self.statements_wanted.insert(jid);
    }

    /// Why nothing is sent to an address, whatever its devices are.
    pub(in crate::engine) fn identity_hold(&self, jid: &BareJid) -> Option<Hold> {
        // Of most addresses nothing is known, and to read the key in an address takes time.
        let is_anything_known =
            self.memory.identities.contains_key(jid) || self.memory.introductions.contains_key(jid);
        if !is_anything_known && self.memory.ended.is_empty() {
            return None;
        }
        self.memory.standing_at(jid).hold()
    }
}

/// Devices of which this holds are new again: they are asked about, unless an identity vouches for
/// them. Their keys.
fn withdraw(
    record: &mut ProtectionRecord,
    holds: impl Fn(Trust, IdentityWord) -> bool,
) -> Vec<DeviceKey> {
    let mut keys = Vec::new();
    for device in record.devices.values_mut() {
        if holds(device.trust, device.identity) {
            device.trust = Trust::Undecided;
            keys.extend(device.key);
        }
    }
    keys
}
