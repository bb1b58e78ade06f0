//! The authenticator order: which source decides, as soon as no answer that is still awaited can change it, and by which
//! rule ("How the Client Gets an Authenticator"; docs/sign-in.md says what holds where the guides contradict themselves).

use super::found::Found;
use super::launch::Launch;
use super::line::{Finding, Line};
use crate::engine::event::{Decision, Source};

/// The sources in the order that holds for this launch.
pub(super) fn order(launch: &Launch) -> Vec<Source> {
    let mut order = Source::ORDER.to_vec();
    if launch.bootstrap_first {
        order.retain(|source| *source != Source::Bootstrap);
        order.insert(1, Source::Bootstrap);
    }
    order
}

/// How far a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An answer that is awaited could still change it.
    Open,
    /// This source decides.
    By(Source),
    /// None does: the user is asked.
    Nobody,
}

/// The first source that was found decides, once all before it have ended. `lines` stand in their order.
pub(super) fn verdict(lines: &[Line]) -> Verdict {
    for line in lines {
        match line.finding {
            Finding::Found(..) => return Verdict::By(line.source),
            Finding::Pending => return Verdict::Open,
            Finding::Absent(_) | Finding::Failed(_) | Finding::Timeout(_) | Finding::Skipped(_) => {}
        }
    }
    Verdict::Nobody
}

/// The lines that stand before the one that decides; all, where none does.
pub(super) fn before(lines: &[Line], verdict: Verdict) -> impl Iterator<Item = &Line> {
    lines.iter().take_while(move |line| Verdict::By(line.source) != verdict)
}

/// What is decided when `source` has found `found`.
pub(super) fn decision(launch: &Launch, source: Option<Source>, found: &Found) -> Decision {
    Decision {
        authenticator: found.authenticator(),
        source,
        rule: rule(launch, source, found),
        product_mode: found.product_mode(launch),
        servers: found.servers(launch).iter().map(ToString::to_string).collect(),
    }
}

fn rule(launch: &Launch, source: Option<Source>, found: &Found) -> String {
    let (domain, srv) = (&launch.domain, launch.srv_domain());
    let profile = "the service profile, read after sign-in, names the authenticator";
    match source {
        Some(Source::Manual) => "rule 1: settings made by hand stand before everything else".into(),
        Some(Source::WebexCache) => format!("rule 2: an earlier answer says that {domain} is a Webex organisation"),
        Some(Source::Cas) => format!("rule 3: Webex says that {domain} is one of its organisations"),
        Some(Source::SrvCache) => match found {
            Found::CupLogin(_) => "rule 4: an earlier answer to _cuplogin stands before a new question".into(),
            Found::Edge(_) => format!("rule 4: an earlier answer to _collab-edge stands before a new question; {profile}"),
            _ => format!("rule 4: an earlier answer to _cisco-uds stands before a new question; {profile}"),
        },
        Some(Source::CiscoUds) => format!("rule 5: _cisco-uds of {srv} stands before all other records; {profile}"),
        Some(Source::CupLogin) => format!("rule 5: _cuplogin of {srv} stands where _cisco-uds does not"),
        Some(Source::CollabEdge) => {
            format!("rule 5: _collab-edge of {srv} stands where neither internal record does: outside; {profile}")
        }
        Some(Source::Bootstrap) if launch.bootstrap_first => {
            "rule 6, put before rule 2 by a setting: the bootstrap file names the authenticator".into()
        }
        Some(Source::Bootstrap) => "rule 6: nothing was discovered, and the bootstrap file names the authenticator".into(),
        Some(Source::XmppClient) => {
            format!("rule 7, a step of our own: {domain} has records of open standards, and nothing else was found")
        }
        None => "rule 8: no source has named an authenticator, so the user is asked".into(),
    }
}
