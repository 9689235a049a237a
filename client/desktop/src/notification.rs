/// The notification server of the desktop.
mod server;
/// What waits for the server.
mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use zbus::blocking::Connection;

use server::{Heard, Server};
use waiting::{Order, Waiting};

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

/// Shows notifications, from a thread of its own, so that a slow desktop stops nobody. Another
/// thread hears clicks; there are never more than these two, and what waits for them is bounded.
/// Both end with the last clone of this.
#[derive(Debug, Clone)]
pub struct Notifier {
    waiting: Arc<Waiting>,
    _end: Arc<End>,
}

/// Ends the thread when nobody can give it orders any more.
#[derive(Debug)]
struct End(Arc<Waiting>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Notifier {
    /// Starts the thread. `clicked` is called on another one.
    #[must_use]
    pub fn start(clicked: impl Fn(Clicked) + Send + 'static) -> Self {
        Self::start_on(server::session_bus, clicked)
    }

    fn start_on(
        connect: impl FnOnce() -> zbus::Result<Connection> + Send + 'static,
        clicked: impl Fn(Clicked) + Send + 'static,
    ) -> Self {
        let waiting = Arc::new(Waiting::default());
        let orders = Arc::clone(&waiting);
        let thread = thread::Builder::new().name("notifications".into());
        let started = thread.spawn(move || {
            if let Err(error) = run(connect, &orders, clicked) {
                tracing::debug!("no notifications: {error}");
            }
            orders.close();
        });
        if let Err(error) = started {
            tracing::warn!("no notifications: {error}");
            waiting.close();
        }
        Self {
            _end: Arc::new(End(Arc::clone(&waiting))),
            waiting,
        }
    }

    /// Shows a notification, over an older one about the same. If the desktop does not keep up,
    /// the oldest that waits is left out.
    pub fn show(&self, notification: Notification) {
        self.waiting.push(Order::Show(notification));
    }

    /// Takes the notification about something off the screen.
    pub fn withdraw(&self, about: &str) {
        self.waiting.push(Order::Withdraw(about.to_owned()));
    }
}

/// Carries out orders until there can be no more.
fn run(
    connect: impl FnOnce() -> zbus::Result<Connection>,
    orders: &Waiting,
    clicked: impl Fn(Clicked) + Send + 'static,
) -> zbus::Result<()> {
    let bus = connect()?;
    let server = Server::of(&bus)?;
    let shown = Arc::new(Mutex::new(Shown::default()));
    let hearing = server.hear()?;
    let for_clicks = Arc::clone(&shown);
    let thread = thread::Builder::new().name("notification clicks".into());
    thread.spawn(move || {
        for heard in hearing {
            let known = lock(&for_clicks).take_in(heard);
            // Whoever is called must not find the lock held.
            if let Some(clicked_on) = known {
                clicked(clicked_on);
            }
        }
    })?;
    while let Some(order) = orders.next() {
        if let Err(error) = carry_out(&order, &server, &mut lock(&shown)) {
            tracing::debug!("no notification: {error}");
        }
    }
    // The other thread ends with the connection.
    bus.close()
}

fn carry_out(order: &Order, server: &Server<'_>, shown: &mut Shown) -> zbus::Result<()> {
    match order {
        Order::Show(notification) => {
            let replaces = shown.remove(&notification.about);
            if replaces.is_none()
                && let Some(oldest) = shown.oldest_of_too_many()
            {
                server.withdraw(oldest)?;
            }
            let id = server.show(notification, replaces)?;
            shown.0.push((notification.about.clone(), id));
            Ok(())
        }
        Order::Withdraw(about) => match shown.remove(about) {
            Some(id) => server.withdraw(id),
            None => Ok(()),
        },
    }
}

/// What is on the screen, the oldest first: what it is about, and the server's number for it.
#[derive(Debug, Default)]
struct Shown(Vec<(String, u32)>);

impl Shown {
    fn remove(&mut self, about: &str) -> Option<u32> {
        let place = self.0.iter().position(|(known, _)| known == about)?;
        Some(self.0.remove(place).1)
    }

    /// Makes room for one more: the number of the one that has to go.
    fn oldest_of_too_many(&mut self) -> Option<u32> {
        (self.0.len() >= MAX_SHOWN).then(|| self.0.remove(0).1)
    }

    /// What a word of the server means to us; it speaks of the notifications of others, too.
    fn take_in(&mut self, heard: Heard) -> Option<Clicked> {
        match heard {
            Heard::Clicked(id) => {
                let (about, _) = self.0.iter().find(|(_, known)| *known == id)?;
                Some(Clicked {
                    about: about.clone(),
                })
            }
            Heard::Closed(id) => {
                self.0.retain(|(_, known)| *known != id);
                None
            }
        }
    }
}

fn lock(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
