//! Whom the directory knows beside those who work in the lab (fact sheet §3), and where their photos are.

use super::answers::Answers;
use serde::Deserialize;

/// The directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Directory {
    /// How the search answers, where that is not as user data services answer all else.
    pub answers: Option<Answers>,
    /// So many colleagues it knows who have an entry there, and nothing else in the lab.
    pub colleagues: u16,
    /// What the search for a name looks at: no document that we have says it.
    pub name_search: NameSearch,
    /// What is said of the colleague with the first number, instead of what they are called: for names that mean harm.
    pub first_name: Option<String>,
}

impl Default for Directory {
    fn default() -> Directory {
        Directory { answers: None, colleagues: 300, name_search: NameSearch::Names, first_name: None }
    }
}

/// What the search for a name looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameSearch {
    /// First and last names.
    Names,
    /// User names too.
    UserNames,
}

/// Photos of people. They are a web server's, which here is a node's, on 8443, below `/photos/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Photos {
    /// How it answers.
    pub answers: Answers,
    /// Whether `jabber-config.xml` says where they are, unless it says so by itself.
    pub named: bool,
    /// What they are.
    pub format: PhotoFormat,
}

impl Default for Photos {
    fn default() -> Photos {
        Photos { answers: Answers::default(), named: true, format: PhotoFormat::Png }
    }
}

/// What photos are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhotoFormat {
    /// PNG, of each in their own colours.
    Png,
    /// JPEG, the same of all.
    Jpeg,
    /// Not a picture, but what would act on a terminal.
    Hostile,
    /// A PNG that says it is as large as can be.
    Boundless,
}

impl PhotoFormat {
    /// How the names of the files end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        if matches!(self, PhotoFormat::Jpeg) { "jpg" } else { "png" }
    }
}
