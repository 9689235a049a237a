//! The part of the open conversation that is in memory.

use jid::BareJid;
use onym_client_protocol::store::{MessageRecord, Position};
use onym_server::StoreError;

use crate::engine_task::EngineHandle;

/// Messages that are read at once.
const PAGE_MESSAGES: usize = 200;

/// An open conversation: its newest messages, and older ones as far as they were asked for.
#[derive(Clone, Debug)]
pub(super) struct ConversationPage {
    pub(super) jid: BareJid,
    pub(super) messages: Vec<MessageRecord>,
    pub(super) has_older: bool,
    pub(super) first_unread: Option<Position>,
    wanted: usize,
}

impl ConversationPage {
    /// Opens a conversation at its end, with the line before what was not displayed yet.
    pub(super) fn open(jid: BareJid, engine: &EngineHandle) -> Result<Self, StoreError> {
        let mut page = Self {
            jid,
            messages: Vec::new(),
            has_older: false,
            first_unread: None,
            wanted: PAGE_MESSAGES,
        };
        let undisplayed = engine.undisplayed()?;
        let first = undisplayed
            .iter()
            .find(|message| message.conversation == page.jid);
        page.first_unread = first.map(|message| message.position);
        page.read(engine)?;
        Ok(page)
    }

    /// Reads older messages too.
    pub(super) fn more(&mut self, engine: &EngineHandle) -> Result<(), StoreError> {
        self.wanted = self.wanted.saturating_add(PAGE_MESSAGES);
        self.read(engine)
    }

    /// Reads the messages anew.
    pub(super) fn read(&mut self, engine: &EngineHandle) -> Result<(), StoreError> {
        // One more than wanted tells whether there are older ones.
        let mut messages = engine.messages(&self.jid, self.wanted.saturating_add(1))?;
        self.has_older = messages.len() > self.wanted;
        if self.has_older {
            messages.remove(0);
        }
        self.wanted = self.wanted.max(messages.len());
        self.messages = messages;
        Ok(())
    }
}
