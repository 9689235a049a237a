//! `jabber:client` inside, `jabber:server` on the wire between servers.

use onym_stream::{ContentNamespace, Element, Limits, Node, ns, write_element};

use crate::{CLIENT_HEADER, SERVER_HEADER, authenticated, client_reader, read, read_one};

fn read_from_server(xml: &str) -> Element {
    let stream = format!("{SERVER_HEADER}{xml}");
    let reader = authenticated(ContentNamespace::Server, Limits::server());
    let outcome = read(reader, [stream.as_bytes()]);
    assert_eq!(outcome.error, None, "{xml}");
    outcome.elements()[0].clone()
}

fn written(element: &Element, content: ContentNamespace) -> String {
    String::from_utf8(write_element(element, content)).unwrap()
}

/// The namespaces of an element and everything in it, outermost first.
fn namespaces(element: &Element) -> Vec<String> {
    let mut all = vec![format!("{} {}", element.name(), element.ns())];
    for child in element.nodes().filter_map(Node::as_element) {
        all.extend(namespaces(child));
    }
    all
}

#[test]
fn a_stanza_is_the_same_on_both_kinds_of_streams() {
    for xml in [
        "<message to='a@b' type='chat'><body>Hello</body><active xmlns='x'><y/></active></message>",
        "<iq id='1' type='error'><query xmlns='jabber:iq:roster'/><error type='cancel'>\
         <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        "<presence xml:lang='en'><show>away</show><status>&lt;&amp;</status></presence>",
    ] {
        let from_client = read_one(xml);
        let from_server = read_from_server(xml);
        assert_eq!(from_client, from_server, "{xml}");
        assert!(from_server.has_ns(ns::CLIENT));
        for content in [ContentNamespace::Client, ContentNamespace::Server] {
            let written = written(&from_server, content);
            assert!(
                !written.contains(content.as_str()),
                "the content namespace is inherited: {written}"
            );
            let again = match content {
                ContentNamespace::Client => read_one(&written),
                ContentNamespace::Server => read_from_server(&written),
            };
            assert_eq!(again, from_server, "{xml}");
        }
    }
}

#[test]
fn forwarded_stanzas_keep_their_namespace() {
    // (on a server stream, inside the program)
    for forwarded in ["jabber:client", "jabber:server"] {
        let xml = format!(
            "<message><body>see</body><forwarded xmlns='urn:xmpp:forward:0'>\
             <message xmlns='{forwarded}'><body>this</body>\
             <forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client'/></forwarded>\
             </message></forwarded></message>"
        );
        let expected = [
            "message jabber:client".to_owned(),
            "body jabber:client".to_owned(),
            "forwarded urn:xmpp:forward:0".to_owned(),
            format!("message {forwarded}"),
            format!("body {forwarded}"),
            "forwarded urn:xmpp:forward:0".to_owned(),
            "iq jabber:client".to_owned(),
        ];
        for element in [read_one(&xml), read_from_server(&xml)] {
            assert_eq!(namespaces(&element), expected);
            let on_server = written(&element, ContentNamespace::Server);
            assert_eq!(read_from_server(&on_server), element, "{on_server}");
            let inner = format!("<message xmlns='{forwarded}'><body>this");
            assert!(on_server.contains(&inner), "{on_server}");
            let on_client = written(&element, ContentNamespace::Client);
            assert_eq!(read_one(&on_client), element, "{on_client}");
        }
    }
}

/// Whichever content namespace a stanza's own child is in on the wire, there is one view of it:
/// otherwise a body could hide from one server and appear at the next.
#[test]
fn a_child_cannot_hide_in_the_other_content_namespace() {
    for child in ["jabber:client", "jabber:server"] {
        let xml = format!("<message><body xmlns='{child}'>Hello</body></message>");
        for element in [read_one(&xml), read_from_server(&xml)] {
            let body = element.get_child("body", ns::CLIENT).unwrap();
            assert_eq!(body.text(), "Hello");
        }
    }
}

#[test]
fn prefixes_say_the_same_as_default_namespaces() {
    let plain = read_one("<message><body>Hello</body><x xmlns='u' a='1'/></message>");
    for xml in [
        "<c:message xmlns:c='jabber:client'><c:body>Hello</c:body><x xmlns='u' a='1'/></c:message>",
        "<c:message xmlns:c='jabber:client' xmlns='u'><c:body>Hello</c:body><x a='1'/></c:message>",
        "<message xmlns:u='u'><body>Hello</body><u:x a='1'/></message>",
        "<message xmlns:u='v'><body>Hello</body><u:x xmlns:u='u' a='1'/></message>",
        "<message xmlns='jabber:client'><body>Hel<![CDATA[lo]]></body><x xmlns='u' a=\"1\"></x></message>",
    ] {
        assert_eq!(read_one(xml), plain, "{xml}");
    }
    // Prefixes that the stream header declares are good in every stanza.
    let header = CLIENT_HEADER.replace(" version", " xmlns:c='jabber:client' xmlns:u='u' version");
    let xml = "<c:message><c:body>Hello</c:body><u:x a='1'/></c:message>";
    let stream = format!("{header}{xml}{xml}");
    let outcome = read(client_reader(), [stream.as_bytes()]);
    assert_eq!(outcome.elements(), [&plain, &plain]);
}

#[test]
fn attributes_with_and_without_prefix_are_different() {
    let element =
        read_one("<iq xmlns:a='u' xmlns:b='v' xmlns='jabber:client' c='0' a:c='1' b:c='2'/>");
    assert_eq!(element.attr("c"), Some("0"));
    assert_eq!(element.attr_ns("u", "c"), Some("1"));
    assert_eq!(element.attr_ns("v", "c"), Some("2"));
    assert_eq!(element.attrs().len(), 3);
}

#[test]
fn first_level_elements_that_are_no_stanzas_keep_their_namespace() {
    for (xml, content) in [
        (
            "<stream:features><x xmlns='u'/></stream:features>",
            ContentNamespace::Client,
        ),
        (
            "<stream:features><x xmlns='u'/></stream:features>",
            ContentNamespace::Server,
        ),
        (
            "<db:result from='a' to='b'>key</db:result>",
            ContentNamespace::Server,
        ),
        ("<r xmlns='urn:xmpp:sm:3'/>", ContentNamespace::Server),
        (
            "<wrap xmlns='u'><message xmlns='jabber:server'/></wrap>",
            ContentNamespace::Server,
        ),
    ] {
        let element = match content {
            ContentNamespace::Client => read_one(xml),
            ContentNamespace::Server => read_from_server(xml),
        };
        assert_eq!(written(&element, content), xml.replace('"', "'"));
    }
    // Without the prefix in scope, dialback is written with a declaration.
    let dialback = Element::bare("result", ns::DIALBACK);
    assert_eq!(
        written(&dialback, ContentNamespace::Client),
        "<result xmlns='jabber:server:dialback'/>"
    );
}
