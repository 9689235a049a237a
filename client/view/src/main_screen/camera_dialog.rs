//! What a camera sees, until it has read a code.

use std::sync::{Arc, Mutex};

use egui::{
    ColorImage, Context, CornerRadius, Direction, Id, Layout, Modal, Rect, Role, Sense, StrokeKind,
    TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo, vec2,
};

use crate::app_model::ViewCommand;
use crate::app_model::camera::{
    CameraCommand, CameraPicture, CameraProblem, CameraState, CameraView,
};
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog;
use crate::form;
use crate::placed;
use crate::text;
use crate::words::tr;

/// The newest picture on the graphics card; in egui's memory.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Option<(u64, TextureHandle)>>>);

/// Takes over what the camera sees. Once there is nothing, the graphics card keeps nothing.
pub(crate) fn follow(ctx: &Context, picture: Option<&CameraPicture>) {
    let shown = shown(ctx);
    let Ok(mut shown) = shown.0.lock() else {
        return;
    };
    let is_shown = |it: &CameraPicture| shown.as_ref().map(|it| it.0) == Some(it.serial);
    if picture.is_some_and(is_shown) {
        return;
    }
    let Some((picture, image)) = picture.and_then(|it| Some((it, image_of(it)?))) else {
        *shown = None;
        return;
    };
    match &mut *shown {
        Some((serial, texture)) => {
            *serial = picture.serial;
            texture.set(image, TextureOptions::LINEAR);
        }
        None => {
            let texture = ctx.load_texture("camera", image, TextureOptions::LINEAR);
            *shown = Some((picture.serial, texture));
        }
    }
}

fn shown(ctx: &Context) -> Shown {
    ctx.data_mut(|data| {
        data.get_temp_mut_or_default::<Shown>(Id::unique("camera picture"))
            .clone()
    })
}

/// Nothing if the sizes do not fit together.
fn image_of(picture: &CameraPicture) -> Option<ColorImage> {
    let CameraPicture { width, height, .. } = *picture;
    let pixels = width.checked_mul(height)?;
    (pixels > 0 && picture.luma.len() == pixels)
        .then(|| ColorImage::from_gray([width, height], &picture.luma))
}

/// Draws it over the dialog that wants a code.
pub(super) fn camera_dialog_ui(ui: &Ui, camera: &CameraView, out: &mut Vec<ViewCommand>) {
    let palette = Palette::of(ui);
    let modal = Modal::new(Id::unique("camera")).backdrop_color(palette.backdrop);
    let response = modal.frame(dialog::frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(dialog::width_of(ui, size::SHEET_WIDTH));
        dialog::low_window_ui(ui, |ui| contents_ui(ui, camera, out))
    });
    if response.inner || response.should_close() {
        out.push(CameraCommand::Stop.into());
    }
}

/// Returns whether the user does not want it any more.
fn contents_ui(ui: &mut Ui, camera: &CameraView, out: &mut Vec<ViewCommand>) -> bool {
    let palette = Palette::of(ui);
    text::label_ui(ui, tr(ui, "camera-title"), TextRole::Heading, palette.text);
    form::note_ui(ui, &tr(ui, "camera-words"));
    let failed = match &camera.state {
        CameraState::Failed(problem) => Some(problem),
        CameraState::Opening | CameraState::Watching => None,
    };
    match failed {
        Some(problem) => problem_ui(ui, problem),
        None => picture_ui(ui, camera.state == CameraState::Opening),
    }
    if camera.cameras.len() > 1 {
        form::note_ui(ui, &tr(ui, "camera-which"));
        let name = |name: &str| text::plain(name).into_owned();
        let choices = camera.cameras.iter().enumerate();
        let choices: Vec<(usize, String)> = choices.map(|(at, it)| (at, name(&it.name))).collect();
        let wanted = form::chips_ui(ui, &choices, camera.chosen);
        let wanted = wanted.and_then(|at| camera.cameras.get(at));
        out.extend(wanted.map(|it| CameraCommand::Choose(it.id.clone()).into()));
    }
    ui.add_space(size::GAP_SMALL);
    dialog::buttons_ui(ui, |ui| {
        let again = tr(ui, "camera-again");
        if failed.is_some() && button_ui(ui, &again, Weight::Main).clicked() {
            out.push(CameraCommand::Start.into());
        }
        dialog::close_button_ui(ui, &tr(ui, "dialog-cancel"))
    })
}

/// As it is, not as in a mirror: who moves the code to the left sees what the other one does.
fn picture_ui(ui: &mut Ui, is_opening: bool) {
    let palette = Palette::of(ui);
    let room = ui.ctx().content_rect().height() - size::CAMERA_AROUND;
    let width = ui.available_width();
    let height = (width * 0.75).min(room).max(size::QR);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let name = match is_opening {
        true => tr(ui, "camera-opening"),
        false => tr(ui, "camera-picture"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let radius = CornerRadius::from(size::RADIUS);
    let painter = ui.painter();
    painter.rect_filled(rect, radius, palette.field);
    let texture = shown(ui.ctx()).0.lock().ok().and_then(|it| it.clone());
    match texture.filter(|_| !is_opening) {
        Some((_, texture)) => {
            let size = fitting(texture.size_vec2(), rect.size());
            let all = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            let place = Rect::from_center_size(rect.center(), size);
            painter.image(texture.id(), place, all, egui::Color32::WHITE);
        }
        None => {
            let words = text::rich(&name, TextRole::Body, palette.text_secondary);
            let label = egui::Label::new(words).selectable(false);
            let layout = Layout::centered_and_justified(Direction::TopDown);
            let room = rect.shrink(size::GAP_LARGE);
            placed::placed_ui(ui, "camera waits", room, layout, |ui| ui.add(label));
        }
    }
    let stroke = egui::Stroke::new(2.0 * size::LINE, palette.accent);
    ui.painter()
        .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
}

/// The largest size of the same form that has room.
fn fitting(picture: Vec2, room: Vec2) -> Vec2 {
    let scale = (room.x / picture.x).min(room.y / picture.y);
    picture * scale
}

fn problem_ui(ui: &mut Ui, problem: &CameraProblem) {
    let key = match problem {
        CameraProblem::NoCamera => "camera-none",
        CameraProblem::Forbidden => "camera-forbidden",
        CameraProblem::Busy => "camera-busy",
        CameraProblem::Gone => "camera-gone",
        CameraProblem::Format => "camera-format",
        CameraProblem::Silent => "camera-silent",
        CameraProblem::Unseen => "camera-unseen",
        CameraProblem::Other(_) => "camera-other",
    };
    form::problem_ui(ui, &tr(ui, key));
    if let CameraProblem::Other(detail) = problem {
        form::note_ui(ui, &text::plain(detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_another_size_than_it_says_is_not_drawn() {
        let picture = |width, height, bytes: usize| CameraPicture {
            serial: 1,
            width,
            height,
            luma: vec![0; bytes].into(),
        };
        assert!(image_of(&picture(4, 3, 12)).is_some());
        for (width, height, bytes) in [(4, 3, 11), (0, 3, 0), (usize::MAX, 2, 12)] {
            assert!(image_of(&picture(width, height, bytes)).is_none());
        }
    }

    #[test]
    fn what_the_camera_saw_leaves_the_graphics_card() {
        let ctx = Context::default();
        let picture = CameraPicture {
            serial: 1,
            width: 2,
            height: 1,
            luma: vec![0, 255].into(),
        };
        follow(&ctx, Some(&picture));
        let serial = |ctx: &Context| shown(ctx).0.lock().unwrap().as_ref().map(|it| it.0);
        assert_eq!(serial(&ctx), Some(1));
        follow(
            &ctx,
            Some(&CameraPicture {
                serial: 2,
                ..picture
            }),
        );
        assert_eq!(serial(&ctx), Some(2));
        follow(&ctx, None);
        assert_eq!(serial(&ctx), None);
    }

    #[test]
    fn pictures_keep_their_form() {
        let room = vec2(400.0, 300.0);
        assert_eq!(fitting(vec2(640.0, 360.0), room), vec2(400.0, 225.0));
        assert_eq!(fitting(vec2(30.0, 60.0), room), vec2(150.0, 300.0));
    }
}
