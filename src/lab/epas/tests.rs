//! EPAS as a client sees it.

use super::*;
use crate::lab::http::{How, Service, Visit};
use crate::lab::site::Site;
use crate::lab::tokens::Tokens;
use crate::lab::wire::{Door, Node};
use crate::machine::{Moment, Secret};
use crate::protocol::cisco::epas::{Call, Config, Login, OneTimePassword, Reply};
use crate::protocol::http::{Method, Request, Response};
use std::time::Duration;
use url::Url;

struct Asker {
    epas: Epas,
    tokens: Tokens,
    node: Node,
}

fn asker(text: &str) -> Asker {
    let site = Site::parse(&format!("chat.nodes = 2\n{text}")).unwrap_or_else(|mistake| panic!("{mistake}"));
    let tokens = Tokens::new();
    Asker { epas: Epas::new(site, tokens.clone(), 1), tokens, node: Node::First }
}

impl Asker {
    fn post(&mut self, kind: &str, body: Vec<u8>) -> How {
        let host = if self.node == Node::Backup { "imp2" } else { "imp1" };
        let url = Url::parse(&format!("https://{host}.lab.example:8443/EPASSoap/service/v80")).unwrap();
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        let request = Request { method: Method::Post, headers, body, ..Request::get(url, Duration::from_secs(3)) };
        self.epas.answer(Moment::START, Visit { door: Door::Uds, node: self.node, request: &request }).how
    }

    fn ask(&mut self, call: &Call) -> Response {
        match self.post("application/soap+xml; charset=utf-8", call.write()) {
            How::Whole(response) => response,
            other => panic!("{other:?}"),
        }
    }

    fn login(&mut self, password: &str) -> (u16, Reply<Login>) {
        let call = Call::Login { user: "ana".into(), password: Secret::new(password.into()), force: true };
        let response = self.ask(&call);
        (response.status, Login::parse(&response.body).unwrap_or_else(|why| panic!("{why}")))
    }

    fn session(&mut self) -> Secret {
        match self.login("ana-demo") {
            (200, Reply::Success(login)) => login.session,
            other => panic!("{other:?}"),
        }
    }

    fn token(&mut self, session: &Secret) -> Option<String> {
        let response = self.ask(&Call::OneTimePassword { session: session.clone() });
        match OneTimePassword::parse(&response.body) {
            Ok(Reply::Success(OneTimePassword(token))) => Some(token.expose().to_owned()),
            Ok(Reply::Refused(_)) => None,
            Err(why) => panic!("{why}"),
        }
    }
}

#[test]
fn who_signs_in_gets_a_session_and_one_time_passwords_that_are_good_once() {
    let mut asker = asker("");
    let (status, reply) = asker.login("ana-demo");
    let Reply::Success(login) = reply else { panic!("{reply:?}") };
    assert_eq!((status, login.backup.as_deref()), (200, Some("imp2.lab.example")));
    let token = asker.token(&login.session).unwrap();
    assert_ne!(asker.token(&login.session), Some(token.clone()));
    assert!(!asker.tokens.spend("bob", &token));
    assert!(asker.tokens.spend("ana", &token) && !asker.tokens.spend("ana", &token));
    assert_eq!(asker.token(&Secret::new("none".into())), None);
    // A new session takes the place of the old one.
    let new = asker.session();
    assert!(asker.token(&login.session).is_none() && asker.token(&new).is_some());
    let mut asker = super::tests::asker("epas.force-takes-over = false");
    let (old, new) = (asker.session(), asker.session());
    assert!(old != new && asker.token(&old).is_some() && asker.token(&new).is_some());
}

#[test]
fn a_wrong_password_is_refused_as_the_site_says() {
    for (refusal, status) in [("fault", 500), ("failure", 200)] {
        let mut asker = asker(&format!("epas.refusal = {refusal:?}"));
        match asker.login("wrong") {
            (said, Reply::Refused(refused)) => assert!(said == status && refused.is_of_password(), "{refused:?}"),
            other => panic!("{other:?}"),
        }
    }
    let mut asker = asker("epas.refusal = \"status\"");
    let call = Call::Login { user: "ana".into(), password: Secret::new("x".into()), force: true };
    assert_eq!(asker.ask(&call).status, 401);
}

#[test]
fn the_configuration_is_understood_under_all_names() {
    for names in ["dotted", "numbered", "words"] {
        let mut asker = asker(&format!("epas.property-names = {names:?}\nepas.relogin = [60, 90]\nnodes = 2"));
        let session = asker.session();
        let response = asker.ask(&Call::Config { session });
        let Ok(Reply::Success(config)) = Config::parse(&response.body) else { panic!("{response:?}") };
        assert_eq!(config.presence_domain(), Some("lab.example"));
        assert_eq!(config.servers("xmpp"), ["imp1.lab.example", "imp2.lab.example"], "{names}");
        for service in ["tftp", "ccmcip", "cti"] {
            assert_eq!(config.servers(service), ["cucm1.lab.example", "cucm2.lab.example"], "{names} {service}");
        }
        assert_eq!(config.relogin_limits(), (Some(60), Some(90)));
    }
}

#[test]
fn nodes_fail_one_by_one_and_share_their_sessions_or_not() {
    let mut shared = asker("");
    let session = shared.session();
    shared.node = Node::Backup;
    assert!(shared.token(&session).is_some());
    let mut own = asker("epas.shared-sessions = false");
    let session = own.session();
    own.node = Node::Backup;
    assert!(own.token(&session).is_none());
    let mut one = asker("epas.busy = [1]\nepas.down = [2]");
    assert_eq!(one.ask(&Call::Config { session: session.clone() }).status, 503);
    one.node = Node::Backup;
    assert_eq!(one.post("application/soap+xml", Vec::new()), How::Nobody);
}

#[test]
fn it_speaks_soap_1_2_and_nothing_else() {
    let mut asker = asker("");
    let status = |how| match how {
        How::Whole(response) => response.status,
        other => panic!("{other:?}"),
    };
    assert_eq!(status(asker.post("text/xml", Vec::new())), 415);
    assert_eq!(status(asker.post("application/soap+xml", b"<Envelope/>".to_vec())), 500);
    let mut absent = super::tests::asker("profile.presence = \"none\"");
    assert_eq!(status(absent.post("application/soap+xml", Vec::new())), 404);
}
