//! What goes over Ana's wires, as it stands in a transcript.

use offhook::engine::signin;
use offhook::machine::Moment;
use offhook::protocol::xmpp::Stanza;
use xmpp_parsers::minidom::Element;

/// Over which of the three wires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Questions and answers of sign-in and voicemail: DNS, HTTP, TFTP.
    Questions,
    /// Stanzas.
    Chat,
    /// SIP.
    Phone,
}

/// What went over a wire, and when.
#[derive(Debug)]
pub struct Sent {
    pub at: Moment,
    pub of: Of,
    pub text: String,
}

impl Sent {
    /// As it stands in a transcript: the second, and what follows the first line below it.
    pub fn lines(&self) -> String {
        let seconds = self.at.since(Moment::START).as_secs_f64();
        let mut text = self.text.replace("\r\n", "\n").trim_end().replace('\n', "\n        ");
        text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        format!("{seconds:7.3} {text}\n")
    }
}

pub fn in_xml(stanza: &Stanza) -> String {
    String::from(&match stanza.clone() {
        Stanza::Message(message) => Element::from(message),
        Stanza::Presence(presence) => Element::from(presence),
        Stanza::Iq(iq) => Element::from(iq),
    })
}

/// What is asked, in a line.
pub fn in_words(question: &signin::Question) -> String {
    match question {
        signin::Question::Dns { question, .. } => format!("DNS {question:?}"),
        signin::Question::Http(request) => format!("{} {}", request.method.as_str(), request.url),
        signin::Question::Tftp { server, file, .. } => format!("TFTP {server}/{file}"),
    }
}

/// What is answered, in a line.
pub fn of_answer(answer: &signin::Answer) -> String {
    match answer {
        signin::Answer::Dns(answer) => format!("{answer:?}"),
        signin::Answer::Http { answer: Ok(response), .. } => {
            let text = String::from_utf8_lossy(&response.body);
            let first: String = text.chars().take(70).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
            format!("{} {} octets: {first}", response.status, response.body.len())
        }
        signin::Answer::Http { answer: Err(why), .. } => why.to_string(),
        signin::Answer::Tftp(Ok(file)) => format!("{} octets", file.len()),
        signin::Answer::Tftp(Err(why)) => why.clone(),
    }
}
