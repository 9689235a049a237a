//! Two windows over Tor: who the other one is, by what their identities sign.

use libtest_mimic::Failed;
use onym_tests::{Desktop, Person, SlixmppHome, Window, slixmpp_python};

use crate::Test;
use crate::friends::{delivered, reachable, row_with};
use crate::people::{LIMIT, album, open, send};
use crate::world::{MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "an_invite_and_then_devices_need_no_further_step",
    an_invite_and_then_devices_need_no_further_step,
)];

fn an_invite_and_then_devices_need_no_further_step(world: &World) -> Outcome {
    let toml = world.network()?.client_config_toml();
    let (alice, bob) = (Person::new("alice", &toml)?, Person::new("bob", &toml)?);
    let (mut hers, mut his) = (Desktop::start()?, Desktop::start()?);
    let mut her_window = alice.open_window(&mut hers, &album("identities/alice"))?;
    let mut his_window = bob.open_window(&mut his, &album("identities/bob"))?;
    reachable(&mut her_window)?;
    reachable(&mut his_window)?;

    let link = make_invite(&mut her_window)?;
    his_window.press("Add contact")?;
    his_window.fill("Address or link", &link)?;
    his_window.see("Onym address, complete and without mistakes")?;
    his_window.fill("Name (only you see it)", "Alice")?;
    his_window.press("Look who Alice is")?;
    his_window.wait_for("An identity vouches for this address", MESSAGE_LIMIT)?;
    his_window.picture("01-invite")?;
    his_window.press("Send request")?;
    let him = row_with(&mut her_window, ", Online", MESSAGE_LIMIT)?;
    his_window.wait_for("Alice, Online", MESSAGE_LIMIT)?;
    her_window.picture("02-he-is-in")?;
    open(&mut her_window, &him)?;
    open(&mut his_window, "Alice")?;
    send(&mut his_window, "Alice", "You let me in")?;
    delivered(&mut his_window, "You let me in")?;
    her_window.wait_for("You let me in", MESSAGE_LIMIT)?;
    send(&mut her_window, &him, "Nobody had to ask")?;
    delivered(&mut her_window, "Nobody had to ask")?;
    // Each knows the other's identity, and that it has signed the device that writes.
    for (window, name) in [
        (&mut his_window, "02-who-she-is"),
        (&mut her_window, "03-who-he-is"),
    ] {
        look_at_contact(window)?;
        window.wait_for("Known from an invite", MESSAGE_LIMIT)?;
        let tree = window.wait_for(
            "Trusted: its owner’s identity has signed its key",
            MESSAGE_LIMIT,
        )?;
        assert!(
            !tree.shows("New: it gets nothing until you decide"),
            "{tree}"
        );
        window.picture(name)?;
        window.keys("Escape")?;
    }

    they_meet((&alice, &mut her_window), (&bob, &mut his_window))?;
    his_window.close()?;
    a_device_comes_and_goes(&alice, &bob, &mut her_window)?;
    her_window.close()?;
    Ok(())
}

/// Each reads the code on the other's screen, which is all that makes both verified.
fn they_meet(
    (alice, her_window): (&Person, &mut Window<'_>),
    (bob, his_window): (&Person, &mut Window<'_>),
) -> Outcome {
    for (reader, shown) in [(bob, alice), (alice, bob)] {
        let made = shown.run(["invite", "--without-token"])?.lines;
        let mut codes = made.iter().filter_map(|line| line["xmpp"].as_str());
        let code = codes.next().ok_or("no code")?;
        reader.run(["contact", "add", code, "--in-person"])?;
    }
    is_verified(his_window)?;
    is_verified(her_window)
}

fn is_verified(window: &mut Window<'_>) -> Outcome {
    look_at_contact(window)?;
    window.wait_for("Verified on", MESSAGE_LIMIT)?;
    window.picture("04-they-have-met")?;
    window.keys("Escape")?;
    Ok(())
}

/// Bob takes a second device, and signs it out. Alice is asked about neither.
///
/// His endpoint runs without a window: only so it lets other programs in on this machine.
fn a_device_comes_and_goes(alice: &Person, bob: &Person, her_window: &mut Window<'_>) -> Outcome {
    let Some(python) = slixmpp_python() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "slixmpp-omemo is missing: run scripts/setup"
        );
        return Ok(());
    };
    let mut endpoint = bob.serve()?;
    let port = endpoint.loopback()?.port();
    let _client = bob.listen()?;
    let added = bob.run(["device", "add", "slixmpp"])?.lines;
    let mut passwords = added.iter().filter_map(|line| line["password"].as_str());
    let password = passwords.next().ok_or("no password")?;
    let home = SlixmppHome::new()?;
    let second = home.start(&python, (bob.jid(), password), port, "omemo2")?;
    let number = second.device().to_string();
    bob.wait_for_device(bob, second.device(), "needs-decision", MESSAGE_LIMIT)?;
    bob.run(["trust", bob.jid(), &number, "accept"])?;
    look_at_contact(her_window)?;
    let named = format!("Device {number}");
    her_window.wait_for(&named, MESSAGE_LIMIT)?;
    her_window.wait_until(
        "two devices that his identity has signed",
        MESSAGE_LIMIT,
        |tree| {
            let signed = "Verified: an identity that you compared has signed its key";
            tree.all().iter().filter(|it| it.says(signed)).count() >= 2
        },
    )?;
    her_window.picture("05-his-second-device")?;

    bob.run(["devices", "remove", &number])?;
    her_window.wait_for(
        "Revoked: its owner has declared its key invalid",
        MESSAGE_LIMIT,
    )?;
    her_window.picture("06-it-is-revoked")?;
    her_window.keys("Escape")?;
    her_identity_ends(alice, bob, her_window)
}

/// Alice ends her identity on her own page. Bob hears of it, and nothing of hers counts any more.
fn her_identity_ends(alice: &Person, bob: &Person, her_window: &mut Window<'_>) -> Outcome {
    her_window.press_one("the way to her page", |it| {
        it.name.ends_with("Open your page")
    })?;
    her_window.press("End this identity now…")?;
    her_window.fill("Type “end” to confirm", "end")?;
    her_window.picture("07-the-end")?;
    her_window.press("End the identity")?;
    her_window.wait_for("You have revoked your identity", MESSAGE_LIMIT)?;
    her_window.picture("08-it-has-ended")?;
    bob.wait_until_behind(alice, MESSAGE_LIMIT, |who| who["state"] == "ended")?;
    Ok(())
}

/// Makes an invite that lets one person in, and takes its link from the clipboard.
fn make_invite(window: &mut Window<'_>) -> Result<String, Failed> {
    window.press("Menu")?;
    window.press("Invite somebody")?;
    window.press("Make invite")?;
    window.wait_for("QR code of the invite", LIMIT)?;
    window.picture("01-invite")?;
    window.press("Copy link")?;
    window.see("The link is in the clipboard.")?;
    let link = window.desktop().clipboard()?;
    window.press("Close")?;
    Ok(link)
}

/// Opens the page of the person in the open conversation.
fn look_at_contact(window: &mut Window<'_>) -> Outcome {
    window.keys("ctrl+i")?;
    window.see("Who this is")?;
    Ok(())
}
