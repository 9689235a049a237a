//! Who is in these tests, and where their pictures go.

use std::path::{Path, PathBuf};
use std::time::Duration;

use libtest_mimic::Failed;
use onym_tests::{Person, Window, WindowError};

/// What a user needs no network for.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// A passphrase that is not weak.
pub(crate) const PASSPHRASE: &str = "copper lantern river seven";

/// A Tor network whose entries are all on a port of this machine where nobody listens: what a
/// computer without a network sees, without a packet that leaves it.
pub(crate) fn no_network() -> String {
    let cache = |number: u8| {
        let rsa = format!("{number:02x}").repeat(20);
        let ed = data_of(number);
        format!(
            "\n[[tor_network.fallback_caches]]\nrsa_identity = \"{rsa}\"\n\
             ed_identity = \"{ed}\"\norports = [\"127.0.0.1:9\"]\n"
        )
    };
    let caches: String = (1..=3).map(cache).collect();
    let idents: Vec<String> = (1..=3_u8)
        .map(|number| format!("\"{}\"", format!("{number:02x}").repeat(20)))
        .collect();
    format!(
        "[address_filter]\nallow_local_addrs = true\n\n[tor_network.authorities]\n\
         v3idents = [{}]\n{caches}",
        idents.join(", ")
    )
}

/// 32 bytes in Base64 without padding: 42 letters stand for 252 bits, the last for four more.
fn data_of(number: u8) -> String {
    let letter = char::from(b'a' + number);
    format!("{}A", letter.to_string().repeat(42))
}

/// The folder for the pictures of a test.
pub(crate) fn album(test: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let named = std::env::var_os("ONYM_WINDOW_RUN").map(PathBuf::from);
    named
        .unwrap_or_else(|| target.unwrap_or(Path::new("target")).join("window-run"))
        .join(test)
}

/// Somebody with an identity and without a network.
pub(crate) fn offline(name: &str) -> Result<Person, Failed> {
    Ok(Person::new(name, &no_network())?)
}

/// Asks somebody to become a contact, with the form of the window, and opens the conversation.
pub(crate) fn add(window: &mut Window<'_>, jid: &str, name: &str) -> Result<(), WindowError> {
    window.press("Add contact")?;
    window.fill("Address or link", jid)?;
    window.see("Onym address, complete and without mistakes")?;
    window.fill("Name (only you see it)", name)?;
    window.press("Send request")?;
    window.see_no_more("Paste their address or a link")?;
    open(window, name)
}

/// Opens a conversation from the list.
pub(crate) fn open(window: &mut Window<'_>, name: &str) -> Result<(), WindowError> {
    let in_list = format!("{name}, ");
    window.press_one(&format!("the row of {name}"), |row| {
        row.name == name || row.name.starts_with(&in_list)
    })?;
    let field = format!("Message {name}");
    window.wait_until(&format!("{field:?}"), LIMIT, |tree| {
        tree.control(&field).is_some()
    })?;
    Ok(())
}

/// Writes a message in the open conversation with somebody, and sends it.
pub(crate) fn send(window: &mut Window<'_>, to: &str, text: &str) -> Result<(), WindowError> {
    let field = format!("Message {to}");
    window.fill(&field, text)?;
    window.keys("Return")?;
    window.wait_until(&format!("the message {text:?}"), LIMIT, |tree| {
        tree.find(|item| item.role == "list item" && item.says(text))
            .is_some()
    })?;
    Ok(())
}

/// Somebody whose identity is sealed with [`PASSPHRASE`], and the recovery words of it.
pub(crate) fn sealed(name: &str) -> Result<(Person, String), Failed> {
    let person = Person::without_identity(name, &no_network())?;
    let file = person.passphrase_file(PASSPHRASE)?;
    let file = file.to_string_lossy();
    let made = person.run(["--passphrase-file", &file, "identity", "new"])?;
    let phrase = made.lines.iter().find_map(|line| line["phrase"].as_str());
    let phrase = phrase.ok_or("no recovery words")?.to_owned();
    Ok((person, phrase))
}
