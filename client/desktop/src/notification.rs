use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use notify_rust::{Hint, Timeout, Urgency};

/// How many conversations have a notification on the screen at most; more would only hide the
/// desktop.
const MAX_SHOWN: usize = 20;

/// Something to tell the user outside the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Names what it is about, as the address of a conversation: a later one with the same name
    /// replaces it.
    pub about: String,
    /// The first line.
    pub title: String,
    /// The text; may be empty. Not trusted: it is shown without markup.
    pub body: String,
    /// Whether the desktop shall make no sound.
    pub silent: bool,
}

/// The user clicked a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clicked {
    /// [`Notification::about`].
    pub about: String,
}

enum Order {
    Show(Notification),
    Withdraw(String),
}

/// Shows notifications, from a thread of its own, so that a slow desktop stops nobody.
#[derive(Debug, Clone)]
pub struct Notifier {
    orders: Sender<Order>,
}

impl Notifier {
    /// Starts the thread. `clicked` is called on other threads.
    #[must_use]
    pub fn start(clicked: impl Fn(Clicked) + Send + Sync + Clone + 'static) -> Self {
        let (orders, queue) = mpsc::channel();
        let thread = thread::Builder::new().name("notifications".into());
        if let Err(error) = thread.spawn(move || run(&queue, clicked)) {
            tracing::warn!("no notifications: {error}");
        }
        Self { orders }
    }

    /// Shows a notification, over an older one about the same.
    pub fn show(&self, notification: Notification) {
        let _no_thread = self.orders.send(Order::Show(notification));
    }

    /// Takes the notification about something off the screen.
    pub fn withdraw(&self, about: &str) {
        let _no_thread = self.orders.send(Order::Withdraw(about.to_owned()));
    }
}

fn run(queue: &Receiver<Order>, clicked: impl Fn(Clicked) + Send + Sync + Clone + 'static) {
    let mut shown: BTreeMap<String, u32> = BTreeMap::new();
    let markup = notify_rust::get_capabilities()
        .is_ok_and(|can| can.iter().any(|what| what == "body-markup"));
    for order in queue {
        match order {
            Order::Show(notification) => {
                let replaces = shown.get(&notification.about).copied();
                if replaces.is_none() && shown.len() >= MAX_SHOWN {
                    shown.clear();
                }
                match show(&notification, replaces, markup, clicked.clone()) {
                    Ok(id) => {
                        shown.insert(notification.about, id);
                    }
                    Err(error) => tracing::debug!("no notification: {error}"),
                }
            }
            Order::Withdraw(about) => {
                if let Some(id) = shown.remove(&about) {
                    withdraw(id);
                }
            }
        }
    }
}

fn show(
    what: &Notification,
    replaces: Option<u32>,
    markup: bool,
    clicked: impl Fn(Clicked) + Send + 'static,
) -> Result<u32, notify_rust::error::Error> {
    let mut notification = notify_rust::Notification::new();
    notification
        .appname("Onym")
        .summary(&what.title)
        .body(&body(&what.body, markup))
        .icon("onym")
        .hint(Hint::Category("im.received".to_owned()))
        .hint(Hint::DesktopEntry("onym".to_owned()))
        .hint(Hint::SuppressSound(what.silent))
        .urgency(Urgency::Normal)
        .timeout(Timeout::Default)
        .action("default", "Open");
    if let Some(id) = replaces {
        notification.id(id);
    }
    let handle = notification.show()?;
    let id = handle.id();
    let about = what.about.clone();
    // Waits until the notification is clicked or gone, which the server says in every case.
    let waiting = thread::Builder::new().name("notification".into());
    let started = waiting.spawn(move || {
        handle.wait_for_action(|action| {
            if action == "default" {
                clicked(Clicked { about });
            }
        });
    });
    if let Err(error) = started {
        tracing::warn!("clicks on this notification are not heard: {error}");
    }
    Ok(id)
}

/// Servers that know markup would read that of a stranger: `<a href=…>`, `<img src=…>`.
fn body(text: &str, markup: bool) -> String {
    if !markup {
        return text.to_owned();
    }
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn withdraw(id: u32) {
    let closed = zbus::blocking::Connection::session().and_then(|bus| {
        bus.call_method(
            Some("org.freedesktop.Notifications"),
            "/org/freedesktop/Notifications",
            Some("org.freedesktop.Notifications"),
            "CloseNotification",
            &id,
        )
    });
    if let Err(error) = closed {
        tracing::debug!("a notification cannot be withdrawn: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_s_markup_is_text() {
        assert_eq!(body("<b>&</b>", true), "&lt;b&gt;&amp;&lt;/b&gt;");
        assert_eq!(body("<b>", false), "<b>");
    }
}
