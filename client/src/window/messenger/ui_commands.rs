//! What the user does in the window, carried out.

use jid::BareJid;
use onym_client_protocol::command::Command;
use onym_client_protocol::conversation::settings::Setting;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{AvatarChoice, Position};
use onym_client_protocol::view_model::{JumpTarget, UiCommand, UiCommandError};
use onym_client_store::StoreError;
use onym_view::{Failure, Happened};

use super::Messenger;
use super::timeline::OpenTimeline;
use crate::window::presenter::keep_off_the_runtime;

impl Messenger<'_> {
    pub(super) async fn take_ui(&mut self, command: UiCommand) {
        match command {
            UiCommand::OpenConversation { jid } => match BareJid::new(&jid) {
                Ok(jid) => self.open_conversation(jid).await,
                Err(_) => self.notices.tell(Happened::NotAnAddress(jid)),
            },
            UiCommand::CloseConversation => self.open = None,
            UiCommand::ShowRows {
                jid,
                from_row,
                to_row,
            } => self.with_open(&jid, |open, store| {
                let row = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
                open.show_rows(row(from_row)..row(to_row), store)
            }),
            UiCommand::JumpTo { jid, target } => self.jump(&jid, target).await,
            UiCommand::Find { jid, text } => {
                self.with_open(&jid, |open, store| open.find(&text, store));
            }
            UiCommand::LoadOlder { jid } => {
                if let Ok(conversation) = BareJid::new(&jid) {
                    if let Some(open) = &mut self.open {
                        open.is_fetching_older = true;
                    }
                    self.carry_out(Command::FetchOlder { conversation }).await;
                }
            }
            UiCommand::ShowPerson { jid } => {
                self.person = jid.and_then(|jid| BareJid::new(&jid).ok());
            }
            UiCommand::Search { text } => self.search(text).await,
            UiCommand::SearchMore => self.search_more().await,
            UiCommand::MarkRead { jid } => self.mark_read(&jid).await,
            UiCommand::SetOurName { name } => {
                let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
                let avatar = AvatarChoice::Keep;
                self.carry_out(Command::SetOurProfile { name, avatar })
                    .await;
            }
            command => self.take_engine_command(command).await,
        }
    }

    async fn take_engine_command(&mut self, command: UiCommand) {
        let now = self.clock.now();
        let told = self.told_by(&command).await;
        match command.to_command(now) {
            Ok(Some(command)) => {
                if self.carry_out(command).await
                    && let Some((what, undo)) = told
                {
                    self.notices.tell_with_undo(what, undo);
                }
            }
            Ok(None) => {}
            Err(UiCommandError::NotAnAddress { text }) => {
                self.notices.tell(Happened::NotAnAddress(text));
            }
        }
    }

    /// What the user is told once the command is carried out, and how it is taken back.
    async fn told_by(&self, command: &UiCommand) -> Option<(Happened, Option<Command>)> {
        Some(match command {
            // It is told once it is proven, or refused.
            UiCommand::AddContact {
                introduction: Some(introduction),
                ..
            } if introduction.is_move => return None,
            UiCommand::AddContact { jid, name, .. } => {
                let shown = if name.trim().is_empty() { jid } else { name };
                (Happened::ContactAdded(shown.trim().to_owned()), None)
            }
            UiCommand::ClaimAddress { jid } => {
                (Happened::AddressClaimed(jid.trim().to_owned()), None)
            }
            UiCommand::RemoveContact { jid } => {
                let jid = BareJid::new(jid).ok()?;
                let name = self.name_of(&jid).await;
                let undo = Command::AddContact {
                    jid,
                    name: Some(name.clone()),
                    introduction: None,
                };
                (Happened::ContactRemoved(name), Some(undo))
            }
            UiCommand::DeclineContact { jid } => {
                let jid = BareJid::new(jid).ok()?;
                (Happened::RequestDeclined(self.name_of(&jid).await), None)
            }
            UiCommand::SetBlocked { jid, blocked: true } => {
                let jid = BareJid::new(jid).ok()?;
                let name = self.name_of(&jid).await;
                (Happened::Blocked(name), Some(Command::Unblock { jid }))
            }
            UiCommand::SetArchived {
                jid,
                archived: true,
            } => {
                let conversation = BareJid::new(jid).ok()?;
                let name = self.name_of(&conversation).await;
                let undo = Command::Configure {
                    conversation,
                    setting: Setting::Archived(false),
                };
                (Happened::Archived(name), Some(undo))
            }
            UiCommand::RenewSessions { jid } => {
                let jid = BareJid::new(jid).ok()?;
                (Happened::SessionsRenewed(self.name_of(&jid).await), None)
            }
            UiCommand::VerifyIdentity {
                jid,
                is_verified: true,
                ..
            } => {
                let jid = BareJid::new(jid).ok()?;
                (Happened::IdentityVerified(self.name_of(&jid).await), None)
            }
            UiCommand::DeleteConversation { jid } => {
                let jid = BareJid::new(jid).ok()?;
                (
                    Happened::ConversationDeleted(self.name_of(&jid).await),
                    None,
                )
            }
            _ => return None,
        })
    }

    pub(super) async fn name_of(&self, jid: &BareJid) -> String {
        let asked = jid.clone();
        let name = self.node.engine.look(move |engine| engine.name_of(&asked));
        name.await.unwrap_or_else(|_| jid.to_string())
    }

    /// Hands a command to the engine; a refusal is told. Whether it was carried out.
    pub(super) async fn carry_out(&mut self, command: Command) -> bool {
        match self.node.engine.command(command).await {
            Ok(Ok(_)) => return true,
            Ok(Err(refused)) => self.notices.tell(Happened::Refused(refused)),
            Err(stopped) => self.notices.failed(Failure::Stopped, stopped),
        }
        false
    }

    pub(super) async fn open_conversation(&mut self, jid: BareJid) {
        let asked = jid.clone();
        let unread = self.node.engine.look(move |engine| {
            let home = engine.memory().home_of(&asked);
            let known = engine.memory().conversations.get(&home);
            let first = known.and_then(|known| known.unread_places().first().copied());
            (home, first)
        });
        let (jid, first_unread) = unread.await.unwrap_or((jid, None));
        let serial = self.open.as_ref().map_or(0, OpenTimeline::next_serial);
        let store = self.node.engine.store();
        match keep_off_the_runtime(|| OpenTimeline::open(jid, first_unread, serial, store)) {
            Ok(open) => {
                self.open = Some(open);
                self.withdraw_notification();
            }
            Err(error) => self.notices.failed(Failure::Messages, error),
        }
    }

    async fn jump(&mut self, jid: &str, target: JumpTarget) {
        // A hit of a search is in another conversation than the open one.
        if self
            .open
            .as_ref()
            .is_none_or(|open| open.jid.as_str() != jid)
            && let Ok(jid) = BareJid::new(jid)
        {
            self.open_conversation(jid).await;
        }
        self.with_open(jid, |open, store| open.jump(target, store));
    }

    async fn mark_read(&mut self, jid: &str) {
        let Ok(conversation) = BareJid::new(jid) else {
            return;
        };
        let asked = conversation.clone();
        let newest = self.node.engine.look(move |engine| {
            let known = engine.memory().conversations.get(&asked);
            known.and_then(|known| known.unread_places().last().copied())
        });
        if let Ok(Some(place)) = newest.await {
            let up_to: Position = place.position;
            let command = Command::MarkDisplayed {
                conversation,
                up_to,
            };
            self.carry_out(command).await;
        }
    }

    /// Does something with the open conversation, if it is this one.
    fn with_open(
        &mut self,
        jid: &str,
        work: impl FnOnce(&mut OpenTimeline, &onym_client_store::ClientStore) -> Result<(), StoreError>,
    ) {
        let store = self.node.engine.store().clone();
        let Some(open) = self.open.as_mut().filter(|open| open.jid.as_str() == jid) else {
            return;
        };
        if let Err(error) = keep_off_the_runtime(|| work(open, &store)) {
            self.notices.failed(Failure::Messages, error);
        }
    }

    /// Follows what happens in the open conversation.
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::MessageAdded(message) => {
                self.with_open(message.conversation.as_str(), |open, store| {
                    open.added(message, store)
                });
            }
            Event::MessageChanged(message) => {
                self.with_open(message.conversation.as_str(), |open, store| {
                    open.changed(message.position, store)
                });
            }
            Event::DeliveryChanged {
                conversation,
                position,
                ..
            } => self.with_open(conversation.as_str(), |open, store| {
                open.changed(*position, store)
            }),
            Event::MessageRemoved {
                conversation,
                position,
                ..
            } => self.with_open(conversation.as_str(), |open, store| {
                open.removed(*position, store)
            }),
            Event::ConversationJoined { home, .. } => {
                self.with_open(home.as_str(), |open, store| open.reload(store));
            }
            Event::ConversationCleared { conversation } => {
                self.with_open(conversation.as_str(), |open, store| open.reload(store));
            }
            Event::HistoryFetched { conversation, .. } => {
                self.with_open(conversation.as_str(), |open, store| {
                    open.is_fetching_older = false;
                    open.reload(store)
                });
            }
            Event::CommandRefused(error) => self.notices.tell(Happened::Refused(error.clone())),
            _ => {}
        }
    }

    /// Some events were missed.
    pub(super) fn read_again(&mut self) {
        if let Some(jid) = self.open.as_ref().map(|open| open.jid.to_string()) {
            self.with_open(&jid, |open, store| open.reload(store));
        }
    }
}
