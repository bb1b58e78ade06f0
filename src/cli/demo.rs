//! `offhook demo`

use super::exit::Exit;
use super::{lab, say};
use crate::app::{self, block_on};
use crate::engine::event::Problem;
use crate::io::secrets::keep_nothing;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

/// Runs it: the arguments are those of the lab.
#[must_use]
pub fn run(args: &lab::Args) -> ExitCode {
    keep_nothing();
    let demo = async {
        let site = lab::site(args)?;
        app::demo::run(&site, args.seed).await
    };
    let ran = std::panic::catch_unwind(AssertUnwindSafe(|| block_on(demo)));
    let fault = || Problem::local("offhook has failed by a fault of its own.", "Please report it.");
    say::end(ran.unwrap_or_else(|_| Err(fault())).map(|()| Exit::Done))
}
