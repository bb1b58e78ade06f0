//! The product of what every source may say with exclusions, launches, places and caches, against the table of the guide.
//!
//! The table knows nothing of the code: a row is a source, what leaves it out, what it says, when it has said it, and what
//! that means. Its order is that of the guide's list; `rows` moves one of them when the setting says so.

use crate::play::*;
use offhook::engine::event::{Outcome, Source};
use offhook::engine::signin::{
    Answer, Bootstrap, BootstrapAuthenticator, BootstrapFile, Excluded, Launch, Manual, Organisation, Purpose, Question,
    Server, SrvAnswer,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// What may come of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Present,
    Absent,
    Failing,
    Silent,
}

const SAYS: [Says; 4] = [Says::Present, Says::Absent, Says::Failing, Says::Silent];

/// The launch, and what it knows of a bootstrap file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Boot {
    /// First launch, no file.
    FirstWithout,
    /// First launch, a file.
    FirstWith,
    /// Later, nothing.
    LaterWithout,
    /// Later, a file that lay there before, of which nothing is kept.
    LaterUnread,
    /// Later, a file that was read, and what it said is kept.
    LaterKept,
    /// Later, a file written since, and what the earlier one said.
    LaterNew,
}

const BOOTS: [Boot; 6] =
    [Boot::FirstWithout, Boot::FirstWith, Boot::LaterWithout, Boot::LaterUnread, Boot::LaterKept, Boot::LaterNew];

/// One combination.
#[derive(Clone, Copy, Debug)]
struct Case {
    manual: bool,
    webex_cached: bool,
    cas: Says,
    cached: Option<Source>,
    uds: Says,
    cuplogin: Says,
    edge: Says,
    /// Outside, the name server knows nothing of the internal records.
    inside: bool,
    boot: Boot,
    bootstrap_first: bool,
    standard: Says,
    no_webex: bool,
    no_cucm: bool,
    no_cup: bool,
    /// `discover`, which waits; else a sign-in, which does not wait where the cache is warm.
    strict: bool,
}

/// A row of the table.
struct Row {
    source: &'static str,
    /// It is asked of somebody, else looked up here.
    asked: bool,
    left_out: bool,
    says: Says,
    /// Milliseconds until it has said so, in this world.
    ends: u64,
    authenticator: &'static str,
    server: &'static str,
}

/// When the world answers; what is silent is given up at its deadline.
const CAS_MS: u64 = 120;
const UDS_MS: u64 = 40;
const CUPLOGIN_MS: u64 = 30;
const EDGE_MS: u64 = 20;
const STANDARD_MS: u64 = 10;
const CAS_DEADLINE: u64 = 3_000;
const SRV_DEADLINE: u64 = 5_000;

fn rows(case: &Case) -> Vec<Row> {
    let all = case.no_webex && case.no_cucm && case.no_cup;
    let internal = |says: Says| if case.inside { says } else { Says::Absent };
    let present = |is: bool| if is { Says::Present } else { Says::Absent };
    let ends = |says: Says, answered: u64, deadline: u64| if says == Says::Silent { deadline } else { answered };
    let (uds, cuplogin) = (internal(case.uds), internal(case.cuplogin));
    let file_read = matches!(case.boot, Boot::FirstWith | Boot::LaterNew);
    let (boot_authenticator, boot_server) =
        if file_read { ("cucm", "ccmcip.lab.example:8443") } else { ("cup", "imp-kept.lab.example:8443") };
    let cached_out = match case.cached {
        Some(Source::CiscoUds) => case.no_cucm,
        Some(Source::CupLogin) => case.no_cup,
        Some(_) => all,
        None => false,
    };
    let cached_authenticator = if case.cached == Some(Source::CupLogin) { "cup" } else { "cucm" };
    // A start from a warm cache does not wait for the CAS; a report does.
    let warm = !case.strict && case.cached.is_some() && !cached_out;
    let row = |source, asked, left_out, says, ends, authenticator, server| Row {
        source,
        asked,
        left_out,
        says,
        ends,
        authenticator,
        server,
    };
    let bootstrap = present(file_read || case.boot == Boot::LaterKept);
    let cas_ends = ends(case.cas, CAS_MS, CAS_DEADLINE);
    let (uds_ends, cup_ends) = (ends(uds, UDS_MS, SRV_DEADLINE), ends(cuplogin, CUPLOGIN_MS, SRV_DEADLINE));
    let (edge_ends, standard_ends) = (ends(case.edge, EDGE_MS, SRV_DEADLINE), ends(case.standard, STANDARD_MS, SRV_DEADLINE));
    const CAS: &str = "loginp.webexconnect.com:443";
    #[rustfmt::skip]
    let mut rows = vec![
        // source        asked  left out                   says                          ends           authenticator         server
        row("manual",       false, false,                  present(case.manual),         0,             "cup",                "imp-manual.lab.example:8443"),
        row("webex-cache",  false, case.no_webex,          present(case.webex_cached),   0,             "webex-messenger",    CAS),
        row("cas",          true,  case.no_webex || warm,  case.cas,                     cas_ends,      "webex-messenger",    CAS),
        row("srv-cache",    false, cached_out,             present(case.cached.is_some()), 0,           cached_authenticator, "cached.lab.example:8443"),
        row("_cisco-uds",   true,  case.no_cucm,           uds,                          uds_ends,      "cucm",               "cucm.lab.example:8443"),
        row("_cuplogin",    true,  case.no_cup,            cuplogin,                     cup_ends,      "cup",                "imp.lab.example:8443"),
        row("_collab-edge", true,  all,                    case.edge,                    edge_ends,     "cucm",               "edge.lab.example:8443"),
        row("bootstrap",    false, false,                  bootstrap,                    0,             boot_authenticator,   boot_server),
        row("_xmpp-client", true,  false,                  case.standard,                standard_ends, "standard",           "xmpp.lab.example:5222"),
    ];
    if case.bootstrap_first {
        let bootstrap = rows.remove(7);
        rows.insert(1, bootstrap);
    }
    rows
}

/// What the table says must come of a case.
#[derive(Debug, PartialEq, Eq)]
struct Outcomes {
    authenticator: &'static str,
    source: Option<&'static str>,
    server: Option<String>,
    product_mode: &'static str,
    at: Duration,
    /// Source, asked, outcome.
    steps: Vec<(&'static str, bool, Outcome)>,
}

fn expected(case: &Case) -> Outcomes {
    let rows = rows(case);
    let decider = rows.iter().position(|row| !row.left_out && row.says == Says::Present);
    let waited = rows.iter().take(decider.map_or(rows.len(), |decider| decider + 1));
    let at = waited.filter(|row| !row.left_out && row.asked).map(|row| row.ends).max().unwrap_or(0);
    // Nothing is asked that stands behind something that is found here at once.
    let local = rows.iter().position(|row| !row.left_out && !row.asked && row.says == Says::Present).unwrap_or(rows.len());
    let steps = rows.iter().enumerate().map(|(place, row)| {
        let asked = row.asked && !row.left_out && place < local;
        let outcome = if row.left_out || place > local || (asked && row.ends > at) {
            Outcome::Skipped
        } else {
            match row.says {
                Says::Present => Outcome::Found,
                Says::Absent => Outcome::Absent,
                Says::Failing => Outcome::Failed,
                Says::Silent => Outcome::Timeout,
            }
        };
        (row.source, asked, outcome)
    });
    let phone = !case.manual && matches!(case.boot, Boot::FirstWith | Boot::LaterNew);
    let decider = decider.map(|decider| &rows[decider]);
    Outcomes {
        authenticator: decider.map_or("ask", |row| row.authenticator),
        source: decider.map(|row| row.source),
        server: decider.map(|row| row.server.to_owned()),
        product_mode: if phone { "phone" } else { "default" },
        at: ms(at),
        steps: steps.collect(),
    }
}

fn launch_of(case: &Case) -> Launch {
    let mut launch = launch();
    let server = |host: &str| Server::new(host, 8443);
    launch.manual = case.manual.then(|| Manual::Cup { server: server("imp-manual.lab.example") });
    launch.excluded = Excluded { webex: case.no_webex, cucm: case.no_cucm, cup: case.no_cup };
    launch.bootstrap_first = case.bootstrap_first;
    launch.first = matches!(case.boot, Boot::FirstWith | Boot::FirstWithout);
    if !matches!(case.boot, Boot::FirstWithout | Boot::LaterWithout) {
        let says = Bootstrap {
            authenticator: Some(BootstrapAuthenticator::Cucm),
            tftp: Some(Server::new("tftp.lab.example", 69)),
            ccmcip: Some(server("ccmcip.lab.example")),
            phone_mode: true,
            ..Bootstrap::default()
        };
        launch.bootstrap_file = Some(BootstrapFile { says, is_new: case.boot == Boot::LaterNew });
    }
    if matches!(case.boot, Boot::LaterKept | Boot::LaterNew) {
        launch.cache.bootstrap = Some(Bootstrap {
            authenticator: Some(BootstrapAuthenticator::Cup),
            cup: Some(server("imp-kept.lab.example")),
            ..Bootstrap::default()
        });
    }
    if case.webex_cached {
        launch.cache.webex.insert(DOMAIN.into(), Organisation { sso: true });
    }
    if let Some(source) = case.cached {
        let records = vec![srv("cached.lab.example", 8443)];
        launch.cache.srv.insert(launch.srv_key(), SrvAnswer { source, records });
    }
    launch
}

fn world(case: &Case, question: &Question) -> Option<(Duration, Answer)> {
    let internal = |says: Says| if case.inside { says } else { Says::Absent };
    let (says, after, target) = match name(question).as_str() {
        "cas" => {
            let answer = match case.cas {
                Says::Present => organisation(),
                Says::Absent => no_organisation(),
                Says::Failing => cas("<html>Welcome to the hotel</html>"),
                Says::Silent => return None,
            };
            return Some((ms(CAS_MS), answer));
        }
        "_cisco-uds._tcp" => (internal(case.uds), UDS_MS, srv("cucm.lab.example", 8443)),
        "_cuplogin._tcp" => (internal(case.cuplogin), CUPLOGIN_MS, srv("imp.lab.example", 8443)),
        "_collab-edge._tls" => (case.edge, EDGE_MS, srv("edge.lab.example", 8443)),
        _ => (case.standard, STANDARD_MS, srv("xmpp.lab.example", 5222)),
    };
    let answer = match says {
        Says::Present => records(vec![target]),
        Says::Absent => records(Vec::new()),
        Says::Failing => refused(),
        Says::Silent => return None,
    };
    Some((ms(after), answer))
}

fn actual(case: &Case) -> Outcomes {
    let mut world = |question: &Question| world(case, question);
    let purpose = if case.strict { Purpose::Report } else { Purpose::SignIn };
    let mut play = Play::start(launch_of(case), purpose, &mut world);
    play.decide(&mut world);
    assert!(play.asked.iter().all(|(when, _)| *when == at(0)), "{case:?}: not all questions went out at once");
    // Steps that need no credential begin only where the record is there and the CAS alone is awaited.
    let early = play.provisional.len() == 1 && play.provisional[0].0 < play.decided[0].0;
    assert!(play.provisional.is_empty() || early, "{case:?}: {:?}", play.provisional);
    let (when, decision, _) = &play.decided[0];
    // What is said of a step is for people: the tokens of the JSON stand beside it.
    for said in play.discovery.steps().iter().filter_map(|step| step.answer.as_deref()) {
        let token = ["-cache", "WEBEX", "CUCM", "CUP and", "stands before"].into_iter().find(|token| said.contains(token));
        assert_eq!(token, None, "{said}");
    }
    Outcomes {
        authenticator: decision.authenticator.name(),
        source: decision.source.map(Source::name),
        server: decision.servers.first().cloned(),
        product_mode: decision.product_mode.name(),
        at: when.since_start(),
        steps: play.discovery.steps().iter().map(|step| (step.name.name(), step.asked, step.outcome)).collect(),
    }
}

fn every_case(strict: bool, bootstrap_first: bool, mut with: impl FnMut(Case)) {
    const CACHED: [Option<Source>; 4] = [None, Some(Source::CiscoUds), Some(Source::CupLogin), Some(Source::CollabEdge)];
    // Outside, what the internal records would say makes no difference: once is enough.
    let mut names = vec![(false, Says::Absent, Says::Absent)];
    names.extend(SAYS.into_iter().flat_map(|uds| SAYS.map(|cuplogin| (true, uds, cuplogin))));
    for exclusions in 0..8_u8 {
        let (no_webex, no_cucm, no_cup) = (exclusions & 1 > 0, exclusions & 2 > 0, exclusions & 4 > 0);
        for webex_cached in [false, true] {
            for (boot, cas, cached) in triples(&BOOTS, &SAYS, &CACHED) {
                let case = Case {
                    manual: true,
                    webex_cached,
                    cas,
                    cached,
                    uds: Says::Present,
                    cuplogin: Says::Silent,
                    edge: Says::Failing,
                    inside: true,
                    boot,
                    bootstrap_first,
                    standard: Says::Absent,
                    no_webex,
                    no_cucm,
                    no_cup,
                    strict,
                };
                with(case);
                for (names, edge, standard) in triples(&names, &SAYS, &SAYS) {
                    let (inside, uds, cuplogin) = names;
                    with(Case { manual: false, inside, uds, cuplogin, edge, standard, ..case });
                }
            }
        }
    }
}

fn triples<A: Copy, B: Copy, C: Copy>(a: &[A], b: &[B], c: &[C]) -> Vec<(A, B, C)> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (*a, *b)));
    pairs.flat_map(|(a, b)| c.iter().map(move |c| (a, b, *c))).collect()
}

/// One of the four parts of the product, so that they run side by side.
fn decides_as_the_table_says(strict: bool, bootstrap_first: bool) {
    let (mut count, mut sources) = (0_u64, BTreeMap::<Option<&str>, u64>::new());
    every_case(strict, bootstrap_first, |case| {
        let expected = expected(&case);
        assert_eq!(actual(&case), expected, "{case:?}");
        *sources.entry(expected.source).or_default() += 1;
        count += 1;
    });
    println!("{count} combinations (strict {strict}, bootstrap first {bootstrap_first}); decided by {sources:?}");
    assert_eq!(sources.len(), 10, "not every source, and the prompt, has decided somewhere");
}

#[test]
fn every_sign_in_decides_as_the_table_of_the_guide_says() {
    decides_as_the_table_says(false, false);
}

#[test]
fn every_sign_in_with_the_bootstrap_file_first_decides_as_the_table_says() {
    decides_as_the_table_says(false, true);
}

#[test]
fn every_report_decides_as_the_table_of_the_guide_says() {
    decides_as_the_table_says(true, false);
}

#[test]
fn every_report_with_the_bootstrap_file_first_decides_as_the_table_says() {
    decides_as_the_table_says(true, true);
}
