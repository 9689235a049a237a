//! The parts that speak D-Bus, on a bus of their own: the keyring against GNOME's, notifications
//! and the tray against stand-ins that answer as freedesktop.org's specifications say.
//!
//! Each test starts itself again inside `dbus-run-session`, since a bus is chosen by an
//! environment variable.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    missing_docs,
    reason = "tests may panic and wait; the stand-ins have the signatures of their specifications"
)]

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use onym_desktop::{Keyring, Notification, Notifier, Tray, TrayEvent, TrayState};
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, connection};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the ignored test `name` on a bus and in a home folder of its own.
fn on_a_bus_of_its_own(name: &str) {
    let home = tempfile::tempdir().unwrap();
    let outcome = Command::new("dbus-run-session")
        .arg("--")
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", name])
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&outcome.stdout).into_owned()
        + &String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.status.success(), "{words}");
    assert!(words.contains("1 passed"), "{words}");
}

#[test]
fn a_secret_is_kept_by_the_keyring() {
    on_a_bus_of_its_own("inner_keyring");
}

#[test]
fn a_notification_is_shown_replaced_clicked_and_withdrawn() {
    on_a_bus_of_its_own("inner_notifications");
}

#[test]
fn the_tray_opens_the_window() {
    on_a_bus_of_its_own("inner_tray");
}

#[test]
fn a_desktop_without_any_of_it_is_no_error() {
    on_a_bus_of_its_own("inner_bare");
}

/// A program that goes with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

#[test]
#[ignore = "started by its outer test"]
fn inner_keyring() {
    let mut daemon = Command::new("gnome-keyring-daemon")
        .args(["--foreground", "--unlock", "--components=secrets"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    daemon.stdin.take().unwrap().write_all(b"password").unwrap();
    let _daemon = Running(daemon);
    let keyring = Keyring::new("/data/onym");
    let other = Keyring::new("/tmp/other");
    // Who asks before the daemon has its name makes the bus start another one, which is locked.
    let bus = DBusProxy::new(&Connection::session().unwrap()).unwrap();
    let name = "org.freedesktop.secrets";
    wait_until("the keyring has its name", || {
        bus.name_has_owner(name.try_into().unwrap()).unwrap()
    });
    wait_until("the keyring answers", || keyring.get().is_ok());
    assert!(Keyring::is_available());
    assert_eq!(keyring.get().unwrap(), None);
    keyring.put(b"one").unwrap();
    other.put(b"theirs").unwrap();
    keyring.put(&[0, 255, 7]).unwrap();
    assert_eq!(keyring.get().unwrap(), Some(vec![0, 255, 7]));
    keyring.remove().unwrap();
    assert_eq!(keyring.get().unwrap(), None);
    assert_eq!(other.get().unwrap(), Some(b"theirs".to_vec()));
}

#[derive(Debug, PartialEq)]
enum Heard {
    Notify {
        id: u32,
        replaces: u32,
        title: String,
        body: String,
    },
    Close(u32),
    Registered(String),
}

/// A notification server (Desktop Notifications Specification 1.2) that knows markup.
struct Server {
    heard: Sender<Heard>,
    next: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".into(), "actions".into(), "body-markup".into()]
    }

    #[expect(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &mut self,
        _app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        assert!(actions.iter().any(|action| action == "default"));
        let id = if replaces_id == 0 {
            self.next += 1;
            self.next
        } else {
            replaces_id
        };
        let heard = Heard::Notify {
            id,
            replaces: replaces_id,
            title: summary,
            body,
        };
        self.heard.send(heard).unwrap();
        id
    }

    fn close_notification(&self, id: u32) {
        self.heard.send(Heard::Close(id)).unwrap();
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("stand-in".into(), "test".into(), "1".into(), "1.2".into())
    }

    #[zbus(signal)]
    async fn action_invoked(
        emitter: &SignalEmitter<'_>,
        id: u32,
        action_key: &str,
    ) -> zbus::Result<()>;
}

fn serve<I: zbus::object_server::Interface>(
    name: &str,
    path: &str,
    server: impl FnOnce(Sender<Heard>) -> I,
) -> (Connection, Receiver<Heard>) {
    let (heard, hearing) = mpsc::channel();
    let bus = connection::Builder::session().unwrap();
    let bus = bus.serve_at(path, server(heard)).unwrap();
    let bus = bus.name(name.to_owned()).unwrap().build().unwrap();
    (bus, hearing)
}

#[test]
#[ignore = "started by its outer test"]
fn inner_notifications() {
    const PATH: &str = "/org/freedesktop/Notifications";
    let (bus, heard) = serve("org.freedesktop.Notifications", PATH, |heard| Server {
        heard,
        next: 0,
    });
    let (clicks, clicked) = mpsc::channel();
    let notifier = Notifier::start(move |click| clicks.send(click.about).unwrap());
    let show = |body: &str| {
        notifier.show(Notification {
            about: "bruna@example".into(),
            title: "Bruna".into(),
            body: body.into(),
            silent: true,
        });
        heard.recv_timeout(PATIENCE).unwrap()
    };
    let notify = |replaces: u32, body: &str| Heard::Notify {
        id: 1,
        replaces,
        title: "Bruna".into(),
        body: body.into(),
    };
    assert_eq!(show("<b>hi</b>"), notify(0, "&lt;b&gt;hi&lt;/b&gt;"));
    assert_eq!(show("again"), notify(1, "again"));

    // The listener subscribes a moment after it has the answer.
    let click = || {
        let destination: Option<&str> = None;
        let body = (1_u32, "default");
        let interface = "org.freedesktop.Notifications";
        bus.emit_signal(destination, PATH, interface, "ActionInvoked", &body)
            .unwrap();
        clicked.recv_timeout(Duration::from_millis(50)).ok()
    };
    let mut about = None;
    wait_until("the click is heard", || {
        about = click();
        about.is_some()
    });
    assert_eq!(about.as_deref(), Some("bruna@example"));

    notifier.withdraw("nobody@example");
    notifier.withdraw("bruna@example");
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(Heard::Close(1)));
}

/// What keeps the list of symbols (freedesktop.org's StatusNotifierWatcher).
struct Watcher {
    heard: Sender<Heard>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.heard.send(Heard::Registered(service)).unwrap();
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

#[test]
#[ignore = "started by its outer test"]
fn inner_tray() {
    let name = "org.kde.StatusNotifierWatcher";
    let (bus, heard) = serve(name, "/StatusNotifierWatcher", |heard| Watcher { heard });
    let (events, happened) = mpsc::channel();
    let state = TrayState {
        title: "Onym".into(),
        unread: 2,
        words: "Reachable".into(),
        open: "Open Onym".into(),
        quit: "Quit".into(),
    };
    let tray = Tray::start(state.clone(), move |event| {
        let _ended = events.send(event);
    })
    .unwrap();
    let Ok(Heard::Registered(service)) = heard.recv_timeout(PATIENCE) else {
        panic!("not registered");
    };
    let item = zbus::blocking::Proxy::new(
        &bus,
        service.as_str(),
        "/StatusNotifierItem",
        "org.kde.StatusNotifierItem",
    )
    .unwrap();
    let status = || item.get_property::<String>("Status").unwrap();
    assert_eq!(status(), "NeedsAttention");
    item.call::<_, _, ()>("Activate", &(0, 0)).unwrap();
    let is_open = |event| event == TrayEvent::Open;
    wait_until("the click is heard", || {
        happened.recv_timeout(PATIENCE).is_ok_and(is_open)
    });
    // A proxy keeps properties; this one asks again.
    drop(item);
    let locked = TrayState {
        title: "Onym (locked)".into(),
        unread: 0,
        ..state
    };
    tray.update(locked);
    let ask = |property: &str| {
        let reply = bus.call_method(
            Some(service.as_str()),
            "/StatusNotifierItem",
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &("org.kde.StatusNotifierItem", property),
        );
        let value: OwnedValue = reply.unwrap().body().deserialize().unwrap();
        String::try_from(value).unwrap()
    };
    wait_until("the change is shown", || ask("Status") == "Active");
    assert_eq!(ask("Title"), "Onym (locked)");
    drop(tray);
    wait_until("the symbol is gone", || {
        let names = DBusProxy::new(&bus).unwrap();
        let owned = names.name_has_owner(service.as_str().try_into().unwrap());
        !owned.unwrap()
    });
}

#[test]
#[ignore = "started by its outer test"]
fn inner_bare() {
    assert!(Tray::start(TrayState::default(), |_| ()).is_none());
    assert!(Keyring::new("x").put(b"y").is_err());
    let notifier = Notifier::start(|_| ());
    notifier.show(Notification {
        about: "a".into(),
        title: "b".into(),
        body: String::new(),
        silent: false,
    });
}
