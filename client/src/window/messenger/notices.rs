//! Things that the user has to know once, and how to take them back.

use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::view_model::is_contradiction;
use onym_view::{Failure, Happened, NoticeView};

use super::Messenger;

/// How many notices are kept; older ones were not read and no longer matter.
const MAX_NOTICES: usize = 5;

/// What the user has to know once.
#[derive(Default)]
pub(super) struct Notices {
    shown: Vec<NoticeView>,
    undo: Vec<(u64, Command)>,
    next: u64,
}

impl Notices {
    pub(super) fn shown(&self) -> &[NoticeView] {
        &self.shown
    }

    /// Tells something.
    pub(super) fn tell(&mut self, what: Happened) {
        self.tell_with_undo(what, None);
    }

    /// Tells something that others can make happen as often as they like, unless it is still there to be
    /// read. Returns whether it was told.
    pub(super) fn tell_once(&mut self, what: Happened) -> bool {
        let is_news = self.shown.iter().all(|notice| notice.what != what);
        if is_news {
            self.tell(what);
        }
        is_news
    }

    /// Tells that something failed.
    pub(super) fn failed(&mut self, what: Failure, detail: impl std::fmt::Display) {
        let detail = detail.to_string();
        self.tell(Happened::Failed { what, detail });
    }

    /// Tells something that a command takes back.
    pub(super) fn tell_with_undo(&mut self, what: Happened, undo: Option<Command>) {
        let id = self.next;
        self.next = self.next.saturating_add(1);
        self.shown.push(NoticeView {
            id,
            what,
            can_undo: undo.is_some(),
        });
        self.undo.extend(undo.map(|command| (id, command)));
        if self.shown.len() > MAX_NOTICES {
            let oldest = self.shown.remove(0);
            self.undo.retain(|(id, _)| *id != oldest.id);
        }
    }

    pub(super) fn dismiss(&mut self, id: u64) {
        self.shown.retain(|notice| notice.id != id);
        self.undo.retain(|(undone, _)| *undone != id);
    }

    fn take_undo(&mut self, id: u64) -> Option<Command> {
        let index = self.undo.iter().position(|(undone, _)| *undone == id)?;
        Some(self.undo.remove(index).1)
    }
}

impl Messenger<'_> {
    /// Tells what must not be missed about who somebody is.
    pub(super) async fn tell_of(&mut self, event: &Event) {
        let (about, what) = match event {
            Event::IdentityChanged { jid } => {
                (jid, Happened::IdentityChanged(self.name_of(jid).await))
            }
            Event::IdentityRevoked { jid } => {
                (jid, Happened::IdentityRevoked(self.name_of(jid).await))
            }
            Event::ContactMoved { to, .. } => (to, Happened::ContactMoved(self.name_of(to).await)),
            Event::StatementRefused { jid, why } if is_contradiction(why) => {
                let asked = jid.clone();
                let ours = self.node.engine.look(move |it| *it.our_jid() == asked);
                let what = match ours.await {
                    Ok(true) => Happened::OurIdentityContradicted,
                    _ => Happened::IdentityContradicted(self.name_of(jid).await),
                };
                (jid, what)
            }
            _ => return,
        };
        if self.notices.tell_once(what.clone()) {
            self.notify_of_person(about, &what).await;
        }
    }

    /// Takes back what a notice tells.
    pub(super) async fn undo(&mut self, id: u64) {
        if let Some(command) = self.notices.take_undo(id) {
            self.notices.dismiss(id);
            self.carry_out(command).await;
        }
    }
}
