//! Alice, whose link is tested: what she asks of it, and what she hears.

use super::super::*;
use super::server::*;
use crate::engine::event::ProblemKind;
use crate::engine::output::{Lasts, XmppTls};
use crate::io::tls::{Roots, Trust};
use crate::machine::Secret;
use std::net::SocketAddr;
use xmpp_parsers::message::Message;

pub struct Alice {
    pub link: XmppLink,
    pub heard: mpsc::Receiver<Input>,
    pub trust: Trust,
    _folder: tempfile::TempDir,
}

impl Alice {
    pub fn new(ca: Option<&str>) -> Alice {
        let folder = tempfile::tempdir().unwrap();
        let path = ca.map(|pem| {
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, pem).unwrap();
            path
        });
        let trust = Trust::new(folder.path(), Some(folder.path()));
        let account = AccountName("home".into());
        let roots = Roots::load(path.as_deref()).unwrap();
        let settings = TlsSettings { account: Some(account.clone()), roots, trust: trust.clone() };
        let (hears, heard) = mpsc::channel(4);
        Alice { link: spawn(account, Arc::new(settings), hears), heard, trust, _folder: folder }
    }

    pub fn connect(&self, server: &Server) {
        self.connect_as(server, XmppTls::Required, "example.test", "pw");
    }

    pub fn connect_as(&self, server: &Server, tls: XmppTls, host: &str, password: &str) {
        self.connect_to(server.address, tls, host, password);
    }

    pub fn connect_to(&self, address: SocketAddr, tls: XmppTls, host: &str, password: &str) {
        self.connect_by(plan(address, tls, host, password));
    }

    pub fn connect_by(&self, plan: XmppConnect) {
        self.link.send(XmppOut::Connect(plan));
    }

    pub async fn hears(&mut self) -> XmppIn {
        match timeout(DEADLINE, self.heard.recv()).await.expect("nothing is heard").expect("the link is gone") {
            Input::Xmpp(_, input) => input,
            other => panic!("{other:?}"),
        }
    }

    pub async fn hears_up(&mut self, resumed: bool) {
        assert_eq!(self.hears().await, XmppIn::Up { jid: "alice@example.test/here".into(), resumed });
    }

    pub async fn hears_down(&mut self, kind: ProblemKind) -> String {
        match self.hears().await {
            XmppIn::Down(problem) if problem.kind == kind => problem.to_string(),
            other => panic!("{kind:?} expected, {other:?} came"),
        }
    }

    pub fn says(&self, id: Option<u64>, body: &str) {
        let to = Jid::new("bob@example.test").unwrap();
        let message = Message::chat(to).with_body(String::new().into(), body.into());
        self.link.send(XmppOut::Send(id.map(StanzaId), message.into()));
    }
}

pub fn plan(address: SocketAddr, tls: XmppTls, host: &str, password: &str) -> XmppConnect {
    XmppConnect {
        jid: "alice@example.test".into(),
        resource: "here".into(),
        password: Secret::new(password.into()),
        lasts: Lasts::Long,
        stay: true,
        host: host.into(),
        addresses: vec![address],
        tls,
    }
}

/// A server with a good certificate, and alice who knows its authority.
pub async fn ground() -> (Server, Identity, Alice) {
    let authority = Authority::new();
    let alice = Alice::new(Some(&authority.pem));
    (Server::new().await, authority.issue(&["example.test"], |_| {}), alice)
}
