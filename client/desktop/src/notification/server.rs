use std::cell::OnceCell;
use std::collections::HashMap;
use std::time::Duration;

use zbus::Message;
use zbus::blocking::{Connection, Proxy, connection};
use zbus::zvariant::Value;

use super::Notification;

const NAME: &str = "org.freedesktop.Notifications";
pub(super) const PATH: &str = "/org/freedesktop/Notifications";

/// A server that does not answer for so long is given up, for this one notification.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The action of a click on the notification itself.
const DEFAULT_ACTION: &str = "default";

/// Urgency "normal" of the specification.
const NORMAL: u8 = 1;

/// The server chooses how long a notification stays.
const AS_LONG_AS_USUAL: i32 = -1;

/// The notification server of the desktop (freedesktop.org's Desktop Notifications).
pub(super) struct Server<'a> {
    proxy: Proxy<'a>,
    /// Whether it reads markup in the text, once it has said so.
    markup: OnceCell<bool>,
}

/// A word of the server about the notification with this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// The user clicked it.
    Clicked(u32),
    /// It is off the screen.
    Closed(u32),
}

/// The bus of the user's session.
pub(super) fn session_bus() -> zbus::Result<Connection> {
    connection::Builder::session()?
        .method_timeout(ANSWER_LIMIT)
        .build()
}

impl Server<'_> {
    pub(super) fn of(bus: &Connection) -> zbus::Result<Self> {
        Ok(Self {
            proxy: Proxy::new(bus, NAME, PATH, NAME)?,
            markup: OnceCell::new(),
        })
    }

    /// Shows a notification, in the place of the one with the number `replaces`; its number.
    pub(super) fn show(&self, what: &Notification, replaces: Option<u32>) -> zbus::Result<u32> {
        let hints = HashMap::from([
            ("category", Value::from("im.received")),
            ("desktop-entry", Value::from("onym")),
            ("suppress-sound", Value::from(what.silent)),
            ("urgency", Value::from(NORMAL)),
        ]);
        let arguments = (
            "Onym",
            replaces.unwrap_or(0),
            "onym",
            what.title.as_str(),
            body(&what.body, self.reads_markup()?),
            vec![DEFAULT_ACTION, "Open"],
            hints,
            AS_LONG_AS_USUAL,
        );
        self.proxy.call("Notify", &arguments)
    }

    /// Nothing is shown before this is known.
    fn reads_markup(&self) -> zbus::Result<bool> {
        if let Some(known) = self.markup.get() {
            return Ok(*known);
        }
        let abilities: Vec<String> = self.proxy.call("GetCapabilities", &())?;
        let reads = abilities.iter().any(|ability| ability == "body-markup");
        Ok(*self.markup.get_or_init(|| reads))
    }

    /// Takes a notification off the screen.
    pub(super) fn withdraw(&self, id: u32) -> zbus::Result<()> {
        self.proxy.call("CloseNotification", &(id,))
    }

    /// What the server says, until the connection ends.
    pub(super) fn hear(&self) -> zbus::Result<impl Iterator<Item = Heard> + Send + use<>> {
        Ok(self
            .proxy
            .receive_all_signals()?
            .filter_map(|signal| heard(&signal)))
    }
}

fn heard(signal: &Message) -> Option<Heard> {
    let header = signal.header();
    let body = signal.body();
    match header.member()?.as_str() {
        "ActionInvoked" => {
            let (id, action): (u32, String) = body.deserialize().ok()?;
            (action == DEFAULT_ACTION).then_some(Heard::Clicked(id))
        }
        "NotificationClosed" => {
            let (id, _why): (u32, u32) = body.deserialize().ok()?;
            Some(Heard::Closed(id))
        }
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_s_markup_is_text() {
        assert_eq!(body("<b>&</b>", true), "&lt;b&gt;&amp;&lt;/b&gt;");
        assert_eq!(body("<b>", false), "<b>");
    }
}
