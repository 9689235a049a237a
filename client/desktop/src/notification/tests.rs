//! Against a notification server on a bus of its own.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use zbus::blocking::connection;
use zbus::zvariant::OwnedValue;

use super::*;

/// Everything here happens in this process.
const LIMIT: Duration = Duration::from_secs(30);

/// What the server was asked.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Show {
        id: u32,
        replaces: u32,
        title: String,
        body: String,
    },
    Withdraw(u32),
}

struct Screen {
    asked: Sender<Asked>,
    next_id: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Screen {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".to_owned(), "body-markup".to_owned()]
    }

    #[expect(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &mut self,
        _app_name: String,
        replaces: u32,
        _icon: String,
        title: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let id = if replaces == 0 {
            self.next_id += 1;
            self.next_id
        } else {
            replaces
        };
        let shown = Asked::Show {
            id,
            replaces,
            title,
            body,
        };
        self.asked.send(shown).unwrap();
        id
    }

    fn close_notification(&self, id: u32) {
        self.asked.send(Asked::Withdraw(id)).unwrap();
    }
}

/// A desktop, and a notifier that shows something on it.
struct Desktop {
    bus: Connection,
    asked: Receiver<Asked>,
    clicks: Receiver<Clicked>,
    notifier: Notifier,
    _daemon: Daemon,
}

/// A message bus for one test; it ends when this is dropped.
struct Daemon(Child);

impl Daemon {
    /// Starts it, and says where it listens.
    fn start() -> (Self, String) {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let output = daemon.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut address).unwrap();
        (Self(daemon), address.trim().to_owned())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Desktop {
    fn new() -> Self {
        let (daemon, address) = Daemon::start();
        let (to_test, asked) = mpsc::channel();
        let screen = Screen {
            asked: to_test,
            next_id: 0,
        };
        let bus = connection::Builder::address(address.as_str())
            .unwrap()
            .serve_at(server::PATH, screen)
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .build()
            .unwrap();
        let (clicked, clicks) = mpsc::channel();
        let connect = move || connection::Builder::address(address.as_str())?.build();
        let notifier = Notifier::start_on(connect, move |click| clicked.send(click).unwrap());
        Self {
            bus,
            asked,
            clicks,
            notifier,
            _daemon: daemon,
        }
    }

    fn show(&self, about: &str, body: &str) {
        self.notifier.show(Notification {
            about: about.to_owned(),
            title: format!("From {about}"),
            body: body.to_owned(),
            silent: false,
        });
    }

    fn asked(&self) -> Asked {
        self.asked.recv_timeout(LIMIT).unwrap()
    }

    /// Shows a notification and returns its number.
    fn shown(&self, about: &str) -> u32 {
        self.show(about, "");
        match self.asked() {
            Asked::Show { id, .. } => id,
            other @ Asked::Withdraw(_) => panic!("{other:?}"),
        }
    }

    fn say<B>(&self, signal: &str, body: &B)
    where
        B: zbus::export::serde::Serialize + zbus::zvariant::DynamicType,
    {
        let interface = "org.freedesktop.Notifications";
        self.bus
            .emit_signal(None::<&str>, server::PATH, interface, signal, body)
            .unwrap();
    }
}

#[test]
fn a_later_notification_takes_the_place_of_an_earlier_one() {
    let desktop = Desktop::new();
    let alice = desktop.shown("alice");
    let bob = desktop.shown("bob");
    assert_ne!(alice, bob);
    desktop.show("alice", "<b>again</b>");
    let again = Asked::Show {
        id: alice,
        replaces: alice,
        title: "From alice".to_owned(),
        body: "&lt;b&gt;again&lt;/b&gt;".to_owned(),
    };
    assert_eq!(desktop.asked(), again);
    desktop.notifier.withdraw("bob");
    assert_eq!(desktop.asked(), Asked::Withdraw(bob));
}

#[test]
fn a_click_tells_what_the_notification_was_about() {
    let desktop = Desktop::new();
    let alice = desktop.shown("alice");
    let bob = desktop.shown("bob");
    // Notifications of other programs, and other actions, are not ours.
    desktop.say("ActionInvoked", &(1_000_u32, "default"));
    desktop.say("ActionInvoked", &(bob, "settings"));
    desktop.say("ActionInvoked", &(alice, "default"));
    let clicked = desktop.clicks.recv_timeout(LIMIT).unwrap();
    assert_eq!(clicked.about, "alice");
}

#[test]
fn what_has_gone_from_the_screen_is_not_replaced() {
    let desktop = Desktop::new();
    let alice = desktop.shown("alice");
    let bob = desktop.shown("bob");
    desktop.say("NotificationClosed", &(alice, 2_u32));
    // This is heard after it.
    desktop.say("ActionInvoked", &(bob, "default"));
    desktop.clicks.recv_timeout(LIMIT).unwrap();
    assert_ne!(desktop.shown("alice"), alice);
}

#[test]
fn many_conversations_do_not_hide_the_desktop() {
    let desktop = Desktop::new();
    let first = desktop.shown("0");
    for number in 1..MAX_SHOWN {
        desktop.shown(&number.to_string());
    }
    desktop.show("one more", "");
    assert_eq!(desktop.asked(), Asked::Withdraw(first));
    assert!(matches!(desktop.asked(), Asked::Show { replaces: 0, .. }));
}

#[test]
fn both_threads_end_with_the_notifier() {
    let Desktop {
        notifier,
        clicks,
        _daemon,
        ..
    } = Desktop::new();
    let another = notifier.clone();
    drop(notifier);
    another.withdraw("nothing");
    drop(another);
    // The thread that would tell of clicks is gone.
    let error = clicks.recv_timeout(LIMIT).unwrap_err();
    assert_eq!(error, mpsc::RecvTimeoutError::Disconnected);
}

#[test]
fn a_burst_starts_no_thread_for_each() {
    let desktop = Desktop::new();
    let about = |number: usize| (number % 10).to_string();
    desktop.shown(&about(0));
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let before = threads();
    for number in 0..10 * waiting::MAX_WAITING {
        desktop.shown(&about(number));
    }
    // Other tests of this process start and end theirs meanwhile.
    assert!(threads() < before + waiting::MAX_WAITING);
}
