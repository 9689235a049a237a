//! The archive: what is in it, and who gets it how (XEP-0313).

use std::time::Duration;

use jid::{BareJid, Jid};
use onym_server_protocol::archive::{
    ArchiveAnswer, ArchiveId, ArchiveQuery, ArchiveRecord, ArchiveTally,
};
use onym_server_protocol::{Change, Store, limits};
use onym_stream::{Element, ns};

use crate::client::{Actor, Habits, condition};
use crate::subscriptions::verona;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

fn chat(to: &str, body: &str) -> String {
    format!("<message to='{to}' id='{body}' type='chat'><body>{body}</body></message>")
}

/// A field of a query's form.
fn field(name: &str, value: &str) -> String {
    format!("<field var='{name}'><value>{value}</value></field>")
}

fn query(fields: &str, set: &str) -> String {
    format!(
        "<query xmlns='{mam}' queryid='q'><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE' type='hidden'><value>{mam}</value></field>{fields}</x>\
         <set xmlns='{rsm}'>{set}</set></query>",
        mam = ns::ARCHIVE,
        rsm = ns::RSM,
    )
}

fn asks(w: &mut World, actor: Actor, kind: &str, to: &str, payload: &str) -> Element {
    w.forget(actor);
    w.says(
        actor,
        &format!("<iq type='{kind}' id='a'{to}>{payload}</iq>"),
    );
    w.advance(Duration::from_secs(1));
    let answer = w.clients[actor.0]
        .received
        .iter()
        .position(|s| s.name() == "iq");
    let answer = w.clients[actor.0]
        .received
        .remove(answer.expect("an answer"));
    answer.unwrap()
}

/// A page of an archive.
#[derive(Debug)]
struct Page {
    bodies: Vec<String>,
    ids: Vec<String>,
    complete: bool,
    count: Option<String>,
}

fn page(w: &mut World, actor: Actor, fields: &str, set: &str) -> Page {
    let fin = asks(w, actor, "set", "", &query(fields, set));
    assert_eq!(fin.attr("type"), Some("result"), "{fin:?}");
    read(w, actor, &fin)
}

fn read(w: &mut World, actor: Actor, fin: &Element) -> Page {
    let fin = fin.get_child("fin", ns::ARCHIVE).unwrap();
    let set = fin.get_child("set", ns::RSM).unwrap();
    let text = |name| set.get_child(name, ns::RSM).map(Element::text);
    let mut page = Page {
        bodies: Vec::new(),
        ids: Vec::new(),
        complete: fin.attr("complete") == Some("true"),
        count: text("count"),
    };
    for message in w.hears_all(actor, "message") {
        let account = w.client(actor).habits.account.to_string();
        assert_eq!(message.attr("from"), Some(&*account));
        let result = message.get_child("result", ns::ARCHIVE).unwrap();
        assert_eq!(result.attr("queryid"), Some("q"));
        let forwarded = result.get_child("forwarded", ns::FORWARD).unwrap();
        assert!(forwarded.has_child("delay", ns::DELAY));
        let message = forwarded.get_child("message", ns::CLIENT).unwrap();
        page.bodies
            .push(message.get_child("body", ns::CLIENT).unwrap().text());
        page.ids.push(result.attr("id").unwrap().to_owned());
    }
    let mut ends = page.ids.clone();
    ends.sort();
    assert_eq!(text("first").as_ref(), ends.first());
    assert_eq!(text("last").as_ref(), ends.last());
    page
}

fn numbers(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

/// Romeo and Juliet have said 25 things to each other, one in a second, in turn.
fn conversation() -> (World, Actor, Actor) {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    for n in 1..=25 {
        w.advance(Duration::from_secs(1));
        match n % 2 {
            0 => w.says(romeo, &chat(JULIET, &n.to_string())),
            _ => w.says(juliet, &chat(ROMEO, &n.to_string())),
        }
    }
    (w, romeo, juliet)
}

#[test]
fn both_sides_page_through_their_archives_in_both_directions() {
    let (mut w, romeo, juliet) = conversation();
    for actor in [romeo, juliet] {
        let first = page(&mut w, actor, "", "<max>10</max>");
        assert_eq!((first.bodies, first.complete), (numbers(1..=10), false));
        assert_eq!(first.count.as_deref(), Some("25"));
        let after =
            |page: &[String]| format!("<max>10</max><after>{}</after>", page.last().unwrap());
        let second = page(&mut w, actor, "", &after(&first.ids));
        assert_eq!((second.bodies, second.complete), (numbers(11..=20), false));
        let third = page(&mut w, actor, "", &after(&second.ids));
        assert_eq!((third.bodies, third.complete), (numbers(21..=25), true));
        let nothing = page(&mut w, actor, "", &after(&third.ids));
        assert_eq!((nothing.bodies, nothing.complete), (vec![], true));

        let last = page(&mut w, actor, "", "<max>10</max><before/>");
        assert_eq!((last.bodies, last.complete), (numbers(16..=25), false));
        let before = |page: &[String]| format!("<max>10</max><before>{}</before>", page[0]);
        let middle = page(&mut w, actor, "", &before(&last.ids));
        assert_eq!((middle.bodies, middle.complete), (numbers(6..=15), false));
        let first = page(&mut w, actor, "", &before(&middle.ids));
        assert_eq!((first.bodies, first.complete), (numbers(1..=5), true));
        assert_eq!(page(&mut w, actor, "", "").bodies, numbers(1..=25));
        let count = page(&mut w, actor, "", "<max>0</max>");
        assert_eq!((count.bodies, count.complete), (vec![], false));
        assert_eq!(count.count.as_deref(), Some("25"));
    }
}

#[test]
fn an_archive_is_searched_by_contact_time_and_id() {
    let (mut w, romeo, juliet) = conversation();
    let begin = w.now;
    w.advance(Duration::from_secs(10));
    w.says(romeo, &chat(ROMEO, "to himself"));
    w.says(romeo, &chat("montague.example", "to the server"));
    let find = |w: &mut World, fields: &str| page(w, romeo, fields, "").bodies;
    assert_eq!(find(&mut w, &field("with", JULIET)), numbers(1..=25));
    let balcony = format!("{JULIET}/balcony");
    let odd: Vec<_> = (1..=25).step_by(2).map(|n: u32| n.to_string()).collect();
    assert_eq!(
        find(&mut w, &field("with", &balcony)),
        odd,
        "what came from there"
    );
    assert_eq!(
        find(&mut w, &field("with", "nobody@capulet.example")),
        [""; 0]
    );
    assert_eq!(find(&mut w, &field("with", ROMEO)), ["to himself"]);
    assert_eq!(
        find(&mut w, &field("with", "montague.example")),
        ["to the server"]
    );
    let time = begin.to_string();
    assert_eq!(find(&mut w, &field("end", &time)), numbers(1..=25));
    assert_eq!(
        find(&mut w, &field("start", &time)),
        ["25", "to himself", "to the server"]
    );
    let both = field("start", &time) + &field("end", &time);
    assert_eq!(find(&mut w, &both), ["25"]);
    let with_juliet = field("with", JULIET) + &field("start", &time);
    assert_eq!(find(&mut w, &with_juliet), ["25"]);

    let ids = page(&mut w, juliet, "", "").ids;
    let between = field("after-id", &ids[3]) + &field("before-id", &ids[6]);
    assert_eq!(page(&mut w, juliet, &between, "").bodies, ["5", "6"]);
    let named = format!(
        "<field var='ids'><value>{}</value><value>{}</value></field>",
        ids[20], ids[2]
    );
    let named = page(&mut w, juliet, &named, "");
    assert_eq!(
        (named.bodies, named.complete),
        (vec!["3".to_owned(), "21".to_owned()], true)
    );
}

#[test]
fn a_page_can_be_sent_newest_first() {
    let (mut w, romeo, _) = conversation();
    let flipped = query("", "<max>3</max><before/>").replace("</query>", "<flip-page/></query>");
    let fin = asks(&mut w, romeo, "set", "", &flipped);
    assert_eq!(read(&mut w, romeo, &fin).bodies, ["25", "24", "23"]);
}

#[test]
fn an_archive_says_where_it_begins_and_ends_and_what_can_be_asked() {
    let (mut w, romeo, juliet) = verona();
    let metadata = format!("<metadata xmlns='{}'/>", ns::ARCHIVE);
    let ends = |answer: &Element| {
        let metadata = answer.get_child("metadata", ns::ARCHIVE).unwrap();
        let attr = |e: &Element, name| e.attr(name).unwrap().to_owned();
        let ends = metadata.children();
        ends.map(|e| (e.name().to_owned(), attr(e, "id"), attr(e, "timestamp")))
            .collect::<Vec<_>>()
    };
    let empty = asks(&mut w, romeo, "get", "", &metadata);
    assert_eq!(ends(&empty), []);
    w.says(romeo, &chat(JULIET, "1"));
    w.says(juliet, &chat(ROMEO, "2"));
    let ids = page(&mut w, romeo, "", "").ids;
    let found = ends(&asks(
        &mut w,
        romeo,
        "get",
        &format!(" to='{ROMEO}'"),
        &metadata,
    ));
    assert_eq!((&*found[0].0, &found[0].1), ("start", &ids[0]));
    assert_eq!((&*found[1].0, &found[1].1), ("end", &ids[1]));

    let empty_query = format!("<query xmlns='{}'/>", ns::ARCHIVE);
    let form = asks(&mut w, romeo, "get", "", &empty_query);
    let form = form.get_child("query", ns::ARCHIVE).unwrap();
    let form = form.get_child("x", ns::DATA_FORMS).unwrap();
    let names: Vec<_> = form
        .children()
        .filter_map(|field| field.attr("var"))
        .collect();
    let expected = [
        "FORM_TYPE",
        "with",
        "start",
        "end",
        "before-id",
        "after-id",
        "ids",
    ];
    assert_eq!(names, expected);

    let prefs = |default: &str| {
        format!(
            "<prefs xmlns='{}' default='{default}'><always/><never/></prefs>",
            ns::ARCHIVE
        )
    };
    for (kind, payload) in [
        ("get", format!("<prefs xmlns='{}'/>", ns::ARCHIVE)),
        ("set", prefs("always")),
    ] {
        let answer = asks(&mut w, romeo, kind, "", &payload);
        let prefs = answer.get_child("prefs", ns::ARCHIVE).unwrap();
        assert_eq!(prefs.attr("default"), Some("always"));
    }
    let refused = asks(&mut w, romeo, "set", "", &prefs("never"));
    assert_eq!(condition(&refused), "feature-not-implemented");

    let info = format!("<query xmlns='{}'/>", ns::DISCO_INFO);
    let account = [ns::ARCHIVE, "urn:xmpp:mam:2#extended", ns::STANZA_ID];
    // Profanity asks the domain alone.
    let domain = [ns::ARCHIVE, ns::CARBONS];
    for (of, features) in [(ROMEO, &account[..]), ("montague.example", &domain)] {
        let info = asks(&mut w, romeo, "get", &format!(" to='{of}'"), &info);
        let info = info.get_child("query", ns::DISCO_INFO).unwrap();
        for feature in features {
            let announced = info.children().any(|f| f.attr("var") == Some(feature));
            assert!(announced, "{feature} of {of}");
        }
    }
}

#[test]
fn each_side_knows_its_own_id_of_a_message_and_nobody_forges_one() {
    let (mut w, romeo, juliet) = verona();
    let forged = format!(
        "<stanza-id xmlns='urn:xmpp:sid:0' by='{JULIET}' id='forged'/>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='{ROMEO}' id='forged'/>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='room@muc.example' id='theirs'/>"
    );
    w.says(
        romeo,
        &format!("<message to='{JULIET}' id='1' type='chat'><body>x</body>{forged}</message>"),
    );
    let ids = |message: &Element| {
        let ids = message
            .children()
            .filter(|c| c.is("stanza-id", ns::STANZA_ID));
        ids.map(|c| {
            (
                c.attr("by").unwrap().to_owned(),
                c.attr("id").unwrap().to_owned(),
            )
        })
        .collect::<Vec<_>>()
    };
    let theirs = ids(&w.hears(juliet, "message"));
    let hers = page(&mut w, juliet, "", "").ids;
    let expected = [
        ("room@muc.example".to_owned(), "theirs".to_owned()),
        (JULIET.to_owned(), hers[0].clone()),
    ];
    assert_eq!(theirs, expected, "not his, which is nobody's business");
    let his = page(&mut w, romeo, "", "").ids;
    assert_ne!(his, hers);
    // Also on what is not archived.
    w.says(
        romeo,
        &format!(
            "<message to='{JULIET}' id='2' type='chat'><body>x</body>{forged}\
             <no-store xmlns='urn:xmpp:hints'/></message>"
        ),
    );
    let theirs = ids(&w.hears(juliet, "message"));
    assert_eq!(
        theirs,
        [("room@muc.example".to_owned(), "theirs".to_owned())]
    );
    // A message to oneself is in one archive, and so has its id.
    w.says(romeo, &chat(ROMEO, "note"));
    let note = ids(&w.hears(romeo, "message"));
    let his = page(&mut w, romeo, "", "").ids;
    assert_eq!(note, [(ROMEO.to_owned(), his[1].clone())]);
    assert_eq!(his.len(), 2);
}

#[test]
fn what_is_not_to_be_kept_is_not() {
    let (mut w, romeo, juliet) = verona();
    let body = "<body>x</body>";
    for inner in [
        format!("{body}<no-store xmlns='urn:xmpp:hints'/>"),
        format!("{body}<no-permanent-store xmlns='urn:xmpp:hints'/>"),
        "<composing xmlns='http://jabber.org/protocol/chatstates'/>".to_owned(),
    ] {
        w.says(
            romeo,
            &format!("<message to='{JULIET}' id='1' type='chat'>{inner}</message>"),
        );
    }
    w.says(
        romeo,
        &format!("<message to='{JULIET}' id='2' type='headline'>{body}</message>"),
    );
    for actor in [romeo, juliet] {
        assert_eq!(page(&mut w, actor, "", "").bodies, [""; 0]);
    }
}

#[test]
fn nobody_else_reads_an_archive() {
    let (mut w, romeo, juliet) = conversation();
    let other = w.present_owner(JULIET, "garden");
    for payload in [
        query("", ""),
        format!("<metadata xmlns='{}'/>", ns::ARCHIVE),
        format!("<prefs xmlns='{}'/>", ns::ARCHIVE),
    ] {
        for (kind, to) in [
            ("set", format!(" to='{JULIET}'")),
            ("get", format!(" to='{JULIET}'")),
            ("set", " to='montague.example'".to_owned()),
            ("set", " to='capulet.example'".to_owned()),
        ] {
            let answer = asks(&mut w, romeo, kind, &to, &payload);
            assert_eq!(
                condition(&answer),
                "service-unavailable",
                "{kind} {to} {payload}"
            );
            assert!(w.hears_all(romeo, "message").is_empty());
        }
    }
    // Her own other client may, and its answers go to it alone.
    w.forget(juliet);
    assert_eq!(page(&mut w, other, "", "").bodies.len(), 25);
    assert!(w.hears_all(juliet, "message").is_empty());
}

#[test]
fn hostile_queries_get_little_and_break_nothing() {
    let (mut w, romeo, juliet) = verona();
    for n in 0..120 {
        w.utters(romeo, &chat(JULIET, &n.to_string()));
        w.run();
    }
    let everything = page(&mut w, romeo, "", "<max>1000000</max>");
    assert_eq!(everything.bodies.len(), limits::MAX_ARCHIVE_PAGE_MESSAGES);
    assert!(!everything.complete);
    let id = ArchiveId::MAX.to_string();
    let many: String = (0..101).map(|_| format!("<value>{id}</value>")).collect();
    for (fields, set, expected) in [
        (field("after-id", &id), "", "item-not-found"),
        (field("ids", &id), "", "item-not-found"),
        (field("ids", "&apos; OR 1=1"), "", "item-not-found"),
        (
            format!("<field var='ids'>{many}</field>"),
            "",
            "not-acceptable",
        ),
        (String::new(), "<before>unknown</before>", "item-not-found"),
        (String::new(), "<max>-1</max>", "bad-request"),
        (
            String::new(),
            "<max>1</max><index>5</index>",
            "feature-not-implemented",
        ),
        (field("with", "@"), "", "jid-malformed"),
        (field("start", "now"), "", "bad-request"),
        (field("unheard-of", "x"), "", "feature-not-implemented"),
        (field("FORM_TYPE", "urn:xmpp:mam:1"), "", "bad-request"),
    ] {
        let answer = asks(&mut w, romeo, "set", "", &query(&fields, set));
        assert_eq!(condition(&answer), expected, "{fields} {set}");
    }
    let node = format!("<query xmlns='{}' node='x'/>", ns::ARCHIVE);
    let answer = asks(&mut w, romeo, "set", "", &node);
    assert_eq!(condition(&answer), "feature-not-implemented");
    for payload in ["fin", "result", "explode"] {
        let payload = format!("<{payload} xmlns='{}'/>", ns::ARCHIVE);
        let answer = asks(&mut w, romeo, "set", "", &payload);
        assert_eq!(condition(&answer), "bad-request");
    }
    assert_eq!(page(&mut w, juliet, "", "<max>1</max>").bodies, ["0"]);
}

#[test]
fn a_page_of_large_messages_is_small() {
    let (mut w, romeo, _) = verona();
    w.says(romeo, "<presence type='unavailable'/>");
    let large = "x".repeat(200_000);
    for n in 0..8 {
        let xml = format!("<message to='{ROMEO}' id='{n}'><body>{large}</body></message>");
        w.says(romeo, &xml);
    }
    w.forget(romeo);
    let first = page(&mut w, romeo, "", "");
    assert_eq!((first.bodies.len(), first.complete), (5, false));
    let after = format!("<after>{}</after>", first.ids[4]);
    let second = page(&mut w, romeo, "", &after);
    assert_eq!((second.bodies.len(), second.complete), (3, true));
}

#[test]
fn an_archive_outlives_the_server_and_its_ids_go_on() {
    let (mut w, romeo, _) = verona();
    w.says(romeo, &chat(JULIET, "1"));
    w.kill("montague.example");
    w.start("montague.example");
    // The clock is wrong after the restart.
    w.now = "2020-01-01T00:00:00Z".parse().unwrap();
    w.reconnect(romeo);
    w.run();
    w.says(romeo, &chat(JULIET, "2"));
    let all = page(&mut w, romeo, "", "");
    assert_eq!(
        all.bodies,
        ["1", "2"],
        "in the order in which they were sent"
    );
    assert_eq!(all.count.as_deref(), Some("2"));
    let after = format!("<after>{}</after>", all.ids[0]);
    assert_eq!(page(&mut w, romeo, "", &after).bodies, ["2"]);
}

#[test]
fn a_message_sent_again_after_a_crash_is_archived_and_copied_once() {
    let (mut w, romeo, _) = verona();
    w.says(romeo, &chat(JULIET, "once"));
    w.kill("montague.example");
    w.start("montague.example");
    w.reconnect(romeo);
    w.run();
    let phone = w.actor(Habits {
        copies: true,
        ..Habits::owner(ROMEO, "phone")
    });
    w.forget(phone);
    w.says(romeo, &chat(JULIET, "once"));
    assert!(w.hears_all(phone, "message").is_empty());
    w.says(romeo, &chat(JULIET, "twice"));
    assert_eq!(w.hears_all(phone, "message").len(), 1);
    assert_eq!(page(&mut w, romeo, "", "").bodies, ["once", "twice"]);
}

#[test]
fn an_archive_that_is_full_loses_its_oldest_messages() {
    let (mut w, romeo, juliet) = verona();
    let account = BareJid::new(ROMEO).unwrap();
    let id = |n: u8| ArchiveId::from_bytes([n; 16]);
    // One message that is as large as what has to go, and small ones.
    let bytes = limits::MAX_ARCHIVE_BYTES - limits::TRIMMED_ARCHIVE_BYTES;
    let changes: Vec<_> = (1..=3_u8)
        .map(|n| {
            let large = usize::try_from(bytes).unwrap() + 1_000;
            let record = ArchiveRecord {
                with: Jid::new(JULIET).unwrap(),
                stamp: w.now,
                stranger: false,
                xml: format!("<message xmlns='jabber:client' id='{n}'><body>{n}</body></message>")
                    + &" ".repeat(if n == 1 { large } else { 0 }),
            };
            let tally = ArchiveTally {
                messages: 3,
                bytes: limits::MAX_ARCHIVE_BYTES,
                stranger_bytes: 0,
                last: Some(id(3)),
            };
            Change::PutArchive(account.clone(), id(n), record, tally)
        })
        .collect();
    w.kill("montague.example");
    w.nodes["montague.example"].store.commit(&changes).unwrap();
    w.start("montague.example");
    w.reconnect(romeo);
    w.run();
    w.says(romeo, "<presence/>");
    w.says(juliet, &chat(ROMEO, "one too many"));
    w.advance(Duration::from_secs(1));
    let left = page(&mut w, romeo, "", "");
    assert_eq!(left.bodies, ["2", "3", "one too many"]);
    assert_eq!(left.count.as_deref(), Some("3"));
    let store = &w.node("montague.example").store;
    let tally = store.load().unwrap().archives[&account];
    assert!(
        tally.bytes < limits::TRIMMED_ARCHIVE_BYTES + 1_000,
        "{tally:?}"
    );
    let gone = ArchiveQuery::Ids(vec![id(1)]);
    let answer = store.read_archive(&account, &gone).unwrap();
    assert_eq!(answer, ArchiveAnswer::UnknownId);
}

#[test]
fn strangers_take_a_share_of_the_archive_and_are_delivered_all_the_same() {
    let (mut w, romeo, juliet) = verona();
    w.says(romeo, &chat(ROMEO, "before"));
    let account = BareJid::new(ROMEO).unwrap();
    let store = &w.node("montague.example").store;
    let tally = store.load().unwrap().archives[&account];
    assert_eq!(tally.stranger_bytes, 0, "he is none to himself");
    // Others have left room for one small message.
    let tally = ArchiveTally {
        stranger_bytes: limits::MAX_ARCHIVE_BYTES_OF_STRANGERS - 1_000,
        ..tally
    };
    let nothing = Change::RemoveArchive(account, Vec::new(), tally);
    store.commit(&[nothing]).unwrap();
    w.kill("montague.example");
    w.start("montague.example");
    w.reconnect(romeo);
    w.run();
    w.says(romeo, "<presence/>");
    w.forget(romeo);
    let large = "x".repeat(1_000);
    for (body, archived) in [("small", true), (&*large, false)] {
        w.says(juliet, &chat(ROMEO, body));
        w.advance(Duration::from_secs(10));
        let message = w.hears(romeo, "message");
        let marked = message.has_child("stanza-id", ns::STANZA_ID);
        assert_eq!(marked, archived, "{body}");
    }
    // What he says, and what a contact says, is archived as ever.
    w.says(romeo, &chat(JULIET, &large));
    w.befriend(romeo, juliet);
    w.says(juliet, &chat(ROMEO, &large.replace('x', "y")));
    let all = page(&mut w, romeo, "", "").bodies;
    let beginnings: Vec<_> = all.iter().map(|body| &body[..5]).collect();
    assert_eq!(beginnings, ["befor", "small", "xxxxx", "yyyyy"]);
}
