//! The nodes are played by a table: which of them answer, until when.

use super::*;

/// Which nodes answer, and what they say.
struct Town {
    ha: Ha,
    now: Moment,
    /// EPAS and XMPP at node 1 and node 2.
    up: [bool; 2],
    /// The presence server has forgotten the sessions that there were.
    forgotten: bool,
    /// Where XMPP is now, as the presence server says; as it was where that is empty.
    moved: Vec<Server>,
    /// A node sends us there.
    sends: Option<(Server, bool)>,
    online: Option<Server>,
    told: Vec<String>,
}

fn server(node: usize, port: u16) -> Server {
    Server::new(&format!("imp{node}.lab.example"), port)
}

impl Town {
    fn new(tokens: bool, nodes: usize) -> Town {
        let list = |port| (1..=nodes).map(|node| server(node, port)).collect::<Vec<_>>();
        let logins = if tokens { list(8443) } else { Vec::new() };
        let group = Group { nodes: list(5222), logins, ..Group::default() };
        Town {
            ha: Ha::new(group, Chance::seeded(5)),
            now: Moment::START,
            up: [true; 2],
            forgotten: true,
            moved: Vec::new(),
            sends: None,
            online: None,
            told: Vec::new(),
        }
    }

    fn is_up(&self, node: &Server) -> bool {
        (1..=2).zip(self.up).any(|(number, up)| up && node.host == server(number, 1).host)
    }

    fn tell(&mut self, input: HaIn) {
        self.ha.handle(self.now, input);
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(out) = self.ha.poll() {
            let answer = match out {
                HaOut::Login { node, fresh } => {
                    self.told.push(format!("{} at {}", if fresh { "login" } else { "session" }, node.host));
                    let fits = self.is_up(&node) && (fresh || !self.forgotten);
                    self.forgotten &= !fits;
                    if fits { HaIn::LoggedIn(self.moved.clone(), None) } else { HaIn::LoginFailed }
                }
                HaOut::Connect(node) => {
                    self.told.push(format!("connect {}", node.host));
                    match self.sends.take() {
                        Some((node, unused)) => HaIn::SentTo { node, unused },
                        None if self.is_up(&node) => {
                            self.online = Some(node);
                            HaIn::Up
                        }
                        None => HaIn::Failed,
                    }
                }
                HaOut::Wait(time) => {
                    assert!(self.ha.group().window.holds(time), "{time:?}");
                    self.told.push("wait".into());
                    continue;
                }
                HaOut::GiveUp => {
                    self.told.push("give up".into());
                    continue;
                }
            };
            self.ha.handle(self.now, answer);
        }
    }

    fn run(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some(wake) = self.ha.wake().filter(|wake| wake.at <= until) {
            self.now = self.now.max(wake.at);
            self.ha.expire(self.now);
            self.settle();
        }
        self.now = until;
    }

    /// What was done since the last look.
    fn done(&mut self) -> Vec<String> {
        self.told.drain(..).map(|line| line.replace(".lab.example", "")).collect()
    }

    fn signed_in(tokens: bool) -> Town {
        let mut town = Town::new(tokens, 2);
        town.forgotten = false;
        town.tell(HaIn::SignIn);
        assert_eq!(town.online, Some(server(1, 5222)));
        town.done();
        town.run(60);
        town
    }

    fn lose(&mut self, up: [bool; 2]) {
        self.up = up;
        self.online = None;
        self.tell(HaIn::Lost);
    }
}

/// Who stands, whether the sessions hold, and what is done after the stream at node 1 breaks, with one-time passwords.
#[test]
fn what_is_lost_decides_what_is_tried() {
    let table: [([bool; 2], bool, &[&str]); 5] = [
        // The connection alone: taken up again at once.
        ([true, true], false, &["session at imp1", "connect imp1"]),
        // One node lost: the window, then the other one, by the session that it shares.
        (
            [false, true],
            false,
            &[
                "session at imp1",
                "wait",
                "session at imp1",
                "session at imp2",
                "connect imp1",
                "session at imp2",
                "connect imp2",
            ],
        ),
        // The session is lost, too: a new one.
        (
            [false, true],
            true,
            &[
                "session at imp1",
                "wait",
                "session at imp1",
                "session at imp2",
                "login at imp1",
                "login at imp2",
                "connect imp1",
                "session at imp2",
                "connect imp2",
            ],
        ),
        (
            [true, true],
            true,
            &["session at imp1", "wait", "session at imp1", "session at imp2", "login at imp1", "connect imp1"],
        ),
        // Both lost: nothing more until the user signs in.
        (
            [false, false],
            false,
            &["session at imp1", "wait", "session at imp1", "session at imp2", "login at imp1", "login at imp2", "give up"],
        ),
    ];
    for (up, forgotten, expected) in table {
        let mut town = Town::signed_in(true);
        town.forgotten = forgotten;
        town.lose(up);
        town.run(3_600);
        assert_eq!(town.done(), expected, "{up:?} {forgotten}");
        assert_eq!(town.online.is_some(), up != [false, false]);
    }
}

#[test]
fn without_one_time_passwords_the_nodes_alone_are_tried() {
    let table: [([bool; 2], &[&str]); 3] = [
        ([true, true], &["connect imp1"]),
        ([false, true], &["connect imp1", "wait", "connect imp1", "connect imp2"]),
        ([false, false], &["connect imp1", "wait", "connect imp1", "connect imp2", "give up"]),
    ];
    for (up, expected) in table {
        let mut town = Town::signed_in(false);
        town.lose(up);
        town.run(3_600);
        assert_eq!(town.done(), expected, "{up:?}");
    }
}

#[test]
fn the_presence_server_says_where_home_is_now_and_a_fall_back_leads_there() {
    let mut town = Town::signed_in(true);
    town.moved = vec![server(2, 5222), server(1, 5222)];
    town.lose([false, true]);
    assert_eq!(town.done(), ["session at imp1", "wait"]);
    town.run(600);
    assert_eq!(town.done(), ["session at imp1", "session at imp2", "connect imp2"]);
    // The first node is back, and the second one ends its streams.
    town.moved.reverse();
    town.lose([true, true]);
    assert_eq!(town.done(), ["session at imp2", "connect imp1"]);
    assert_eq!(town.online, Some(server(1, 5222)));
}

#[test]
fn nothing_happens_before_the_window_and_a_network_or_the_user_end_it() {
    let mut town = Town::signed_in(false);
    town.lose([false, true]);
    town.done();
    town.run(119);
    assert_eq!(town.done(), [""; 0]);
    town.tell(HaIn::NetworkChanged);
    assert_eq!(town.done(), ["connect imp1", "connect imp2"]);
    town.run(60);
    town.lose([false, false]);
    town.done();
    town.tell(HaIn::SignIn);
    assert_eq!(town.done(), ["connect imp1", "connect imp2", "give up"]);
    assert!(town.ha.has_given_up());
    // Both are back; nobody knows before the user or the network say so.
    town.up = [true, true];
    town.run(7_200);
    assert_eq!(town.done(), [""; 0]);
    town.tell(HaIn::NetworkChanged);
    assert_eq!(town.done(), ["connect imp1"]);
}

#[test]
fn a_stream_that_has_hardly_stood_is_not_taken_up_at_once() {
    let mut town = Town::signed_in(false);
    town.lose([true, true]);
    assert_eq!(town.done(), ["connect imp1"]);
    town.run(5);
    town.lose([true, true]);
    assert_eq!(town.done(), ["wait"]);
}

#[test]
fn a_node_sends_us_home_and_what_was_used_is_not_used_again() {
    for (unused, expected) in [
        (true, vec!["session at imp1", "connect imp1", "connect imp2"]),
        (false, vec!["session at imp1", "connect imp1", "session at imp1", "connect imp2"]),
    ] {
        let mut town = Town::new(true, 2);
        town.forgotten = false;
        town.sends = Some((server(2, 5222), unused));
        town.tell(HaIn::SignIn);
        assert_eq!(town.done(), expected);
        assert_eq!(town.online, Some(server(2, 5222)));
        // In the middle of a stream, too.
        town.run(60);
        town.tell(HaIn::SentTo { node: server(1, 5222), unused: false });
        assert_eq!(town.done(), ["session at imp1", "connect imp1"]);
    }
}

#[test]
fn a_node_that_stands_alone_is_waited_for() {
    let mut town = Town::new(true, 1);
    town.up = [false, false];
    town.tell(HaIn::SignIn);
    assert_eq!(town.done(), ["session at imp1", "login at imp1", "wait"]);
    town.up = [true, false];
    town.run(600);
    assert_eq!(town.done(), ["session at imp1", "login at imp1", "connect imp1"]);
}

#[test]
fn who_has_signed_out_hears_nothing_more() {
    let mut town = Town::signed_in(true);
    town.lose([false, true]);
    town.done();
    town.ha.stop();
    town.run(3_600);
    for late in [HaIn::Up, HaIn::Lost, HaIn::Failed, HaIn::LoginFailed, HaIn::NetworkChanged, HaIn::LoggedIn(vec![], None)] {
        town.tell(late);
    }
    assert_eq!(town.done(), [""; 0]);
    assert!(town.ha.wake().is_none());
}
