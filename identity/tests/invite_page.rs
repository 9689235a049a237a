//! The page under an invite's link: that its file lets nothing out, and that its script reads links as
//! this crate does.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail by panicking")]

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use onym_identity::invite::{Invite, InviteError};
use onym_identity::statement::{DisplayName, is_mixed_script};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PAGE: &str = include_str!("../../docs/i/index.html");

/// Reads links from standard input with the page's own script.
const RUN: &str = "\
    const all = JSON.parse(require('fs').readFileSync(0, 'utf8'));\
    const read = new Function(all.script + ';return readInvite')();\
    const told = all.links.map((link) => read(link.split('#')[1]));\
    const plain = (key, value) => typeof value === 'bigint' ? value.toString() : value;\
    console.log(JSON.stringify(told, plain));";

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/invite.json")).unwrap()
}

/// What stands between two marks of the page, each time.
fn between<'a>(begin: &str, end: &str) -> Vec<&'a str> {
    let parts = PAGE.split(begin).skip(1);
    parts.map(|part| part.split(end).next().unwrap()).collect()
}

fn script(id: &str) -> &'static str {
    let begin = format!("<script id=\"{id}\">");
    between(&begin, "</script>").first().unwrap()
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!("'sha256-{}'", BASE64.encode(&digest))
}

/// What the page tells of links; nothing if there is no engine for its script and that may be.
#[expect(clippy::print_stderr, reason = "says why a test was not run")]
fn told(links: &[String]) -> Option<Vec<Value>> {
    let node = Command::new("node")
        .args(["-e", RUN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut node) = node else {
        assert!(
            env::var_os("CI").is_none(),
            "no node to run the page's script with, and this is CI: run scripts/setup"
        );
        eprintln!("not run: there is no node; scripts/setup installs one");
        return None;
    };
    let input = json!({ "script": script("reading"), "links": links });
    let mut stdin = node.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

const fn word(error: &InviteError) -> &'static str {
    match error {
        InviteError::TooLong { .. } => "too_long",
        InviteError::Version => "version",
        InviteError::OnionAddress(_) => "onion_address",
        InviteError::Key(_) => "key",
        InviteError::Damaged | InviteError::Token | InviteError::TwoKeys => "damaged",
        InviteError::Form | InviteError::OtherAction => "form",
    }
}

#[test]
fn nothing_runs_or_loads_but_what_is_in_the_file() {
    let policy = between("Content-Security-Policy\" content=\"", "\"")[0];
    let allowed: Vec<&str> = policy.split("; ").collect();
    let scripts = between("<script", "</script>");
    assert_eq!(scripts.len(), 2);
    let scripts = [script("reading"), script("showing")].map(hash).join(" ");
    let styles = between("<style>", "</style>");
    assert_eq!(styles.len(), 1);
    assert_eq!(
        allowed,
        [
            "default-src 'none'",
            &format!("script-src {scripts}"),
            &format!("style-src {}", hash(styles[0])),
            // The icon that a browser would ask the server for.
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    );
    assert!(PAGE.contains("<meta name=\"referrer\" content=\"no-referrer\">"));
    for loader in [
        "http:",
        "https:",
        "src=",
        "url(",
        "@import",
        "fetch",
        "XMLHttp",
        "WebSocket",
        "EventSource",
        "sendBeacon",
        "import(",
        "innerHTML",
        "outerHTML",
        "eval",
        "onclick",
        "localStorage",
        "sessionStorage",
        "cookie",
        "<form",
        "<iframe",
        "<img",
    ] {
        assert!(!PAGE.contains(loader), "{loader}");
    }
    // The only links lead to the icon and, made from the payload, to the program.
    assert_eq!(between("href=\"", "\""), ["data:,"]);
    assert_eq!(PAGE.matches(".href = ").count(), 1);
    assert!(PAGE.contains("element(\"open\").href = invite.xmpp;"));
}

#[test]
fn both_languages_say_the_same() {
    let words = between("const WORDS = {", "  };\n")[0];
    let (english, german) = words.split_once("    de: {").unwrap();
    let keys = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("      "));
        let keys = lines.filter_map(|line| line.split_once(':'));
        keys.map(|(key, _)| key.to_owned()).collect()
    };
    assert_eq!(keys(english), keys(german));
    for why in [
        "none",
        "form",
        "too_long",
        "damaged",
        "version",
        "onion_address",
        "key_refused",
    ] {
        assert!(keys(english).iter().any(|key| key == why), "{why}");
    }
}

#[test]
fn the_page_reads_the_vectors_as_this_crate_does() {
    let vectors = vectors();
    let all = ["good", "bad"].map(|kind| vectors[kind].as_array().unwrap().clone());
    let links: Vec<String> = all
        .iter()
        .flatten()
        .map(|vector| vector["link"].as_str().unwrap().to_owned())
        .collect();
    let Some(told) = told(&links) else {
        return;
    };
    let [good, bad] = all;
    for (vector, told) in good.iter().zip(&told) {
        let content = &vector["content"];
        for field in ["jid", "name", "token"] {
            assert_eq!(told[field], content[field], "{told}");
        }
        assert_eq!(told["isMove"], content["is_move"]);
        let invite = Invite::read(vector["link"].as_str().unwrap()).unwrap();
        assert_eq!(told["xmpp"], invite.to_xmpp().unwrap());
        let key = invite.identity().map(|key| key.to_string());
        assert_eq!(told["key"], json!(key));
    }
    for (vector, told) in bad.iter().zip(told.iter().skip(good.len())) {
        assert_eq!(told["refused"], vector["refused"], "{vector}");
    }
}

/// A link that shows this name.
fn named(name: &str) -> String {
    let vectors = vectors();
    let link = vectors.pointer("/good/0/link").and_then(Value::as_str);
    let link = link.unwrap();
    let mut invite = Invite::read(link).unwrap();
    invite.name = Some(DisplayName::new(name).unwrap());
    invite.to_link("onym.example").unwrap()
}

#[test]
fn the_page_tells_of_the_names_that_this_crate_tells_of() {
    let names = [
        "Alice",
        "Zoë O'Neil-Smith 2",
        "Ирина",
        "Ελένη",
        "李雷",
        "さくらカフェ東京",
        "김철수 金",
        "ㄅㄆ 東",
        "علی‌رضا",
        "👩‍👧 Family",
        "ᏣᎳᎩ",
        "P\u{430}ypal",
        "Αlice",
        "Аlice Bob",
        "Alice 李",
        "ひ 김",
        "Ольга Olga",
        "Aᏼ",
    ];
    let links = names.map(named);
    let Some(told) = told(&links) else {
        return;
    };
    let mut mixed = 0;
    for (name, told) in names.iter().zip(&told) {
        assert_eq!(told["name"], *name);
        assert_eq!(told["isMixed"], is_mixed_script(name), "{name}");
        mixed += u32::from(is_mixed_script(name));
    }
    assert_eq!(mixed, 7);
}

#[test]
fn what_is_no_link_of_ours_is_said_to_be_none() {
    let long = format!("1.{}", "A".repeat(2_100));
    let refused = [
        ("", "none"),
        ("2.AA", "form"),
        ("x", "form"),
        (&long, "too_long"),
    ];
    let links = refused.map(|(fragment, _)| format!("https://onym.example/i/#{fragment}"));
    let Some(told) = told(&links) else {
        return;
    };
    for ((fragment, word), told) in refused.iter().zip(&told) {
        assert_eq!(told["refused"], *word, "{fragment}");
    }
}

/// Each bit of each good payload turned, and each end cut off.
#[test]
fn the_page_believes_no_damaged_link_that_this_crate_refuses() {
    let vectors = vectors();
    let mut links = Vec::new();
    for vector in vectors["good"].as_array().unwrap() {
        let link = vector["link"].as_str().unwrap();
        let (page, payload) = link.split_once("#1.").unwrap();
        let bytes = BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
        let mut push = |bytes: &[u8]| {
            links.push(format!("{page}#1.{}", BASE64URL_NOPAD.encode(bytes)));
        };
        for at in 0..bytes.len() {
            push(&bytes[..at]);
            for bit in 0..8 {
                let mut turned = bytes.clone();
                turned[at] ^= 1 << bit;
                push(&turned);
            }
        }
    }
    let Some(told) = told(&links) else {
        return;
    };
    let mut refused = 0;
    for (link, told) in links.iter().zip(&told) {
        match Invite::read(link) {
            Ok(invite) => assert_eq!(told["xmpp"], invite.to_xmpp().unwrap(), "{link}"),
            Err(error) => {
                assert_eq!(told["refused"], word(&error), "{link}");
                refused += 1;
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}
