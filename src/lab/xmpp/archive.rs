//! One account's archive (XEP-0313), its pages (XEP-0059) and its preferences (XEP-0441).

use crate::machine::Stamp;
use xmpp_parsers::data_forms::DataForm;
use xmpp_parsers::date::DateTime;
use xmpp_parsers::delay::Delay;
use xmpp_parsers::forwarding::Forwarded;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::mam::{Fin, Query, QueryId, Result_};
use xmpp_parsers::message::Message;
use xmpp_parsers::rsm::{First, SetResult};

/// Results on a page where nobody asks for fewer.
const PAGE: usize = 250;

/// Something that was said, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Archived {
    /// The id that it got.
    pub id: String,
    /// When.
    pub at: Stamp,
    /// What.
    pub message: Message,
}

/// A page of an archive.
pub(super) struct Page {
    pub(super) results: Vec<Result_>,
    pub(super) fin: Fin,
}

/// Answers `query`; none when it begins after what is not there.
pub(super) fn page(archive: &[Archived], query: &Query, account: &BareJid) -> Option<Page> {
    let field = |name| query.form.as_ref().and_then(|form| value(form, name));
    let with = field("with").and_then(|with| BareJid::new(&with).ok());
    let start = field("start").and_then(|start| Stamp::parse(&start));
    let all: Vec<&Archived> = archive
        .iter()
        .filter(|kept| start.is_none_or(|start| kept.at >= start))
        .filter(|kept| with.as_ref().is_none_or(|with| is_with(&kept.message, with, account)))
        .collect();
    let set = query.set.as_ref();
    let max = set.and_then(|set| set.max).unwrap_or(PAGE).min(PAGE);
    let first = match (set.and_then(|set| set.after.as_ref()), set.and_then(|set| set.before.as_ref())) {
        (Some(after), _) => {
            archive.iter().position(|kept| kept.id == *after)?;
            all.iter().position(|kept| kept.id == *after).map_or(0, |at| at + 1)
        }
        (None, Some(before)) if before.is_empty() => all.len().saturating_sub(max),
        (None, Some(before)) => all.iter().position(|kept| kept.id == *before)?.saturating_sub(max),
        (None, None) => 0,
    };
    let shown: Vec<&Archived> = all.iter().skip(first).take(max).copied().collect();
    let set = SetResult {
        first: shown.first().map(|kept| First { index: Some(first), item: kept.id.clone() }),
        last: shown.last().map(|kept| kept.id.clone()),
        count: Some(all.len()),
    };
    let complete = first + shown.len() >= all.len();
    let results = shown.into_iter().map(|kept| result(kept, query.queryid.clone(), account)).collect();
    Some(Page { results, fin: Fin { complete, set } })
}

fn result(kept: &Archived, queryid: Option<QueryId>, account: &BareJid) -> Result_ {
    let delay = delay(kept.at, Some(Jid::from(account.clone())));
    Result_ { id: kept.id.clone(), queryid, forwarded: Forwarded { delay, message: kept.message.clone() } }
}

/// A `<delay/>` with this stamp.
pub(super) fn delay(at: Stamp, from: Option<Jid>) -> Option<Delay> {
    let stamp: DateTime = at.to_string().parse().ok()?;
    Some(Delay { from, stamp, data: None })
}

fn value(form: &DataForm, name: &str) -> Option<String> {
    form.fields.iter().find(|field| field.var.as_deref() == Some(name))?.values.first().cloned()
}

fn is_with(message: &Message, with: &BareJid, account: &BareJid) -> bool {
    let is = |jid: &Option<Jid>, bare: &BareJid| jid.as_ref().is_some_and(|jid| jid.to_bare() == *bare);
    if with == account {
        is(&message.from, with) && is(&message.to, with)
    } else {
        is(&message.from, with) || is(&message.to, with)
    }
}
