//! A SIP peer on a socket of its own, for what no SIP software would send: bytes out, messages in.

use super::process::DEADLINE;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

pub struct RawSip {
    wire: Wire,
    pub port: u16,
}

enum Wire {
    Udp { socket: UdpSocket, peer: Option<SocketAddr> },
    Tcp { listener: TcpListener, stream: Option<TcpStream>, heard: Vec<u8> },
}

impl RawSip {
    pub fn udp() -> RawSip {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let port = socket.local_addr().unwrap().port();
        RawSip { wire: Wire::Udp { socket, peer: None }, port }
    }

    pub fn tcp() -> RawSip {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        RawSip { wire: Wire::Tcp { listener, stream: None, heard: Vec::new() }, port }
    }

    /// A peer by TCP on the port of this one.
    pub fn tcp_beside(&self) -> RawSip {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).unwrap();
        RawSip { wire: Wire::Tcp { listener, stream: None, heard: Vec::new() }, port: self.port }
    }

    /// The value of `--sip-proxy`.
    pub fn proxy(&self) -> String {
        let transport = if matches!(self.wire, Wire::Udp { .. }) { "udp" } else { "tcp" };
        format!("sip:127.0.0.1:{};transport={transport}", self.port)
    }

    /// The next message. Panics when none comes.
    pub fn receive(&mut self) -> String {
        let start = Instant::now();
        loop {
            // Line ends keep the way open; they are no message.
            match &mut self.wire {
                Wire::Udp { socket, peer } => {
                    let mut datagram = vec![0; 65_536];
                    let (count, from) = socket.recv_from(&mut datagram).unwrap();
                    *peer = Some(from);
                    if datagram[..count].iter().any(|byte| !b"\r\n".contains(byte)) {
                        return String::from_utf8(datagram[..count].to_vec()).unwrap();
                    }
                }
                Wire::Tcp { heard, .. } => {
                    let message = heard.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(heard.len());
                    heard.drain(..message);
                    if let Some(length) = whole(heard) {
                        return String::from_utf8(heard.drain(..length).collect()).unwrap();
                    }
                    assert!(self.read(), "offhook closed the connection");
                }
            }
            assert!(start.elapsed() < DEADLINE, "only keep-alives came");
        }
    }

    /// The next message, which begins like this.
    pub fn expect(&mut self, start: &str) -> String {
        let message = self.receive();
        assert!(message.starts_with(start), "no {start}, but:\n{message}");
        message
    }

    /// Reads what has come by the stream. False at its end.
    fn read(&mut self) -> bool {
        let Wire::Tcp { listener, stream, heard } = &mut self.wire else { panic!("no stream") };
        let stream = stream.get_or_insert_with(|| {
            let stream = accept(listener);
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            stream.set_nodelay(true).unwrap();
            stream
        });
        let mut chunk = [0; 65_536];
        match stream.read(&mut chunk) {
            Ok(count) => {
                heard.extend_from_slice(&chunk[..count]);
                count > 0
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("nothing came: {error}"),
        }
    }

    /// Waits for exactly these bytes of the stream.
    pub fn expect_bytes(&mut self, bytes: &[u8]) {
        loop {
            let Wire::Tcp { heard, .. } = &mut self.wire else { panic!("no stream") };
            if heard.len() >= bytes.len() {
                assert_eq!(heard.drain(..bytes.len()).collect::<Vec<u8>>(), bytes);
                return;
            }
            assert!(self.read(), "offhook closed the connection");
        }
    }

    /// Waits until offhook has closed the stream, with nothing said before.
    pub fn expect_close(&mut self) {
        while self.read() {}
        let Wire::Tcp { stream, heard, .. } = &mut self.wire else { panic!("no stream") };
        assert!(heard.is_empty(), "{}", String::from_utf8_lossy(heard));
        *stream = None;
    }

    /// Sends bytes to whoever was heard last.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        match &mut self.wire {
            Wire::Udp { socket, peer } => drop(socket.send_to(bytes.as_ref(), peer.unwrap()).unwrap()),
            Wire::Tcp { stream, .. } => stream.as_mut().unwrap().write_all(bytes.as_ref()).unwrap(),
        }
    }

    /// Responds to a request, with further header lines.
    pub fn respond(&mut self, request: &str, status: &str, more: &str) {
        let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
        let kept: Vec<&str> = request.lines().filter(|line| kept.iter().any(|name| line.starts_with(name))).collect();
        self.send(format!("SIP/2.0 {status}\r\n{}\r\n{more}Content-Length: 0\r\n\r\n", kept.join("\r\n")));
    }

    /// Lets somebody register. Answers the URI of the Contact.
    pub fn register(&mut self) -> String {
        let request = self.expect("REGISTER");
        let contact = field(&request, "Contact").split(['<', '>']).nth(1).unwrap().to_owned();
        self.respond(&request, "200 OK", &format!("Contact: <{contact}>;expires=300\r\n"));
        contact
    }

    /// A request to `contact` up to its Content-Length, which comes last and is left to the caller.
    pub fn head(&self, method: &str, contact: &str, call_id: &str) -> String {
        let transport = if matches!(self.wire, Wire::Udp { .. }) { "UDP" } else { "TCP" };
        format!(
            "{method} {contact} SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1:{};branch=z9hG4bK{call_id}\r\nMax-Forwards: 70\r\n\
             From: <sip:bob@example.test>;tag=bob\r\nTo: <sip:alice@example.test>\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:bob@127.0.0.1:{}>\r\n",
            self.port, self.port
        )
    }

    /// OPTIONS, whole.
    pub fn options(&self, contact: &str, call_id: &str) -> String {
        self.head("OPTIONS", contact, call_id) + "Content-Length: 0\r\n\r\n"
    }

    /// Waits for this response to the request of this Call-ID.
    pub fn expect_response(&mut self, status: &str, call_id: &str) -> String {
        let response = self.expect(&format!("SIP/2.0 {status}"));
        assert_eq!(field(&response, "Call-ID"), call_id, "{response}");
        response
    }
}

/// The next connection. Panics when none comes.
fn accept(listener: &TcpListener) -> TcpStream {
    let start = Instant::now();
    listener.set_nonblocking(true).unwrap();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).unwrap();
                return stream;
            }
            Err(error) => {
                assert!(error.kind() == ErrorKind::WouldBlock && start.elapsed() < DEADLINE, "no connection: {error}")
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The value of a header field.
pub fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let lines = message.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next().unwrap_or_default()
}

/// The length of the message at the beginning of `bytes`, when it is whole.
fn whole(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length: usize = field(&head, "Content-Length").parse().unwrap();
    (bytes.len() >= end + length).then_some(end + length)
}
