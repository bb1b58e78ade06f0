//! offhook against software that we did not write, as a user would run it: the real binary, real servers, real phones.
//!
//! A case whose peers are not installed is skipped by name and counted; under `OFFHOOK_PEERS=required` it fails instead.
//! Nothing here sleeps to wait for something: it waits for a line, a port or an end, with a deadline.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]
#![allow(dead_code, missing_docs)]

mod bad_input;
mod baresip;
mod by_address;
mod call_ends;
mod call_security;
mod calls;
mod chat;
mod desk;
mod devices;
mod directory;
mod discovering;
mod distance;
mod dnsmasq;
mod doctor;
mod early_media;
mod kamailio;
mod keyring;
mod keys;
mod keyutils;
mod kills;
mod lab;
mod lab_people;
mod links;
mod namespace;
mod nginx;
mod nodes;
mod offhook;
mod outages;
mod people;
mod phones;
mod ports;
mod presence;
mod process;
mod prosody;
#[path = "../pty/mod.rs"]
mod pty;
mod pulse;
mod raw_sip;
mod relay;
mod round_trips;
mod rtp_relay;
mod scanners;
mod screen;
mod sealed;
mod session;
mod sign_in;
mod sipp;
mod slixmpp;
mod sound;
mod speech;
mod srv;
mod world;

use libtest_mimic::{Arguments, Trial};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{PoisonError, RwLock};

/// One case: its name, the programs that it needs, and what it does. It fails by panicking.
pub struct Case {
    pub name: &'static str,
    pub needs: &'static [&'static str],
    pub run: fn(),
}

/// Held for writing by a case that needs the machine for itself.
static QUIET: RwLock<()> = RwLock::new(());

fn main() -> ExitCode {
    if let Some(played) = devices::part() {
        return played;
    }
    if keyring::was_child() {
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let required = std::env::var("OFFHOOK_PEERS").is_ok_and(|value| value == "required");
    let cases = [
        bad_input::CASES,
        by_address::CASES,
        calls::CASES,
        call_ends::CASES,
        call_security::CASES,
        chat::CASES,
        devices::CASES,
        directory::CASES,
        discovering::CASES,
        dnsmasq::CASES,
        doctor::CASES,
        early_media::CASES,
        keys::CASES,
        kills::CASES,
        lab::CASES,
        lab_people::CASES,
        links::CASES,
        nodes::CASES,
        srv::CASES,
        outages::CASES,
        people::CASES,
        presence::CASES,
        round_trips::CASES,
        scanners::CASES,
        session::CASES,
        sign_in::CASES,
        speech::CASES,
    ]
    .concat();
    let cases = [cases, screen::CASES.concat(), sipp::CASES.concat()].concat();
    let (mut skipped, mut absent) = (0, BTreeSet::new());
    let trials = cases
        .into_iter()
        .map(|case| {
            let missing: Vec<&str> = case.needs.iter().copied().filter(|program| !installed(program)).collect();
            // Not even `make test` can give what only root or the network has.
            let beyond = missing.iter().any(|need| [namespace::NEEDS, ports::IPV6].contains(need));
            let skip = beyond || !missing.is_empty() && !required;
            if skip {
                skipped += 1;
                absent.extend(missing.iter().copied());
            }
            Trial::test(case.name, move || {
                assert!(missing.is_empty(), "not installed: {}", missing.join(", "));
                // What is scored by ear must not starve: it runs while nothing else does.
                let by_ear = case.name.starts_with("speech");
                let _alone = by_ear.then(|| QUIET.write().unwrap_or_else(PoisonError::into_inner));
                let _beside = (!by_ear).then(|| QUIET.read().unwrap_or_else(PoisonError::into_inner));
                (case.run)();
                Ok(())
            })
            .with_ignored_flag(skip)
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if skipped > 0 {
        let absent: Vec<&str> = absent.into_iter().collect();
        println!("skipped {skipped} cases: {} not there (make test installs what can be installed)\n", absent.join(", "));
    }
    conclusion.exit_code()
}

/// Whether `program` can be run: a name on the path or in the places of system daemons, or a path in the checkout.
fn installed(program: &str) -> bool {
    if program == namespace::NEEDS {
        return namespace::is_allowed();
    }
    if program == ports::IPV6 {
        return ports::speaks_ipv6();
    }
    if program.contains('/') {
        return checkout(program).exists();
    }
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':').chain(["/usr/sbin", "/usr/local/sbin", "/usr/games"]).any(|folder| Path::new(folder).join(program).exists())
}

/// A path in the checkout.
pub fn checkout(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Clone for Case {
    fn clone(&self) -> Case {
        Case { name: self.name, needs: self.needs, run: self.run }
    }
}
