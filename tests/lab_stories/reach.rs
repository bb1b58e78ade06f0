//! How chat and phone are reached in a site: TLS and framing are left out here, so what goes wrong with them is declared.

use offhook::engine::event::{Certificate, Problem, ProblemKind};
use offhook::lab::site::{Answers, Certificate as Shown, Fault, Site};

/// What is wrong with the streams of chat and phone.
#[derive(Default)]
pub struct Reach {
    pub chat: Option<Problem>,
    pub phone: Option<Problem>,
    /// What is sent to the phone's server gets no answer.
    pub deaf: bool,
}

impl Reach {
    pub fn of(site: &Site) -> Reach {
        let (chat, phones) = (&site.chat.answers, &site.phones.answers);
        Reach {
            chat: trouble(chat, "imp1.lab.example", 5222, "XMPP"),
            phone: trouble(phones, "cucm1.lab.example", 5061, "SIP").filter(|_| phones.fault != Fault::Silent),
            deaf: phones.fault == Fault::Silent,
        }
    }
}

const NETWORK: &str = "Check the network, and whether the server is up.";
const ADMINISTRATOR: &str = "Ask its administrator what listens there.";

/// What whoever connects is told of a stream with such a fault.
fn trouble(answers: &Answers, host: &str, port: u16, protocol: &str) -> Option<Problem> {
    let why = match answers.fault {
        Fault::Absent => Problem::new(ProblemKind::Unreachable, format!("{host}:{port} refuses the connection."), NETWORK),
        Fault::Silent => Problem::new(ProblemKind::Unreachable, format!("{host}:{port} has not answered in time."), NETWORK),
        Fault::Malformed | Fault::Noise => {
            Problem::new(ProblemKind::Protocol, format!("What {host}:{port} says is no {protocol}."), ADMINISTRATOR)
        }
        _ if answers.certificate != Shown::Good => {
            let what = format!("{host}:{port} shows a certificate that is not trusted.");
            let mut problem = Problem::new(ProblemKind::Untrusted, what, "");
            problem.certificate = Some(Box::new(Certificate {
                host: host.to_owned(),
                port,
                sha256: "AA:BB".into(),
                names: vec!["elsewhere.example".into()],
                issuer: "Nobody".into(),
                valid: ("2025-01-01".into(), "2027-01-01".into()),
                why: "it is for other names".into(),
                self_signed: false,
            }));
            problem
        }
        _ => return None,
    };
    Some(why)
}
