//! Well-formed nonsense: whatever clients and peers say, nobody panics, nobody turns in circles,
//! and a good client is served all the same.

use onym_stream::ns;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::delivery::cases;
use crate::world::World;

const US: &str = "montague.example";
const ROMEO: &str = "romeo@montague.example";

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(from).prop_map(str::to_owned)
}

/// An attribute, sometimes left out.
fn attribute(name: &'static str, values: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::option::of(pick(values))
        .prop_map(move |value| value.map_or_else(String::new, |value| format!(" {name}='{value}'")))
}

fn address(name: &'static str) -> impl Strategy<Value = String> {
    attribute(
        name,
        &[
            ROMEO,
            "romeo@montague.example/desk",
            "romeo@montague.example/gone",
            "nobody@montague.example",
            US,
            "t@tybalt.example",
            "t@tybalt.example/x",
            "tybalt.example",
            "far@away.example",
            "@",
            "",
            "a@b@c/d/e",
            "\u{130}\u{e000}@\u{fffd}.example",
        ],
    )
}

fn child() -> impl Strategy<Value = String> {
    let plain = pick(&[
        "",
        "<body>x</body>",
        "<priority>-129</priority>",
        "<priority>-1</priority>",
        "<error type='cancel'/>",
        "<no-store xmlns='urn:xmpp:hints'/>",
        "<active xmlns='http://jabber.org/protocol/chatstates'/>",
        "<ping xmlns='urn:xmpp:ping'/>",
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>",
        "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>",
        "<delay xmlns='urn:xmpp:delay' from='montague.example' stamp='x'/>",
        "<x xmlns=''/>",
        "<vCard xmlns='vcard-temp'/>",
        "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>iVBORw==</BINVAL></PHOTO></vCard>",
        "<blocklist xmlns='urn:xmpp:blocking'/>",
        "<block xmlns='urn:xmpp:blocking'><item jid='far@away.example'/></block>",
        "<unblock xmlns='urn:xmpp:blocking'/>",
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>",
        "<c xmlns='http://jabber.org/protocol/caps' node='n' ver='w'/>",
        "<x xmlns='vcard-temp:x:update'><photo>x</photo></x>",
        "<enable xmlns='urn:xmpp:carbons:2'/>",
        "<private xmlns='urn:xmpp:carbons:2'/>",
        "<received xmlns='urn:xmpp:carbons:2'/>",
        "<no-permanent-store xmlns='urn:xmpp:hints'/>",
        "<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@montague.example' id='1'/>",
        "<stanza-id xmlns='urn:xmpp:sid:0' by='@'/>",
        "<metadata xmlns='urn:xmpp:mam:2'/>",
        "<prefs xmlns='urn:xmpp:mam:2' default='never'/>",
    ]);
    let pubsub = (
        pick(&[ns::PUBSUB, ns::PUBSUB_OWNER, ns::PUBSUB_EVENT]),
        pick(&[
            "publish",
            "retract",
            "items",
            "create",
            "configure",
            "delete",
            "purge",
            "default",
            "subscribe",
        ]),
        attribute("node", &["x", "urn:xmpp:avatar:metadata", "urn:xmpp:avatar:data"]),
        attribute("max_items", &["0", "1", "max", "-1"]),
        pick(&[
            "",
            "<item/>",
            "<item id='1'><y xmlns='urn:y'/></item>",
            "<item id='2'><metadata xmlns='urn:xmpp:avatar:metadata'><info id='1'/></metadata></item>",
            "<x xmlns='jabber:x:data' type='submit'><field var='pubsub#max_items'><value>max</value></field></x>",
        ]),
        pick(&[
            "",
            "<configure/>",
            "<publish-options><x xmlns='jabber:x:data'/></publish-options>",
            "<set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set>",
        ]),
    )
        .prop_map(|(namespace, name, node, max, inner, more)| {
            format!("<pubsub xmlns='{namespace}'><{name}{node}{max}>{inner}</{name}>{more}</pubsub>")
        });
    let query = (
        pick(&[ns::ROSTER, ns::DISCO_INFO, ns::DISCO_ITEMS, ns::VERSION]),
        attribute("node", &["x"]),
        attribute("ver", &["0", "1", "18446744073709551616", "x"]),
        prop::option::of((
            address("jid"),
            attribute("subscription", &["remove", "both"]),
        )),
    )
        .prop_map(|(namespace, node, version, item)| {
            let item = item.map_or_else(String::new, |(jid, kind)| format!("<item{jid}{kind}/>"));
            format!("<query xmlns='{namespace}'{node}{version}>{item}</query>")
        });
    prop_oneof![2 => plain, 1 => query, 1 => pubsub, 1 => archive_query()]
}

fn archive_query() -> impl Strategy<Value = String> {
    let field = (
        pick(&[
            "with",
            "start",
            "end",
            "after-id",
            "before-id",
            "ids",
            "FORM_TYPE",
            "",
        ]),
        pick(&[
            "",
            ROMEO,
            ns::ARCHIVE,
            "2026-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "00000000000000000000000000000000",
            "ffffffffffffffffffffffffffffffff",
        ]),
    )
        .prop_map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>"));
    let set = pick(&[
        "",
        "<max>0</max>",
        "<max>99999999999999999999</max><before/>",
        "<after>ffffffffffffffffffffffffffffffff</after>",
        "<before>00000000000000000000000000000000</before>",
        "<index>1</index>",
    ]);
    (prop::collection::vec(field, 0..3), set).prop_map(|(fields, set)| {
        format!(
            "<query xmlns='{}'><x xmlns='jabber:x:data'>{}</x><set xmlns='{}'>{set}</set>\
             <flip-page/></query>",
            ns::ARCHIVE,
            fields.concat(),
            ns::RSM
        )
    })
}

fn stanza() -> impl Strategy<Value = String> {
    let kind = attribute(
        "type",
        &[
            "chat",
            "normal",
            "error",
            "headline",
            "groupchat",
            "get",
            "set",
            "result",
            "probe",
            "subscribe",
            "subscribed",
            "unsubscribe",
            "unsubscribed",
            "unavailable",
            "",
            "other",
        ],
    );
    let name = pick(&["message", "presence", "iq"]);
    let id = attribute("id", &["1", "2", ""]);
    (
        name,
        kind,
        id,
        address("from"),
        address("to"),
        prop::collection::vec(child(), 0..3),
    )
        .prop_map(|(name, kind, id, from, to, children)| {
            format!("<{name}{kind}{id}{from}{to}>{}</{name}>", children.concat())
        })
}

fn other() -> impl Strategy<Value = String> {
    let count = attribute("h", &["0", "1", "4294967295", "-1", "x"]);
    let management = (
        pick(&["r", "a", "enable", "enabled", "resume", "resumed", "failed"]),
        count,
        attribute("resume", &["true", "x"]),
        attribute("max", &["0", "1", "99999999999999999999", "x"]),
        attribute("previd", &["", "x"]),
    )
        .prop_map(|(name, h, resume, max, previous)| {
            let namespace = ns::STREAM_MANAGEMENT;
            format!("<{name} xmlns='{namespace}'{h}{resume}{max}{previous}/>")
        });
    let state = pick(&["active", "inactive"])
        .prop_map(|name| format!("<{name} xmlns='{}'/>", ns::CLIENT_STATE));
    let dialback = (
        pick(&["result", "verify"]),
        attribute("type", &["valid", "invalid", "error"]),
        address("from"),
        address("to"),
        attribute("id", &["x"]),
    )
        .prop_map(|(name, kind, from, to, id)| {
            format!(
                "<{name} xmlns='{}'{kind}{from}{to}{id}>00</{name}>",
                ns::DIALBACK
            )
        });
    let features = Just(format!("<features xmlns='{}'/>", ns::STREAM));
    let sasl = pick(&["auth", "response", "abort", "success", "challenge"]).prop_map(|name| {
        format!(
            "<{name} xmlns='{}' mechanism='EXTERNAL'>=</{name}>",
            ns::SASL
        )
    });
    prop_oneof![3 => management, 2 => state, 3 => dialback, 1 => features, 1 => sasl]
}

fn speech() -> impl Strategy<Value = (u8, String)> {
    (0..4_u8, prop_oneof![4 => stanza(), 1 => other()])
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(cases()) })]

    #[test]
    fn nonsense_hurts_nobody(speeches in prop::collection::vec(speech(), 1..40)) {
        let mut w = World::new(1);
        w.server(US, &["romeo"]);
        let good = w.present_owner(ROMEO, "good");
        let mut strangers = 0;
        let (mut incoming, mut outgoing) = w.proven_stranger("tybalt0.example", US);
        w.says(good, "<presence type='subscribe' to='t@tybalt0.example'/>");
        w.shows(outgoing, "<db:result from='tybalt0.example' to='montague.example' type='valid'/>");
        let mut desk = w.owner(ROMEO, "desk");
        for (speaker, xml) in speeches {
            match speaker {
                0 | 1 => {
                    if w.client(desk).plug.is_none() {
                        desk = w.owner(ROMEO, "desk");
                    }
                    // What it says counts for nothing here, right or wrong.
                    w.clients[desk.0].ready = false;
                    w.says(desk, &xml.replace(" from='t@tybalt.example'", ""));
                }
                2 => {
                    if w.is_gone(incoming) {
                        // Its next stream proves another domain, since ours to the first may stand.
                        strangers += 1;
                        let domain = format!("tybalt{strangers}.example");
                        (incoming, outgoing) = w.proven_stranger(&domain, US);
                    }
                    let domain = format!("tybalt{strangers}.example");
                    w.shows(incoming, &xml.replace("tybalt.example", &domain));
                }
                _ => w.shows(outgoing, &xml),
            }
        }
        w.advance(std::time::Duration::from_secs(3_600));
        w.forget(good);
        w.says(good, &format!("<message to='{ROMEO}/good' id='last'><body>still here</body></message>"));
        let bodies = w.bodies(good);
        prop_assert_eq!(bodies.last().map(String::as_str), Some("still here"));
    }
}
