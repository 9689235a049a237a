//! The time that the processor needs for a frame of a conversation of 100,000 messages, without a
//! screen: while scrolling, while jumping, and while the model is swapped as the runtime does.
//!
//! `cargo bench -p onym-view --features sample`

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::{Duration, Instant};

use egui::{Context, Event, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase, vec2};
use onym_client_protocol::view_model::{JumpView, UiCommand};
use onym_view::{AppModel, ScreenModel, View, ViewCommand, sample};

const TOTAL: u64 = 100_000;
const RUN: u64 = 400;
const FRAMES: usize = 600;

struct Bench {
    ctx: Context,
    view: View,
    first_row: u64,
    model: AppModel,
    time: f64,
    asked: u64,
}

impl Bench {
    fn new() -> Self {
        let ctx = Context::default();
        onym_view::setup(&ctx);
        let first_row = TOTAL - RUN;
        let mut bench = Self {
            ctx,
            view: View::new(),
            first_row,
            model: model(first_row, None),
            time: 0.0,
            asked: 0,
        };
        for _ in 0..5 {
            bench.frame(0.0);
        }
        bench
    }

    /// Draws one frame; a run of rows that was asked for is there in the next one.
    fn frame(&mut self, wheel: f32) -> Duration {
        self.time += 1.0 / 60.0;
        let at = Pos2::new(700.0, 300.0);
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1100.0, 720.0))),
            time: Some(self.time),
            events: vec![Event::PointerMoved(at)],
            ..RawInput::default()
        };
        if wheel != 0.0 {
            input.events.push(Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, wheel),
                phase: TouchPhase::Move,
                modifiers: egui::Modifiers::NONE,
                source: egui::MouseWheelSource::Unknown,
            });
        }
        let mut commands = Vec::new();
        let begin = Instant::now();
        let mut output = self
            .ctx
            .run_ui(input, |ui| commands = self.view.ui(ui, &self.model));
        let shapes = self
            .ctx
            .tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let taken = begin.elapsed();
        assert!(!shapes.is_empty());
        // Nobody paints here; egui wants to know that the letters were taken on purpose.
        output.textures_delta.clear();
        for command in commands {
            if let ViewCommand::Ui(UiCommand::ShowRows { from_row, .. }) = command {
                self.asked += 1;
                self.first_row = from_row.saturating_sub(RUN / 2).min(TOTAL - RUN);
                self.model = model(self.first_row, None);
            }
        }
        taken
    }
}

fn model(first_row: u64, jump: Option<JumpView>) -> AppModel {
    let mut main = sample::main_model();
    let mut open = sample::conversation::run_of_long(TOTAL, first_row, RUN);
    open.jump = jump;
    main.view.conversation = Some(open);
    AppModel::of(ScreenModel::Main(Box::new(main)))
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| {
        let index = ((times.len() as f64 - 1.0) * part) as usize;
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    println!(
        "{what:<28} median {:6.2} ms   p99 {:6.2} ms",
        at(0.5),
        at(0.99)
    );
}

fn main() {
    let mut bench = Bench::new();
    print(
        "standing still",
        (0..FRAMES).map(|_| bench.frame(0.0)).collect(),
    );
    print(
        "scrolling slowly",
        (0..FRAMES).map(|_| bench.frame(8.0)).collect(),
    );
    print(
        "scrolling fast",
        (0..FRAMES).map(|_| bench.frame(120.0)).collect(),
    );
    let mut place = 7_u64;
    let mut jumps = Vec::new();
    for serial in 1..=FRAMES as u64 / 4 {
        place = place
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let row = (place >> 33) % (TOTAL - RUN);
        let jump = JumpView {
            serial,
            row: row + RUN / 2,
            flash: true,
        };
        bench.model = model(row, Some(jump));
        jumps.push(bench.frame(0.0));
    }
    print("jumping", jumps);
    println!("rows were asked for {} times", bench.asked);
}
