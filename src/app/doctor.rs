//! `offhook doctor`: has everything looked at, side by side, and judged.

use crate::engine::doctor::folders::Content;
use crate::engine::doctor::names::Names;
use crate::engine::doctor::terminal::Terminal;
use crate::engine::doctor::{Finding, clock, folders, names, passwords, servers, sound, terminal};
use crate::engine::event::Problem;
use crate::io::accounts::{Accounts, StoredAccount};
use crate::io::aside::aside;
use crate::io::discovery::DiscoveryFiles;
use crate::io::doctor as probe;
use crate::io::doctor::plan::Plan;
use crate::io::doctor::servers::Looked;
use crate::io::driver::looping::Clocks;
use crate::io::paths::Paths;
use crate::io::secrets::Stores;
use crate::io::tls::{Roots, Trust};
use crate::tui::terminal::{Pictures, Surroundings};
use crate::tui::theme::Depth;
use futures::future::join_all;
use std::time::Duration;
use tokio::time::timeout;

/// The keyring may want to be unlocked; the disk may be slow, and the history long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks at everything below these paths and around them. Nobody is signed in, and nobody asked but the accounts' own
/// servers and the DNS.
///
/// # Errors
/// There is no place for our files.
pub async fn examine(paths: &Paths) -> Result<Vec<Finding>, Problem> {
    let looked_at = paths.clone();
    let stood = within("disk", move || probe::folders::stand(&looked_at)).await;
    let (config, log) = (paths.config()?, paths.log()?);
    // What is wrong with the settings is said of the folders.
    let known = DiscoveryFiles::open(paths)?.known().unwrap_or_default();
    let choice = known.settings.password_store();
    let stores = Stores::new(paths, choice)?;
    let trust = Trust::new(&config, paths.runtime());
    let accounts = accounts(paths);
    let look = |stored| probe::servers::look(stored, Plan::of(stored, &known), &trust);
    let looks = async { join_all(accounts.iter().map(look)).await };
    let tried = within("keyring", move || passwords::judge(choice.name(), &probe::passwords::try_all(&stores, choice)));
    let looked_at = paths.clone();
    let contents = within("disk", move || probe::folders::read(&looked_at));
    let (terminal, sound, looked, tried, contents) =
        tokio::join!(terminal(), probe::sound::look(&config, &log), looks, tried, contents);
    let (mut sought, mut asked, mut edges, mut files) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut seen, mut told) = (Vec::new(), Vec::new());
    for one in looked {
        let Looked { sought: place, asked: questions, edge, file, servers, told: clocks } = one;
        sought.extend(place);
        asked.extend(questions);
        edges.extend(edge);
        files.extend(file);
        seen.extend(servers);
        told.extend(clocks);
    }
    let authorities = Roots::load(None)?.store().len();
    let mut findings = terminal::judge(&terminal);
    findings.extend(sound::judge(sound.as_ref()));
    findings.extend(names::judge(&Names { servers: probe::names::servers(), sought, asked, edges }));
    findings.extend(servers::judge(authorities, &files, &seen, Clocks::start().stamp()));
    findings.extend(tried.unwrap_or_else(|why| passwords::judge(choice.name(), &[late(why)])));
    findings.extend(clock::judge(&told, &seen));
    let slow = |why| vec![Content { what: "The disk", sound: Err((why, "See whether the disk is in order.".into())) }];
    findings.extend(folders::judge(&stood.unwrap_or_default(), &contents.unwrap_or_else(slow)));
    Ok(findings)
}

/// Those that can be read: what is wrong with the others is said of the folders.
fn accounts(paths: &Paths) -> Vec<StoredAccount> {
    let Ok(accounts) = Accounts::open(paths) else { return Vec::new() };
    let names = accounts.names().unwrap_or_default();
    names.iter().filter_map(|name| Some(accounts.load(name).ok()?.0)).collect()
}

async fn terminal() -> Terminal {
    let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let surroundings = Surroundings::of(get);
    let depth = Depth::of(get("NO_COLOR").as_deref(), get("COLORTERM").as_deref(), get("TERM").as_deref());
    let pictures = Pictures::of(&surroundings);
    Terminal {
        photos: (pictures.can_show(), pictures.words()),
        is_one: probe::terminal::is_one(),
        understands_osc: surroundings.understands_osc(),
        ssh: surroundings.ssh,
        screen: surroundings.screen,
        tmux: if surroundings.tmux { Some(probe::terminal::tmux().await) } else { None },
        term: surroundings.term,
        colours: depth.map(in_words).map_err(|problem| (problem.what, problem.next)),
        no_colour: get("NO_COLOR").is_some(),
        size: probe::terminal::size(),
        locale: probe::terminal::locale(),
        mosh: probe::terminal::is_under_mosh(),
    }
}

const fn in_words(depth: Depth) -> &'static str {
    match depth {
        Depth::Attributes => "no colours",
        Depth::Sixteen => "sixteen colours",
        Depth::Indexed => "256 colours",
        Depth::True => "24-bit colours",
    }
}

fn late(why: String) -> passwords::Place {
    passwords::Place { name: "keyring", chosen: true, tried: passwords::Tried::Fails(why) }
}

/// What blocks, on a thread that is left behind when it takes too long.
async fn within<T: Send + 'static>(what: &'static str, look: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let late = |_| Err(format!("The {what} did not answer within {} s.", PATIENCE.as_secs()));
    timeout(PATIENCE, aside(what, look)).await.unwrap_or_else(late)
}
