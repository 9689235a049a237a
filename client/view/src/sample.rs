//! People and messages that do not exist.

pub mod camera;
pub mod conversation;
pub mod person;
mod pictures;
pub mod protection;
mod screens;
mod settings;
mod states;
pub mod stranger;

use onym_client_protocol::delivery::FailureReason;
use onym_client_protocol::view_model::{
    ContactView, ConversationView, DeliveryState, DeliveryView, DirectionView, EndpointReason,
    EndpointState, EndpointTrouble, EndpointView, LastMessageView, LocalTime, MessageView,
    MuteView, PresenceState, PresenceView, RequestView, ViewModel,
};
use onym_identity::{RootSecret, Timestamp};

use crate::app_model::{
    AppModel, Failure, Happened, MainModel, NoticeView, ScreenModel, ThemeChoice, WelcomeModel,
    WelcomeProblem, WelcomeStep,
};

pub use pictures::pictures;
pub use screens::{SCREENS, Screen, screen};
pub use settings::settings;
pub use states::{blocked, found, lost, online, starting};

/// 2026-11-23T14:00:00Z, the present of everything here.
const NOW_MILLIS: u64 = 1_795_442_400_000;

const MINUTE_MILLIS: u64 = 60_000;

/// Minutes of a day.
const DAY: u64 = 24 * 60;

/// So many minutes before now.
fn ago(minutes: u64) -> Timestamp {
    Timestamp::from_unix_millis(NOW_MILLIS.saturating_sub(minutes * MINUTE_MILLIS))
}

/// A moment in the time zone of the sample, which is UTC.
fn local(at: Timestamp) -> LocalTime {
    LocalTime::new(at, &0)
}

/// The JID of an identity that nobody has; the same for the same name.
pub(crate) fn jid(name: &str) -> String {
    let mut bytes = [7; 32];
    for (byte, letter) in bytes.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    let root = RootSecret::from_bytes(&bytes);
    let key = root.identity_key().public();
    format!("{key}@{}", root.onion_service_key(0).onion_address())
}

/// A contact of this name, reachable at an onion address.
pub fn contact(name: &str, state: PresenceState) -> ContactView {
    let status = match state {
        PresenceState::Away => Some("back at six"),
        PresenceState::Busy => Some("in a meeting"),
        _ => None,
    };
    let is_away = matches!(state, PresenceState::Offline);
    ContactView {
        jid: jid(name),
        name: name.to_owned(),
        presence: PresenceView {
            state,
            status: status.map(str::to_owned),
            last_seen: is_away.then(|| ago(150)),
            ..PresenceView::default()
        },
        is_contact: true,
        ..ContactView::default()
    }
}

fn delivery(state: DeliveryState) -> DeliveryView {
    let has_failed = state == DeliveryState::Failed;
    let is_there = matches!(state, DeliveryState::Delivered | DeliveryState::Displayed);
    DeliveryView {
        state,
        at: is_there.then(|| ago(20)),
        why: has_failed.then_some(FailureReason::ServerTimeout),
        their_words: has_failed.then(|| "remote-server-timeout".to_owned()),
        words: String::new(),
    }
}

fn last(preview: &str, minutes_ago: u64, state: Option<DeliveryState>) -> Option<LastMessageView> {
    let time = ago(minutes_ago);
    Some(LastMessageView {
        preview: preview.to_owned(),
        direction: match state {
            Some(_) => DirectionView::Outgoing,
            None => DirectionView::Incoming,
        },
        time,
        local: local(time),
        delivery: state.map(delivery),
        ..LastMessageView::default()
    })
}

/// An incoming message, or an outgoing one with its delivery state.
pub fn message(position: u64, text: &str, delivered: Option<DeliveryState>) -> MessageView {
    let minute = position % 60;
    let begin = NOW_MILLIS - 300 * MINUTE_MILLIS;
    let at = Timestamp::from_unix_millis(begin + position * MINUTE_MILLIS);
    MessageView {
        id: format!("message-{position}"),
        position,
        text: text.to_owned(),
        time: at,
        local: local(at),
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
        message.starts_day = message.day.is_some();
        if index < 6 {
            message.local.date.day = 22;
        }
    }
    messages
}

/// A conversation of so many messages.
pub fn long_conversation(count: u64) -> ConversationView {
    let mut conversation = conversation();
    conversation.first_unread_row = None;
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
        first_unread_row: Some(13),
        ..ConversationView::default()
    }
}

fn bruna() -> ContactView {
    ContactView {
        their_name: Some("bruna (at the library)".to_owned()),
        avatar: Some("bruna".to_owned()),
        groups: vec!["Reading group".to_owned()],
        endpoint: Some(EndpointView {
            domain: onion_of("Bruna Castelo"),
            state: EndpointState::Connected,
            last_reached: Some(ago(1)),
            last_try: Some(ago(40)),
            ..EndpointView::default()
        }),
        is_pinned: true,
        last_message: last("That helps a lot, thank you!", 3, None),
        ..contact("Bruna Castelo", PresenceState::Available)
    }
}

fn onion_of(name: &str) -> String {
    let jid = jid(name);
    jid.split('@').nth(1).unwrap_or_default().to_owned()
}

/// Somebody whose endpoint cannot be reached at the moment.
fn oscar() -> ContactView {
    ContactView {
        draft: Some("About the keys: I would rather".to_owned()),
        endpoint: Some(EndpointView {
            domain: onion_of("Óscar"),
            state: EndpointState::Waiting,
            last_reached: Some(ago(150)),
            last_try: Some(ago(2)),
            next_try: Some(Timestamp::from_unix_millis(NOW_MILLIS + 4 * MINUTE_MILLIS)),
            waiting: 3,
            trouble: Some(EndpointTrouble {
                reason: EndpointReason::NoAnswer,
                detail: "the onion service is published, and nobody answers there".to_owned(),
            }),
            can_retry: true,
        }),
        last_message: last("See you then", 24 * 60, None),
        ..contact("Óscar", PresenceState::Offline)
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
    let mut put_away = contact("Old club", PresenceState::Offline);
    put_away.is_archived = true;
    put_away.last_message = last("The last one turns off the light", 40 * 24 * 60, None);
    vec![
        asks,
        bruna(),
        ContactView {
            unread: 3,
            is_typing: true,
            avatar: Some("noor".to_owned()),
            last_message: last("Shall we move it to Thursday?", 20, None),
            ..contact("Noor", PresenceState::Away)
        },
        ContactView {
            last_message: last(
                "I have sent you the draft",
                118,
                Some(DeliveryState::Displayed),
            ),
            mute: MuteView::Forever,
            ..contact("Jan-Willem van der Meer", PresenceState::Busy)
        },
        oscar(),
        ContactView {
            last_message: last("Can you hear me?", 25 * 60, Some(DeliveryState::Failed)),
            unread: 128,
            ..contact(
                "Workshop on the hill, where the long names come from",
                PresenceState::ExtendedAway,
            )
        },
        ContactView {
            last_message: last(
                "The parcel has arrived",
                4 * 24 * 60,
                Some(DeliveryState::Queued),
            ),
            ..contact("Μαρία", PresenceState::Unknown)
        },
        waiting,
        put_away,
    ]
}

/// The messenger with an open conversation.
pub fn main_model() -> MainModel {
    MainModel {
        view: ViewModel {
            now: Timestamp::from_unix_millis(NOW_MILLIS),
            local_now: local(Timestamp::from_unix_millis(NOW_MILLIS)),
            connection: online(),
            our_jid: jid("ourselves"),
            our_name: Some("Ines".to_owned()),
            contacts: contacts(),
            conversation: Some(conversation()),
            blocked: vec!["spam@shop.example".to_owned()],
            our_devices: protection::our_devices(),
            ..ViewModel::default()
        },
        settings: settings(),
        ..MainModel::default()
    }
}

/// The messenger with nobody in it, while Tor starts for the first time.
pub fn empty_model() -> MainModel {
    let mut model = main_model();
    model.view.contacts = Vec::new();
    model.view.conversation = None;
    model.view.our_name = None;
    model.view.connection = starting(45);
    model.phrase_unchecked = true;
    model
}

/// The messenger while much is wrong.
pub fn troubled_model() -> MainModel {
    let mut model = main_model();
    model.view.connection = blocked();
    model.view.conversation = Some(ConversationView {
        contact: oscar(),
        ..conversation()
    });
    model.notices = vec![
        NoticeView {
            id: 1,
            what: Happened::Failed {
                what: Failure::Export,
                detail: "no space left on device".to_owned(),
            },
            can_undo: false,
        },
        NoticeView {
            id: 2,
            what: Happened::Archived("Old club".to_owned()),
            can_undo: true,
        },
    ];
    model
}

/// The first start.
pub fn welcome(step: WelcomeStep, problem: Option<WelcomeProblem>) -> ScreenModel {
    ScreenModel::Welcome(WelcomeModel { step, problem })
}

/// The words of an identity that nobody has.
pub fn phrase() -> WelcomeStep {
    WelcomeStep::Phrase(RootSecret::from_bytes(&[7; 32]).recovery_phrase())
}

/// A window with this screen.
pub fn app(screen: ScreenModel, theme: ThemeChoice) -> AppModel {
    AppModel {
        theme,
        avatars: pictures(),
        ..AppModel::of(screen)
    }
}
