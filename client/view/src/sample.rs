use onym_client_protocol::delivery::FailureReason;
use onym_client_protocol::view_model::{
    ConnectionState, ConnectionView, ContactView, ConversationView, DeliveryState, DeliveryView,
    DirectionView, LastMessageView, MessageView, PresenceState, PresenceView, RequestView, TorView,
    ViewModel,
};
use onym_identity::{RootSecret, Timestamp};

use crate::app_model::{
    AppModel, Language, MainModel, NoticeView, PeerEndpointState, PeerEndpointView, ScreenModel,
    ThemeChoice, WelcomeModel, WelcomeStep,
};

/// 2026-11-23T14:00:00Z.
const NOON_MILLIS: u64 = 1_795_442_400_000;

fn jid(letter: char) -> String {
    let local: String = std::iter::once(letter)
        .chain("k4zq7m2xw5".chars().cycle())
        .take(52)
        .collect();
    let domain: String = std::iter::once(letter)
        .chain("vx3n6tq2l7h".chars().cycle())
        .take(55)
        .collect();
    format!("{local}@{domain}d.onion")
}

/// A contact of this name, reachable at a made-up onion address.
pub fn contact(name: &str, state: PresenceState) -> ContactView {
    let words = match state {
        PresenceState::Unknown => "",
        PresenceState::Offline => "Offline",
        PresenceState::Available => "Online",
        PresenceState::Away => "Away: back at six",
        PresenceState::ExtendedAway => "Away for long",
        PresenceState::Busy => "Busy: in a meeting",
    };
    let letter = name.chars().find(char::is_ascii_alphabetic).unwrap_or('x');
    ContactView {
        jid: jid(letter.to_ascii_lowercase()),
        name: name.to_owned(),
        presence: PresenceView {
            state,
            words: words.to_owned(),
            ..PresenceView::default()
        },
        is_contact: true,
        ..ContactView::default()
    }
}

fn delivery(state: DeliveryState) -> DeliveryView {
    let words = match state {
        DeliveryState::Queued => "Waits for a connection",
        DeliveryState::Sent => "On its way",
        DeliveryState::Stored => "Waits until they can be reached",
        DeliveryState::Delivered => "Delivered",
        DeliveryState::Displayed => "Seen",
        DeliveryState::Failed => {
            "Not delivered: Their server could not be reached in time. Their server says: \
             “remote-server-timeout”"
        }
    };
    DeliveryView {
        state,
        at: None,
        why: (state == DeliveryState::Failed).then_some(FailureReason::ServerTimeout),
        their_words: None,
        words: words.to_owned(),
    }
}

fn last(preview: &str, time_words: &str, state: Option<DeliveryState>) -> Option<LastMessageView> {
    Some(LastMessageView {
        preview: preview.to_owned(),
        time: Timestamp::from_unix_millis(NOON_MILLIS),
        time_words: time_words.to_owned(),
        delivery: state.map(delivery),
        ..LastMessageView::default()
    })
}

/// An incoming message, or an outgoing one with its delivery state.
pub fn message(position: u64, text: &str, delivered: Option<DeliveryState>) -> MessageView {
    let minute = position % 60;
    MessageView {
        id: format!("message-{position}"),
        position,
        text: text.to_owned(),
        time: Timestamp::from_unix_millis(NOON_MILLIS + position * 60_000),
        clock: format!("{:02}:{minute:02}", 9 + position / 60 % 12),
        day: None,
        continues_group: false,
        first_unread: false,
        direction: match delivered {
            Some(_) => DirectionView::Outgoing,
            None => DirectionView::Incoming,
        },
        delivery: delivered.map(delivery),
        ..MessageView::default()
    }
}

/// A short conversation with one message in each state.
pub fn messages() -> Vec<MessageView> {
    use DeliveryState as D;
    let lines: [(&str, Option<D>, bool); 14] = [
        ("Are you still in the library?", None, false),
        ("Yes, until they close at eight.", Some(D::Delivered), false),
        (
            "I found the edition that you were looking for. It stands in the reading room and \
             cannot be taken home, but they let you photograph single pages if you ask at the desk.",
            Some(D::Delivered),
            true,
        ),
        ("Perfect.", None, false),
        ("Could you look up page 214?", None, true),
        (
            "There should be a table with the dates. I only need the second column.",
            None,
            true,
        ),
        ("Of course", Some(D::Delivered), false),
        (
            "Here it is:\n1871  Lisbon\n1874  Trieste\n1879  Odessa, twice",
            Some(D::Delivered),
            true,
        ),
        (
            "You are the best. One more question about the second one: is that the year of the \
          arrival, or of the letter?",
            None,
            false,
        ),
        ("Of the letter", Some(D::Stored), false),
        ("The arrival was a year earlier", Some(D::Sent), true),
        (
            "I will scan the whole chapter tomorrow",
            Some(D::Failed),
            false,
        ),
        ("Tell me if you need anything else", Some(D::Queued), false),
        ("That helps a lot, thank you!", None, false),
    ];
    let mut messages: Vec<MessageView> = (0..)
        .zip(lines)
        .map(|(position, (text, state, joined))| {
            let mut message = message(position, text, state);
            message.continues_group = joined;
            message
        })
        .collect();
    for (index, message) in messages.iter_mut().enumerate() {
        message.day = match index {
            0 => Some("Yesterday".to_owned()),
            6 => Some("Today".to_owned()),
            _ => None,
        };
        message.first_unread = index == 13;
    }
    messages
}

/// A conversation of so many messages.
pub fn long_conversation(count: u64) -> ConversationView {
    let mut conversation = conversation();
    conversation.total_rows = count;
    conversation.messages = (0..count)
        .map(|position| {
            let text = format!(
                "Message number {position}. {}",
                "Some words. ".repeat(position as usize % 9)
            );
            let state = (position % 3 == 0).then_some(DeliveryState::Delivered);
            message(position, text.trim(), state)
        })
        .collect();
    conversation
}

/// The conversation with Bruna.
pub fn conversation() -> ConversationView {
    ConversationView {
        contact: bruna(),
        total_rows: messages().len() as u64,
        messages: messages().into(),
        ..ConversationView::default()
    }
}

fn bruna() -> ContactView {
    ContactView {
        last_message: last("That helps a lot, thank you!", "14:13", None),
        ..contact("Bruna Castelo", PresenceState::Available)
    }
}

fn contacts() -> Vec<ContactView> {
    let mut asks = contact("quintessa", PresenceState::Unknown);
    asks.is_contact = false;
    asks.request = RequestView::Incoming {
        text: Some("Hi, it is Tess from the reading group. This is my new address.".to_owned()),
    };
    let mut waiting = contact("Imre", PresenceState::Unknown);
    waiting.request = RequestView::Outgoing;
    vec![
        asks,
        bruna(),
        ContactView {
            unread: 3,
            last_message: last("Shall we move it to Thursday?", "13:40", None),
            ..contact("Noor", PresenceState::Away)
        },
        ContactView {
            last_message: last(
                "I have sent you the draft",
                "12:02",
                Some(DeliveryState::Delivered),
            ),
            ..contact("Jan-Willem van der Meer", PresenceState::Busy)
        },
        ContactView {
            draft: Some("About the keys: I would rather".to_owned()),
            last_message: last("See you then", "Yesterday", None),
            ..contact("Óscar", PresenceState::Offline)
        },
        ContactView {
            last_message: last("Can you hear me?", "Yesterday", Some(DeliveryState::Failed)),
            unread: 128,
            ..contact(
                "Workshop on the hill, where the long names come from",
                PresenceState::ExtendedAway,
            )
        },
        ContactView {
            last_message: last(
                "The parcel has arrived",
                "2026-11-19",
                Some(DeliveryState::Queued),
            ),
            ..contact("Μαρία", PresenceState::Unknown)
        },
        waiting,
    ]
}

/// Connected and reachable.
pub fn online() -> ConnectionView {
    ConnectionView {
        state: ConnectionState::Online,
        words: "Online".to_owned(),
        tor: Some(TorView {
            percent: None,
            reachable: true,
            words: "Reachable over Tor".to_owned(),
            advice: None,
            ..TorView::default()
        }),
        can_retry: false,
        ..ConnectionView::default()
    }
}

/// Tor starts.
pub fn starting(percent: u8) -> ConnectionView {
    ConnectionView {
        state: ConnectionState::Connecting,
        words: "Connecting…".to_owned(),
        tor: Some(TorView {
            percent: Some(percent),
            reachable: false,
            words: "Loading the directory of the Tor network".to_owned(),
            advice: None,
            ..TorView::default()
        }),
        can_retry: false,
        ..ConnectionView::default()
    }
}

/// Tor cannot start, and there is something to do about it.
pub fn blocked() -> ConnectionView {
    ConnectionView {
        state: ConnectionState::Offline,
        words: "The connection to your server was lost. Trying again in 40 seconds.".to_owned(),
        tor: Some(TorView {
            percent: Some(10),
            reachable: false,
            words: "Connecting to the Tor network".to_owned(),
            advice: Some("The clock of this computer seems to be wrong by three hours.".to_owned()),
            ..TorView::default()
        }),
        can_retry: true,
        ..ConnectionView::default()
    }
}

/// The messenger with an open conversation.
pub fn main_model() -> MainModel {
    MainModel {
        view: ViewModel {
            connection: online(),
            our_jid: jid('o'),
            contacts: contacts(),
            conversation: Some(conversation()),
            ..ViewModel::default()
        },
        peer_endpoint: Some(PeerEndpointView {
            state: PeerEndpointState::Connected,
            words: "connected through Tor".to_owned(),
            can_retry: false,
        }),
        notice: None,
    }
}

/// The messenger with nobody in it.
pub fn empty_model() -> MainModel {
    MainModel {
        view: ViewModel {
            connection: starting(45),
            our_jid: jid('o'),
            ..ViewModel::default()
        },
        ..MainModel::default()
    }
}

/// The messenger while much is wrong.
pub fn troubled_model() -> MainModel {
    let mut model = main_model();
    model.view.connection = blocked();
    model.peer_endpoint = Some(PeerEndpointView {
        state: PeerEndpointState::Waiting,
        words: "cannot be reached, trying again in 4 minutes".to_owned(),
        can_retry: true,
    });
    model.notice = Some(NoticeView {
        id: 1,
        words: "This is your own address.".to_owned(),
    });
    model
}

/// The first start.
pub fn welcome(step: WelcomeStep, problem: Option<&str>) -> ScreenModel {
    ScreenModel::Welcome(WelcomeModel {
        step,
        problem: problem.map(str::to_owned),
    })
}

/// The words of an identity that nobody has.
pub fn phrase() -> WelcomeStep {
    WelcomeStep::Phrase(RootSecret::from_bytes(&[7; 32]).recovery_phrase())
}

/// A window with this screen.
pub fn app(screen: ScreenModel, theme: ThemeChoice) -> AppModel {
    AppModel {
        screen,
        theme,
        language: Language::English,
    }
}
