//! Turns what happens into models for the window, and what the user does into commands.

use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::event::Event;
use onym_client_protocol::view_model::{OpenConversation, TorView, UiCommand};
use onym_identity::RootSecret;
use onym_server::tor::{Network, TorStatus};
use onym_server::{Clock, EndpointStatus, LinkStatus, domain_of};
use onym_view::{
    AppModel, Language, MainModel, NoticeView, PeerEndpointState, PeerEndpointView, ScreenModel, ThemeChoice,
    ViewCommand, WelcomeModel, WelcomeStep,
};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::UnboundedReceiver;

use super::Show;
use super::conversation_page::ConversationPage;
use crate::control::Control;
use crate::data_dir::DataDir;
use crate::engine_task::Attachment;
use crate::identity_file;
use crate::node::{self, Node};

/// How often words that depend on the time are made anew.
const REFRESH: Duration = Duration::from_secs(20);

type Commands = UnboundedReceiver<ViewCommand>;

/// Runs until the window is closed.
pub(super) async fn run(folder: DataDir, network: Network, mut commands: Commands, show: Show) {
    let mut theme = ThemeChoice::System;
    if !folder.identity_file().exists() && !welcome(&folder, &mut commands, &show, &mut theme).await
    {
        return;
    }
    working("Starting…", theme, &show);
    match Presenter::start(&folder, network, theme, show).await {
        Ok(presenter) => presenter.run(commands).await,
        Err((problem, show)) => {
            let step = WelcomeStep::Working {
                words: "Onym cannot start.".to_owned(),
            };
            show_welcome(step, Some(problem), theme, &show);
            while commands.recv().await.is_some() {}
        }
    }
}

fn working(words: &str, theme: ThemeChoice, show: &Show) {
    show_welcome(
        WelcomeStep::Working {
            words: words.to_owned(),
        },
        None,
        theme,
        show,
    );
}

fn show_welcome(step: WelcomeStep, problem: Option<String>, theme: ThemeChoice, show: &Show) {
    let screen = ScreenModel::Welcome(WelcomeModel { step, problem });
    let language = Language::English;
    show(AppModel {
        screen,
        theme,
        language,
    });
}

/// The first start. Whether there is an identity in the end; if not, the window was closed.
async fn welcome(
    folder: &DataDir,
    commands: &mut Commands,
    show: &Show,
    theme: &mut ThemeChoice,
) -> bool {
    let mut problem = None;
    // A new identity is written to disk only once its words are on paper.
    let mut made: Option<RootSecret> = None;
    loop {
        let step = match &made {
            None => WelcomeStep::Choose,
            Some(secret) => WelcomeStep::Phrase(secret.recovery_phrase()),
        };
        show_welcome(step, problem.take(), *theme, show);
        let secret = match commands.recv().await {
            None => return false,
            Some(ViewCommand::SetTheme(choice)) => {
                *theme = choice;
                continue;
            }
            Some(ViewCommand::MakeIdentity) => {
                made = Some(RootSecret::generate(&mut rand::rng()));
                continue;
            }
            Some(ViewCommand::PhraseWrittenDown) => made.take(),
            Some(ViewCommand::RestoreIdentity(phrase)) => Some(phrase.root_secret()),
            Some(_) => continue,
        };
        let Some(secret) = secret else { continue };
        match identity_file::save(&folder.identity_file(), &secret) {
            Ok(()) => return true,
            Err(error) => problem = Some(error.to_string()),
        }
    }
}

/// The messenger.
struct Presenter {
    node: Node,
    _attached: Attachment,
    control: Control,
    theme: ThemeChoice,
    open: Option<ConversationPage>,
    notice: Option<NoticeView>,
    next_notice: u64,
    clock: Clock,
    show: Show,
}

impl Presenter {
    async fn start(
        folder: &DataDir,
        network: Network,
        theme: ThemeChoice,
        show: Show,
    ) -> Result<Self, (String, Show)> {
        let started = match node::take_folder(folder).await {
            Ok(lock) => Node::start(folder, lock, Some(network), None).await,
            Err(error) => Err(error),
        };
        let node = match started {
            Ok(node) => node,
            Err(error) => {
                let advice = error.advice().unwrap_or_default();
                return Err((format!("{error}. {advice}"), show));
            }
        };
        let control = match Control::start(folder.control_socket(), node.desk(true)) {
            Ok(control) => control,
            Err(error) => {
                let advice = error.advice().unwrap_or_default();
                node.stop().await;
                return Err((format!("{error}. {advice}"), show));
            }
        };
        match node.engine.attach().await {
            Ok(attached) => Ok(Self {
                node,
                _attached: attached,
                control,
                theme,
                open: None,
                notice: None,
                next_notice: 0,
                clock: Clock::new(),
                show,
            }),
            Err(error) => Err((error.to_string(), show)),
        }
    }

    async fn run(mut self, mut commands: Commands) {
        let mut events = self.node.engine.events();
        let mut status = self.node.endpoint.status();
        let mut refresh = tokio::time::interval(REFRESH);
        let mut failed = false;
        loop {
            self.present().await;
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.take(command).await,
                    None => break,
                },
                event = events.recv() => match event {
                    Ok(event) => self.hear(&event),
                    Err(RecvError::Lagged(_)) => self.read_page(),
                    Err(RecvError::Closed) => {}
                },
                why = self.node.failed(), if !failed => {
                    failed = true;
                    self.notify(format!("Onym has stopped: {why}. Nothing is lost; mend it and start again."));
                }
                Ok(()) = status.changed() => {}
                _ = refresh.tick() => {}
            }
            // What has happened meanwhile goes into the same model.
            while let Ok(event) = events.try_recv() {
                self.hear(&event);
            }
            let _seen = status.borrow_and_update();
        }
        let Self {
            node,
            control,
            _attached,
            ..
        } = self;
        drop(_attached);
        control.stop().await;
        node.stop().await;
    }

    fn hear(&mut self, event: &Event) {
        let about = match event {
            Event::MessageAdded(message) => &message.conversation,
            Event::DeliveryChanged { conversation, .. }
            | Event::MessageRemoved { conversation, .. } => conversation,
            _ => return,
        };
        if self.open.as_ref().is_some_and(|page| page.jid == *about) {
            self.read_page();
        }
    }

    fn read_page(&mut self) {
        let engine = self.node.engine.clone();
        if let Some(page) = &mut self.open
            && let Err(error) = tokio::task::block_in_place(|| page.read(&engine))
        {
            self.notify(error.to_string());
        }
    }

    fn notify(&mut self, words: String) {
        self.notice = Some(NoticeView {
            id: self.next_notice,
            words,
        });
        self.next_notice = self.next_notice.saturating_add(1);
    }

    async fn take(&mut self, command: ViewCommand) {
        match command {
            ViewCommand::Ui(command) => self.take_ui(command).await,
            ViewCommand::RetryPeer { jid } => {
                if let Ok(jid) = BareJid::new(&jid) {
                    let _stopped = self.node.endpoint.retry_now(domain_of(&jid)).await;
                }
            }
            ViewCommand::SetTheme(theme) => self.theme = theme,
            ViewCommand::DismissNotice { id } => {
                if self.notice.as_ref().is_some_and(|notice| notice.id == id) {
                    self.notice = None;
                }
            }
            // There is an identity already.
            ViewCommand::MakeIdentity
            | ViewCommand::RestoreIdentity(_)
            | ViewCommand::PhraseWrittenDown => {}
        }
    }

    async fn take_ui(&mut self, command: UiCommand) {
        let engine = self.node.engine.clone();
        let outcome = match &command {
            UiCommand::OpenConversation { jid } => match BareJid::new(jid) {
                Ok(jid) => tokio::task::block_in_place(|| ConversationPage::open(jid, &engine))
                    .map(|page| self.open = Some(page))
                    .map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            },
            UiCommand::CloseConversation => {
                self.open = None;
                Ok(())
            }
            UiCommand::LoadOlder { .. } => match &mut self.open {
                Some(page) => tokio::task::block_in_place(|| page.more(&engine))
                    .map_err(|error| error.to_string()),
                None => Ok(()),
            },
            other => match other.to_command() {
                Ok(None) => Ok(()),
                Ok(Some(command)) => match engine.command(command).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(refused)) => Err(refused.to_string()),
                    Err(stopped) => Err(stopped.to_string()),
                },
                Err(error) => Err(error.to_string()),
            },
        };
        if let Err(words) = outcome {
            self.notify(words);
        }
    }

    async fn present(&mut self) {
        let status = self.node.endpoint.status().borrow().clone();
        let now = self.clock.now();
        let tor = status.tor.as_ref().map(tor_view);
        let page = self.open.clone();
        let peer_endpoint = page
            .as_ref()
            .and_then(|page| peer_endpoint(&page.jid, &status, now));
        let zone = utc_offset_minutes();
        let view = self
            .node
            .engine
            .look(move |engine| {
                let open = page.as_ref().map(|page| OpenConversation {
                    jid: &page.jid,
                    messages: &page.messages,
                    first_row: 0,
                    total_rows: page.messages.len() as u64,
                    before: None,
                    first_unread_row: None,
                    has_older: page.has_older,
                    first_unread: page.first_unread,
                });
                engine.view(tor.as_ref(), open, now, &zone)
            })
            .await;
        if let Ok(view) = view {
            let main = MainModel {
                view,
                peer_endpoint,
                notice: self.notice.clone(),
            };
            let screen = ScreenModel::Main(Box::new(main));
            (self.show)(AppModel {
                screen,
                theme: self.theme,
                language: Language::English,
            });
        }
    }
}

fn tor_view(status: &TorStatus) -> TorView {
    let mut view = TorView {
        percent: None,
        reachable: status.is_reachable(),
        words: status.to_string(),
        ..TorView::default()
    };
    match status {
        TorStatus::Starting => view.percent = Some(0),
        // The view shows the percent by itself, and the advice on a line of its own.
        TorStatus::Bootstrapping {
            percent,
            phase,
            blocked,
        } => {
            view.percent = Some(*percent);
            view.words = match blocked {
                None => format!("Connecting to the Tor network: {phase}"),
                Some(blocked) => format!("Stuck: {}", blocked.why),
            };
            view.advice = blocked.as_ref().map(|blocked| blocked.advice.clone());
        }
        TorStatus::Failed { why, advice } => {
            view.words = format!("Tor does not run: {why}");
            view.advice = Some(advice.clone());
        }
        _ => {}
    }
    view
}

fn peer_endpoint(
    jid: &BareJid,
    status: &EndpointStatus,
    now: onym_identity::Timestamp,
) -> Option<PeerEndpointView> {
    let peer = status.peers.get(&domain_of(jid))?;
    let (state, words) = match &peer.link {
        LinkStatus::Idle => (PeerEndpointState::Idle, "Not connected".to_owned()),
        LinkStatus::Connecting | LinkStatus::Proving => (
            PeerEndpointState::Connecting,
            "Connecting to their endpoint…".to_owned(),
        ),
        LinkStatus::Online => (PeerEndpointState::Connected, "Connected".to_owned()),
        LinkStatus::Waiting { next_try, .. } => {
            let seconds = next_try.saturating_since(now).as_secs();
            let wait = match seconds {
                0 => "now".to_owned(),
                1..90 => format!("in {seconds} s"),
                _ => format!("in {} min", seconds.div_ceil(60)),
            };
            (
                PeerEndpointState::Waiting,
                format!("Their endpoint is away. Next try {wait}"),
            )
        }
    };
    let can_retry = matches!(peer.link, LinkStatus::Waiting { .. });
    Some(PeerEndpointView {
        state,
        words,
        can_retry,
    })
}

/// How far the user's clock is ahead of UTC at this moment.
fn utc_offset_minutes() -> i32 {
    chrono::Local::now().offset().local_minus_utc() / 60
}
