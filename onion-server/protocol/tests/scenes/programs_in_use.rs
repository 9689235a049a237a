//! Acted scripts: what programs that people use do with nodes, in the order in which they do it
//! (as read in Gajim 1.7.3, Dino 0.4.2, Profanity 0.13.1 and Conversations 2.12.8).

use onym_stream::{Element, ns};

use crate::client::{Actor, condition};
use crate::program::{Program, conditions, form, heard, ids, items, options, publication};
use crate::subscriptions::verona;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";

const DEVICES: &str = "eu.siacs.conversations.axolotl.devicelist";
const BOOKMARKS: &str = "urn:xmpp:bookmarks:1";

fn bundle_node(device: u32) -> String {
    format!("eu.siacs.conversations.axolotl.bundles:{device}")
}

fn devices(ids: &[u32]) -> String {
    let devices: String = ids
        .iter()
        .map(|id| format!("<device id='{id}'/>"))
        .collect();
    format!("<list xmlns='eu.siacs.conversations.axolotl'>{devices}</list>")
}

fn bundle() -> String {
    let keys: String = (1..=100)
        .map(|n| {
            format!(
                "<preKeyPublic preKeyId='{n}'>{}</preKeyPublic>",
                "A".repeat(44)
            )
        })
        .collect();
    format!(
        "<bundle xmlns='eu.siacs.conversations.axolotl'>\
         <signedPreKeyPublic signedPreKeyId='1'>{0}</signedPreKeyPublic>\
         <signedPreKeySignature>{0}</signedPreKeySignature><identityKey>{0}</identityKey>\
         <prekeys>{keys}</prekeys></bundle>",
        "A".repeat(44)
    )
}

/// The form in an answer about a node's configuration.
fn configuration(w: &mut World, actor: Actor, to: Option<&str>, node: &str) -> Element {
    let question = format!(
        "<pubsub xmlns='{}'><configure node='{node}'/></pubsub>",
        ns::PUBSUB_OWNER
    );
    let answer = w.gets(actor, "get", to, &question);
    let configure = answer
        .get_child("pubsub", ns::PUBSUB_OWNER)
        .and_then(|pubsub| pubsub.get_child("configure", ns::PUBSUB_OWNER))
        .unwrap()
        .clone();
    assert_eq!(configure.attr("node"), Some(node));
    configure.get_child("x", ns::DATA_FORMS).unwrap().clone()
}

fn configure(w: &mut World, actor: Actor, node: &str, form: &str) {
    let request = format!(
        "<pubsub xmlns='{}'><configure node='{node}'>{form}</configure></pubsub>",
        ns::PUBSUB_OWNER
    );
    w.gets(actor, "set", None, &request);
}

/// The whole form sent back with another access model, as Dino and Conversations do it.
fn with_access_model(form: &Element, model: &str) -> String {
    let fields: String = form
        .children()
        .filter(|child| child.name() == "field")
        .map(|field| {
            let (var, kind) = (field.attr("var").unwrap(), field.attr("type").unwrap());
            let value = field.get_child("value", ns::DATA_FORMS).unwrap().text();
            let value = if var == "pubsub#access_model" {
                model.to_owned()
            } else {
                value
            };
            format!("<field var='{var}' type='{kind}'><value>{value}</value></field>")
        })
        .collect();
    format!("<x xmlns='{}' type='submit'>{fields}</x>", ns::DATA_FORMS)
}

fn refused_precondition() -> (String, Option<String>) {
    (
        "conflict".to_owned(),
        Some("precondition-not-met".to_owned()),
    )
}

#[test]
fn gajim_publishes_its_devices_and_puts_a_wrong_node_right() {
    let (mut w, gajim, juliet) = verona();
    // Another program has left the node closed.
    w.publishes(gajim, DEVICES, "current", &devices(&[1]));
    let wanted = options(&[
        ("pubsub#persist_items", "true"),
        ("pubsub#access_model", "open"),
    ]);
    let publish = publication(DEVICES, "current", &devices(&[1, 2]), &wanted);
    let refused = w.asks(gajim, "set", None, &publish);
    assert_eq!(conditions(&refused), refused_precondition());
    let form = configuration(&mut w, gajim, Some(ROMEO), DEVICES);
    let form_type = form
        .children()
        .find(|field| field.attr("var") == Some("FORM_TYPE"))
        .unwrap();
    let form_type = form_type.get_child("value", ns::DATA_FORMS).unwrap();
    assert_eq!(form_type.text(), ns::NODE_CONFIG);
    configure(&mut w, gajim, DEVICES, &with_access_model(&form, "open"));
    let answer = w.gets(gajim, "set", None, &publish);
    let publish = answer.get_child("pubsub", ns::PUBSUB).unwrap();
    let publish = publish.get_child("publish", ns::PUBSUB).unwrap();
    assert_eq!(publish.attr("node"), Some(DEVICES));
    let item = publish.children().next().unwrap();
    assert_eq!(item.attr("id"), Some("current"));
    let node = bundle_node(2);
    let publish = publication(&node, "current", &bundle(), &wanted);
    w.gets(gajim, "set", None, &publish);
    // A stranger writes for the first time: she reads his devices and the bundle.
    let read = w.gets(
        juliet,
        "get",
        Some(ROMEO),
        &items(DEVICES, " max_items='1'"),
    );
    assert_eq!(ids(&read), ["current"]);
    assert!(String::from(&read).contains("<device"));
    let read = w.gets(juliet, "get", Some(ROMEO), &items(&node, " max_items='1'"));
    let xml = String::from(&read);
    assert_eq!(xml.matches("preKeyId").count(), 100);
    let missing = w.asks(juliet, "get", Some(ROMEO), &items(&bundle_node(3), ""));
    assert_eq!(condition(&missing), "item-not-found");
}

#[test]
fn dino_publishes_without_options_and_configures_afterwards() {
    let (mut w, dino, juliet) = verona();
    w.befriend(dino, juliet);
    w.shows_up(juliet, &Program::new("dino", &[DEVICES, BOOKMARKS]));
    let node = bundle_node(1);
    for (node, id, payload) in [
        (DEVICES, "current", devices(&[1])),
        (node.as_str(), "1", bundle()),
    ] {
        let publish = publication(node, id, &payload, "");
        w.gets(dino, "set", Some(ROMEO), &publish);
        let form = configuration(&mut w, dino, None, node);
        configure(&mut w, dino, node, &with_access_model(&form, "open"));
        let after = configuration(&mut w, dino, None, node);
        let differing: Vec<_> = form
            .children()
            .zip(after.children())
            .filter(|(before, after)| before != after)
            .map(|(before, _)| before.attr("var").unwrap().to_owned())
            .collect();
        assert_eq!(differing, ["pubsub#access_model"], "the rest goes round");
    }
    assert_eq!(
        w.hears_of_nodes(juliet),
        [heard(ROMEO, DEVICES, "item current")]
    );
    // Bookmarks: one item for each room, private, without a limit.
    let wanted = options(&[
        ("pubsub#persist_items", "true"),
        ("pubsub#max_items", "max"),
        ("pubsub#send_last_published_item", "never"),
        ("pubsub#access_model", "whitelist"),
    ]);
    let rooms: Vec<_> = (0..40).map(|n| format!("room{n}@muc.example")).collect();
    for room in &rooms {
        let conference = "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>";
        let publish = publication(BOOKMARKS, room, conference, &wanted);
        w.gets(dino, "set", None, &publish);
    }
    assert_eq!(
        ids(&w.gets(dino, "get", None, &items(BOOKMARKS, ""))),
        rooms
    );
    assert!(w.hears_of_nodes(juliet).is_empty());
    let closed = w.asks(juliet, "get", Some(ROMEO), &items(BOOKMARKS, ""));
    assert_eq!(condition(&closed), "not-allowed");
}

#[test]
fn profanity_looks_for_the_feature_and_reconfigures() {
    let (mut w, profanity, _) = verona();
    let question = format!("<query xmlns='{}'/>", ns::DISCO_INFO);
    let info = w.gets(profanity, "get", Some(ROMEO), &question);
    assert!(String::from(&info).contains(ns::PUBLISH_OPTIONS));
    let list = publication(
        DEVICES,
        "current",
        &devices(&[7]),
        &options(&[("pubsub#access_model", "open")]),
    );
    w.gets(profanity, "set", None, &list);
    let node = bundle_node(7);
    // The node is there already, as another session left it.
    w.publishes(profanity, &node, "current", &bundle());
    let wanted = options(&[
        ("pubsub#persist_items", "true"),
        ("pubsub#access_model", "open"),
    ]);
    let publish = publication(&node, "current", &bundle(), &wanted);
    let refused = w.asks(profanity, "set", None, &publish);
    assert_eq!(conditions(&refused), refused_precondition());
    let form = configuration(&mut w, profanity, Some(ROMEO), &node);
    configure(&mut w, profanity, &node, &with_access_model(&form, "open"));
    w.gets(profanity, "set", None, &publish);
}

fn conversations() -> Program {
    Program::new(
        "conversations",
        &[
            DEVICES,
            BOOKMARKS,
            ns::AVATAR_METADATA,
            ns::NICKNAME,
            ns::DISPLAYED_SYNC,
        ],
    )
}

#[test]
fn conversations_keeps_bookmarks() {
    let (mut w, phone, _) = verona();
    w.shows_up(phone, &conversations());
    // It asks for all bookmarks first; there are none yet.
    let none = w.asks(phone, "get", None, &items(BOOKMARKS, ""));
    assert_eq!(condition(&none), "item-not-found");
    let wanted = options(&[
        ("pubsub#persist_items", "true"),
        ("pubsub#access_model", "whitelist"),
        ("pubsub#max_items", "128"),
        ("pubsub#send_last_published_item", "never"),
        ("pubsub#notify_delete", "true"),
        ("pubsub#notify_retract", "true"),
    ]);
    let room = "room@muc.example";
    let conference = "<conference xmlns='urn:xmpp:bookmarks:1'/>";
    w.gets(
        phone,
        "set",
        None,
        &publication(BOOKMARKS, room, conference, &wanted),
    );
    // Another program had made the node before with other options.
    let other = options(&[("pubsub#max_items", "max")]);
    let refused = w.asks(
        phone,
        "set",
        None,
        &publication(BOOKMARKS, room, conference, &other),
    );
    assert_eq!(conditions(&refused), refused_precondition());
    let fields = form(ns::NODE_CONFIG, &[("pubsub#max_items", "max")]);
    configure(&mut w, phone, BOOKMARKS, &fields);
    w.gets(
        phone,
        "set",
        None,
        &publication(BOOKMARKS, room, conference, &other),
    );
    let retract = format!(
        "<pubsub xmlns='{}'><retract node='{BOOKMARKS}' notify='true'><item id='{room}'/>\
         </retract></pubsub>",
        ns::PUBSUB
    );
    w.gets(phone, "set", None, &retract);
    assert_eq!(
        w.hears_of_nodes(phone),
        [
            heard(ROMEO, BOOKMARKS, &format!("item {room}")),
            heard(ROMEO, BOOKMARKS, &format!("item {room}")),
            heard(ROMEO, BOOKMARKS, &format!("retract {room}"))
        ]
    );
}

#[test]
fn conversations_keeps_what_was_read_and_a_nickname() {
    let (mut w, phone, juliet) = verona();
    let program = conversations();
    w.befriend(phone, juliet);
    w.shows_up(phone, &program);
    // XEP-0490: one item for each conversation; a second client learns them by asking.
    let wanted = options(&[
        ("pubsub#persist_items", "true"),
        ("pubsub#max_items", "max"),
        ("pubsub#send_last_published_item", "never"),
        ("pubsub#access_model", "whitelist"),
    ]);
    for n in 0..30 {
        let displayed = format!(
            "<displayed xmlns='{}'><stanza-id xmlns='urn:xmpp:sid:0' by='{ROMEO}' id='{n}'/>\
             </displayed>",
            ns::DISPLAYED_SYNC
        );
        let contact = format!("c{}@x.example", n % 10);
        let publish = publication(ns::DISPLAYED_SYNC, &contact, &displayed, &wanted);
        w.gets(phone, "set", None, &publish);
    }
    assert_eq!(w.hears_of_nodes(phone).len(), 30);
    let desk = w.owner(ROMEO, "desk2");
    w.shows_up(desk, &program);
    assert!(w.hears_of_nodes(desk).is_empty(), "never means never");
    let read = w.gets(desk, "get", None, &items(ns::DISPLAYED_SYNC, ""));
    assert_eq!(ids(&read).len(), 10);
    assert!(w.hears_of_nodes(juliet).is_empty());
    // The nickname goes to friends with their next presence.
    let nick = format!("<nick xmlns='{}'>Romeo</nick>", ns::NICKNAME);
    w.publishes(phone, ns::NICKNAME, "current", &nick);
    w.shows_up(juliet, &program);
    assert_eq!(
        w.hears_of_nodes(juliet),
        [heard(ROMEO, ns::NICKNAME, "item current")]
    );
}

#[test]
fn options_that_a_new_node_cannot_have_make_none() {
    let (mut w, romeo, _) = verona();
    for (fields, expected) in [
        (
            &[("pubsub#unheard_of", "1")][..],
            ("conflict", "precondition-not-met"),
        ),
        (
            &[("pubsub#max_items", "0")],
            ("conflict", "precondition-not-met"),
        ),
        (
            &[("pubsub#access_model", "authorize")],
            ("feature-not-implemented", "unsupported"),
        ),
    ] {
        let publish = publication("n", "1", "<x xmlns='urn:x'/>", &options(fields));
        let refused = w.asks(romeo, "set", None, &publish);
        let (condition, detail) = conditions(&refused);
        assert_eq!(
            (condition.as_str(), detail.as_deref()),
            (expected.0, Some(expected.1))
        );
    }
    let none = w.asks(romeo, "get", None, &items("n", ""));
    assert_eq!(condition(&none), "item-not-found");
}
