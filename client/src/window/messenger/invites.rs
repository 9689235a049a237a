//! Invites that the user makes in the window.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{InviteRecord, InviteState};
use onym_client_protocol::view_model::name_of;
use onym_desktop::Picture;
use onym_identity::Timestamp;
use onym_identity::invite::{Invite, InviteId};
use onym_view::invites::{GivenInvite, GivenState, InvitesModel, MadeInvite};
use onym_view::{Failure, Secret};
use qrcode::{Color, EcLevel, QrCode};

use super::Messenger;
use super::files::Purpose;
use crate::window::presenter::keep_off_the_runtime;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Pixels of each side of a square in a picture of a code, so that it can be printed.
const SQUARE: usize = 10;

/// Squares of quiet ground around the code (ISO/IEC 18004, section 5.3.8).
const QUIET: usize = 4;

/// What the window keeps of invites.
#[derive(Debug, Default)]
pub(super) struct Invites {
    made: Option<MadeInvite>,
    /// How many were made; the number of the next one names its answer.
    count: u64,
}

/// Says once the desktop has answered whether it takes pictures of the screen. The window does not
/// wait for it.
pub(super) fn watch_for_screen() -> Arc<AtomicBool> {
    let sees_screen = Arc::new(AtomicBool::new(false));
    let answer = Arc::clone(&sees_screen);
    tokio::task::spawn_blocking(move || {
        answer.store(onym_desktop::takes_screenshots(), Ordering::Relaxed);
    });
    sees_screen
}

impl Messenger<'_> {
    pub(super) async fn make_invite(&mut self, lets_in: bool, days: u16) {
        self.invites.count += 1;
        let look = self
            .node
            .engine
            .look(|engine| engine.memory().invite_to_us(engine.our_jid()));
        let Ok(invite) = look.await else {
            return;
        };
        if lets_in {
            let command = Command::MakeInvite {
                ticket: self.invites.count,
                name: invite.name,
                lifetime: DAY * u32::from(days),
            };
            self.carry_out(command).await;
            return;
        }
        self.invite_made(&invite, None);
    }

    /// Takes up what the engine says about invites.
    pub(super) fn hear_of_invites(&mut self, event: &Event) {
        if let Event::InviteMade {
            ticket,
            invite,
            expires,
            ..
        } = event
            && *ticket == self.invites.count
        {
            self.invite_made(invite, Some(*expires));
        }
    }

    fn invite_made(&mut self, invite: &Invite, expires: Option<Timestamp>) {
        // An address, a name and a few keys are never too long for a link.
        let link = invite.to_xmpp().unwrap_or_default();
        let host = &self.shell.settings.invite_page;
        let page = invite.to_link(host).ok();
        self.invites.made = Some(MadeInvite {
            serial: self.invites.count,
            link: Secret::new(link),
            page_link: page.map(Secret::new),
            expires,
        });
    }

    pub(super) async fn revoke_invite(&mut self, id: &str) {
        if let Ok(id) = id.parse::<InviteId>() {
            self.carry_out(Command::RevokeInvite { id }).await;
        }
    }

    /// The link was seen: it is in nobody's memory any more.
    pub(super) fn forget_invite(&mut self) {
        self.invites.made = None;
    }

    pub(super) fn save_invite(&mut self) {
        if let Some(made) = &self.invites.made {
            self.choose(Purpose::Invite(made.link.clone()));
        }
    }

    pub(super) fn write_invite(&mut self, path: &Path, link: &Secret) {
        let written = keep_off_the_runtime(|| {
            let png = code_of(link.reveal()).ok_or_else(String::new)?;
            fs::write(path, png).map_err(|error| error.to_string())
        });
        if let Err(why) = written {
            self.notices.failed(Failure::Picture, why);
        }
    }

    /// What the window shows of invites.
    pub(super) async fn invites_model(&self, now: Timestamp) -> InvitesModel {
        let given = self.node.engine.look(move |engine| {
            let memory = engine.memory();
            let mut invites: Vec<&InviteRecord> = memory.invites.values().collect();
            invites.sort_by_key(|invite| std::cmp::Reverse(invite.made));
            let given = invites.into_iter().filter_map(|invite| {
                let state = match &invite.state {
                    InviteState::ToRevoke | InviteState::ToForget => return None,
                    InviteState::Used { by, .. } => GivenState::Used {
                        by: name_of(memory, by),
                    },
                    _ if invite.expires <= now => GivenState::Expired,
                    InviteState::ToPublish | InviteState::Open => GivenState::Open {
                        expires: invite.expires,
                    },
                };
                Some(GivenInvite {
                    id: invite.id.to_string(),
                    made: invite.made,
                    state,
                })
            });
            given.collect()
        });
        InvitesModel {
            made: self.invites.made.clone(),
            given: given.await.unwrap_or_default(),
        }
    }
}

/// A text as a picture of a QR code, in PNG.
fn code_of(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let colors = code.into_colors();
    let side = (width + 2 * QUIET) * SQUARE;
    let is_dark = |x: usize, y: usize| {
        let at = |pixel: usize| (pixel / SQUARE).checked_sub(QUIET).filter(|it| *it < width);
        let at = at(x).zip(at(y));
        at.is_some_and(|(x, y)| colors.get(y * width + x) == Some(&Color::Dark))
    };
    let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let rgba = pixels.flat_map(|(x, y)| {
        let shade = if is_dark(x, y) { 0 } else { 255 };
        [shade, shade, shade, 255]
    });
    let picture = Picture::from_rgba(side, side, rgba.collect()).ok()?;
    picture.to_png().ok()
}

#[cfg(test)]
mod tests {
    use onym_desktop::read_qr;

    use super::*;

    #[test]
    fn a_saved_picture_is_read_back() {
        let link = format!("xmpp:{}@{}.onion?roster", "a".repeat(52), "b".repeat(56));
        let png = code_of(&link).unwrap();
        assert_eq!(read_qr(&Picture::decode(&png).unwrap()).unwrap(), link);
        assert_eq!(code_of(&"x".repeat(10_000)), None);
    }
}
