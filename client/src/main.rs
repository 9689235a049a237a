//! The program `onym`: endpoint, client engine, command line and window in one process.

mod args;
mod backup;
mod commands;
mod control;
mod data_dir;
mod draft;
mod engine_task;
mod history;
mod identity_file;
mod node;
mod openpgp;
mod phrase_check;
mod printer;
mod progress;
mod qr_text;
mod refusal;
mod report;
mod request;
mod requests;
mod revocation_sheet;
mod settings;
mod signals;
mod time_zone;
mod unlocking;
mod window;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::args::{Cli, Command};
use crate::printer::Printer;
use crate::report::{FAILED, Report};

fn main() -> ExitCode {
    let mut cli = Cli::parse();
    log_to_stderr(cli.global.verbose);
    let mut printer = Printer::new(cli.global.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            printer.print(&Report::failure(
                &format!("no threads can be started: {error}"),
                None,
            ));
            return ExitCode::from(FAILED);
        }
    };
    let code = match cli.command.take() {
        Some(Command::Open { link }) => commands::window(&cli, link, &runtime, &mut printer),
        Some(command) => runtime.block_on(commands::run(cli, command, &mut printer)),
        None => commands::window(&cli, None, &runtime, &mut printer),
    };
    // Whatever still runs has nothing to lose: what matters is on disk.
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// Nothing is logged unless it was asked for: addresses of contacts are in there.
fn log_to_stderr(verbose: u8) {
    let filter = match verbose {
        0 => return,
        1 => "onym=info,onym_server=info,onym_server_protocol=info,warn",
        _ => "onym=debug,onym_server=debug,onym_server_protocol=debug,info",
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .init();
}
