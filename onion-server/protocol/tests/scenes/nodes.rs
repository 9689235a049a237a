//! XEP-0163: what an owner does with nodes, and who hears of it.

use onym_server_protocol::limits;
use onym_stream::{Element, ns};

use crate::client::{Actor, condition};
use crate::program::{Program, conditions, form, heard, ids, items, options, publication};
use crate::subscriptions::verona;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

const TUNE: &str = "<tune xmlns='http://jabber.org/protocol/tune'><title>x</title></tune>";
const NODE: &str = "http://jabber.org/protocol/tune";

fn owner_request(kind: &str, inner: &str) -> (String, String) {
    let payload = format!("<pubsub xmlns='{}'>{inner}</pubsub>", ns::PUBSUB_OWNER);
    (kind.to_owned(), payload)
}

fn configure(w: &mut World, actor: Actor, node: &str, fields: &[(&str, &str)]) -> Element {
    let form = form(ns::NODE_CONFIG, fields);
    let (kind, payload) = owner_request(
        "set",
        &format!("<configure node='{node}'>{form}</configure>"),
    );
    w.asks(actor, &kind, None, &payload)
}

/// The configuration of a node, by field.
fn configuration(w: &mut World, actor: Actor, node: &str) -> Vec<(String, String)> {
    let (kind, payload) = owner_request("get", &format!("<configure node='{node}'/>"));
    let answer = w.gets(actor, &kind, Some(ROMEO), &payload);
    let configure = answer
        .get_child("pubsub", ns::PUBSUB_OWNER)
        .and_then(|pubsub| pubsub.get_child("configure", ns::PUBSUB_OWNER))
        .unwrap();
    assert_eq!(configure.attr("node"), Some(node));
    let fields = configure.get_child("x", ns::DATA_FORMS).unwrap().children();
    fields
        .map(|field| {
            let value = field.get_child("value", ns::DATA_FORMS).unwrap().text();
            (field.attr("var").unwrap().to_owned(), value)
        })
        .collect()
}

fn field<'a>(fields: &'a [(String, String)], var: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(name, _)| name == var);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn an_account_says_that_it_is_a_publish_subscribe_service() {
    let (mut w, romeo, juliet) = verona();
    let question = format!("<query xmlns='{}'/>", ns::DISCO_INFO);
    let answer = w.gets(romeo, "get", Some(ROMEO), &question);
    let query = answer.get_child("query", ns::DISCO_INFO).unwrap();
    let identities: Vec<_> = query
        .children()
        .filter(|child| child.name() == "identity")
        .map(|child| (child.attr("category").unwrap(), child.attr("type").unwrap()))
        .collect();
    assert_eq!(identities, [("account", "registered"), ("pubsub", "pep")]);
    let has = |feature: &str| {
        query
            .children()
            .any(|child| child.name() == "feature" && child.attr("var") == Some(feature))
    };
    for feature in [
        ns::PUBSUB,
        "http://jabber.org/protocol/pubsub#publish-options",
        "http://jabber.org/protocol/pubsub#access-open",
        "http://jabber.org/protocol/pubsub#persistent-items",
        "http://jabber.org/protocol/pubsub#config-node-max",
        "urn:xmpp:pep-vcard-conversion:0",
        "vcard-temp",
    ] {
        assert!(has(feature), "{feature}");
    }
    // A stranger is told nothing; a friend is told what they may read.
    for (node, model) in [
        ("open", "open"),
        ("shared", "presence"),
        ("own", "whitelist"),
    ] {
        let options = options(&[("pubsub#access_model", model)]);
        w.gets(romeo, "set", None, &publication(node, "1", TUNE, &options));
    }
    let question = format!("<query xmlns='{}'/>", ns::DISCO_ITEMS);
    let refused = w.asks(juliet, "get", Some(ROMEO), &question);
    assert_eq!(condition(&refused), "service-unavailable");
    w.befriend(romeo, juliet);
    for (actor, nodes) in [
        (romeo, &["open", "own", "shared"][..]),
        (juliet, &["open", "shared"]),
    ] {
        let answer = w.gets(actor, "get", Some(ROMEO), &question);
        let query = answer.get_child("query", ns::DISCO_ITEMS).unwrap();
        let listed: Vec<_> = query.children().map(|i| i.attr("node").unwrap()).collect();
        assert_eq!(listed, nodes);
        assert!(query.children().all(|item| item.attr("jid") == Some(ROMEO)));
    }
    for (actor, node, answered) in [
        (romeo, "own", true),
        (juliet, "own", false),
        (juliet, "shared", true),
        (juliet, "none", false),
    ] {
        for namespace in [ns::DISCO_INFO, ns::DISCO_ITEMS] {
            let question = format!("<query xmlns='{namespace}' node='{node}'/>");
            let answer = w.asks(actor, "get", Some(ROMEO), &question);
            let result = answer.attr("type") == Some("result");
            assert_eq!(result, answered, "{node} {namespace}");
        }
    }
}

#[test]
fn a_node_is_made_by_the_first_item_and_keeps_the_last() {
    let (mut w, romeo, _) = verona();
    let answer = w.gets(romeo, "set", None, &publication(NODE, "1", TUNE, ""));
    let publish = answer
        .get_child("pubsub", ns::PUBSUB)
        .and_then(|pubsub| pubsub.get_child("publish", ns::PUBSUB))
        .unwrap();
    assert_eq!(publish.attr("node"), Some(NODE));
    assert_eq!(publish.children().next().unwrap().attr("id"), Some("1"));
    w.publishes(romeo, NODE, "2", TUNE);
    let answer = w.gets(romeo, "get", None, &items(NODE, ""));
    assert_eq!(ids(&answer), ["2"]);
    let fields = configuration(&mut w, romeo, NODE);
    for (var, value) in [
        ("FORM_TYPE", ns::NODE_CONFIG),
        ("pubsub#access_model", "presence"),
        ("pubsub#max_items", "1"),
        ("pubsub#persist_items", "1"),
        ("pubsub#send_last_published_item", "on_sub_and_presence"),
    ] {
        assert_eq!(field(&fields, var), Some(value), "{var}");
    }
    // An item without an id gets one.
    let anonymous = publication(NODE, "", TUNE, "");
    let answer = w.gets(romeo, "set", Some(ROMEO), &anonymous);
    let pubsub = answer.get_child("pubsub", ns::PUBSUB).unwrap();
    let id = pubsub.children().next().unwrap().children().next().unwrap();
    let id = id.attr("id").unwrap().to_owned();
    assert_eq!(id.len(), 32);
    assert_eq!(ids(&w.gets(romeo, "get", None, &items(NODE, ""))), [id]);
}

#[test]
fn items_are_read_all_by_id_or_the_latest_also_after_a_restart() {
    let (mut w, mut romeo, _) = verona();
    let options = options(&[("pubsub#max_items", "3")]);
    for id in ["a", "b", "c", "a", "d"] {
        w.gets(romeo, "set", None, &publication(NODE, id, TUNE, &options));
    }
    for restarted in [false, true] {
        if restarted {
            w.kill("montague.example");
            w.start("montague.example");
            romeo = w.present_owner(ROMEO, "desk");
        }
        for (attributes, expected) in [
            ("", &["c", "a", "d"][..]),
            (" max_items='1'", &["d"]),
            (" max_items='2'", &["a", "d"]),
            (" max_items='max'", &["c", "a", "d"]),
            (" max_items='99999999'", &["c", "a", "d"]),
            (" max_items='0'", &[]),
        ] {
            let answer = w.gets(romeo, "get", None, &items(NODE, attributes));
            assert_eq!(ids(&answer), expected, "{attributes}");
        }
        let by_id = format!(
            "<pubsub xmlns='{}'><items node='{NODE}'><item id='c'/><item id='gone'/>\
             <item id='c'/></items></pubsub>",
            ns::PUBSUB
        );
        let answer = w.gets(romeo, "get", None, &by_id);
        assert_eq!(ids(&answer), ["c"]);
        let xml = String::from(&answer);
        assert!(xml.contains("<title>x</title>"), "{xml}");
        let fields = configuration(&mut w, romeo, NODE);
        assert_eq!(field(&fields, "pubsub#max_items"), Some("3"));
    }
    let missing = w.asks(romeo, "get", None, &items("none", ""));
    assert_eq!(condition(&missing), "item-not-found");
}

#[test]
fn own_clients_and_friends_hear_what_they_want_to_hear_of() {
    let (mut w, desk, juliet) = verona();
    let phone = w.owner(ROMEO, "phone");
    w.befriend(desk, juliet);
    let (listening, deaf) = (Program::new("a", &[NODE]), Program::new("b", &["other"]));
    assert_eq!(w.shows_up(desk, &listening), 2, "both servers ask");
    assert_eq!(w.shows_up(phone, &deaf), 2, "both servers ask");
    assert_eq!(w.shows_up(juliet, &listening), 1, "his knows it from him");
    w.publishes(desk, NODE, "1", TUNE);
    assert_eq!(w.hears_of_nodes(desk), [heard(ROMEO, NODE, "item 1")]);
    assert_eq!(w.hears_of_nodes(juliet), [heard(ROMEO, NODE, "item 1")]);
    assert!(w.hears_of_nodes(phone).is_empty());
    // Of a private node only the owner's own clients hear.
    let private = options(&[("pubsub#access_model", "whitelist")]);
    w.shows_up(desk, &Program::new("c", &["own"]));
    w.shows_up(juliet, &Program::new("c", &["own"]));
    w.gets(desk, "set", None, &publication("own", "1", TUNE, &private));
    assert_eq!(w.hears_of_nodes(desk), [heard(ROMEO, "own", "item 1")]);
    assert!(w.hears_of_nodes(juliet).is_empty());
    w.says(juliet, "<presence type='unavailable'/>");
    w.shows_up(juliet, &Program::new("c", &["own"]));
    assert!(w.hears_of_nodes(juliet).is_empty(), "nor its last item");
    // Whoever is no friend any more hears nothing more.
    w.shows_up(juliet, &listening);
    w.forget(juliet);
    w.says(
        desk,
        &format!("<presence type='unsubscribed' to='{JULIET}'/>"),
    );
    w.publishes(desk, NODE, "2", TUNE);
    assert!(w.hears_of_nodes(juliet).is_empty());
}

#[test]
fn the_last_item_comes_with_the_first_presence_and_not_with_the_next() {
    let (mut w, desk, juliet) = verona();
    w.befriend(desk, juliet);
    let program = Program::new("a", &[NODE, "never", "empty"]);
    w.publishes(desk, NODE, "1", TUNE);
    let never = options(&[("pubsub#send_last_published_item", "never")]);
    w.gets(desk, "set", None, &publication("never", "1", TUNE, &never));
    w.publishes(desk, "unwanted", "1", TUNE);
    w.shows_up(desk, &program);
    w.shows_up(juliet, &program);
    for actor in [desk, juliet] {
        assert_eq!(w.hears_of_nodes(actor), [heard(ROMEO, NODE, "item 1")]);
        w.shows_up(actor, &program);
        assert!(w.hears_of_nodes(actor).is_empty(), "once is enough");
    }
    // Other capabilities: only what is new among them.
    assert_eq!(
        w.shows_up(juliet, &Program::new("b", &[NODE, "unwanted"])),
        2
    );
    assert_eq!(
        w.hears_of_nodes(juliet),
        [heard(ROMEO, "unwanted", "item 1")]
    );
    // She goes and comes back: nobody asks again what is known, and she hears it again.
    w.says(juliet, "<presence type='unavailable'/>");
    assert_eq!(w.shows_up(juliet, &program), 0);
    assert_eq!(w.hears_of_nodes(juliet), [heard(ROMEO, NODE, "item 1")]);
    // So does his own client, which hears nothing while it is not available.
    w.says(desk, "<presence type='unavailable'/>");
    w.publishes(desk, NODE, "2", TUNE);
    assert!(w.hears_of_nodes(desk).is_empty());
    w.shows_up(desk, &program);
    assert_eq!(w.hears_of_nodes(desk), [heard(ROMEO, NODE, "item 2")]);
}

#[test]
fn a_new_friend_hears_the_last_items_in_whatever_order_it_came_about() {
    for order in [[0, 1, 2, 3], [2, 3, 0, 1], [0, 2, 3, 1]] {
        let (mut w, romeo, juliet) = verona();
        let program = Program::new("a", &[NODE]);
        w.publishes(romeo, NODE, "1", TUNE);
        w.shows_up(juliet, &program);
        let steps = [
            (romeo, format!("<presence type='subscribe' to='{JULIET}'/>")),
            (
                juliet,
                format!("<presence type='subscribed' to='{ROMEO}'/>"),
            ),
            (juliet, format!("<presence type='subscribe' to='{ROMEO}'/>")),
            (
                romeo,
                format!("<presence type='subscribed' to='{JULIET}'/>"),
            ),
        ];
        for step in order {
            let (actor, stanza) = &steps[step];
            w.says(*actor, stanza);
            w.answers_questions(juliet, &program);
        }
        assert_eq!(
            w.hears_of_nodes(juliet),
            [heard(ROMEO, NODE, "item 1")],
            "{order:?}"
        );
    }
}

#[test]
fn what_is_taken_back_is_heard_of_if_the_node_or_the_request_says_so() {
    let (mut w, romeo, _) = verona();
    w.shows_up(romeo, &Program::new("a", &[NODE]));
    let quiet = options(&[("pubsub#notify_retract", "0"), ("pubsub#max_items", "max")]);
    let retract = |id: &str, notify: &str| {
        format!(
            "<pubsub xmlns='{}'><retract node='{NODE}'{notify}><item id='{id}'/></retract></pubsub>",
            ns::PUBSUB
        )
    };
    for id in ["1", "2", "3"] {
        w.gets(romeo, "set", None, &publication(NODE, id, TUNE, &quiet));
    }
    w.hears_of_nodes(romeo);
    w.gets(romeo, "set", None, &retract("1", ""));
    assert!(w.hears_of_nodes(romeo).is_empty());
    w.gets(romeo, "set", None, &retract("2", " notify='true'"));
    assert_eq!(w.hears_of_nodes(romeo), [heard(ROMEO, NODE, "retract 2")]);
    let gone = w.asks(romeo, "set", None, &retract("2", ""));
    assert_eq!(condition(&gone), "item-not-found");
    configure(&mut w, romeo, NODE, &[("pubsub#notify_retract", "1")]);
    w.gets(romeo, "set", None, &retract("3", ""));
    assert_eq!(w.hears_of_nodes(romeo), [heard(ROMEO, NODE, "retract 3")]);
    assert!(ids(&w.gets(romeo, "get", None, &items(NODE, ""))).is_empty());

    // All of them at once, and then the node itself.
    w.publishes(romeo, NODE, "4", TUNE);
    let (kind, purge) = owner_request("set", &format!("<purge node='{NODE}'/>"));
    w.gets(romeo, &kind, None, &purge);
    let (kind, delete) = owner_request("set", &format!("<delete node='{NODE}'/>"));
    w.gets(romeo, &kind, None, &delete);
    assert_eq!(
        w.hears_of_nodes(romeo),
        [
            heard(ROMEO, NODE, "item 4"),
            heard(ROMEO, NODE, "purge"),
            heard(ROMEO, NODE, "delete")
        ]
    );
    for payload in [purge, delete] {
        let gone = w.asks(romeo, "set", None, &payload);
        assert_eq!(condition(&gone), "item-not-found");
    }
    let snapshot = w.node("montague.example").snapshot();
    assert!(snapshot.nodes.is_empty() && snapshot.items.is_empty());
}

#[test]
fn a_node_can_be_made_and_configured_by_hand() {
    let (mut w, romeo, _) = verona();
    let create = |inner: &str| format!("<pubsub xmlns='{}'>{inner}</pubsub>", ns::PUBSUB);
    let fields = form(ns::NODE_CONFIG, &[("pubsub#access_model", "open")]);
    let with_form = create(&format!(
        "<create node='a'/><configure>{fields}</configure>"
    ));
    w.gets(romeo, "set", None, &with_form);
    w.gets(
        romeo,
        "set",
        None,
        &create("<create node='b'/><configure/>"),
    );
    let again = w.asks(romeo, "set", None, &with_form);
    assert_eq!(condition(&again), "conflict");
    let of_a = configuration(&mut w, romeo, "a");
    assert_eq!(field(&of_a, "pubsub#access_model"), Some("open"));
    let of_b = configuration(&mut w, romeo, "b");
    assert_eq!(field(&of_b, "pubsub#access_model"), Some("presence"));
    let (kind, default) = owner_request("get", "<default/>");
    let answer = w.gets(romeo, &kind, None, &default);
    assert!(String::from(&answer).contains("pubsub#access_model"));

    // What is not supported is said clearly, and changes nothing.
    for (model, feature) in [
        ("authorize", "access-authorize"),
        ("roster", "access-roster"),
    ] {
        let refused = configure(&mut w, romeo, "a", &[("pubsub#access_model", model)]);
        let (condition, detail) = conditions(&refused);
        assert_eq!(condition, "feature-not-implemented");
        assert_eq!(detail.as_deref(), Some("unsupported"));
        assert!(String::from(&refused).contains(feature), "{refused:?}");
    }
    let refused = configure(&mut w, romeo, "a", &[("pubsub#max_items", "many")]);
    assert_eq!(condition(&refused), "not-acceptable");
    assert_eq!(configuration(&mut w, romeo, "a"), of_a);
    let cancel = format!(
        "<configure node='a'><x xmlns='{}' type='cancel'/></configure>",
        ns::DATA_FORMS
    );
    let (kind, cancel) = owner_request("set", &cancel);
    w.gets(romeo, &kind, None, &cancel);
    assert_eq!(configuration(&mut w, romeo, "a"), of_a);
    w.shows_up(romeo, &Program::new("p", &["a"]));
    configure(&mut w, romeo, "a", &[("pubsub#notify_config", "1")]);
    configure(&mut w, romeo, "a", &[("pubsub#title", "A")]);
    assert_eq!(
        w.hears_of_nodes(romeo),
        [
            heard(ROMEO, "a", "configuration"),
            heard(ROMEO, "a", "configuration")
        ]
    );
}

#[test]
fn a_million_nodes_and_huge_items_find_no_room() {
    let (mut w, romeo, _) = verona();
    let mut made = 0;
    let refused = loop {
        let answer = w.asks(
            romeo,
            "set",
            None,
            &publication(&format!("n{made}"), "1", TUNE, ""),
        );
        if answer.attr("type") == Some("error") {
            break answer;
        }
        made += 1;
        assert!(made <= limits::MAX_NODES_PER_ACCOUNT, "it has an end");
    };
    assert_eq!(made, limits::MAX_NODES_PER_ACCOUNT);
    assert_eq!(
        conditions(&refused),
        (
            "resource-constraint".to_owned(),
            Some("max-nodes-exceeded".to_owned())
        )
    );
    let text = |bytes: usize| format!("<x xmlns='urn:x'>{}</x>", "x".repeat(bytes));
    let tags = format!(
        "<x xmlns='urn:x'>{}</x>",
        "<y/>".repeat(limits::MAX_ITEM_TAGS)
    );
    for payload in [text(limits::MAX_ITEM_BYTES), tags] {
        let refused = w.asks(romeo, "set", None, &publication("n0", "1", &payload, ""));
        assert_eq!(
            conditions(&refused),
            (
                "not-acceptable".to_owned(),
                Some("payload-too-big".to_owned())
            )
        );
    }
    // The items of one node fit into one answer, which a client takes.
    configure(&mut w, romeo, "n0", &[("pubsub#max_items", "max")]);
    for n in 0..20 {
        let large = text(limits::MAX_ITEM_BYTES / 4);
        w.publishes(romeo, "n0", &format!("i{n}"), &large);
    }
    let answer = w.gets(romeo, "get", None, &items("n0", ""));
    assert_eq!(ids(&answer), ["i15", "i16", "i17", "i18", "i19"]);
    // A payload as deep as a stanza may be comes back as it was.
    let deep = format!("{}{}", "<a>".repeat(58), "</a>".repeat(58));
    let deep = format!("<x xmlns='urn:x'>{deep}</x>");
    w.publishes(romeo, "n1", "1", &deep);
    let answer = w.gets(romeo, "get", None, &items("n1", ""));
    assert_eq!(ids(&answer), ["1"]);
    // Names that are too long are no names.
    let long = "n".repeat(limits::MAX_NODE_NAME_BYTES + 1);
    let refused = w.asks(romeo, "set", None, &publication(&long, "1", TUNE, ""));
    assert_eq!(condition(&refused), "not-acceptable");
    let long = "i".repeat(limits::MAX_ITEM_ID_BYTES + 1);
    let refused = w.asks(romeo, "set", None, &publication("n0", &long, TUNE, ""));
    assert_eq!(condition(&refused), "not-acceptable");
}

#[test]
fn a_node_that_keeps_nothing_tells_and_forgets() {
    let (mut w, romeo, _) = verona();
    w.shows_up(romeo, &Program::new("a", &[NODE]));
    let passing = options(&[("pubsub#persist_items", "false")]);
    w.gets(romeo, "set", None, &publication(NODE, "1", TUNE, &passing));
    assert_eq!(w.hears_of_nodes(romeo), [heard(ROMEO, NODE, "item 1")]);
    assert!(ids(&w.gets(romeo, "get", None, &items(NODE, ""))).is_empty());
    // Without payloads only the id is told, and without notifications nothing.
    configure(&mut w, romeo, NODE, &[("pubsub#deliver_payloads", "0")]);
    w.publishes(romeo, NODE, "2", TUNE);
    let event = w.hears(romeo, "message");
    assert!(!String::from(&event).contains("title"), "{event:?}");
    configure(
        &mut w,
        romeo,
        NODE,
        &[("pubsub#deliver_notifications", "0")],
    );
    w.publishes(romeo, NODE, "3", TUNE);
    assert!(w.hears_of_nodes(romeo).is_empty());
}
