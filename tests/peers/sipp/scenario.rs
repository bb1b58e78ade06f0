//! Scenarios in sipp's XML, written step by step: bob's side of a call with alice, who is offhook.
//!
//! Variables of sipp: `alice` is her party with its tag, `contact` her Contact, `via` and `cseq` are those of her INVITE.

use std::fmt::Write;

/// One thing that sipp does.
#[derive(Clone)]
pub enum Step {
    Send(Send),
    Receive(Receive),
    /// An action of sipp's own, or a pause.
    Does(String),
}

/// A message to alice.
#[derive(Clone)]
pub struct Send {
    first: String,
    kind: Kind,
    tag: String,
    via: Option<String>,
    number: Option<u32>,
    more: String,
    length: Option<String>,
    body: String,
}

#[derive(Clone, PartialEq)]
enum Kind {
    /// To her last message.
    Response,
    /// To her last INVITE.
    Answer,
    /// Within the call, or beginning it.
    Request(&'static str),
    /// A request that has nothing to do with the call, under this Call-ID.
    Stray(&'static str, String),
}

/// A message from alice.
#[derive(Clone, Default)]
pub struct Receive {
    what: String,
    optional: bool,
    repeat: bool,
    actions: String,
    verified: bool,
}

/// One line of sound in clear.
pub const PCMU: &str = "v=0\no=bob 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\na=sendrecv\n";

/// Answers her last INVITE, as in `486 Busy Here`.
pub fn answer(status: &str) -> Step {
    let tag = if status.starts_with("100") { "" } else { "bob" };
    Step::Send(Send { tag: tag.into(), ..Send::new(format!("SIP/2.0 {status}"), Kind::Answer) })
}

/// Answers it with 200 and sound.
pub fn accept() -> Step {
    accept_with(PCMU)
}

/// Answers it with 200 and this.
pub fn accept_with(sdp: &str) -> Step {
    answer("200 OK").header(CONTACT).sdp(sdp)
}

/// Responds to what came last.
pub fn respond(status: &str) -> Step {
    Step::Send(Send::new(format!("SIP/2.0 {status}"), Kind::Response))
}

pub const CONTACT: &str = "Contact: <sip:bob@[local_ip]:[local_port];transport=@TRANSPORT@>";

/// A request within the call. ACK and CANCEL take the number of the INVITE before them.
pub fn request(method: &'static str) -> Step {
    let step = Step::Send(Send::new(format!("{method} [$contact] SIP/2.0"), Kind::Request(method)));
    if matches!(method, "INVITE" | "UPDATE") { step.header(CONTACT) } else { step }
}

/// The INVITE that begins the call, without a body.
pub fn invite() -> Step {
    request("INVITE").with(|send| send.tag = "new".into())
}

/// The ACK to a 2xx.
pub fn ack() -> Step {
    request("ACK")
}

/// A request outside of any dialog, each under a Call-ID of its own.
pub fn stray(method: &'static str, call_id: &str) -> Step {
    Step::Send(Send::new(format!("{method} [$contact] SIP/2.0"), Kind::Stray(method, call_id.to_owned())))
}

/// Waits for a request, by its method, or for a response, by its status.
pub fn receive(what: &str) -> Step {
    Step::Receive(Receive { what: what.to_owned(), ..Receive::default() })
}

/// Waits for an INVITE of hers.
pub fn invited() -> Step {
    let step = receive("INVITE").saved("Via", ".*", "via").saved("CSeq", "[0-9]+", "cseq");
    step.saved("From", ".*", "alice").saved("Contact", "sip:[^>]*", "contact")
}

/// Waits for what came before to come once more, byte for byte.
pub fn repeated(what: &str) -> Step {
    receive(what).with_receive(|receive| receive.repeat = true)
}

/// Waits for her 200 to the INVITE that begins a call.
pub fn accepted() -> Step {
    receive("200").saved("To", ".*", "alice").saved("Contact", "sip:[^>]*", "contact").has("CSeq", "INVITE")
}

/// Waits for her refusal of an INVITE that begins a call.
pub fn refused(status: &str) -> Step {
    receive(status).saved("To", ".*", "alice").has("CSeq", "INVITE")
}

/// A response of hers that may come or not.
pub fn perhaps(what: &str) -> Step {
    receive(what).with_receive(|receive| receive.optional = true)
}

/// The call has begun: she rings, answers and hears our ACK.
pub fn called_up(invite: Step) -> Vec<Step> {
    vec![invite, perhaps("100"), perhaps("180"), accepted(), ack()]
}

/// Bob hangs up.
pub fn hang_up() -> Vec<Step> {
    vec![request("BYE"), receive("200").has("CSeq", "BYE")]
}

/// What sipp runs, as it reads it.
pub fn exec(what: &str) -> Step {
    Step::Does(format!("<nop><action><exec {what}/></action></nop>\n"))
}

/// Nothing comes for so many milliseconds.
pub fn pause(milliseconds: u32) -> Step {
    Step::Does(format!("<pause milliseconds=\"{milliseconds}\"/>\n"))
}

/// Alice hangs up.
pub fn hung_up() -> Vec<Step> {
    vec![receive("BYE"), respond("200 OK")]
}

impl Step {
    fn with(self, change: impl FnOnce(&mut Send)) -> Step {
        let Step::Send(mut send) = self else { panic!("only what is sent can be changed so") };
        change(&mut send);
        Step::Send(send)
    }

    fn with_receive(self, change: impl FnOnce(&mut Receive)) -> Step {
        let Step::Receive(mut receive) = self else { panic!("only what is awaited can be changed so") };
        change(&mut receive);
        Step::Receive(receive)
    }

    /// Whether a repetition is part of the story, and not of a busy machine.
    pub fn is_repeat(&self) -> bool {
        matches!(self, Step::Receive(Receive { repeat: true, .. }))
    }

    /// Adds a header field.
    pub fn header(self, line: &str) -> Step {
        self.with(|send| send.more += &format!("{line}\n"))
    }

    pub fn body(self, kind: &str, body: &str) -> Step {
        self.header(&format!("Content-Type: {kind}")).with(|send| send.body = body.to_owned())
    }

    pub fn sdp(self, body: &str) -> Step {
        self.body("application/sdp", body)
    }

    /// Another tag than bob's usual one.
    pub fn tag(self, tag: &str) -> Step {
        self.with(|send| send.tag = tag.to_owned())
    }

    /// Another number than the next.
    pub fn number(self, number: u32) -> Step {
        self.with(|send| send.number = Some(number))
    }

    /// The branch of its Via, where the usual one would not do.
    pub fn branch(self, branch: &str) -> Step {
        self.with(|send| send.via = Some(branch.to_owned()))
    }

    /// The same once more under another Call-ID, where it is a stray.
    pub fn again(mut self, name: &str) -> Step {
        if let Step::Send(Send { kind: Kind::Stray(_, call_id), .. }) = &mut self {
            call_id.push_str(name);
        }
        self
    }

    /// Another start line.
    pub fn first(self, line: &str) -> Step {
        self.with(|send| send.first = line.to_owned())
    }

    /// Another Content-Length than the true one.
    pub fn length(self, length: &str) -> Step {
        self.with(|send| send.length = Some(length.to_owned()))
    }

    fn look(self, place: &str, regexp: &str, variable: &str) -> Step {
        let regexp = regexp.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        self.with_receive(|receive| {
            receive.actions += &format!("<ereg regexp=\"{regexp}\" {place} check_it=\"true\" assign_to=\"{variable}\"/>\n");
        })
    }

    /// Keeps a part of a header field, which must be there.
    fn saved(self, header: &str, regexp: &str, variable: &str) -> Step {
        self.look(&format!("search_in=\"hdr\" header=\"{header}:\""), regexp, variable)
    }

    /// Fails unless the header field is like that.
    pub fn has(self, header: &str, regexp: &str) -> Step {
        self.saved(header, regexp, "seen")
    }

    /// Fails unless the whole message is like that.
    pub fn says(self, regexp: &str) -> Step {
        self.look("search_in=\"msg\"", regexp, "seen")
    }

    /// Fails unless it carries a digest of alice's password for the challenge that was sent, as sipp computes it.
    pub fn verified(self) -> Step {
        self.with_receive(|receive| receive.verified = true)
    }
}

impl Send {
    fn new(first: String, kind: Kind) -> Send {
        Send { first, kind, tag: "bob".into(), via: None, number: None, more: String::new(), length: None, body: String::new() }
    }

    /// As sipp reads it. Counts the requests of the call: the last number, and that of the last INVITE.
    fn write(&self, counted: &mut (u32, u32), xml: &mut String) {
        let Send { first, tag, more, body, .. } = self;
        let head = match &self.kind {
            Kind::Response => "[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n".to_owned(),
            Kind::Answer => {
                let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
                format!("Via:[$via]\nFrom:[$alice]\nTo: <sip:bob@example.test>{tag}\n[last_Call-ID:]\nCSeq: [$cseq] INVITE\n")
            }
            Kind::Request(method) => {
                let of_invite = matches!(*method, "ACK" | "CANCEL");
                if !of_invite {
                    counted.0 = self.number.unwrap_or(counted.0 + 1);
                }
                if *method == "INVITE" {
                    counted.1 = counted.0;
                }
                let number = self.number.unwrap_or(if of_invite { counted.1 } else { counted.0 });
                let (from, to) = match tag.as_str() {
                    "new" => ("bob", " <sip:alice@example.test>"),
                    tag => (tag, "[$alice]"),
                };
                format!(
                    "{}Max-Forwards: 70\nFrom: <sip:bob@example.test>;tag={from}\nTo:{to}\nCall-ID: @CALL@\nCSeq: {number} {method}\n",
                    self.via()
                )
            }
            Kind::Stray(method, call_id) => {
                let number = self.number.unwrap_or(1);
                let limit = if more.contains("Max-Forwards") { "" } else { "Max-Forwards: 70\n" };
                let to = if more.contains("\nTo:") || more.starts_with("To:") { "" } else { "To: <sip:alice@example.test>\n" };
                format!(
                    "{}{limit}From: <sip:eve@example.test>;tag={tag}\n{to}Call-ID: {call_id}///[call_id]\nCSeq: {number} {method}\n",
                    self.via()
                )
            }
        };
        let length = self.length.clone().unwrap_or_else(|| if body.is_empty() { "0".into() } else { "[len]".into() });
        write!(xml, "<send><![CDATA[\n{first}\n{head}{more}Content-Length: {length}\n\n{body}\n]]></send>\n").unwrap();
    }

    fn via(&self) -> String {
        let branch = self.via.as_ref().map_or("[branch]".to_owned(), |branch| format!("z9hG4bK[pid]{branch}"));
        format!("Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n")
    }
}

impl Receive {
    fn write(&self, at: usize, xml: &mut String) {
        let Receive { what, optional, actions, verified, .. } = self;
        let kind = if what.starts_with(|first: char| first.is_ascii_digit()) { "response" } else { "request" };
        let verify =
            if *verified { "<verifyauth assign_to=\"right\" username=\"alice\" password=\"pw-alice\"/>\n" } else { "" };
        let optional = if *optional { " optional=\"true\"" } else { "" };
        write!(xml, "<recv {kind}=\"{what}\"{optional}><action>\n{verify}{actions}</action></recv>\n").unwrap();
        if *verified {
            write!(
                xml,
                "<nop hide=\"true\" test=\"right\" next=\"{at}\"/>\n<nop><action><error message=\"the digest is wrong\"/></action></nop>\n<label id=\"{at}\"/>\n"
            )
            .unwrap();
        }
    }
}

/// Where bob's call stands: sipp tells calls apart by their Call-ID.
pub enum Role {
    /// Alice calls bob.
    Called,
    /// Bob is alice's registrar and calls her: all of it is one call to sipp, which cuts off what stands before `///`.
    Calling,
}

/// The scenario with these steps.
pub fn compose(role: &Role, transport: &str, steps: &[Step]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"peer\">\n");
    let call = match role {
        Role::Called => "[call_id]",
        Role::Calling => "call///[call_id]",
    };
    if matches!(role, Role::Calling) {
        xml += "<recv request=\"REGISTER\"><action>\n\
            <ereg regexp=\"sip:[^>]*\" search_in=\"hdr\" header=\"Contact:\" check_it=\"true\" assign_to=\"contact\"/>\n\
            </action></recv>\n";
        xml += &registered("Contact: <[$contact]>;expires=300\n");
    }
    let mut counted = (0, 0);
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Send(send) => send.write(&mut counted, &mut xml),
            Step::Receive(receive) => receive.write(at + 1, &mut xml),
            Step::Does(what) => xml += what,
        }
    }
    if matches!(role, Role::Calling) {
        xml += "<recv request=\"REGISTER\"><action>\n\
            <ereg regexp=\"0\" search_in=\"hdr\" header=\"Expires:\" check_it=\"true\" assign_to=\"seen\"/>\n\
            </action></recv>\n";
        xml += &registered("");
    }
    // sipp refuses a variable that is kept and never looked at.
    let kept = ["alice", "contact", "via", "cseq", "seen", "right"];
    let kept: Vec<&str> = kept.into_iter().filter(|name| xml.contains(&format!("assign_to=\"{name}\""))).collect();
    if !kept.is_empty() {
        writeln!(xml, "<Reference variables=\"{}\"/>", kept.join(",")).unwrap();
    }
    xml += "</scenario>\n";
    xml.replace("@CALL@", call).replace("@TRANSPORT@", transport.trim_end_matches('6'))
}

/// The registrar's 200.
fn registered(binding: &str) -> String {
    format!(
        "<send><![CDATA[\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:];tag=registrar\n[last_Call-ID:]\n[last_CSeq:]\n\
         {binding}Content-Length: 0\n\n]]></send>\n"
    )
}
