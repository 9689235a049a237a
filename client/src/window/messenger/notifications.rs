//! Telling the user outside the window.

use jid::BareJid;
use onym_client_protocol::conversation::settings::NotificationPrivacy;
use onym_client_protocol::store::MessageRecord;
use onym_client_protocol::view_model::ViewModel;
use onym_desktop::{Notification, TrayState};
use onym_view::{Happened, OutsideWords};

use super::Messenger;
use crate::settings::Notifications;
use crate::window::presenter::NAME;

/// How much of a text a notification shows, in characters.
const TEXT_CHARS: usize = 200;

impl Messenger<'_> {
    /// A message came: tells the user, unless they are looking at it or do not want to be told.
    pub(super) async fn notify(&mut self, message: &MessageRecord) {
        if !message.is_incoming() {
            return;
        }
        let jid = message.conversation.clone();
        let is_open = self.open.as_ref().is_some_and(|open| open.jid == jid);
        if self.shell.has_focus && is_open && self.lock.is_none() {
            return;
        }
        let now = self.clock.now();
        let known = self.node.engine.look({
            let jid = jid.clone();
            move |engine| {
                let memory = engine.memory();
                let conversation = memory.conversations.get(&jid);
                let settings = conversation.map(|conversation| conversation.settings().clone());
                let is_unread = conversation.is_some_and(|known| known.unread() > 0);
                (
                    settings.unwrap_or_default(),
                    is_unread,
                    engine.name_of(&jid),
                )
            }
        });
        let Ok((settings, is_unread, name)) = known.await else {
            return;
        };
        if settings.is_muted(now) || !is_unread {
            return;
        }
        let content = self.content_for(settings.notification);
        let words = OutsideWords::new(self.shell.language());
        // Whoever has the address that the person left does not speak in their name.
        let name = match message.is_from_former_home() {
            true => jid.to_string(),
            false => name,
        };
        let (title, body) = match content {
            // One that could not be read has no text.
            NotificationPrivacy::NameAndText if !message.text.is_empty() => {
                (name, message.text.chars().take(TEXT_CHARS).collect())
            }
            NotificationPrivacy::NameAndText | NotificationPrivacy::NameOnly => {
                (name, words.new_message())
            }
            NotificationPrivacy::Default | NotificationPrivacy::Nothing => {
                ("Onym".to_owned(), words.new_message())
            }
        };
        self.show_notification(&jid, title, body);
    }

    /// Something must not be missed about who somebody is: tells the user also where the conversation is
    /// muted, since messages may wait for them.
    pub(super) async fn notify_of_person(&mut self, jid: &BareJid, what: &Happened) {
        if self.shell.has_focus && self.lock.is_none() {
            return;
        }
        let asked = jid.clone();
        let known = self.node.engine.look(move |engine| {
            let home = engine.memory().home_of(&asked);
            let conversation = engine.memory().conversations.get(&home);
            let chosen = conversation.map(|it| it.settings().notification);
            (home, chosen.unwrap_or_default())
        });
        let Ok((home, chosen)) = known.await else {
            return;
        };
        let words = OutsideWords::new(self.shell.language());
        let body = match self.content_for(chosen) {
            NotificationPrivacy::NameAndText | NotificationPrivacy::NameOnly => {
                words.sentence(what)
            }
            NotificationPrivacy::Default | NotificationPrivacy::Nothing => words.about_somebody(),
        };
        self.show_notification(&home, NAME.to_owned(), body);
    }

    /// How much a notification may show of a conversation for which this was chosen.
    fn content_for(&self, chosen: NotificationPrivacy) -> NotificationPrivacy {
        match (chosen, self.shell.settings.notifications) {
            // What is on the screen while the window is locked was not unlocked.
            _ if self.lock.is_some() => NotificationPrivacy::Nothing,
            (NotificationPrivacy::Default, Notifications::NameAndText) => {
                NotificationPrivacy::NameAndText
            }
            (NotificationPrivacy::Default, Notifications::NameOnly) => {
                NotificationPrivacy::NameOnly
            }
            (NotificationPrivacy::Default, Notifications::Nothing) => NotificationPrivacy::Nothing,
            (chosen, _) => chosen,
        }
    }

    fn show_notification(&mut self, about: &BareJid, title: String, body: String) {
        self.shell.screen.ask_attention();
        if let Some(notifier) = &self.shell.notifier {
            notifier.show(Notification {
                about: about.to_string(),
                title,
                body,
                silent: !self.shell.settings.notification_sounds,
            });
        }
    }

    /// The user looks at the open conversation now.
    pub(super) fn withdraw_notification(&self) {
        if let (Some(open), Some(notifier)) = (&self.open, &self.shell.notifier) {
            notifier.withdraw(open.jid.as_str());
        }
    }

    pub(super) fn show_in_tray(&mut self, view: &ViewModel) {
        let words = OutsideWords::new(self.shell.language());
        let unread = view
            .contacts
            .iter()
            .filter(|contact| !contact.mute.is_muted() && !contact.is_archived)
            .map(|contact| contact.unread)
            .sum();
        self.shell.update_tray(TrayState {
            title: NAME.to_owned(),
            unread,
            words: words.tor(view.connection.tor.as_ref()),
            open: words.open(),
            quit: words.quit(),
        });
    }
}
