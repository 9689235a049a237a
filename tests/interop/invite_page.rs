//! The page under an invite's link, in Chromium. All that the browser asks of any network comes to a
//! stand-in, which has the page and nothing else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use libtest_mimic::Failed;
use onym_identity::invite::Invite;
use onym_identity::statement::DisplayName;
use serde_json::Value;

use crate::Test;
use crate::world::{Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "says_what_the_link_says_and_tells_nobody",
    says_what_the_link_says_and_tells_nobody,
)];

const PAGE: &str = include_str!("../../docs/i/index.html");
const VECTORS: &str = include_str!("../../identity/tests/vectors/invite.json");

/// What may go through the whole network: the page, asked for without what stands behind the `#`.
const THE_REQUEST: &str = "GET http://onym.example/i/ HTTP/1.1";

/// What Chromium is called.
const CHROMIUMS: [&str; 3] = [
    "chromium-headless-shell",
    "chromium",
    "google-chrome-stable",
];

/// The heads of all requests that came.
type Heads = Arc<Mutex<Vec<String>>>;

/// Everybody's server, as a proxy.
struct StandIn {
    address: String,
    heads: Heads,
}

impl StandIn {
    fn start() -> Result<Self, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let heads = Heads::default();
        let seen = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                // A browser that goes away in the middle is its own business.
                thread::spawn(move || answer(&stream, &seen).ok());
            }
        });
        Ok(Self { address, heads })
    }

    fn take_heads(&self) -> Vec<String> {
        std::mem::take(&mut *self.heads.lock().unwrap())
    }
}

fn answer(mut stream: &TcpStream, seen: &Heads) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let mut head = String::new();
    while let Some(line) = lines.next().transpose()?.filter(|line| !line.is_empty()) {
        head.push_str(&line);
        head.push('\n');
    }
    let is_page = head.starts_with(THE_REQUEST);
    seen.lock().unwrap().push(head);
    let (status, body) = if is_page {
        ("200 OK", PAGE)
    } else {
        ("404 Not Found", "")
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

/// The page as Chromium has it after its scripts, and what its console says.
fn shown(link: &str, language: &str, stand_in: &StandIn) -> Result<(String, String), Failed> {
    let folder = tempfile::tempdir()?;
    let found = CHROMIUMS.into_iter().find(|it| {
        let probe = Command::new(it)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        probe.is_ok_and(|status| status.success())
    });
    let chromium = found.ok_or("there is no Chromium: run scripts/setup interop")?;
    let output = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .args([
            "--proxy-bypass-list=<-loopback>",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!("--proxy-server={}", stand_in.address))
        .arg(format!("--accept-lang={language}"))
        .arg(format!("--user-data-dir={}", folder.path().display()))
        .arg(link)
        .env("LANGUAGE", language)
        .output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    Ok((text(&output.stdout), text(&output.stderr)))
}

/// What the page says, as in its table of words; the first one is English.
fn words<'a>(key: &str, language: usize) -> &'a str {
    let begin = format!("      {key}: \"");
    let rest = PAGE.split(&begin).nth(language + 1).unwrap();
    rest.split('"').next().unwrap()
}

fn heading(dom: &str) -> &str {
    let rest = dom.split("<h1 id=\"heading\">").nth(1).unwrap();
    rest.split("</h1>").next().unwrap()
}

fn says_what_the_link_says_and_tells_nobody(_: &World) -> Outcome {
    let stand_in = StandIn::start()?;
    let vectors: Value = serde_json::from_str(VECTORS)?;
    let mut looked = 0;
    for (number, vector) in ["good", "bad"]
        .into_iter()
        .flat_map(|kind| vectors[kind].as_array().unwrap())
        .enumerate()
    {
        let link = vector["link"].as_str().unwrap().replace("https:", "http:");
        let (language, place) = if number % 2 == 0 {
            ("en", 0)
        } else {
            ("de", 1)
        };
        let (dom, console) = shown(&link, language, &stand_in)?;
        assert!(!console.contains("CONSOLE"), "{console}");
        if let Some(refused) = vector["refused"].as_str() {
            assert_eq!(heading(&dom), words("refused", place), "{link}");
            assert!(dom.contains(words(refused, place)), "{link}");
            assert!(!dom.contains("href=\"xmpp:"), "{link}");
        } else {
            let jid = vector["content"]["jid"].as_str().unwrap();
            assert!(dom.contains(&format!(">{jid}</dd>")), "{link}");
            let local = jid.split('@').next().unwrap();
            let is_plain = local.is_ascii();
            assert!(
                !is_plain || dom.contains(&format!("href=\"xmpp:{jid}?roster")),
                "{link}"
            );
            if let Some(name) = vector["content"]["name"].as_str() {
                assert!(heading(&dom).contains(name), "{link}");
            }
        }
        // The browser has asked for the page, and told nobody what was behind the #.
        let payload = link.split('#').nth(1).unwrap();
        for head in stand_in.take_heads() {
            assert!(head.starts_with(THE_REQUEST), "{head}");
            assert!(!head.contains(payload) || payload == "1.", "{head}");
            assert!(!head.to_lowercase().contains("referer"), "{head}");
            looked += 1;
        }
    }
    assert!(looked > 20, "{looked}");
    tells_of_names_that_mix_scripts(&vectors, &stand_in)
}

fn tells_of_names_that_mix_scripts(vectors: &Value, stand_in: &StandIn) -> Outcome {
    let mut invite = Invite::read(vectors["good"][0]["link"].as_str().unwrap())?;
    for (name, language, place) in [
        ("Paypal", "en", 0),
        ("P\u{430}ypal", "en", 0),
        ("P\u{430}ypal", "de", 1),
    ] {
        invite.name = Some(DisplayName::new(name)?);
        let link = invite.to_link("onym.example")?.replace("https:", "http:");
        let (dom, console) = shown(&link, language, stand_in)?;
        assert!(!console.contains("CONSOLE"), "{console}");
        let said = format!(
            "<p id=\"mixed\" role=\"alert\">{}</p>",
            words("mixed", place)
        );
        assert_eq!(dom.contains(&said), !name.is_ascii(), "{name}");
    }
    Ok(())
}
