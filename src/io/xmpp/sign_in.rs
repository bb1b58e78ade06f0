//! The SASL exchange on an open stream (RFC 6120 §6.4). A password that is refused is refused: it is not tried twice.

use super::stream::{self, Open, protocol};
use crate::engine::event::{Problem, ProblemKind};
use crate::engine::output::Lasts;
use crate::machine::{Secret, visible_line};
use crate::protocol::xmpp::sasl::scram::{Hash, Scram, ScramError};
use crate::protocol::xmpp::sasl::{self, Channel, Mechanism, NoMechanism};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use std::fmt::Write;
use tokio_xmpp::xmlstream::XmppStreamElement;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::sasl as nonza;
use xmpp_parsers::sasl_cb::Type;
use xso::exports::rxml::xml_ncname;

/// Who signs in.
pub struct Credentials<'a> {
    /// Bare JID.
    pub jid: &'a str,
    /// Its local part.
    pub user: &'a str,
    /// Its domain.
    pub domain: &'a str,
    /// The password.
    pub password: &'a Secret,
    /// How long it is good for.
    pub lasts: Lasts,
}

/// Signs in on `open`, whose link is `channel`.
///
/// # Errors
/// [`ProblemKind::Password`] when the password is refused, [`ProblemKind::Refused`] when the account is, or nothing that is
/// offered is allowed.
pub async fn sign_in(open: &mut Open, channel: &Channel, who: &Credentials<'_>) -> Result<(), Problem> {
    let offered = open.features.sasl_mechanisms.clone();
    let listed = open.features.sasl_cb.as_ref().map(|list| list.types.contains(&Type::TlsExporter));
    if who.lasts == Lasts::Once {
        let mechanism = sasl::choose_once(|name| offered.contains(name), channel);
        return show_once(open, who, &mechanism.map_err(|why| no_mechanism(who, why, &offered))?).await;
    }
    let mechanism = sasl::choose(|name| offered.contains(name), channel, listed.unwrap_or(true));
    let mechanism = mechanism.map_err(|why| no_mechanism(who, why, &offered))?;
    let (Some(user), Some(password)) = (sasl::prepare(who.user), sasl::prepare(who.password.expose())) else {
        return Err(refused(
            ProblemKind::Password,
            "The name or the password holds characters that SASLprep does not allow",
            "",
        ));
    };
    let password = Secret::new(password);
    let name = match mechanism.name() {
        "SCRAM-SHA-256-PLUS" => nonza::Mechanism::ScramSha256Plus,
        "SCRAM-SHA-256" => nonza::Mechanism::ScramSha256,
        "SCRAM-SHA-1-PLUS" => nonza::Mechanism::ScramSha1Plus,
        "SCRAM-SHA-1" => nonza::Mechanism::ScramSha1,
        _ => nonza::Mechanism::Plain,
    };
    match mechanism {
        Mechanism::Plain | Mechanism::CiscoVtgToken => {
            auth(open, who, name, sasl::plain(&user, &password)).await?;
            match next(open, who).await? {
                nonza::Nonza::Success(_) => Ok(()),
                _ => Err(protocol(who.domain, "its answer to the sign-in has no meaning there")),
            }
        }
        Mechanism::Scram(hash, binding) => {
            let scram = Scram::new(hash, binding, &user, nonce()?);
            auth(open, who, name, scram.first()).await?;
            exchange(open, who, scram, password, hash).await
        }
    }
}

/// Shows a one-time password. The element is written by hand: the stream's own elements do not know the mechanism.
async fn show_once(open: &mut Open, who: &Credentials<'_>, mechanism: &Mechanism) -> Result<(), Problem> {
    let message = STANDARD.encode(sasl::cisco_vtg_token(who.jid, who.password));
    let auth = Element::builder("auth", ns::SASL).attr(xml_ncname!("mechanism").into(), mechanism.name()).append(message);
    stream::send_other(open, who.domain, &auth.build()).await?;
    match next(open, who).await? {
        nonza::Nonza::Success(_) => Ok(()),
        _ => Err(protocol(who.domain, "its answer to the sign-in has no meaning there")),
    }
}

async fn exchange(open: &mut Open, who: &Credentials<'_>, scram: Scram, password: Secret, hash: Hash) -> Result<(), Problem> {
    let nonza::Nonza::Challenge(first) = next(open, who).await? else {
        return Err(protocol(who.domain, "its answer to the sign-in has no meaning there"));
    };
    let challenged = scram.challenge(&first.data).map_err(|error| scram_problem(who, &error))?;
    tracing::debug!(?hash, "signing in with SCRAM");
    let answered = tokio::task::spawn_blocking(move || challenged.answer(&password)).await;
    let (last, expected) = answered.map_err(|error| protocol(who.domain, &error.to_string()))?;
    respond(open, who, last).await?;
    let mut proven = false;
    loop {
        match next(open, who).await? {
            // The server's signature comes with the success, or in a challenge of its own before it (RFC 4422 §5).
            nonza::Nonza::Challenge(challenge) if !proven => {
                expected.verify(&challenge.data).map_err(|error| scram_problem(who, &error))?;
                proven = true;
                respond(open, who, Vec::new()).await?;
            }
            nonza::Nonza::Success(success) => {
                if proven && success.data.is_empty() {
                    return Ok(());
                }
                return expected.verify(&success.data).map_err(|error| match error {
                    ScramError::Malformed => scram_problem(who, &ScramError::Signature),
                    other => scram_problem(who, &other),
                });
            }
            _ => return Err(protocol(who.domain, "its answer to the sign-in has no meaning there")),
        }
    }
}

async fn auth(open: &mut Open, who: &Credentials<'_>, mechanism: nonza::Mechanism, data: Vec<u8>) -> Result<(), Problem> {
    let auth = nonza::Nonza::Auth(nonza::Auth { mechanism, data });
    stream::send(open, who.domain, XmppStreamElement::Sasl(auth)).await
}

async fn respond(open: &mut Open, who: &Credentials<'_>, data: Vec<u8>) -> Result<(), Problem> {
    let response = nonza::Nonza::Response(nonza::Response { data });
    stream::send(open, who.domain, XmppStreamElement::Sasl(response)).await
}

/// The next SASL element; a failure is a problem.
async fn next(open: &mut Open, who: &Credentials<'_>) -> Result<nonza::Nonza, Problem> {
    match stream::next(open, who.domain).await? {
        XmppStreamElement::Sasl(nonza::Nonza::Failure(failure)) => Err(failure_problem(who, &failure)),
        XmppStreamElement::Sasl(nonza) => Ok(nonza),
        _ => Err(protocol(who.domain, "it sends something else in the middle of the sign-in")),
    }
}

fn failure_problem(who: &Credentials<'_>, failure: &nonza::Failure) -> Problem {
    use nonza::DefinedCondition as Condition;
    let text = failure.texts.values().next().map_or("", String::as_str);
    let jid = visible_line(who.jid);
    match failure.defined_condition {
        Condition::NotAuthorized | Condition::CredentialsExpired if who.lasts == Lasts::Once => {
            protocol(who.domain, &format!("it refuses the one-time password that its presence server gave{}", said(text)))
        }
        Condition::NotAuthorized => refused(ProblemKind::Password, &format!("The server refused the password of {jid}"), text),
        Condition::CredentialsExpired => refused(ProblemKind::Password, &format!("The password of {jid} has expired"), text),
        Condition::AccountDisabled => {
            refused(ProblemKind::Refused, &format!("The account {jid} is disabled at the server"), text)
        }
        Condition::EncryptionRequired | Condition::MechanismTooWeak | Condition::InvalidAuthzid => {
            refused(ProblemKind::Refused, &format!("The server refused the sign-in of {jid}"), text)
        }
        Condition::TemporaryAuthFailure => protocol(who.domain, &format!("it cannot check passwords now{}", said(text))),
        ref other => protocol(who.domain, &format!("it refused the exchange ({other:?}){}", said(text))),
    }
}

fn scram_problem(who: &Credentials<'_>, error: &ScramError) -> Problem {
    match error {
        ScramError::Refused(why) if why == "invalid-proof" || why == "unknown-user" => {
            refused(ProblemKind::Password, &format!("The server refused the password of {}", visible_line(who.jid)), why)
        }
        ScramError::Signature => Problem::new(
            ProblemKind::Untrusted,
            format!(
                "The server of {} did not prove that it knows the password of {}: it may not be the real one.",
                visible_line(who.domain),
                visible_line(who.jid)
            ),
            "Ask whoever runs the server before you try again.",
        ),
        other => protocol(who.domain, &visible_line(&other.to_string())),
    }
}

fn no_mechanism(who: &Credentials<'_>, why: NoMechanism, offered: &BTreeSet<String>) -> Problem {
    let domain = visible_line(who.domain);
    match why {
        NoMechanism::PlainInClear => Problem::new(
            ProblemKind::Clear,
            format!("The server of {domain} wants the password in clear, and there is no TLS to hide it."),
            "Ask whoever runs the server for TLS or SCRAM; a password is never sent in clear.",
        ),
        NoMechanism::Unknown if who.lasts == Lasts::Once => {
            protocol(who.domain, "it does not take one-time passwords (CISCO-VTG-TOKEN), though its presence server gives them")
        }
        NoMechanism::Unknown => {
            let names: Vec<String> = offered.iter().take(8).map(|name| visible_line(name)).collect();
            let names = if names.is_empty() { "nothing".into() } else { names.join(", ") };
            Problem::new(
                ProblemKind::Refused,
                format!("The server of {domain} offers no way to sign in that offhook knows: it offers {names}."),
                "Ask whoever runs the server for SCRAM-SHA-256, SCRAM-SHA-1 or PLAIN.",
            )
        }
    }
}

fn refused(kind: ProblemKind, what: &str, text: &str) -> Problem {
    let next = match kind {
        ProblemKind::Password => "Check the password; it is not tried again until you sign in anew.",
        _ => "Ask whoever runs the server; it is not tried again until you sign in anew.",
    };
    Problem::new(kind, format!("{what}{}.", said(text)), next)
}

/// What the server said, in quotes.
fn said(text: &str) -> String {
    let text: String = text.chars().take(200).collect();
    if text.is_empty() { String::new() } else { format!(" (\"{}\")", visible_line(&text)) }
}

/// 192 random bits as text without a comma.
pub fn nonce() -> Result<String, Problem> {
    let mut bytes = [0; 24];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).map_err(|_| {
        Problem::new(ProblemKind::Local, "The operating system gives no random numbers.", "Restart the machine.")
    })?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _written = write!(text, "{byte:02x}");
        text
    }))
}
