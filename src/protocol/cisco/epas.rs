//! EPAS, the SOAP interface of IM and Presence (fact sheet §8.1): sign-in, what the user's site is configured with, and the
//! one-time password for XMPP.
//!
//! Requests are written exactly as clients were seen to write them (SOAP 1.2). Answers are found by local name, whatever
//! stands around them, and what a server refuses is a value like any other: [`Reply::Refused`].
#![deny(clippy::indexing_slicing)]

use super::xml::{Node, Unreadable, flag, parse};
use crate::machine::Secret;

/// Where the service is. `/service`, `/service/v70`, `/service/v105` and `/service/latest` are known, too.
pub const PATH: &str = "/EPASSoap/service/v80";

/// Properties beyond this many are not read.
const MOST: usize = 1_024;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `login`
    Login {
        /// The user, without the domain.
        user: String,
        /// The password.
        password: Secret,
        /// Takes the place of a session that the user has.
        force: bool,
    },
    /// `get-all-config`
    Config {
        /// Of this session.
        session: Secret,
    },
    /// `get-onetime-password`
    OneTimePassword {
        /// Of this session.
        session: Secret,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<T> {
    /// It.
    Success(T),
    /// Not it.
    Refused(Refusal),
}

/// Why the server does not do it: a fault of SOAP, or a failure in the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// A number, or what else stands for the reason.
    pub code: Option<String>,
    /// For people.
    pub text: Option<String>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Its key, which goes with every further question.
    pub session: Secret,
    /// The other node of the redundancy group, where one is named.
    pub backup: Option<String>,
}

/// What XMPP is signed in with, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimePassword(pub Secret);

/// What the site is configured with, in the order of the server. Of the names of properties only `Presence.Domain` is known
/// for certain, so the others are understood by the words that they consist of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Name and value.
    pub properties: Vec<(String, String)>,
}

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const EPAS: &str = "urn:cisco:epas:soap";

impl Call {
    /// The value of `SOAPAction`.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Call::Login { .. } => "urn:cisco:epas:soap/EpasSoapServiceInterface/login",
            Call::Config { .. } => "urn:cisco:epas:soap/EpasSoapServiceInterface/get_all_config",
            Call::OneTimePassword { .. } => "urn:cisco:epas:soap/EpasSoapServiceInterface/get_onetime_password",
        }
    }

    /// The request.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let (session, body) = match self {
            Call::Login { user, password, force } => {
                let login = Node::new("e:login")
                    .with_attribute("client-version", "1.0")
                    .with_attribute("client-type", "CUPC")
                    .with_attribute("force", force.to_string());
                (None, login.with_leaf("e:username", user).with_leaf("e:password", password.expose()))
            }
            Call::Config { session } => {
                let config = Node::new("e:get-all-config")
                    .with(Node::new("e:system-config"))
                    .with(Node::new("e:user-config"))
                    .with(Node::new("e:federated-domains").with_attribute("auth-policy", "all"))
                    .with(Node::new("e:non-presence-aware-contacts"))
                    .with(Node::new("e:contact-info"));
                (Some(session), config)
            }
            Call::OneTimePassword { session } => (Some(session), Node::new("e:get-onetime-password")),
        };
        let mut envelope = Node::new("soap:Envelope").with_attribute("xmlns:soap", SOAP).with_attribute("xmlns:e", EPAS);
        if let Some(session) = session {
            envelope = envelope.with(Node::new("soap:Header").with_leaf("e:session-key", session.expose()));
        }
        envelope.with(Node::new("soap:Body").with(body)).write()
    }

    /// Reads a request.
    ///
    /// # Errors
    /// What came is none.
    pub fn parse(bytes: &[u8]) -> Result<Call, Unreadable> {
        const EXPECTED: &str = "a request to EPAS";
        let lacks = |what: &str| Unreadable { expected: EXPECTED, found: format!("a request without {what}") };
        let root = parse(bytes, "Envelope", EXPECTED)?;
        let body = root.first("Body").ok_or_else(|| lacks("a body"))?;
        if let Some(login) = body.first("login") {
            let password = login.text_of("password").ok_or_else(|| lacks("a password"))?;
            return Ok(Call::Login {
                user: login.string_of("username").ok_or_else(|| lacks("a user name"))?,
                password: Secret::new(password.to_owned()),
                force: login.attribute("force").and_then(flag).unwrap_or(false),
            });
        }
        let key = root.first("Header").and_then(|header| header.text_of("session-key"));
        let session = || key.map(|key| Secret::new(key.to_owned())).ok_or_else(|| lacks("a session key"));
        if body.first("get-all-config").is_some() {
            return Ok(Call::Config { session: session()? });
        }
        if body.first("get-onetime-password").is_some() {
            return Ok(Call::OneTimePassword { session: session()? });
        }
        Err(lacks("anything that is known"))
    }
}

impl Refusal {
    /// Whether it is the password, or the user, that the server refuses.
    #[must_use]
    pub fn is_of_password(&self) -> bool {
        // Codes of the Presence Web Service beside it: empty password, unknown user, login failed.
        let code = self.code.as_deref().is_some_and(|code| matches!(code.trim(), "111" | "113" | "114" | "401"));
        let text = self.text.as_deref().unwrap_or_default().to_ascii_lowercase();
        let words = ["authenticat", "authoriz", "credential", "password", "login failed", "invalid user", "unknown user"];
        code || !text.contains("session") && words.iter().any(|word| text.contains(word))
    }

    fn of(node: &Node) -> Refusal {
        let code = node.first("Code").map(|code| code.text_of("Value").or(code.text()).map(ToOwned::to_owned));
        let detail = ["error-code", "errorcode", "reason-code"].iter().find_map(|name| node.string_of(name));
        let reason = node.first("Reason").and_then(|reason| reason.text_of("Text").or(reason.text()));
        let texts = ["faultstring", "error-string", "description", "message", "Text"];
        let text = reason.or_else(|| texts.iter().find_map(|name| node.text_of(name))).or(node.text());
        Refusal { code: detail.or(code.flatten()), text: text.map(ToOwned::to_owned) }
    }

    fn node(&self) -> Node {
        Node::new("soap:Fault")
            .with(Node::new("soap:Code").with_optional("soap:Value", self.code.as_ref()))
            .with(Node::new("soap:Reason").with_optional("soap:Text", self.text.as_ref()))
    }
}

fn envelope(body: Node) -> Vec<u8> {
    let root = Node::new("soap:Envelope").with_attribute("xmlns:soap", SOAP).with_attribute("xmlns:e", EPAS);
    root.with(Node::new("soap:Body").with(body)).write()
}

/// The answer called `name`, or why there is none.
fn answer(bytes: &[u8], name: &str, expected: &'static str) -> Result<Reply<Node>, Unreadable> {
    let root = parse(bytes, "Envelope", expected)?;
    if let Some(fault) = root.first("Fault") {
        return Ok(Reply::Refused(Refusal::of(fault)));
    }
    let found = root.first(name).ok_or_else(|| Unreadable { expected, found: "another answer of SOAP".into() })?;
    let failure = found.children().iter().find(|child| child.is("failure") || child.is("error"));
    Ok(failure.map_or_else(|| Reply::Success(found.clone()), |failure| Reply::Refused(Refusal::of(failure))))
}

impl<T> Reply<T> {
    fn and_then<U>(self, read: impl FnOnce(T) -> Result<U, Unreadable>) -> Result<Reply<U>, Unreadable> {
        match self {
            Reply::Success(value) => read(value).map(Reply::Success),
            Reply::Refused(refusal) => Ok(Reply::Refused(refusal)),
        }
    }

    fn write(&self, node: impl FnOnce(&T) -> Node) -> Vec<u8> {
        envelope(match self {
            Reply::Success(value) => node(value),
            Reply::Refused(refusal) => refusal.node(),
        })
    }
}

impl Login {
    /// Reads the answer to [`Call::Login`].
    ///
    /// # Errors
    /// What came is none.
    pub fn parse(bytes: &[u8]) -> Result<Reply<Login>, Unreadable> {
        const EXPECTED: &str = "the answer of login";
        answer(bytes, "login-resp", EXPECTED)?.and_then(|node| {
            let missing = || Unreadable { expected: EXPECTED, found: "an answer without a session key".into() };
            let session = Secret::new(node.string_of("session-key").ok_or_else(missing)?);
            // That the answer names the backup is documented, and not as what.
            let names = ["backup-server", "backup-node", "backup", "secondary-server", "failover-server"];
            let backup = names.iter().find_map(|name| {
                let found = node.first(name)?;
                ["address", "host", "hostname"].iter().find_map(|name| found.string_of(name)).or(found.text().map(Into::into))
            });
            Ok(Login { session, backup })
        })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(reply: &Reply<Login>) -> Vec<u8> {
        reply.write(|login| {
            let success = Node::new("e:success").with_leaf("e:session-key", login.session.expose());
            Node::new("e:login-resp").with(success.with_optional("e:backup-server", login.backup.as_ref()))
        })
    }
}

impl OneTimePassword {
    /// Reads the answer to [`Call::OneTimePassword`].
    ///
    /// # Errors
    /// What came is none.
    pub fn parse(bytes: &[u8]) -> Result<Reply<OneTimePassword>, Unreadable> {
        const EXPECTED: &str = "the answer of get-onetime-password";
        answer(bytes, "get-onetime-password-resp", EXPECTED)?.and_then(|node| {
            let missing = || Unreadable { expected: EXPECTED, found: "an answer without a password".into() };
            Ok(OneTimePassword(Secret::new(node.string_of("password").ok_or_else(missing)?)))
        })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(reply: &Reply<OneTimePassword>) -> Vec<u8> {
        reply.write(|password| {
            let success = Node::new("e:success").with_leaf("e:password", password.0.expose());
            Node::new("e:get-onetime-password-resp").with(success)
        })
    }
}

impl Config {
    /// Reads the answer to [`Call::Config`]. Properties without a name or a value are left out.
    ///
    /// # Errors
    /// What came is none.
    pub fn parse(bytes: &[u8]) -> Result<Reply<Config>, Unreadable> {
        answer(bytes, "get-all-config-resp", "the answer of get-all-config")?.and_then(|node| {
            let property = |node: &Node| {
                let value = node.text().or(node.attribute("value")).or_else(|| node.text_of("value"))?;
                Some((node.attribute("name")?.to_owned(), value.to_owned()))
            };
            Ok(Config { properties: node.all("property").into_iter().filter_map(property).take(MOST).collect() })
        })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(reply: &Reply<Config>) -> Vec<u8> {
        reply.write(|config| {
            let property =
                |(name, value): &(String, String)| Node::leaf("e:property", value).with_attribute("name", name.clone());
            let system = Node::new("e:get-system-config-resp").with_all(config.properties.iter().map(property));
            Node::new("e:get-all-config-resp").with(system)
        })
    }

    /// The presence domain: what stands after `@` in everybody's address.
    #[must_use]
    pub fn presence_domain(&self) -> Option<&str> {
        let is = |name: &str| words(name).iter().map(String::as_str).eq(["presence", "domain"]);
        self.properties.iter().find(|(name, _)| is(name)).map(|(_, value)| value.as_str())
    }

    /// The servers that the properties name for a service, as in `tftp`, the first one first: `Tftp.Primary`, `TftpServer1`
    /// and `Primary TFTP Server` are all understood.
    #[must_use]
    pub fn servers(&self, service: &str) -> Vec<&str> {
        let mut found: Vec<(u8, &str)> = Vec::new();
        for (name, value) in &self.properties {
            let words = words(name);
            let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
            let other =
                ["port", "protocol", "transport", "enabled", "type", "domain", "user", "username", "password", "timeout"];
            if !has(&[service]) || has(&other) {
                continue;
            }
            let rank = if has(&["tertiary", "3", "backup2"]) || has(&["backup"]) && has(&["2"]) {
                3
            } else if has(&["secondary", "backup", "backup1", "2"]) {
                2
            } else {
                1
            };
            if !found.iter().any(|(_, known)| known.eq_ignore_ascii_case(value)) {
                found.push((rank, value));
            }
        }
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// Between how many seconds clients wait before they sign in anew after a node was lost: lower and upper limit.
    #[must_use]
    pub fn relogin_limits(&self) -> (Option<u64>, Option<u64>) {
        let limit = |which: &str| {
            let is = |name: &str| {
                let words = words(name);
                let has = |wanted: &str| words.iter().any(|word| word == wanted);
                has(which) && (has("relogin") || has("login"))
            };
            self.properties.iter().find(|(name, _)| is(name))?.1.trim().parse().ok()
        };
        (limit("lower"), limit("upper"))
    }

    /// A property by name, whatever the case, dots and spaces in it.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        let wanted = words(name).concat();
        let found = self.properties.iter().find(|(known, _)| words(known).concat() == wanted);
        found.map(|(_, value)| value.as_str())
    }
}

/// The words of a name, in small letters: parted by whatever is no letter or digit, between letters and digits, and where a
/// word begins with a capital.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_alphanumeric() {
            let next_small = letters.peek().is_some_and(char::is_ascii_lowercase);
            let begins = !before.is_ascii_alphanumeric()
                || before.is_ascii_digit() != letter.is_ascii_digit()
                || letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_uppercase() && next_small);
            match words.last_mut().filter(|_| !begins) {
                Some(word) => word.push(letter.to_ascii_lowercase()),
                None => words.push(letter.to_ascii_lowercase().to_string()),
            }
        }
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    #[test]
    fn requests_are_written_as_clients_were_seen_to_and_read_again() {
        let login = Call::Login { user: "ana".into(), password: secret("a<b&\"c"), force: true };
        let text = String::from_utf8(login.write()).unwrap();
        let expected = "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:e=\"urn:cisco:epas:soap\">\
             <soap:Body><e:login client-version=\"1.0\" client-type=\"CUPC\" force=\"true\"><e:username>ana</e:username>\
             <e:password>a&lt;b&amp;&quot;c</e:password></e:login></soap:Body></soap:Envelope>";
        assert!(text.ends_with(expected), "{text}");
        assert!(!format!("{login:?}").contains("a<b"));
        for call in [login, Call::Config { session: secret("k") }, Call::OneTimePassword { session: secret("k") }] {
            assert_eq!(Call::parse(&call.write()), Ok(call));
        }
        for wrong in [
            "<a/>",
            "<Envelope/>",
            "<Envelope><Body><login/></Body></Envelope>",
            "<Envelope><Body><get-all-config/></Body></Envelope>",
        ] {
            assert!(Call::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn answers_are_read_whatever_their_prefixes() {
        let text = "<S:Envelope xmlns:S='u'><S:Body><login-resp xmlns='v'><success><session-key> 0f1e </session-key>\
                    <backup-server><host>imp2.lab.example</host></backup-server></success></login-resp></S:Body></S:Envelope>";
        let login = Login { session: secret("0f1e"), backup: Some("imp2.lab.example".into()) };
        assert_eq!(Login::parse(text.as_bytes()), Ok(Reply::Success(login.clone())));
        let refusals = [Refusal::default(), Refusal { code: Some("114".into()), text: Some("no".into()) }];
        for reply in refusals.map(Reply::Refused).into_iter().chain([Reply::Success(login)]) {
            assert_eq!(Login::parse(&Login::write(&reply)), Ok(reply));
        }
        let once = Reply::Success(OneTimePassword(secret("abc")));
        assert_eq!(OneTimePassword::parse(&OneTimePassword::write(&once)), Ok(once));
        assert!(Login::parse(b"<Envelope><Body><login-resp><success/></login-resp></Body></Envelope>").is_err());
        assert!(Login::parse(b"<Envelope><Body><other/></Body></Envelope>").is_err());
    }

    #[test]
    fn what_is_refused_says_why_and_only_some_of_it_is_the_password() {
        let refused = |text: &str| match Login::parse(text.as_bytes()) {
            Ok(Reply::Refused(refusal)) => (refusal.is_of_password(), refusal.text.unwrap_or_default()),
            other => panic!("{other:?}"),
        };
        let fault = |text: &str| {
            format!(
                "<s:Envelope><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>{text}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
            )
        };
        assert_eq!(refused(&fault("User authentication failed")), (true, "User authentication failed".into()));
        assert_eq!(refused(&fault("Invalid request")), (false, "Invalid request".into()));
        assert_eq!(refused(&fault("Session key not authorized")), (false, "Session key not authorized".into()));
        let failure =
            "<Envelope><Body><login-resp><failure><error-code>114</error-code></failure></login-resp></Body></Envelope>";
        assert!(refused(failure).0);
    }

    #[test]
    fn names_of_properties_are_understood_by_their_words() {
        assert_eq!(words("CCMCIPServer1"), ["ccmcip", "server", "1"]);
        assert_eq!(words("Primary TFTP Server"), ["primary", "tftp", "server"]);
        let config = |names: &[(&str, &str)]| Config {
            properties: names.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        for names in [
            [("Tftp.Backup", "b"), ("Tftp.Primary", "a"), ("Tftp.Port", "69")],
            [("TftpServer1", "a"), ("TftpServer2", "b"), ("ConnectionTftpEnabled", "x")],
            [("Secondary TFTP Server", "b"), ("Primary TFTP Server", "a"), ("TFTP Protocol", "udp")],
        ] {
            assert_eq!(config(&names).servers("tftp"), ["a", "b"], "{names:?}");
            assert!(config(&names).servers("cti").is_empty());
        }
        let site = config(&[
            ("Presence.Domain", "lab.example"),
            ("Connection", "x"),
            ("Client Re-Login Lower Limit", "60"),
            ("ClientReLoginUpperLimit", "90"),
        ]);
        assert_eq!((site.presence_domain(), site.relogin_limits()), (Some("lab.example"), (Some(60), Some(90))));
        assert_eq!(site.property("presencedomain"), Some("lab.example"));
        let reply = Reply::Success(site);
        assert_eq!(Config::parse(&Config::write(&reply)), Ok(reply));
    }
}
