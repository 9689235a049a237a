use onym_client_protocol::connection::Trouble;
use onym_client_protocol::view_model::{
    ConnectionState, ConnectionView, DirectionView, SearchHitView, SearchView, TorPhase,
    TorProblem, TorStep, TorView,
};
use onym_identity::Timestamp;

use super::{NOW_MILLIS, ago, jid, local};

/// Connected and reachable.
pub fn online() -> ConnectionView {
    ConnectionView {
        state: ConnectionState::Online,
        tor: Some(TorView {
            reachable: true,
            phase: TorPhase::Reachable,
            ..TorView::default()
        }),
        ..ConnectionView::default()
    }
}

/// Tor starts.
pub fn starting(percent: u8) -> ConnectionView {
    let since = |seconds: u64| Some(Timestamp::from_unix_millis(NOW_MILLIS - seconds * 1_000));
    ConnectionView {
        state: ConnectionState::Connecting,
        tor: Some(TorView {
            percent: Some(percent),
            phase: TorPhase::Directory,
            since: since(12),
            started: since(31),
            step: Some(TorStep::Certificates),
            ..TorView::default()
        }),
        ..ConnectionView::default()
    }
}

/// Tor cannot start, and there is something to do about it.
pub fn blocked() -> ConnectionView {
    let mut connection = starting(10);
    if let Some(tor) = &mut connection.tor {
        tor.phase = TorPhase::Connecting;
        tor.problem = Some(TorProblem::Censored);
        tor.step = Some(TorStep::Relay);
        tor.detail = "no relay answers; 7 of 7 connections were reset".to_owned();
    }
    connection
}

/// Tor runs, and our endpoint is away.
pub fn lost() -> ConnectionView {
    ConnectionView {
        state: ConnectionState::Offline,
        next_try: Some(Timestamp::from_unix_millis(NOW_MILLIS + 40_000)),
        trouble: Some(Trouble::Closed),
        can_retry: true,
        ..online()
    }
}

/// Messages that hold the word "library".
pub fn found() -> SearchView {
    let hit = |name: &str, excerpt: &str, minutes_ago| SearchHitView {
        jid: jid(name),
        name: name.to_owned(),
        position: minutes_ago,
        direction: DirectionView::Incoming,
        local: local(ago(minutes_ago)),
        excerpt: excerpt.to_owned(),
        highlights: excerpt
            .match_indices("library")
            .map(|(at, word)| at..at + word.len())
            .collect(),
    };
    SearchView {
        query: "library".to_owned(),
        hits: vec![
            hit("Bruna Castelo", "Are you still in the library?", 300),
            hit(
                "Noor",
                "… meet in front of the library at six, then we …",
                4_000,
            ),
            hit("Óscar", "The library card is on the table", 90_000),
        ],
        has_more: true,
        is_running: false,
    }
}
