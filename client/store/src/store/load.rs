//! What the engine starts from.

use onym_client_protocol::store::{Change, Place, Position, Snapshot};
use onym_records::{Records, RecordsError};

use crate::kept::{
    Account, Choices, Claims, Contact, ContactInvites, Device, Ended, Ending, Identity, Intent,
    Introduction, Invite, Kept, Message, OurEnd, Pending, Person, Profile, Protection, Request,
    RosterVersion, Summary, THE_ONE, TrustWords, Unsettled, message_key,
};
use crate::list::{self, ListId};
use crate::place::Posting;
use crate::state::State;

/// Reads everything but the messages; of those only the few to which something may still happen.
pub(super) fn load(records: &Records, state: &State) -> Result<Snapshot, RecordsError> {
    let mut all = Snapshot::default();
    let mut contacts = Vec::new();
    for_each(records, |_, Contact(contact)| contacts.push(contact))?;
    all.apply(&Change::ReplaceContacts(contacts));
    if let Some(RosterVersion(version)) = RosterVersion::read(records, THE_ONE)? {
        all.apply(&Change::SetRosterVersion(Some(version)));
    }
    if let Some(Account(account)) = Account::read(records, THE_ONE)? {
        all.apply(&Change::PutAccount(Box::new(account)));
    }
    for_each(records, |_, Request(it)| all.apply(&Change::PutRequest(it)))?;
    for_each(records, |_, Intent(it)| all.apply(&Change::PutIntent(it)))?;
    for_each(records, |_, Pending(it)| all.apply(&Change::PutPending(it)))?;
    for_each(records, |_, Profile(it)| all.apply(&Change::PutProfile(it)))?;
    if let Some(Device(device)) = Device::read(records, THE_ONE)? {
        all.apply(&Change::PutOurDevice(Box::new(device)));
    }
    if let Some(Choices(choices)) = Choices::read(records, THE_ONE)? {
        all.apply(&Change::PutProtectionChoices(choices));
    }
    if let Some(Claims(claims)) = Claims::read(records, THE_ONE)? {
        all.apply(&Change::PutOurClaims(Box::new(claims)));
    }
    if let Some(OurEnd(end)) = OurEnd::read(records, THE_ONE)? {
        all.apply(&Change::PutOurEnd(Box::new(end)));
    }
    for_each(records, |_, Protection(it)| {
        all.apply(&Change::PutProtection(Box::new(it)));
    })?;
    for_each(records, |_, Identity(it)| {
        all.apply(&Change::PutIdentity(Box::new(it)));
    })?;
    for_each(records, |_, Ended(it)| {
        all.apply(&Change::PutEnded(Box::new(it)))
    })?;
    for_each(records, |_, Ending(it)| {
        all.apply(&Change::PutEnding(Box::new(it)));
    })?;
    for_each(records, |_, Person(it)| all.apply(&Change::PutPerson(it)))?;
    for_each(records, |_, Introduction(it)| {
        all.apply(&Change::PutIntroduction(it));
    })?;
    for_each(records, |_, TrustWords(it)| {
        all.apply(&Change::PutTrustWords(Box::new(it)));
    })?;
    for_each(records, |_, Invite(it)| all.apply(&Change::PutInvite(it)))?;
    for_each(records, |_, ContactInvites(it)| {
        all.apply(&Change::PutContactInvites(Box::new(it)));
    })?;
    for_each(records, |_, Summary(it)| {
        all.apply(&Change::PutConversation(Box::new(it)));
    })?;
    load_unsettled(records, state, &mut all)?;
    for posting in list::read_all::<Posting>(records, ListId::Expiry)? {
        let Posting {
            place: Place { placed, position },
            conversation,
        } = posting;
        if let Some(jid) = state.owner_of(conversation) {
            all.expiring.insert(jid, position, placed);
        }
    }
    all.next_position = state.next_position;
    Ok(all)
}

fn load_unsettled(
    records: &Records,
    state: &State,
    all: &mut Snapshot,
) -> Result<(), RecordsError> {
    let mut unsettled = Vec::new();
    for_each(records, |key, Unsettled(conversation)| {
        unsettled.push((key.try_into().map(u64::from_be_bytes), conversation));
    })?;
    for (position, conversation) in unsettled {
        let position = position.map_err(|_| RecordsError::damaged(Unsettled::TABLE))?;
        let position = Position(position);
        // Of a conversation that was removed nothing is sent any more.
        let Some(jid) = state.owner_of(conversation) else {
            continue;
        };
        let message = Message::read(records, &message_key(conversation, position))?;
        let message = message.ok_or(RecordsError::damaged(Message::TABLE))?;
        let message = message.into_record(jid.clone(), position);
        all.apply(&Change::PutMessage(Box::new(message)));
    }
    Ok(())
}

fn for_each<K: Kept>(
    records: &Records,
    mut visit: impl FnMut(&[u8], K),
) -> Result<(), RecordsError> {
    for entry in records.scan(K::TABLE, ..)? {
        let (key, value) = entry?;
        visit(&key, K::decode(&value)?);
    }
    Ok(())
}
