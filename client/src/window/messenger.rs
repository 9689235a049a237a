//! The messenger: the node runs, and the window shows it.

mod avatars;
#[cfg(any(test, feature = "camera"))]
mod camera;
#[cfg(not(any(test, feature = "camera")))]
#[path = "messenger/no_camera.rs"]
mod camera;
mod ending;
mod files;
mod find;
mod invites;
mod links;
mod moving;
mod notices;
mod notifications;
mod passphrases;
mod settings_commands;
mod settings_model;
mod strangers;
mod timeline;
mod tor_view;
mod ui_commands;
mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::Privacy;
use onym_client_protocol::view_model::{SearchView, Stranger, Surroundings, UiCommand, ViewModel};
use onym_server::{Clock, EndpointStatus};
use onym_view::{
    FoundLink, Happened, LockedModel, MainModel, NewDevice, NewPassphrase, PassphraseOutcome,
    PhraseCheckModel, ScreenModel, UnlockProblem, ViewCommand,
};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::asking::{self, Asking};
use super::presenter::{Shell, keep_off_the_runtime, new_lock};
use super::screen::HostEvent;
use crate::control::Control;
use crate::engine_task::Attachment;
use crate::node::{self, Node, NodeError};
use crate::phrase_check::PhraseCheck;
use crate::requests::{Answerer, Closed};
use crate::time_zone::SystemZone;
use crate::unlocking::{Passphrase, UnlockError, Unlocked, take_out_of_keyring};
use avatars::Avatars;
use camera::Camera;
#[cfg(any(test, feature = "camera"))]
pub(super) use camera::Heard;
pub(super) use camera::Slot;
pub(super) use files::Chosen;
use files::Purpose;
use notices::Notices;
use passphrases::KeyringAnswer;
use timeline::OpenTimeline;
use tor_view::TorProgress;
use work::Work;

/// How often words that depend on the time are made anew.
const REFRESH: Duration = Duration::from_secs(20);

/// A user who was not there for so long is away.
const AWAY_AFTER: Duration = Duration::from_secs(5 * 60);

/// How the messenger ended.
pub(super) enum End {
    /// The window was closed.
    Closed,
    /// Everything was deleted; the program begins anew.
    Wiped,
    /// A backup is to take the place of the data folder.
    Replaced,
    /// The node is to be started anew on the same folder.
    Restarts(Box<Unlocked>),
}

/// The messenger.
struct Messenger<'a> {
    shell: &'a mut Shell,
    unlocked: Unlocked,
    node: Node,
    clock: Clock,
    open: Option<OpenTimeline>,
    search: Option<SearchView>,
    /// Whose page is open.
    person: Option<BareJid>,
    /// Who was asked who they are.
    stranger: Option<Stranger>,
    notices: Notices,
    avatars: Avatars,
    tor: TorProgress,
    bridge_problem: Option<onym_server::tor::BridgeError>,
    lock: Option<LockState>,
    phrase_check: Option<(PhraseCheck, PhraseCheckModel)>,
    found_link: Option<FoundLink>,
    opened_link: Option<FoundLink>,
    invites: invites::Invites,
    sees_screen: Arc<AtomicBool>,
    /// The desktop is asked for a picture of the screen; true takes the question back.
    screenshot: Option<Arc<AtomicBool>>,
    camera: Camera,
    links_opened: u64,
    passphrase_outcome: Option<PassphraseOutcome>,
    privacy: Privacy,
    devices: Vec<String>,
    new_device: Option<NewDevice>,
    work: Option<Work>,
    /// The keyring takes a secret, or gives one up.
    keyring: Option<Asking<KeyringAnswer>>,
    /// When the user was last there, by the endpoint's clock.
    active_at: onym_identity::Timestamp,
    /// Why the node has stopped by itself.
    stopped: Option<String>,
    /// Whether contacts were told that the user has left.
    is_idle: bool,
    wiped: bool,
    /// Whether our next address is being published.
    moves: bool,
    /// Whether the node has to be started anew.
    restarts: Option<Restart>,
}

/// Why the node has to be started anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Restart {
    /// Tor is reached in another way.
    SameKeys,
    /// A backup takes the place of the data folder.
    FromFolder,
}

/// The window is locked while the node runs on.
#[derive(Default)]
struct LockState {
    problem: Option<UnlockProblem>,
    /// The recovery words were given, and a new passphrase is chosen.
    takes_new_passphrase: bool,
}

/// Runs until the window is closed, or everything is deleted.
pub(super) async fn run(shell: &mut Shell, unlocked: Unlocked) -> End {
    let started = start(shell, &unlocked).await;
    let (node, control, attached, bridge_problem) = match started {
        Ok(started) => started,
        Err((why, advice)) => {
            let _without = shell.answer_while(Closed::Waiting).await;
            shell.show_cannot_start(&why, advice);
            shell.wait_for_close().await;
            return End::Closed;
        }
    };
    let mut clock = Clock::new();
    let active_at = clock.now();
    // The start has carried out what was announced before.
    let here = node.desk(true).unlocked;
    let mut notices = Notices::default();
    if here.jid() != unlocked.jid() {
        notices.tell(Happened::Moved(here.jid().to_string()));
    }
    let mut messenger = Messenger {
        avatars: Avatars::new(shell.avatars.clone()),
        tor: TorProgress::new(active_at),
        camera: Camera::new(shell.screen.clone(), shell.to_self()),
        shell,
        unlocked: here,
        node,
        clock,
        open: None,
        search: None,
        person: None,
        stranger: None,
        notices,
        bridge_problem,
        lock: None,
        phrase_check: None,
        found_link: None,
        opened_link: None,
        invites: invites::Invites::default(),
        sees_screen: invites::watch_for_screen(),
        screenshot: None,
        links_opened: 0,
        passphrase_outcome: None,
        privacy: Privacy::default(),
        devices: Vec::new(),
        new_device: None,
        work: None,
        keyring: None,
        active_at,
        stopped: None,
        is_idle: false,
        wiped: false,
        moves: false,
        restarts: None,
    };
    messenger.read_privacy().await;
    messenger.read_devices().await;
    messenger.take_link().await;
    messenger.run().await;
    messenger.cancel_screen();
    let Messenger {
        node,
        unlocked,
        wiped,
        restarts,
        work,
        ..
    } = messenger;
    drop(attached);
    // Work that still runs stops, so that the node can.
    drop(work);
    control.stop().await;
    node.stop().await;
    if wiped {
        wipe(unlocked);
        return End::Wiped;
    }
    match restarts {
        Some(Restart::SameKeys) => End::Restarts(Box::new(unlocked)),
        Some(Restart::FromFolder) => End::Replaced,
        None => End::Closed,
    }
}

fn wipe(unlocked: Unlocked) {
    let folder = unlocked.folder().clone();
    let has_keyring = unlocked.has_keyring();
    if let Err(error) = keep_off_the_runtime(|| unlocked.wipe()) {
        tracing::warn!("something could not be removed: {error}");
    }
    if has_keyring {
        // Nobody waits for it: its secret opens nothing any more.
        drop(Asking::start(move || take_out_of_keyring(&folder)));
    }
}

type Started = (
    Node,
    Control,
    Attachment,
    Option<onym_server::tor::BridgeError>,
);

async fn start(
    shell: &mut Shell,
    unlocked: &Unlocked,
) -> Result<Started, (String, Option<&'static str>)> {
    let in_words = |error: NodeError| (error.to_string(), error.advice());
    let lock = shell.hold_folder().await.map_err(in_words)?;
    let (tor, bridge_problem) = shell.tor();
    let listen = shell.settings.listen.parse().ok();
    let node = Node::start(unlocked, lock, tor, listen)
        .await
        .map_err(in_words)?;
    let to_self = shell.to_self();
    let desk = node.desk_with_window(move |link| {
        let _ended = to_self.send(HostEvent::Raise(link));
    });
    let desk = Answerer::Open(Box::new(desk));
    let control = match Control::start(shell.folder().control_socket(), desk) {
        Ok(control) => control,
        Err(error) => {
            node.stop().await;
            return Err((error.to_string(), error.advice()));
        }
    };
    match node.engine.attach().await {
        Ok(attached) => Ok((node, control, attached, bridge_problem)),
        Err(error) => Err((error.to_string(), None)),
    }
}

impl Messenger<'_> {
    async fn run(&mut self) {
        let mut events = self.node.engine.events();
        let mut status = self.node.endpoint.status();
        let mut refresh = tokio::time::interval(REFRESH);
        let mut failed = false;
        while !self.wiped && (self.restarts.is_none() || self.lock.is_some()) {
            let now = status.borrow_and_update().clone();
            self.present(&now).await;
            tokio::select! {
                event = self.shell.events.recv() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
                event = events.recv() => match event {
                    Ok(event) => self.hear(&event).await,
                    Err(RecvError::Lagged(_)) => self.read_again(),
                    Err(RecvError::Closed) => {}
                },
                why = self.node.failed(), if !failed => {
                    failed = true;
                    self.stopped = Some(why);
                }
                Ok(()) = status.changed() => {}
                answer = asking::answer(&mut self.keyring) => self.keyring_answered(answer),
                done = work::next(&mut self.work) => self.work_went_on(done),
                _ = refresh.tick() => self.look_for_user().await,
            }
            // What has happened meanwhile goes into the same model.
            loop {
                match events.try_recv() {
                    Ok(event) => self.hear(&event).await,
                    Err(TryRecvError::Lagged(_)) => self.read_again(),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            while let Ok(event) = self.shell.events.try_recv() {
                self.take(event).await;
            }
        }
    }

    async fn take(&mut self, event: HostEvent) {
        let Some(event) = self.shell.take(event) else {
            return;
        };
        match event {
            HostEvent::Command(command) => {
                if self.lock.is_some() {
                    self.take_locked(*command).await;
                } else {
                    self.take_command(*command).await;
                }
            }
            HostEvent::Active => self.user_is_back().await,
            HostEvent::Notification(about) => {
                self.shell.screen.raise();
                if let Ok(jid) = BareJid::new(&about) {
                    self.open_conversation(jid).await;
                }
            }
            HostEvent::Raise(_) => self.take_link().await,
            // Whoever chooses a file while the window is locked may be anybody. A picture of the screen
            // is removed all the same: locking has taken the question for it back.
            HostEvent::Chosen(chosen) if self.lock.is_some() && !chosen.is_of_screen() => {}
            HostEvent::Chosen(chosen) => self.chosen(chosen).await,
            #[cfg(any(test, feature = "camera"))]
            HostEvent::Camera(heard) => self.camera_told(heard),
            HostEvent::Focus(true) => self.withdraw_notification(),
            _ => {}
        }
    }

    async fn take_command(&mut self, command: ViewCommand) {
        match command {
            ViewCommand::Ui(command) => self.take_ui(command).await,
            ViewCommand::MoveAddress => self.move_address().await,
            ViewCommand::CancelMove => self.cancel_move().await,
            ViewCommand::LookUp { jid } => self.look_up(&jid).await,
            ViewCommand::LookAway => self.stranger = None,
            ViewCommand::RetryPeer { jid } => {
                if let Ok(jid) = BareJid::new(&jid) {
                    let domain = onym_server::domain_of(&jid);
                    let _stopped = self.node.endpoint.retry_now(domain).await;
                }
            }
            ViewCommand::Settings(command) => self.take_settings(command).await,
            ViewCommand::DismissNotice { id } => self.notices.dismiss(id),
            ViewCommand::UndoNotice { id } => self.undo(id).await,
            ViewCommand::Lock => self.lock_now(),
            ViewCommand::StartPhraseCheck => self.start_phrase_check(),
            ViewCommand::AnswerPhraseCheck(words) => {
                let words: Vec<&str> = words.iter().map(onym_view::Secret::reveal).collect();
                self.answer_phrase_check(&words);
            }
            ViewCommand::SkipPhraseCheck => self.phrase_check = None,
            ViewCommand::ShowPhrase(passphrase) => self.show_phrase(passphrase.as_ref()),
            ViewCommand::ClosePhrase => {
                self.shell.phrase_of = None;
                self.phrase_check = None;
            }
            ViewCommand::ReadLink(source) => self.read_link(source),
            ViewCommand::CancelScreen => self.cancel_screen(),
            ViewCommand::Camera(command) => self.use_camera(command),
            ViewCommand::SaveStatement { text } => self.choose(Purpose::Statement(text)),
            ViewCommand::SaveRevocation => self.choose(Purpose::Revocation),
            ViewCommand::EndIdentity => self.end_identity().await,
            ViewCommand::ReadDropped(path) => self.read_link_from(&path),
            ViewCommand::MakeInvite { lets_in, days } => self.make_invite(lets_in, days).await,
            ViewCommand::RevokeInvite { id } => self.revoke_invite(&id).await,
            ViewCommand::SaveInvitePicture => self.save_invite(),
            ViewCommand::ForgetInvite => self.forget_invite(),
            ViewCommand::ChooseOurAvatar => self.choose(Purpose::OurAvatar),
            ViewCommand::RemoveOurAvatar => self.set_our_avatar(None).await,
            ViewCommand::CancelKeyring => self.keyring = None,
            ViewCommand::Quit => self.shell.screen.end(),
            // There is an identity already, and the store is open.
            ViewCommand::MakeIdentity
            | ViewCommand::RestoreIdentity(_)
            | ViewCommand::PhraseWrittenDown
            | ViewCommand::ShowPhraseAgain
            | ViewCommand::ProtectStore { .. }
            | ViewCommand::Unlock(_)
            | ViewCommand::UnlockWithKeyring
            | ViewCommand::ReplaceSettings => {}
        }
    }

    async fn take_locked(&mut self, command: ViewCommand) {
        let outcome = match command {
            ViewCommand::Unlock(text) => {
                let passphrase = Passphrase::new(text.reveal());
                self.show_locked(true);
                keep_off_the_runtime(|| self.unlocked.check(&passphrase))
            }
            ViewCommand::RestoreIdentity(phrase) => {
                self.show_locked(true);
                match keep_off_the_runtime(|| self.unlocked.check_phrase(&phrase)) {
                    Ok(()) => {
                        self.lock = Some(LockState {
                            problem: None,
                            takes_new_passphrase: true,
                        });
                        return;
                    }
                    Err(error) => Err(error),
                }
            }
            ViewCommand::ProtectStore { passphrase, .. } if self.takes_new_passphrase() => {
                self.show_locked(true);
                let lock = new_lock(passphrase.as_ref());
                let outcome = keep_off_the_runtime(|| self.unlocked.relock(&lock));
                if outcome.is_ok() {
                    self.shell.has_shown_phrase();
                }
                outcome
            }
            // A draft that the hidden window still had.
            ViewCommand::Ui(command @ UiCommand::SaveDraft { .. }) => {
                return self.take_ui(command).await;
            }
            _ => return,
        };
        match outcome {
            Ok(()) => {
                self.lock = None;
                self.node.is_locked.store(false, Ordering::SeqCst);
                self.active_at = self.clock.now();
            }
            Err(UnlockError::Wiped(_)) => self.wiped = true,
            Err(error) => {
                self.lock = Some(LockState {
                    problem: Some(super::presenter::problem_of(&error)),
                    takes_new_passphrase: self.takes_new_passphrase(),
                });
            }
        }
    }

    fn takes_new_passphrase(&self) -> bool {
        let lock = self.lock.as_ref();
        lock.is_some_and(|lock| lock.takes_new_passphrase)
    }

    fn lock_now(&mut self) {
        if self.unlocked.has_passphrase() {
            self.lock = Some(LockState::default());
            self.node.is_locked.store(true, Ordering::SeqCst);
            self.shell.phrase_of = None;
            self.phrase_check = None;
            self.new_device = None;
            self.cancel_screen();
            self.camera.stop();
            // Its form is forgotten with everything else that was typed.
            self.opened_link = None;
        }
    }

    async fn user_is_back(&mut self) {
        self.active_at = self.clock.now();
        if std::mem::take(&mut self.is_idle) {
            self.carry_out(Command::SetIdle { since: None }).await;
        }
    }

    /// Tells contacts that the user has left, and locks the window when that was long ago.
    async fn look_for_user(&mut self) {
        let idle = self.clock.now().saturating_since(self.active_at);
        if idle >= AWAY_AFTER && !self.is_idle {
            self.is_idle = true;
            let since = Some(self.active_at);
            self.carry_out(Command::SetIdle { since }).await;
        }
        let Some(minutes) = self.shell.settings.lock_after_minutes else {
            return;
        };
        if idle >= Duration::from_secs(u64::from(minutes) * 60) && self.lock.is_none() {
            self.lock_now();
        }
    }

    async fn hear(&mut self, event: &Event) {
        self.follow(event);
        if let Event::ConversationJoined { from, home } = event
            && self.open.as_ref().is_some_and(|open| open.jid == *from)
        {
            self.open_conversation(home.clone()).await;
        }
        self.tell_of(event).await;
        self.move_if_announced(event).await;
        self.hear_of_invites(event);
        self.hear_of_stranger(event);
        if let Event::MessageAdded(message) = event {
            self.notify(message).await;
        }
    }

    async fn present(&mut self, status: &EndpointStatus) {
        if self.lock.is_some() {
            self.shell.close_in_tray(Closed::Locked);
            self.show_locked(false);
            return;
        }
        if let Some(why) = &self.stopped {
            self.shell.show_cannot_start(why, Some(node::DISK_ADVICE));
            return;
        }
        let now = self.clock.now();
        let Some(view) = self.view(status, now).await else {
            return;
        };
        self.load_avatars(&view);
        self.show_in_tray(&view);
        let settings = self.settings_model();
        let main = MainModel {
            view,
            notices: self.notices.shown().to_vec(),
            settings,
            phrase_unchecked: !self.shell.settings.phrase_checked,
            phrase_check: self.phrase_check.as_ref().map(|(_, model)| model.clone()),
            found_link: self.found_link.clone(),
            opened_link: self.opened_link.clone(),
            invites: self.invites_model(now).await,
            sees_screen: self.sees_screen.load(Ordering::Relaxed),
            waits_for_screen: self.screenshot.is_some(),
            camera: self.camera.model(),
        };
        self.shell.avatars = self.avatars.images();
        self.shell.show(ScreenModel::Main(Box::new(main)));
    }

    async fn view(
        &mut self,
        status: &EndpointStatus,
        now: onym_identity::Timestamp,
    ) -> Option<ViewModel> {
        let tor = status.tor.as_ref().map(|tor| self.tor.view(tor, now));
        let open = self.open.clone();
        let search = self.search.clone();
        let person = self.person.clone();
        let stranger = self.stranger.clone();
        let next_address = self.announced_address().await;
        let status = status.clone();
        let view = self.node.engine.look(move |engine| {
            let endpoint = |jid: &BareJid| tor_view::endpoint(jid, &status);
            engine.view(Surroundings {
                tor: tor.as_ref(),
                endpoint: &endpoint,
                open: open.as_ref().map(|open| open.as_open(engine.memory())),
                search: search.as_ref(),
                person: person.as_ref(),
                stranger: stranger.as_ref(),
                next_address: next_address.as_ref(),
                ..Surroundings::at(now, &SystemZone)
            })
        });
        view.await.ok()
    }

    fn show_locked(&self, is_busy: bool) {
        let problem = self.lock.as_ref().and_then(|lock| lock.problem.clone());
        // The desktop may be somebody else's by now, and the keyring with it: it is not asked.
        let renews = self.takes_new_passphrase();
        self.shell.show(ScreenModel::Locked(LockedModel {
            has_passphrase: true,
            is_busy,
            problem: problem.filter(|_| !is_busy),
            new_passphrase: renews.then(NewPassphrase::default),
            ..LockedModel::default()
        }));
    }
}
