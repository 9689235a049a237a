//! Notes to oneself after a move: the conversation at a former address of ours goes on at the present one.

use jid::BareJid;

use super::super::core::Core;

impl Core {
    /// Former addresses of ours at which there is still something to be moved.
    pub(super) fn former_conversations(&self) -> Vec<BareJid> {
        let former = self.config.former.iter();
        let kept = former.filter(|jid| self.memory.conversations.contains_key(*jid));
        kept.cloned().collect()
    }

    /// Whether an address was ours before a move. Nobody else can come there: its onion service has a key of
    /// our identity.
    pub(in crate::engine) fn was_ours(&self, jid: &BareJid) -> bool {
        self.config.former.contains(jid)
    }

    /// The notes are shown where they go on as they were shown before, unless something is there already.
    pub(super) fn keep_how_notes_are_shown(&mut self, from: &BareJid, home: &BareJid) {
        if !self.was_ours(from) || self.memory.conversations.contains_key(home) {
            return;
        }
        if let Some(known) = self.memory.conversations.get(from).cloned() {
            self.conversation(home).show_as(&known);
        }
    }

    /// All of the notes are moved: the former address has no conversation any more. That of somebody else
    /// stays, since how much of the archive is here is kept with it.
    pub(super) fn leave_notes(&mut self, from: &BareJid) {
        if self.was_ours(from) && self.memory.conversations.contains_key(from) {
            self.remove_conversation(from);
        }
    }
}
