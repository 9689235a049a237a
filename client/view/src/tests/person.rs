//! Who somebody is: the pages, the two ways to compare, and what must not be missed.

use std::path::Path;
use std::sync::Arc;

use egui::{DroppedFile, Key, Modifiers, OutputCommand, Role};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::command::{IdentityVerdict, Verdict};
use onym_client_protocol::trust::TrustRule;
use onym_client_protocol::view_model::{PersonStanding, UiCommand};
use onym_identity::IdentityKey;
use onym_identity::invite::{Arrival, Invite, InvitedKey};
use onym_identity::jid::BareJid;
use onym_identity::statement::{ForeignKey, KeyProtocol};

use super::support::{TestWindow, main_window, press, press_with};
use crate::app_model::{FoundLink, LinkProblem, LinkSource, MainModel, ViewCommand};
use crate::sample::{self, person};
use crate::xmpp_link::link_to;

fn contact_page(model: MainModel) -> TestWindow {
    let mut window = main_window(model);
    press_with(&mut window, Modifiers::COMMAND, Key::I);
    window.run();
    window
}

fn our_page() -> TestWindow {
    our_page_of(person::ourselves())
}

fn our_page_of(model: MainModel) -> TestWindow {
    let mut window = main_window(model);
    window.get_by_label_contains("Open your page").click();
    window.run();
    window
}

fn click(window: &mut TestWindow, name: &str) {
    window.get_by_label(name).scroll_to_me();
    window.run();
    window.get_by_label(name).click();
    window.run();
}

fn says(window: &TestWindow, part: &str) -> bool {
    window.query_all_by_label_contains(part).next().is_some()
}

/// What is said of an identity that was compared, and is not the person's.
fn differs(jid: String) -> UiCommand {
    let (identity, verdict) = (theirs(), IdentityVerdict::Differs);
    UiCommand::DecideIdentity {
        jid,
        identity,
        verdict,
    }
}

fn jid(window: &mut TestWindow) -> String {
    let open = window.state_mut().main().view.conversation.as_ref();
    open.unwrap().contact.jid.clone()
}

fn theirs() -> IdentityKey {
    person::identity("Bruna Castelo")
}

#[test]
fn a_page_asks_for_who_it_is_while_it_is_open() {
    let mut window = main_window(person::verified());
    let jid = jid(&mut window);
    let asked = |window: &mut TestWindow| -> Vec<Option<String>> {
        let commands = window.state_mut().commands.drain(..);
        let asked = commands.filter_map(|command| match command {
            ViewCommand::Ui(UiCommand::ShowPerson { jid }) => Some(jid),
            _ => None,
        });
        asked.collect()
    };
    assert_eq!(asked(&mut window), []);
    press_with(&mut window, Modifiers::COMMAND, Key::I);
    window.run();
    assert_eq!(asked(&mut window), [Some(jid)]);
    press(&mut window, Key::Escape);
    window.run();
    assert_eq!(asked(&mut window), [None]);
    window.get_by_label_contains("Open your page").click();
    window.run();
    let ours = window.state_mut().main().view.our_jid.clone();
    assert_eq!(asked(&mut window), [Some(ours)]);
}

#[test]
fn every_standing_is_told_in_words() {
    for (model, title, why) in [
        (
            person::verified(),
            "Verified on 11 Nov 2026",
            "Whatever it signs is theirs",
        ),
        (
            person::named(),
            "The address is the key",
            "Nobody can be here who does not hold the key",
        ),
        (
            person::confirmed(),
            "Confirmed both ways",
            "publishes a signed statement, and the statement lists this account",
        ),
        (
            person::changed(),
            "Another identity since 23 Nov 2026",
            "Your messages wait until you have decided",
        ),
        (
            person::late(),
            "An identity that came later",
            "It signs nothing for you before you take or compare it",
        ),
        (
            person::revoked(),
            "This identity has ended",
            "Nothing that it signed counts any more",
        ),
        (
            person::contradicted(),
            "The key of this identity is in two places",
            "Only the first of the two counts here",
        ),
        (
            person::unknown(),
            "No identity behind this address",
            "the operator of the server says",
        ),
        (
            person::expected(),
            "Compared on 20 Nov 2026, and not seen here yet",
            "whoever runs the server still says who is there",
        ),
    ] {
        let window = contact_page(model);
        window.get_by_label(title);
        assert!(says(&window, why), "{title}");
    }
}

#[test]
fn the_page_shows_addresses_keys_and_what_they_rest_on() {
    let mut window = contact_page(person::verified());
    window.get_by_label("Confirmed: this account publishes the same identity");
    window.get_by_label("Claimed only: this account has not confirmed it");
    window.get_by_label("Revoked since 24 Sep 2026: do not write there");
    window.get_by_label("Fingerprint: A4C1 09E2 7B35 66D0 F1A8  2C94 0E5D 71B3 88F6 4D20");
    let trusted = "Trusted: signed by the identity that you verified on 11 Nov 2026";
    assert_eq!(window.query_all_by_label(trusted).count(), 2);
    assert!(says(&window, "the identity has declared it invalid"));
    click(&mut window, "Copy fingerprint: OpenPGP");
    assert!(!says(&window, "You verified the identity"), "it is folded");
    click(&mut window, "4 changes");
    assert!(says(&window, "You verified the identity"));
    assert!(says(&window, "The identity was seen for the first time"));
    click(&mut window, "Hide the changes");
    assert!(!says(&window, "You verified the identity"));
}

#[test]
fn a_key_of_an_identity_that_was_not_compared_is_said_to_be_so() {
    let window = contact_page(person::named());
    let signed = "Signed by the identity behind this address";
    assert_eq!(window.query_all_by_label(signed).count(), 2);
    let window = contact_page(person::revoked());
    assert_eq!(window.query_all_by_label(signed).count(), 0);
    let void = "Signed by a statement that does not count any more";
    assert_eq!(window.query_all_by_label(void).count(), 2);
}

#[test]
fn a_name_like_that_of_another_contact_is_warned_of() {
    let window = contact_page(person::confirmed());
    window.get_by_label("The name can be taken for that of Noor, who is another contact of yours.");
}

#[test]
fn a_device_may_read_or_not_by_one_switch() {
    let mut window = contact_page(person::named());
    let device = person::named()
        .view
        .conversation
        .unwrap()
        .protection
        .devices[0]
        .clone();
    window.get_by_role_and_label(Role::CheckBox, "Phone: may read what you write");
    click(&mut window, "Phone: may read what you write");
    let expected = |verdict| UiCommand::SetTrust {
        jid: device.jid.clone(),
        device: device.id,
        key: device.key,
        verdict,
    };
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [expected(Verdict::Refused)]
    );
    let open = &mut window.state_mut().main().view.conversation;
    open.as_mut().unwrap().protection.devices[0].may_read = false;
    window.run();
    window
        .get_by_label("Phone: may read what you write")
        .focus();
    window.run();
    press(&mut window, Key::Space);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [expected(Verdict::Accepted)]
    );
}

/// Opens the dialog in which codes are shown, and gives it what was found.
fn having_read(found: Result<String, LinkProblem>, arrival: Arrival) -> TestWindow {
    having_read_with(person::named(), found, arrival)
}

fn having_read_with(
    model: MainModel,
    found: Result<String, LinkProblem>,
    arrival: Arrival,
) -> TestWindow {
    let mut window = contact_page(model);
    click(&mut window, "Compare in person…");
    window.get_by_role_and_label(Role::Image, "Your code, for them to scan");
    window.get_by_label("QR code from a file…").click();
    window.run();
    let asks = |command: &ViewCommand| matches!(command, ViewCommand::ReadLink(LinkSource::File));
    assert!(window.state().commands.iter().any(asks));
    window.state_mut().main().found_link = Some(FoundLink {
        serial: 1,
        found,
        arrival,
    });
    window.run();
    window
}

#[test]
fn a_code_of_the_right_identity_verifies_once_a_person_says_where_it_was() {
    let mut window = having_read(
        Ok(link_to(&sample::jid("Bruna Castelo"), None)),
        Arrival::Pasted,
    );
    window.get_by_label("This is the identity of Bruna Castelo");
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [],
        "a picture may be from anywhere"
    );
    click(&mut window, "I saw it on their screen: verified");
    let jid = jid(&mut window);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::VerifyIdentity {
            jid,
            identity: theirs(),
            is_verified: true
        }]
    );
    assert!(!says(&window, "Compare with Bruna Castelo in person"));
}

#[test]
fn a_code_of_another_identity_is_loud_and_changes_nothing_before_a_person_has_seen_it() {
    let mut window = having_read(Ok(link_to(&sample::jid("Noor"), None)), Arrival::Pasted);
    window.get_by_label("This is another identity");
    assert!(says(&window, "Nothing was changed"));
    assert!(!says(&window, "verified"));
    let other = person::identity("Noor");
    window.get_by_label(&format!("Identity: {other}"));
    assert_eq!(window.state_mut().take_ui_commands(), []);
    click(&mut window, "I saw it on their screen: it differs");
    let jid = jid(&mut window);
    assert_eq!(window.state_mut().take_ui_commands(), [differs(jid)]);
}

#[test]
fn what_proves_nothing_says_so() {
    let ours = link_to(&sample::jid("ourselves"), None);
    let legacy = BareJid::new("bruna@jabber.example").unwrap();
    let legacy = Invite::to(legacy).to_xmpp().unwrap();
    for (found, said) in [
        (Ok(ours), "This is your own code."),
        (Ok(legacy), "This is the code of another address"),
        (Ok("buy now".to_owned()), "This is no code of a person."),
        (Err(LinkProblem::NoCode), "No QR code was found in the pi"),
    ] {
        let mut window = having_read(found, Arrival::Pasted);
        assert!(says(&window, said), "{said}");
        assert!(!says(&window, "I saw it on their screen"));
        assert_eq!(window.state_mut().take_ui_commands(), []);
    }
}

#[test]
fn an_answer_from_before_the_dialog_counts_for_nothing() {
    let mut model = person::named();
    model.found_link = Some(FoundLink {
        serial: 7,
        found: Ok(link_to(&sample::jid("Bruna Castelo"), None)),
        arrival: Arrival::Pasted,
    });
    let mut window = contact_page(model);
    click(&mut window, "Compare in person…");
    assert!(!says(&window, "This is the identity of"));
}

#[test]
fn a_phrase_is_compared_by_voice() {
    let phrase = person::named().view.person.unwrap().phrase.unwrap();
    let mut window = contact_page(person::named());
    click(&mut window, "Compare by voice…");
    window.get_by_label(&phrase.ours().join(" "));
    window.get_by_label(&phrase.theirs().join(" "));
    click(&mut window, "It is the same");
    let jid = jid(&mut window);
    let say = |is_verified| UiCommand::VerifyIdentity {
        jid: jid.clone(),
        identity: theirs(),
        is_verified,
    };
    assert_eq!(window.state_mut().take_ui_commands(), [say(true)]);

    let mut window = contact_page(person::named());
    click(&mut window, "Compare by voice…");
    click(&mut window, "It differs");
    window.get_by_label("Somebody is between you");
    assert!(says(&window, "wait from now on"));
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [differs(jid.clone())]
    );
    click(&mut window, "Try it once more");
    click(&mut window, "It is the same");
    assert_eq!(window.state_mut().take_ui_commands(), [say(true)]);
    click(&mut window, "Compare by voice…");
    click(&mut window, "It differs");
    click(&mut window, "Take it back");
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [differs(jid.clone()), say(false)]
    );
}

#[test]
fn an_identity_that_differs_is_loud_and_has_its_ways_out() {
    let mut window = main_window(person::differs());
    assert!(says(&window, "you compared it. Your messages wait."));
    assert!(says(&window, "it is not that of Bruna Castelo"));
    click(&mut window, "Compare again…");
    window.get_by_label("It differs: compared on 23 Nov 2026");
    assert!(says(&window, "It does not count any more"));
    assert!(!says(&window, "Signed by the identity"));
    for way in ["Compare in person…", "Compare by voice…", "Block…"] {
        assert!(says(&window, way), "{way}");
    }
    click(&mut window, "Take it back");
    let (jid, identity, is_verified) = (jid(&mut window), theirs(), false);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::VerifyIdentity {
            jid,
            identity,
            is_verified
        }]
    );
}

#[test]
fn a_verification_is_taken_back() {
    let mut window = contact_page(person::verified());
    click(&mut window, "Take the verification back");
    let jid = jid(&mut window);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::VerifyIdentity {
            jid,
            identity: theirs(),
            is_verified: false
        }]
    );
}

#[test]
fn a_changed_identity_cannot_be_missed_and_is_decided_about() {
    for (button, verdict) in [
        ("Keep the old one", IdentityVerdict::KeepOld),
        ("Take the new one", IdentityVerdict::TakeNew),
    ] {
        let mut window = main_window(person::changed());
        let said = "The identity behind Bruna Castelo is another one. Your messages wait.";
        window.get_by_role_and_label(Role::Alert, said);
        assert!(says(&window, "Decide first whether it is really them"));
        window.get_by_label("Decide…");
        window.get_by_label("Look at it").click();
        window.run();
        window.get_by_label("Who is Bruna Castelo?");
        let new = person::identity("somebody else");
        for identity in [theirs(), new] {
            window.get_by_label(&format!("Identity: {identity}"));
        }
        assert_eq!(window.state_mut().take_ui_commands(), []);
        click(&mut window, button);
        let jid = jid(&mut window);
        assert_eq!(
            window.state_mut().take_ui_commands(),
            [UiCommand::DecideIdentity {
                jid,
                identity: new,
                verdict
            }]
        );
    }
}

#[test]
fn an_identity_that_came_late_waits_to_be_taken() {
    let mut window = contact_page(person::late());
    window.get_by_label("An identity that came later");
    let jid = jid(&mut window);
    window.state_mut().take_ui_commands();
    click(&mut window, "Take this identity");
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::DecideIdentity {
            jid,
            identity: theirs(),
            verdict: IdentityVerdict::TakeNew
        }]
    );
}

#[test]
fn leaving_the_question_decides_nothing() {
    let mut window = main_window(person::changed());
    click(&mut window, "Look at it");
    press(&mut window, Key::Escape);
    assert!(!says(&window, "Who is Bruna Castelo?"));
    assert_eq!(window.state_mut().take_ui_commands(), []);
    assert!(says(&window, "is another one. Your messages wait."));
}

#[test]
fn who_is_well_known_is_not_shouted_about() {
    for model in [person::verified(), person::named(), person::unknown()] {
        let window = main_window(model);
        assert!(!says(&window, "Look at it"));
    }
}

#[test]
fn an_identity_that_ended_leads_to_the_page_that_explains_it() {
    for model in [person::revoked(), person::contradicted()] {
        let mut window = main_window(model);
        click(&mut window, "Look at it");
        window.get_by_role_and_label(Role::Heading, "Contact");
        assert!(!says(&window, "Compare in person…") || says(&window, "in two places"));
    }
}

#[test]
fn the_shield_says_that_the_identity_was_compared() {
    let mut model = person::verified();
    let open = model.view.conversation.as_mut().unwrap();
    open.protection.shield = onym_client_protocol::view_model::Shield::Verified;
    assert!(matches!(
        open.person.standing,
        PersonStanding::Verified { .. }
    ));
    let mut window = main_window(model);
    click(&mut window, "Protection: Encrypted, keys compared");
    assert!(says(
        &window,
        "you have compared their identity, and it has signed"
    ));
}

#[test]
fn our_page_shows_what_we_sign_and_gives_it_away() {
    let mut window = our_page();
    window.get_by_label("Your identity");
    assert!(says(&window, "only who has your recovery words can"));
    assert!(says(&window, "Signed statement: Number"));
    assert!(says(&window, "No one can sign in your name with it"));
    window.get_by_label("Confirmed: this account publishes the same identity");
    window.get_by_label("Claimed only: this account has not confirmed it");
    click(&mut window, "Save statement…");
    let saves = |command: &ViewCommand| matches!(command, ViewCommand::SaveStatement { text } if text == "onym/1 statement");
    assert!(window.state().commands.iter().any(saves));
    window.get_by_label("Copy statement").scroll_to_me();
    window.run();
    window.get_by_label("Copy statement").click();
    window.step();
    let copied = window
        .output()
        .platform_output
        .commands
        .iter()
        .any(|it| matches!(it, OutputCommand::CopyText(text) if text == "onym/1 statement"));
    assert!(copied);
}

#[test]
fn another_device_is_signed_out_from_our_page() {
    let mut window = our_page();
    click(&mut window, "Sign out: Desk");
    assert_eq!(window.state_mut().take_ui_commands(), [], "it is asked");
    window.get_by_label("Sign out Desk?");
    click(&mut window, "Sign out");
    let device = sample::protection::our_devices().others[0].id;
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::RemoveOurDevice { device }]
    );
}

#[test]
fn what_was_compared_can_be_taken_back_also_where_it_was_not_seen() {
    let mut window = contact_page(person::expected());
    window.get_by_label("Compare in person…");
    let open = person::expected().view.person.unwrap();
    click(&mut window, "Take the verification back");
    let withdrawn = UiCommand::VerifyIdentity {
        jid: open.jid,
        identity: open.summary.identity.unwrap(),
        is_verified: false,
    };
    assert_eq!(window.state_mut().take_ui_commands(), [withdrawn]);
}

#[test]
fn another_address_is_listed_left_out_and_revoked() {
    let mut window = our_page();
    click(&mut window, "Add an address…");
    window.get_by_label("Which other address is yours?");
    super::support::type_into(&mut window, "Address", "ines@club.example");
    press(&mut window, Key::Enter);
    let jid = "ines@club.example".to_owned();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::ClaimAddress { jid }]
    );
    let work = "ines@work.example".to_owned();
    let drop = |is_revoked| UiCommand::DropAddress {
        jid: work.clone(),
        is_revoked,
    };
    click(&mut window, "Leave out: ines@work.example");
    assert_eq!(window.state_mut().take_ui_commands(), [drop(false)]);
    click(&mut window, "Revoke: ines@work.example");
    assert_eq!(window.state_mut().take_ui_commands(), [], "it is asked");
    click(&mut window, "Revoke for ever");
    assert_eq!(window.state_mut().take_ui_commands(), [drop(true)]);
}

#[test]
fn another_address_is_put_first_and_the_own_one_again() {
    let mut window = our_page();
    assert!(says(&window, "Contacts write to this endpoint first."));
    // Nobody writes to an account that does not confirm it.
    assert!(!says(&window, "Write here first: ines@work.example"));
    click(&mut window, "Write here first: ines@jabber.example");
    let prefer = |jid: &str| UiCommand::PreferAddress {
        jid: jid.to_owned(),
    };
    let asked = window.state_mut().take_ui_commands();
    assert_eq!(asked, [prefer("ines@jabber.example")]);

    let mut model = person::ourselves();
    let statement = model.view.person.as_mut().unwrap().statement.as_mut();
    let addresses = &mut statement.unwrap().addresses;
    let ours = addresses[0].jid.clone();
    addresses[0].is_first = false;
    addresses[1].is_first = true;
    let mut window = our_page_of(model);
    assert!(says(
        &window,
        "Contacts write to ines@jabber.example first."
    ));
    assert!(!says(&window, "Write here first: ines@jabber.example"));
    click(&mut window, "Write to this endpoint first");
    assert_eq!(window.state_mut().take_ui_commands(), [prefer(&ours)]);
}

#[test]
fn a_device_that_was_signed_out_gets_new_keys_by_one_click() {
    let mut model = person::named();
    let open = model.view.conversation.as_mut().unwrap();
    open.protection.hold = Some(onym_client_protocol::protection::Hold::SignedOut);
    let mut window = main_window(model);
    assert!(says(
        &window,
        "This device was signed out by another one of yours"
    ));
    click(&mut window, "Make new keys");
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::RenewOurDevice]
    );
}

/// A code as programs without identities show it: the address, and a key for each device.
fn code_of_devices(jid: &str, keys: &[(u32, [u8; 32])]) -> String {
    let mut invite = Invite::to(BareJid::new(jid).unwrap());
    invite.keys = keys
        .iter()
        .map(|(device, key)| InvitedKey {
            device: Some(*device),
            key: ForeignKey::new(KeyProtocol::Omemo, key),
        })
        .collect();
    invite.to_xmpp().unwrap()
}

#[test]
fn where_there_is_no_identity_a_code_verifies_the_devices_in_it() {
    let open = person::unknown().view.conversation.unwrap();
    let (address, phone) = (open.contact.jid, open.protection.devices[0].clone());
    let (number, key) = (phone.id.get(), phone.key.unwrap());
    let code = code_of_devices(&address, &[(number, *key.as_bytes())]);
    let mut window = having_read_with(person::unknown(), Ok(code), Arrival::Pasted);
    window.get_by_label("These are devices of Bruna Castelo as you know them");
    assert_eq!(window.state_mut().take_ui_commands(), []);
    click(&mut window, "I saw it on their screen: verified");
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::SetTrust {
            jid: address.clone(),
            device: phone.id,
            key: phone.key,
            verdict: Verdict::Verified
        }]
    );

    let code = code_of_devices(&address, &[(number, [9; 32])]);
    let mut window = having_read_with(person::unknown(), Ok(code), Arrival::Pasted);
    window.get_by_label("This is another key");
    assert!(!says(&window, "verified"));
    assert_eq!(window.state_mut().take_ui_commands(), []);
    click(&mut window, "I saw it on their screen: don’t trust it");
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::SetTrust {
            jid: address.clone(),
            device: phone.id,
            key: phone.key,
            verdict: Verdict::Refused
        }]
    );

    for (address, key, said) in [
        (address.as_str(), (77, [9; 32]), "It proves nothing"),
        (
            "eve@jabber.example",
            (number, *key.as_bytes()),
            "another address",
        ),
    ] {
        let code = code_of_devices(address, &[key]);
        let window = having_read_with(person::unknown(), Ok(code), Arrival::Pasted);
        assert!(says(&window, said), "{said}");
        assert!(!says(&window, "I saw it on their screen"));
    }
}

#[test]
fn devices_that_the_code_does_not_name_are_said() {
    let missing = "this device stays as it is";
    // The devices of somebody whose identity has signed them need not be in the code.
    let code = link_to(&sample::jid("Bruna Castelo"), None);
    let window = having_read(Ok(code.clone()), Arrival::Pasted);
    window.get_by_label("This is the identity of Bruna Castelo");
    assert!(!says(&window, missing));
    let mut model = person::named();
    let open = model.view.conversation.as_mut().unwrap();
    let added = &mut open.protection.devices[1];
    added.because = TrustRule::NeedsDecision;
    added.label = Some("Desk at work".to_owned());
    let (number, key) = (added.id.get(), added.key.unwrap());
    let window = having_read_with(model.clone(), Ok(code), Arrival::Pasted);
    assert!(says(&window, "The code does not name Desk at work"));
    assert!(says(&window, missing));
    let named = code_of_devices(&sample::jid("Bruna Castelo"), &[(number, *key.as_bytes())]);
    let window = having_read_with(model, Ok(named), Arrival::Pasted);
    window.get_by_label("This is the identity of Bruna Castelo");
    assert!(!says(&window, missing));
}

#[test]
fn one_of_several_addresses_is_chosen_or_left_to_the_program() {
    let mut window = contact_page(person::several());
    assert!(says(&window, "Now to bruna@jabber.example"));
    assert!(says(&window, "the one that they prefer is not reached"));
    assert!(says(&window, "No longer theirs"));
    let write_to = |jid: String, address: Option<&str>| UiCommand::WriteTo {
        jid,
        address: address.map(str::to_owned),
    };
    let jid = jid(&mut window);
    let legacy = "bruna@jabber.example";
    let choice = window.get_by_role_and_label(Role::RadioButton, legacy);
    choice.scroll_to_me();
    window.run();
    let choice = window.get_by_role_and_label(Role::RadioButton, legacy);
    choice.click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [write_to(jid.clone(), Some(legacy))]
    );
    let person = window.state_mut().main().view.person.as_mut().unwrap();
    person.ways.as_mut().unwrap().chosen = Some(legacy.to_owned());
    window.run();
    click(&mut window, "Automatic");
    assert_eq!(window.state_mut().take_ui_commands(), [write_to(jid, None)]);
    let old = "b.castelo@old.example";
    let mut former = window.query_all_by_role_and_label(Role::RadioButton, old);
    assert!(former.next().is_none(), "nobody writes there");
    // Whoever has one address is not asked.
    assert!(!says(&contact_page(person::named()), "Automatic"));
}

/// A picture that somebody drags onto the window.
#[derive(Debug)]
struct Dropped;

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        Path::new("photo.jpg")
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("nobody asks for them here".to_owned())
    }
}

#[test]
fn a_picture_of_their_code_is_dropped_on_the_dialog() {
    let drop = |window: &mut TestWindow| {
        window.input_mut().dropped_files.push(Arc::new(Dropped));
        window.run();
        let is_read = |command: &ViewCommand| matches!(command, ViewCommand::ReadDropped(path) if path == Path::new("photo.jpg"));
        window
            .state()
            .commands
            .iter()
            .filter(|it| is_read(it))
            .count()
    };
    let mut window = contact_page(person::named());
    assert_eq!(drop(&mut window), 0, "no dialog waits for it");
    click(&mut window, "Compare in person…");
    assert_eq!(drop(&mut window), 1, "it is read once");
}

#[test]
fn a_link_to_a_contact_says_who_they_are() {
    let mut model = person::verified();
    let jid = sample::jid("Bruna Castelo");
    let link = format!("xmpp:{jid}?roster;onym-serial=7");
    let person = model.view.person.as_mut().unwrap();
    assert_eq!(person.jid, jid);
    person.link.clone_from(&link);
    let mut window = contact_page(model);
    window.get_by_label("Copy link").scroll_to_me();
    window.run();
    window.get_by_label("Copy link").click();
    window.step();
    let commands = &window.output().platform_output.commands;
    let is_copied =
        |command: &OutputCommand| matches!(command, OutputCommand::CopyText(text) if *text == link);
    assert!(commands.iter().any(is_copied), "{commands:?}");
}
