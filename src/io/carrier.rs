//! Carries out what a sign-in by address asks: DNS, HTTP and TFTP, for one account. It follows nothing and decides nothing.

use crate::engine::signin::{Answer, Question};
use crate::io::dns::Dns;
use crate::io::http::{Http, SystemProxy};
use crate::io::tftp;
use crate::io::tls::TlsSettings;
use std::sync::Arc;

/// The carrier of one account's questions. Clones share connections and cookies.
#[derive(Clone, Debug)]
pub struct Carrier {
    http: Http,
    dns: Dns,
}

impl Carrier {
    /// For the account that `tls` is of. Its hosts are looked up by `dns`.
    #[must_use]
    pub fn new(tls: Arc<TlsSettings>, dns: Dns, system: SystemProxy) -> Carrier {
        Carrier { http: Http::new(tls, dns.clone(), system), dns }
    }

    /// The resolver of the account's hosts.
    #[must_use]
    pub fn dns(&self) -> Dns {
        self.dns.clone()
    }

    /// Asks.
    pub async fn answer(&self, question: Question) -> Answer {
        match question {
            Question::Dns { server, question } => Answer::Dns(Dns::new(server).answer(&question).await),
            Question::Http(request) => {
                let (answer, certificate) = self.http.answer(request).await;
                Answer::Http { answer, certificate }
            }
            Question::Tftp { server, port, file, deadline, limit } => {
                Answer::Tftp(tftp::fetch(&self.dns, &server, port, &file, deadline, limit).await)
            }
        }
    }
}
