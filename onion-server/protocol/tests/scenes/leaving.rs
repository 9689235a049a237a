//! RFC 6120 §4.4: the program ends and says so to other servers.

use onym_server_protocol::Input;

use crate::stranger::{Role, claim, open};
use crate::world::World;

const US: &str = "montague.example";
const ROMEO: &str = "romeo@montague.example";
const THEM: &str = "capulet.example";
const GOODBYE: &str = "</stream:stream>";

fn goodbyes(w: &World, role: Role) -> usize {
    w.role(role).raw.matches(GOODBYE).count()
}

fn is_with_servers(w: &World) -> bool {
    let server = w.node(US).server.as_ref();
    server.is_some_and(onym_server_protocol::Server::is_with_servers)
}

#[test]
fn streams_in_both_directions_are_closed_and_wait_for_the_other_side() {
    let mut w = World::new(10);
    w.server(US, &["romeo"]);
    let romeo = w.present_owner(ROMEO, "desk");
    let (theirs, ours) = w.proven_stranger(THEM, US);
    assert!(is_with_servers(&w));
    w.tell(US, Input::Leave);
    w.run();
    for role in [theirs, ours] {
        assert_eq!(goodbyes(&w, role), 1);
        assert!(!w.is_gone(role), "the other side may still be speaking");
    }
    // What it was saying still comes through.
    let hello =
        format!("<message from='juliet@{THEM}/x' to='{ROMEO}' id='h'><body>hello</body></message>");
    w.shows(theirs, &hello);
    assert_eq!(w.bodies(romeo), ["hello"]);
    for role in [theirs, ours] {
        assert!(is_with_servers(&w));
        w.shows(role, GOODBYE);
        assert!(w.is_gone(role));
        assert_eq!(goodbyes(&w, role), 1, "once is enough");
    }
    assert!(!is_with_servers(&w));
}

#[test]
fn nothing_new_begins_and_what_waits_is_there_for_the_next_process() {
    let mut w = World::new(11);
    w.server(US, &["romeo"]);
    let romeo = w.present_owner(ROMEO, "desk");
    let (_, ours) = w.proven_stranger(THEM, US);
    w.tell(US, Input::Leave);
    w.run();
    let dialed = w.node(US).dialed.len();
    w.says(
        romeo,
        &format!("<message to='juliet@{THEM}' id='1'><body>late</body></message>"),
    );
    assert!(!w.has_seen(ours, "message"));
    assert_eq!(w.node(US).dialed.len(), dialed);
    let late = w.stranger_as("tybalt.example", US);
    assert!(w.is_gone(late));
    // Whoever answers wrongly now gets no second stream for it.
    let before = w.role(ours).raw.len();
    w.shows(ours, "<nonsense/>");
    assert!(w.is_gone(ours));
    assert_eq!(&w.role(ours).raw[before..], "");

    w.kill(US);
    w.start(US);
    w.reconnect(romeo);
    w.run();
    let role = w.called(THEM).expect("the next process connects");
    w.shows(role, &open(THEM, US, Some("next")));
    w.shows(role, "<stream:features/>");
    w.sees(role, "result");
    assert!(!w.is_empty(US), "the message waits for the proof");
}

/// RFC 6120 §4.4: "MUST NOT send further data".
#[test]
fn nothing_is_written_behind_our_closing_tag() {
    let mut w = World::new(12);
    w.server(US, &["romeo"]);
    let _romeo = w.present_owner(ROMEO, "desk");
    let (theirs, ours) = w.proven_stranger(THEM, US);
    w.shows(theirs, "<enable xmlns='urn:xmpp:sm:3'/>");
    w.sees(theirs, "enabled");
    w.tell(US, Input::Leave);
    w.run();
    let hello = format!(
        "<message from='juliet@{THEM}/x' to='{ROMEO}' id='h'><body>hello</body></message>\
         <r xmlns='urn:xmpp:sm:3'/>"
    );
    w.shows(theirs, &hello);
    let verify = format!("<db:verify from='{THEM}' to='{US}' id='x'>key</db:verify>");
    w.shows(theirs, &verify);
    w.shows(theirs, &claim("tybalt.example", "elsewhere.example", "key"));
    w.shows(ours, &verify);
    for role in [theirs, ours] {
        assert!(!w.is_gone(role));
        assert!(w.role(role).raw.ends_with(GOODBYE), "{}", w.role(role).raw);
    }
}

#[test]
fn a_stream_that_has_not_begun_never_does() {
    let mut w = World::new(13);
    w.server(US, &["romeo"]);
    let silent = w.stranger(US);
    assert!(is_with_servers(&w));
    w.tell(US, Input::Leave);
    w.run();
    assert!(!is_with_servers(&w), "nobody is waited for in vain");
    w.shows(silent, &open(THEM, US, None));
    assert!(w.is_gone(silent));
    assert_eq!(w.role(silent).raw, "");
}
