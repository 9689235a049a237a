use onym_client_protocol::view_model::{ConversationView, PresenceState, RequestView, Shield};
use onym_identity::invite::Arrival;
use onym_identity::{RootSecret, Timestamp};

use super::camera::{camera_picture, camera_view};
use super::{
    app, blocked, contact, empty_model, found, jid, lost, main_model, person, phrase, protection,
    starting, stranger, troubled_model, welcome,
};
use crate::app_model::camera::CameraModel;
use crate::app_model::invites::{GivenInvite, GivenState, MadeInvite};
use crate::app_model::{
    AppModel, BadSettingsModel, DataWork, Failure, FoundLink, Happened, KeyringState, LinkProblem,
    LockedModel, MainModel, NewDevice, NewPassphrase, NoticeView, PassphraseOutcome,
    PhraseCheckModel, ScreenModel, Secret, ThemeChoice, UnlockProblem, WelcomeProblem, WelcomeStep,
    Work,
};
use crate::view::Place;

/// A screen of the window as somebody may see it.
#[derive(Debug)]
pub struct Screen {
    /// What the window shows.
    pub model: AppModel,
    /// What is open in it.
    pub place: Option<Place>,
}

/// The names of all screens.
pub const SCREENS: [&str; 115] = [
    "choose",
    "not-saved",
    "working",
    "cannot-start",
    "phrase",
    "check",
    "check-wrong",
    "restore",
    "passphrase",
    "locked",
    "locked-wrong",
    "locked-busy",
    "locked-keyring",
    "locked-no-passphrase",
    "locked-phrase",
    "locked-phrase-wrong",
    "locked-new",
    "locked-new-in-use",
    "working-keyring",
    "bad-settings",
    "main",
    "none-open",
    "empty",
    "troubled",
    "lost",
    "long-names",
    "archive",
    "many-requests",
    "search",
    "search-nothing",
    "notices",
    "connection",
    "connection-starting",
    "connection-blocked",
    "contact",
    "contact-away",
    "person-verified",
    "person-named",
    "person-confirmed",
    "person-late",
    "person-changed",
    "person-several",
    "person-differs",
    "person-revoked",
    "person-contradicted",
    "person-unknown",
    "person-expected",
    "identity-verified",
    "identity-changed",
    "identity-differs",
    "identity-revoked",
    "meet",
    "meet-same",
    "meet-other",
    "call",
    "decide",
    "shield-identity",
    "shield-changed",
    "person-ourselves",
    "person-moving",
    "person-moved",
    "claim",
    "disown",
    "ourselves",
    "add",
    "add-found",
    "add-stranger",
    "add-stranger-asking",
    "add-stranger-known",
    "add-stranger-new",
    "add-stranger-refused",
    "add-stranger-nobody",
    "request-stranger",
    "person-stranger",
    "add-wrong",
    "add-no-code",
    "camera",
    "camera-opening",
    "camera-busy",
    "camera-found",
    "invite",
    "invite-given",
    "switcher",
    "keys",
    "rename",
    "remove",
    "block",
    "delete",
    "wipe",
    "end",
    "revoke",
    "show-phrase",
    "protected",
    "marks",
    "shield",
    "shield-verified",
    "shield-waiting",
    "shield-clear",
    "shield-unknown",
    "shield-unreadable",
    "undecided",
    "undecided-changed",
    "compare",
    "remove-device",
    "allow-clear",
    "settings-encryption",
    "settings-appearance",
    "settings-notifications",
    "settings-start",
    "settings-privacy",
    "settings-keyring",
    "settings-devices",
    "settings-data",
    "settings-at-work",
    "settings-about",
];

/// The screen of this name.
pub fn screen(name: &str) -> Option<Screen> {
    first_start(name)
        .map(|screen| Screen {
            model: app(screen, ThemeChoice::Dark),
            place: matches!(name, "restore" | "locked-phrase" | "locked-phrase-wrong")
                .then_some(Place::Restore),
        })
        .or_else(|| messenger(name))
}

fn first_start(name: &str) -> Option<ScreenModel> {
    let check = |wrong: &[usize]| {
        WelcomeStep::CheckPhrase(PhraseCheckModel {
            asked: vec![3, 11, 20],
            wrong: wrong.to_vec(),
        })
    };
    let disk = "no space left on device".to_owned();
    let screen = match name {
        "choose" | "restore" => welcome(WelcomeStep::Choose, None),
        "not-saved" => {
            let problem = WelcomeProblem::NotSaved(disk);
            welcome(phrase(), Some(problem))
        }
        "working" => welcome(WelcomeStep::Working(Work::Sealing), None),
        "cannot-start" => {
            let why = "another Onym uses this folder. Close it first".to_owned();
            let problem = WelcomeProblem::CannotStart(why);
            welcome(WelcomeStep::Working(Work::Starting), Some(problem))
        }
        "phrase" => welcome(phrase(), None),
        "check" => welcome(check(&[]), None),
        "check-wrong" => welcome(check(&[11]), None),
        "passphrase" => welcome(WelcomeStep::Passphrase { has_keyring: true }, None),
        "working-keyring" => welcome(WelcomeStep::Working(Work::AskingKeyring), None),
        "bad-settings" => ScreenModel::BadSettings(bad_settings()),
        _ => return locked(name).map(ScreenModel::Locked),
    };
    Some(screen)
}

fn locked(name: &str) -> Option<LockedModel> {
    let mut model = LockedModel {
        has_passphrase: true,
        has_keyring: true,
        ..LockedModel::default()
    };
    match name {
        "locked" | "locked-phrase" => {}
        "locked-wrong" => model.problem = Some(UnlockProblem::WrongPassphrase),
        "locked-busy" => model.is_busy = true,
        "locked-keyring" => model.asks_keyring = true,
        "locked-no-passphrase" => {
            model.has_passphrase = false;
            model.problem = Some(UnlockProblem::KeyringRefused);
        }
        "locked-phrase-wrong" => model.problem = Some(UnlockProblem::WrongPhrase),
        "locked-new" => model.new_passphrase = Some(NewPassphrase { has_keyring: true }),
        "locked-new-in-use" => {
            model.new_passphrase = Some(NewPassphrase::default());
            model.problem = Some(UnlockProblem::PassphraseInUse);
        }
        _ => return None,
    }
    Some(model)
}

fn bad_settings() -> BadSettingsModel {
    let why = "line 3: invalid type: string \"large\", expected u16";
    BadSettingsModel {
        file: "/srv/onym/settings.toml".to_owned(),
        why: why.to_owned(),
        problem: None,
    }
}

fn messenger(name: &str) -> Option<Screen> {
    let (main, place) = match name {
        "main" => (main_model(), None),
        "empty" => (empty_model(), None),
        "troubled" => (troubled_model(), None),
        "none-open" => (changed(|main| main.view.conversation = None), None),
        "lost" => (changed(|main| main.view.connection = lost()), None),
        "long-names" => (changed(lengthen), None),
        "many-requests" => (changed(add_requests), None),
        "archive" => (main_model(), Some(Place::Archive)),
        "search" => {
            let main = changed(|main| main.view.search = Some(found()));
            (main, Some(Place::Search("n".to_owned())))
        }
        "search-nothing" => (main_model(), Some(Place::Search("xylophone".to_owned()))),
        "notices" => (changed(add_notices), None),
        "connection" => (main_model(), Some(Place::Connection)),
        "connection-starting" => {
            let main = changed(|main| main.view.connection = starting(45));
            (main, Some(Place::Connection))
        }
        "connection-blocked" => {
            let main = changed(|main| main.view.connection = blocked());
            (main, Some(Place::Connection))
        }
        "contact" => (protected(protection::encrypted()), Some(Place::Contact)),
        "contact-away" => (troubled_model(), Some(Place::Contact)),
        "person-ourselves" => (person::ourselves(), Some(Place::Ourselves)),
        "person-moving" => (person::about_to_move(true), Some(Place::Ourselves)),
        "person-moved" => (person::has_moved(), Some(Place::Ourselves)),
        "ourselves" => (main_model(), Some(Place::Ourselves)),
        "switcher" => (main_model(), Some(Place::Switcher)),
        "keys" => (main_model(), Some(Place::Keys)),
        _ => match protection_of(name) {
            Some(found) => found,
            None => match person_of(name).or_else(|| stranger::screen(name)) {
                Some((main, place)) => (main, place),
                None => return form_or_settings(name),
            },
        },
    };
    let screen = ScreenModel::Main(Box::new(main));
    let mut model = app(screen, ThemeChoice::Dark);
    model.phrase = None;
    Some(Screen { model, place })
}

fn protection_of(name: &str) -> Option<(MainModel, Option<Place>)> {
    let (conversation, place) = match name {
        "protected" => (protection::encrypted(), None),
        "marks" => (protection::marks(), None),
        "shield" => (protection::encrypted(), Some(Place::Shield)),
        "shield-verified" => (protection::verified(), Some(Place::Shield)),
        "shield-waiting" => (protection::unreachable(), Some(Place::Shield)),
        "shield-clear" => (protection::clear(), Some(Place::Shield)),
        "shield-unknown" => (super::conversation(), Some(Place::Shield)),
        "shield-unreadable" => (protection::marks(), Some(Place::Shield)),
        "undecided" => (protection::undecided(), None),
        "undecided-changed" => (protection::changed_keys(), None),
        "compare" => (protection::encrypted(), Some(Place::Compare)),
        _ => return None,
    };
    Some((protected(conversation), place))
}

fn person_of(name: &str) -> Option<(MainModel, Option<Place>)> {
    let question = |name: &str| Some(Place::Question(name.to_owned()));
    Some(match name {
        "person-verified" => (person::verified(), Some(Place::Contact)),
        "person-named" => (person::named(), Some(Place::Contact)),
        "person-confirmed" => (person::confirmed(), Some(Place::Contact)),
        "person-late" => (person::late(), Some(Place::Contact)),
        "person-changed" => (person::changed(), Some(Place::Contact)),
        "person-several" => (person::several(), Some(Place::Contact)),
        "person-differs" => (person::differs(), Some(Place::Contact)),
        "person-revoked" => (person::revoked(), Some(Place::Contact)),
        "person-contradicted" => (person::contradicted(), Some(Place::Contact)),
        "person-unknown" => (person::unknown(), Some(Place::Contact)),
        "person-expected" => (person::expected(), Some(Place::Contact)),
        "identity-verified" => (person::verified(), None),
        "identity-changed" => (person::changed(), None),
        "identity-differs" => (person::differs(), None),
        "identity-revoked" => (person::revoked(), None),
        "meet" | "meet-same" | "meet-other" | "call" => (person::named(), question(name)),
        "claim" | "disown" => (person::ourselves(), question(name)),
        "decide" => (person::changed(), question(name)),
        "shield-identity" => {
            let mut main = person::verified();
            if let Some(open) = &mut main.view.conversation {
                open.protection.shield = Shield::Verified;
            }
            (main, Some(Place::Shield))
        }
        "shield-changed" => (person::changed(), Some(Place::Shield)),
        _ => return None,
    })
}

/// Invites of every state, and one that was just made.
fn invites(main: &mut MainModel, is_made: bool) {
    let now = main.view.now;
    let ago = |days: u64| Timestamp::from_unix_millis(now.as_unix_millis() - days * 86_400_000);
    let later = now + std::time::Duration::from_secs(6 * 86_400);
    let token = "roster;preauth=mzxw6ytboi2dcnrr;name=Ines;onym-serial=41";
    let key = "omemo-sid-1847230915=".to_owned() + &"5f3a".repeat(16);
    let link = format!("xmpp:{}?{token};{key}", main.view.our_jid);
    let made = MadeInvite {
        serial: 1,
        link: Secret::new(link),
        page_link: Some(Secret::new("https://people.example/i/#1.".to_owned())),
        expires: Some(later),
    };
    main.invites.made = is_made.then_some(made);
    let states = [
        GivenState::Open { expires: later },
        GivenState::Used {
            by: "Bruna".to_owned(),
        },
        GivenState::Expired,
    ];
    let given = (1..).zip(states).map(|(number, state)| GivenInvite {
        id: number.to_string(),
        made: ago(number * 2),
        state,
    });
    main.invites.given = given.collect();
}

fn protected(conversation: ConversationView) -> MainModel {
    changed(|main| main.view.conversation = Some(conversation))
}

fn form_or_settings(name: &str) -> Option<Screen> {
    let (main, place) = match name {
        "add" => (main_model(), Place::AddContact(String::new())),
        "add-found" => {
            let link = format!("xmpp:{}?subscribe;name=Tilde", jid("Tilde"));
            (main_model(), Place::AddContact(link))
        }
        "add-wrong" => {
            let address = jid("Tilde").replace(".onion", "x.onion");
            (
                changed(|main| main.found_link = answer(Ok(address))),
                Place::AddContact(String::new()),
            )
        }
        "add-no-code" => {
            let answer = answer(Err(LinkProblem::NoCode));
            (
                changed(|main| main.found_link = answer),
                Place::AddContact(String::new()),
            )
        }
        "camera" | "camera-opening" | "camera-busy" => {
            let camera = CameraModel::On(camera_view(name));
            let main = changed(|main| main.camera = camera);
            (main, Place::AddContact(String::new()))
        }
        "camera-found" => {
            let found = answer(Ok(format!("xmpp:{}?roster;name=Tilde", jid("Tilde"))));
            let arrival = Arrival::Scanned;
            let found = found.map(|found| FoundLink { arrival, ..found });
            let main = changed(|main| {
                main.found_link = found;
                main.camera = CameraModel::Off;
            });
            (main, Place::AddContact(String::new()))
        }
        "invite" => (changed(|main| invites(main, true)), Place::Invite),
        "invite-given" => (changed(|main| invites(main, false)), Place::Invite),
        "rename" | "remove" | "block" | "delete" | "wipe" | "end" | "revoke" => {
            (main_model(), Place::Question(name.to_owned()))
        }
        "remove-device" => (main_model(), Place::Question("unlist".to_owned())),
        "allow-clear" => (main_model(), Place::Question("clear".to_owned())),
        "settings-encryption" => (main_model(), Place::Settings(4)),
        "show-phrase" => (main_model(), Place::Settings(3)),
        "settings-appearance" => (main_model(), Place::Settings(0)),
        "settings-notifications" => (main_model(), Place::Settings(1)),
        "settings-start" => (main_model(), Place::Settings(2)),
        "settings-privacy" => {
            let outcome = Some(PassphraseOutcome::WrongPassphrase);
            (
                changed(|main| main.settings.privacy.outcome = outcome),
                Place::Settings(3),
            )
        }
        "settings-keyring" => (
            changed(|main| main.settings.privacy.keyring = KeyringState::Asking),
            Place::Settings(3),
        ),
        "settings-devices" => (changed(add_device), Place::Settings(6)),
        "settings-data" => (main_model(), Place::Settings(7)),
        "settings-at-work" => {
            let mut model = main_model();
            model.settings.data.work = Some(DataWork::ExportingHistory(40));
            (model, Place::Settings(7))
        }
        "settings-about" => (main_model(), Place::Settings(8)),
        _ => return None,
    };
    let screen = ScreenModel::Main(Box::new(main));
    let mut model = app(screen, ThemeChoice::Dark);
    if name == "show-phrase" {
        model.phrase = Some(RootSecret::from_bytes(&[7; 32]).recovery_phrase());
    }
    if name == "camera" {
        model.camera_picture = Some(camera_picture(&jid("Tilde")));
    }
    let place = Some(place);
    Some(Screen { model, place })
}

fn changed(change: impl FnOnce(&mut MainModel)) -> MainModel {
    let mut main = main_model();
    change(&mut main);
    main
}

fn answer(found: Result<String, LinkProblem>) -> Option<FoundLink> {
    let serial = 1;
    let arrival = Arrival::Pasted;
    Some(FoundLink {
        serial,
        found,
        arrival,
    })
}

fn lengthen(main: &mut MainModel) {
    let long = "Maximiliane-Theophanu von und zu Hohenlohe-Langenburg ".repeat(2);
    for contact in &mut main.view.contacts {
        contact.name = long.trim().to_owned();
        contact.groups = vec![long.clone(); 3];
    }
    if let Some(conversation) = &mut main.view.conversation {
        conversation.contact.name = long.trim().to_owned();
    }
    main.view.our_name = Some(long);
}

fn add_requests(main: &mut MainModel) {
    for name in ["Rhea", "Sven", "Tilde"] {
        let mut asks = contact(name, PresenceState::Unknown);
        asks.is_contact = false;
        asks.request = RequestView::Incoming { text: None };
        main.view.contacts.insert(0, asks);
    }
}

fn add_notices(main: &mut MainModel) {
    let notice = |id, what, can_undo| NoticeView { id, what, can_undo };
    let failed = Happened::Failed {
        what: Failure::Export,
        detail: "no space left on device".to_owned(),
    };
    main.notices = vec![
        notice(1, Happened::Archived("Old club".to_owned()), true),
        notice(2, failed, false),
        notice(
            3,
            Happened::Saved("/media/stick/onym-2026-11-23.onym".to_owned()),
            false,
        ),
    ];
}

fn add_device(main: &mut MainModel) {
    main.settings.new_device = Some(NewDevice {
        name: "Tablet".to_owned(),
        address: jid("ourselves"),
        server: "127.0.0.1:5222".to_owned(),
        password: Secret::new("kelp-argon-7741-mosaic".to_owned()),
    });
}
