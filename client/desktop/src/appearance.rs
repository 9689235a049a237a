use std::thread;

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedValue, Value};

/// How the desktop looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Appearance {
    /// It does not say.
    #[default]
    Unknown,
    /// It prefers light windows.
    Light,
    /// It prefers dark windows.
    Dark,
}

const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

/// Tells `changed` how the desktop looks, now and whenever it changes, from a thread of its own.
/// Nothing is told on a desktop without the settings portal.
pub fn watch_appearance(changed: impl Fn(Appearance) + Send + 'static) {
    let watching = thread::Builder::new().name("appearance".into());
    let started = watching.spawn(move || {
        if let Err(error) = watch(&changed) {
            tracing::debug!("the desktop does not say how it looks: {error}");
        }
    });
    if let Err(error) = started {
        tracing::warn!("cannot watch how the desktop looks: {error}");
    }
}

fn watch(changed: &dyn Fn(Appearance)) -> zbus::Result<()> {
    let bus = Connection::session()?;
    let portal = Proxy::new(
        &bus,
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Settings",
    )?;
    let changes = portal.receive_signal("SettingChanged")?;
    // `Read` wraps the value twice; `ReadOne` is younger than some portals.
    let now: OwnedValue = portal.call("Read", &(NAMESPACE, KEY))?;
    changed(appearance(&now));
    for change in changes {
        let body = change.body();
        let Ok((namespace, key, value)) = body.deserialize::<(String, String, Value<'_>)>() else {
            continue;
        };
        if namespace == NAMESPACE && key == KEY {
            changed(appearance(&value));
        }
    }
    Ok(())
}

/// The portal's number: 1 for dark, 2 for light, anything else for no preference.
fn appearance(value: &Value<'_>) -> Appearance {
    match value {
        Value::Value(inner) => appearance(inner),
        Value::U32(1) => Appearance::Dark,
        Value::U32(2) => Appearance::Light,
        _ => Appearance::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_s_numbers_are_understood() {
        let nested = Value::Value(Box::new(Value::Value(Box::new(Value::U32(1)))));
        assert_eq!(appearance(&nested), Appearance::Dark);
        assert_eq!(appearance(&Value::U32(2)), Appearance::Light);
        assert_eq!(appearance(&Value::U32(0)), Appearance::Unknown);
        assert_eq!(appearance(&Value::from("dark")), Appearance::Unknown);
    }
}
