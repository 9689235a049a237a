//! A device of ours is taken out of our lists while a program that knows no statements keeps announcing
//! it, as XEP-0384, section 5.3.1, has it.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::omemo::{DeviceId, Dialect};
use onym_client_protocol::trust::TrustRule;

use crate::our_statement::{BOBS, DESK, PHONE, add_phone, alice, bob, id_of, rule};
use crate::our_statement::{friends, waits};
use crate::world::{ALICE, BOB, World, jid};

const MINUTE: Duration = Duration::from_secs(60);

const OLD_LIST: &str = "eu.siacs.conversations.axolotl.devicelist";
const NEW_LIST: &str = "urn:xmpp:omemo:2:devices";

/// A list of devices as its node has it.
fn item(dialect: Dialect, ids: &[DeviceId]) -> String {
    let devices = ids.iter().map(|id| format!("<device id='{}'/>", id.get()));
    let devices: String = devices.collect();
    let list = match dialect {
        Dialect::Omemo => {
            format!("<list xmlns='eu.siacs.conversations.axolotl'>{devices}</list>")
        }
        Dialect::Omemo2 => format!("<devices xmlns='urn:xmpp:omemo:2'>{devices}</devices>"),
    };
    format!("<item id='current'>{list}</item>")
}

const fn node(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Omemo => OLD_LIST,
        Dialect::Omemo2 => NEW_LIST,
    }
}

/// What our server tells of our lists.
fn news(of: &str, ids: &[DeviceId]) -> String {
    let news = Dialect::ALL.map(|dialect| {
        let (node, item) = (node(dialect), item(dialect, ids));
        format!(
            "<message from='{of}'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
             <items node='{node}'>{item}</items></event></message>"
        )
    });
    news.concat()
}

/// Another program of the account announces these devices.
fn announce(world: &mut World, account: &str, ids: &[DeviceId]) {
    for dialect in Dialect::ALL {
        let (node, item) = (node(dialect), item(dialect, ids));
        let publish = format!(
            "<iq type='set' id='announce'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
             <publish node='{node}'>{item}</publish></pubsub></iq>"
        );
        world.say_as(account, &publish);
        world.drive();
    }
}

/// How often the screen of a device was told that another one was removed.
fn removed(world: &World, by: usize, device: DeviceId) -> usize {
    let events = world.devices[by].events.iter();
    let removed = Event::OurDeviceRemoved { device };
    events.filter(|event| **event == removed).count()
}

fn is_listed(world: &World, by: usize, of: &str, device: DeviceId) -> bool {
    world.protection(by, of).devices[&device].is_listed()
}

/// The device is back in the list before anybody could look, as both news come in one piece.
#[test]
fn the_end_of_a_removal_is_told_though_the_device_is_listed_again() {
    let mut world = World::new();
    let (desk, phone) = (id_of(&world, DESK), {
        let memory = world.devices[1].engine.memory();
        memory.our_device.as_ref().unwrap().id()
    });
    world.command(1, Command::GoOffline);
    world.drive();
    world.command(DESK, Command::RemoveOurDevice { device: phone });
    let heard = news(ALICE, &[desk]) + &news(ALICE, &[desk, phone]);
    world.hear(DESK, &heard);
    assert!(is_listed(&world, DESK, ALICE, phone));
    world.drive();
    assert_eq!(removed(&world, DESK, phone), 1);
}

#[test]
fn a_removal_ends_when_our_server_has_both_lists() {
    let mut world = World::new();
    let phone = world.devices[1].engine.memory().our_device.as_ref();
    let phone = phone.unwrap().id();
    world.command(1, Command::GoOffline);
    world.drive();
    world.command(DESK, Command::RemoveOurDevice { device: phone });
    while world.count_on_the_wire("<publish node='urn:xmpp:omemo:2:devices'") < 3 {
        assert_eq!(removed(&world, DESK, phone), 0);
        assert!(world.step());
    }
    assert_eq!(
        removed(&world, DESK, phone),
        0,
        "the answer is not here yet"
    );
    // Asked twice at once, it is told once.
    world.command(DESK, Command::RemoveOurDevice { device: phone });
    world.drive();
    assert_eq!(removed(&world, DESK, phone), 1);
    // What is in no list is removed at once.
    world.command(DESK, Command::RemoveOurDevice { device: phone });
    world.drive();
    assert_eq!(removed(&world, DESK, phone), 2);
}

#[test]
fn a_revoked_device_that_announces_itself_again_is_taken_out_again_a_few_times() {
    let mut world = friends();
    add_phone(&mut world);
    world.write(PHONE, &bob(), "From my phone");
    world.pass(MINUTE);
    let (desk, phone) = (id_of(&world, DESK), id_of(&world, PHONE));
    world.command(PHONE, Command::GoOffline);
    world.drive();
    world.devices[DESK].events.clear();
    world.command(DESK, Command::RemoveOurDevice { device: phone });
    world.drive();
    assert_eq!(removed(&world, DESK, phone), 1);
    assert!(!is_listed(&world, BOBS, &alice(), phone));

    let then = world.sent();
    announce(&mut world, &alice(), &[phone, desk]);
    for by in [DESK, BOBS] {
        assert!(!is_listed(&world, by, &alice(), phone), "{by}");
    }
    for _ in 0..20 {
        announce(&mut world, &alice(), &[phone, desk]);
    }
    let sent = world.sent_since(then);
    let ours = sent.matches(&format!("<publish node='{NEW_LIST}'")).count();
    // Five times, and three for its own label, which the announcements leave out.
    assert!((1..=8).contains(&ours), "{ours}");
    assert!(is_listed(&world, BOBS, &alice(), phone), "the last word");
    assert_eq!(rule(&world, phone), TrustRule::RevokedByIdentity);
    // The quarrel has not cost what puts our own place in the list right.
    for _ in 0..5 {
        announce(&mut world, &alice(), &[phone]);
        assert!(is_listed(&world, BOBS, &alice(), desk));
    }

    // Whatever was done before, the user is obeyed, though there is nothing new to be signed.
    world.devices[DESK].events.clear();
    world.command(DESK, Command::RemoveOurDevice { device: phone });
    world.pass(MINUTE);
    assert_eq!(removed(&world, DESK, phone), 1);
    assert!(!is_listed(&world, BOBS, &alice(), phone));
    assert_eq!(waits(&world), 0);
}

/// Its lists come after the statement, and a new stream has a new bound.
#[test]
fn a_revoked_device_is_found_in_the_lists_of_the_next_stream() {
    let mut world = friends();
    add_phone(&mut world);
    world.write(PHONE, &bob(), "From my phone");
    world.pass(MINUTE);
    let (desk, phone) = (id_of(&world, DESK), id_of(&world, PHONE));
    world.command(PHONE, Command::GoOffline);
    world.drive();
    world.command(DESK, Command::RemoveOurDevice { device: phone });
    world.pass(MINUTE);
    world.command(DESK, Command::GoOffline);
    world.drive();
    announce(&mut world, &alice(), &[phone, desk]);
    assert!(is_listed(&world, BOBS, &alice(), phone));
    world.command(DESK, Command::ConnectNow);
    world.pass(MINUTE);
    assert!(!is_listed(&world, BOBS, &alice(), phone));
}

#[test]
fn who_asks_for_devices_is_told_when_both_lists_are_here() {
    let mut world = World::new();
    world.drive();
    let read = Event::DevicesRead { jid: jid(BOB) };
    let count = |world: &World| {
        let events = world.devices[DESK].events.iter();
        events.filter(|event| **event == read).count()
    };
    assert_eq!(count(&world), 0, "nobody has asked");
    // At the same moment as before, which no clock could tell apart.
    for times in 1..3 {
        world.command(DESK, Command::RefreshDevices { jid: jid(BOB) });
        assert_eq!(count(&world), times - 1);
        world.drive();
        assert_eq!(count(&world), times);
    }
    world.forbidden = Some("urn:xmpp:omemo:2:devices");
    world.command(DESK, Command::RefreshDevices { jid: jid(BOB) });
    world.drive();
    assert_eq!(count(&world), 2, "one of the lists was not shown");
}
