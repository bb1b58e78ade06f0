//! What the Webex directory of organisations says of the domain (fact sheet §1).

use super::answers::Answers;
use serde::Deserialize;

/// The Webex directory of organisations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cas {
    /// How it answers.
    pub answers: Answers,
    /// What it says of the domain.
    pub organisation: Organisation,
    /// Whether it is asked over http, as in old releases (fact sheet §1).
    pub clear: bool,
    /// How an error is wrapped. Only `errorcode` is known for certain; the other names are from memory (fact sheet §1; §16
    /// lists the body among the gaps).
    pub error_shape: ErrorShape,
}

/// What it says of the domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Organisation {
    /// Code 1: it is none.
    #[default]
    None,
    /// Code 7: it is one, and people sign in with a name and a password.
    Password,
    /// It is one with single sign-on: a redirection whose Location carries a SAMLRequest.
    SsoRedirect,
    /// The same: a page with a form that carries one.
    SsoForm,
    /// The same: a well-formed answer without a code.
    SsoDocument,
    /// A redirection without a SAMLRequest, which says nothing.
    OtherRedirect,
    /// A redirection with a SAMLRequest to http, which says nothing.
    HttpRedirect,
    /// A code that says nothing of this: 17, "expired".
    OtherCode,
    /// An empty body with status 200.
    Empty,
}

/// How an error is wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorShape {
    /// `federatedsso`, `error`, `errorcode`, as remembered.
    #[default]
    Remembered,
    /// `errorcode` right below the root.
    Flat,
    /// `errorcode` deeper, in a namespace, among elements that nobody knows.
    Deep,
}
