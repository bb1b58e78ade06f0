//! Photos: one at a time, the last one wanted first; from what was kept, else from where the site says. Only pictures of a
//! kind and size that can be shown come through.

use super::answers::{Judged, judge};
use super::questions::Asker;
use crate::engine::ask::Answer;
use crate::engine::event::{PersonId, Photo, Problem, ProblemKind};
use crate::engine::signin::Server;
use crate::protocol::cisco::PhotoUri;
use crate::protocol::picture::{Format, Picture};
use std::sync::Arc;
use url::Url;

/// Where the photo of somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) person: PersonId,
    pub(super) url: Url,
    /// It was not among those that are kept, and was asked for over the net.
    pub(super) fetching: bool,
}

/// What comes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is to be fetched.
    Fetch,
    /// There it is; it was fetched now.
    New(Photo),
    /// There it is; it was kept.
    Kept(Photo),
    /// There is none.
    None(Problem),
}

/// Where to look for it, if it may be looked for there.
pub(super) fn wanted(
    person: &PersonId,
    template: Option<&PhotoUri>,
    asker: &Asker,
    allow_clear: bool,
) -> Result<Wanted, Problem> {
    let refused = |what: String, next: &str| Err(Problem::new(ProblemKind::Refused, what, next));
    let Some(template) = template else {
        return refused("The site does not say where photos are.".into(), "");
    };
    let Some(url) = template.of(&person.0) else {
        return refused("No place for a photo follows from this user name.".into(), "");
    };
    let host = Server::new(url.host_str().unwrap_or_default(), 0);
    if !asker.is_within(&host) {
        let what = format!("Photos are at {}, outside of the domain: none is fetched from there.", host.host);
        return refused(what, "The administrator may name a server in the domain.");
    }
    if url.scheme() == "http" && !allow_clear {
        let what = format!("Photos are at {} over http, in clear: none is fetched.", host.host);
        return Err(Problem::new(ProblemKind::Clear, what, "Allow it for this account with --allow-cleartext."));
    }
    Ok(Wanted { person: person.clone(), url, fetching: false })
}

impl Wanted {
    /// What follows from this answer.
    pub(super) fn heard(&self, answer: Answer) -> Step {
        if let Answer::Photo(kept) = answer {
            return kept.and_then(|file| photo(file).ok()).map_or(Step::Fetch, Step::Kept);
        }
        let host = self.url.host_str().unwrap_or_default();
        let none = |what: &str| Step::None(Problem::new(ProblemKind::Refused, what, ""));
        match judge(host, answer) {
            Judged::Good(response) => match photo(response.body) {
                Ok(photo) => Step::New(photo),
                Err(why) => Step::None(Problem::new(ProblemKind::Protocol, format!("There is no photo to show: {why}."), "")),
            },
            Judged::Missing => none("There is no photo of them."),
            Judged::Unauthorized => none("The photo is given out for a password only, and none is shown for photos."),
            Judged::Passing(problem) | Judged::Lasting(problem) => {
                let what = problem.what.replacen("Directory: ", "Photo: ", 1);
                Step::None(Problem { what, ..problem })
            }
        }
    }
}

/// A picture that is shown.
fn photo(file: Vec<u8>) -> Result<Photo, String> {
    let Picture { format, width, height } = Picture::parse(&file).map_err(|why| why.to_string())?;
    Ok(Photo { png: format == Format::Png, width, height, file: Arc::from(file) })
}
