//! The archive (XEP-0313 with `urn:xmpp:mam:2`): queries, pages (XEP-0059) and results, as values.

use super::iq::Request;
use crate::machine::Stamp;
use xmpp_parsers::data_forms::{DataForm, DataFormType, Field};
use xmpp_parsers::delay::Delay;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::mam::{Fin, Query, QueryId, Result_};
use xmpp_parsers::mam_prefs::{DefaultPrefs, Prefs};
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::rsm::SetQuery;

/// Where to begin reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Behind the result that has this id.
    After(String),
    /// At the oldest result that there is.
    Oldest,
    /// At this time.
    At(Stamp),
    /// So that the newest page is all that is read.
    Newest,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Only this conversation.
    pub with: Option<BareJid>,
    /// Nothing older.
    pub start: Option<Stamp>,
    /// Where to begin.
    pub begin: Begin,
    /// Results on a page at most.
    pub page: usize,
}

impl Wanted {
    /// The query for one page, under this query id.
    #[must_use]
    pub fn request(&self, query: &str) -> Request {
        let start = match self.begin {
            Begin::At(stamp) => Some(stamp),
            Begin::After(_) | Begin::Oldest | Begin::Newest => self.start,
        };
        let with = self.with.as_ref().map(|with| Field::text_single("with", with.as_str()));
        let start = start.map(|start| Field::text_single("start", &start.to_string()));
        let fields: Vec<Field> = with.into_iter().chain(start).collect();
        let (after, before) = match &self.begin {
            Begin::After(id) => (Some(id.clone()), None),
            Begin::Oldest | Begin::At(_) => (None, None),
            Begin::Newest => (None, Some(String::new())),
        };
        let query = Query {
            queryid: Some(QueryId(query.to_owned())),
            node: None,
            form: (!fields.is_empty()).then(|| DataForm::new(DataFormType::Submit, ns::MAM, fields)),
            set: Some(SetQuery { max: Some(self.page), after, before, index: None }),
            flip_page: false,
        };
        Request::Set(query.into())
    }

    /// What to ask after `end`; none when all is read, or when the archive does not move on.
    #[must_use]
    pub fn next(&self, end: &End) -> Option<Wanted> {
        let last = end.last.clone()?;
        let still = self.begin == Begin::After(last.clone());
        let over = end.complete || still || self.begin == Begin::Newest;
        let start = match self.begin {
            Begin::At(stamp) => Some(stamp),
            Begin::After(_) | Begin::Oldest | Begin::Newest => self.start,
        };
        (!over).then(|| Wanted { begin: Begin::After(last), start, ..self.clone() })
    }
}

/// How a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// There is nothing behind it.
    pub complete: bool,
    /// The archive id of the last result on it.
    pub last: Option<String>,
}

/// Reads the answer to a query; none when it is malformed.
#[must_use]
pub fn end(payload: Element) -> Option<End> {
    let fin = Fin::try_from(payload).ok()?;
    Some(End { complete: fin.complete, last: fin.set.last.filter(|last| !last.is_empty()) })
}

/// A result, not yet judged.
#[derive(Clone, Debug)]
pub struct Found {
    /// Of which query.
    pub query: String,
    /// The archive's id.
    pub id: String,
    /// When it was archived.
    pub delay: Option<Delay>,
    /// What was said.
    pub message: Message,
}

/// Whether `payload` is a result.
#[must_use]
pub fn is_result(payload: &Element) -> bool {
    payload.has_ns(ns::MAM) && payload.name() == "result"
}

/// Takes a result out of its wrapper; none when it is malformed or names no query.
#[must_use]
pub fn result(payload: &Element) -> Option<Found> {
    let result = Result_::try_from(payload.clone()).ok()?;
    let (delay, message) = (result.forwarded.delay, result.forwarded.message);
    Some(Found { query: result.queryid?.0, id: result.id, delay, message })
}

/// Asks what the archive keeps (XEP-0441).
#[must_use]
pub fn preferences() -> Request {
    Request::Get(Element::bare("prefs", ns::MAM))
}

/// What an archive keeps, and so what it means when something is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keeps {
    /// Nobody says: what is not there may have been sent all the same.
    #[default]
    Unsaid,
    /// Everything but conversations with these.
    AllBut(Vec<Jid>),
}

impl Keeps {
    /// Whether what was said with `peer` is certainly kept.
    #[must_use]
    pub fn surely(&self, peer: &BareJid) -> bool {
        match self {
            Keeps::Unsaid => false,
            Keeps::AllBut(never) => !never.iter().any(|jid| jid.to_bare() == *peer || jid.as_str() == peer.domain().as_str()),
        }
    }
}

/// Reads the answer to [`preferences`].
#[must_use]
pub fn keeps(payload: &Element) -> Keeps {
    match Prefs::try_from(payload.clone()) {
        Ok(Prefs { default_: DefaultPrefs::Always, never, .. }) => Keeps::AllBut(never),
        Ok(_) | Err(_) => Keeps::Unsaid,
    }
}
