//! dnsmasq: a name server for `example.test` with SRV, NAPTR and address records.

use super::Case;
use super::ports;
use super::process::Process;
use super::world::World;
use offhook::io::dns::Dns;
use offhook::protocol::dns::{Answer, Naptr, Question, Srv};
use std::net::{IpAddr, SocketAddr};
use std::process::Command;

pub const NEEDS: &str = "dnsmasq";

pub const CASES: &[Case] = &[Case { name: "the resolver reads what dnsmasq answers", needs: &[NEEDS], run: records }];

pub struct Dnsmasq {
    pub process: Process,
    pub port: u16,
}

impl Dnsmasq {
    /// With these options, as in `srv-host=_sip._udp.example.test,sip.example.test,5060`.
    pub fn start(world: &World, options: &[&str]) -> Dnsmasq {
        let port = ports::free();
        let mut config = format!(
            "port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nlocal=/test/\nuser=\ngroup=\n\
             pid-file={}\n",
            world.file("dnsmasq.pid").display()
        );
        for option in options {
            config.push_str(option);
            config.push('\n');
        }
        let mut command = Command::new("dnsmasq");
        command.args(["--keep-in-foreground", "--log-facility=-"]);
        command.arg(format!("--conf-file={}", world.write("dnsmasq.conf", &config).display()));
        let mut process = Process::start(world.path(), "dnsmasq", &mut command);
        process.wait_for_port(port);
        Dnsmasq { process, port }
    }

    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }
}

fn records() {
    let world = World::new();
    let many: Vec<String> =
        (0..500).map(|number| format!("srv-host=_many._tcp.example.test,server{number}.example.test,8443,1,1")).collect();
    let mut options: Vec<&str> = many.iter().map(String::as_str).collect();
    options.extend([
        "srv-host=_xmpp-client._tcp.example.test,im.example.test,15222,10,5",
        "srv-host=_xmpps-client._tcp.example.test",
        "naptr-record=example.test,50,60,s,SIPS+D2T,,_sips._tcp.example.test",
        "host-record=im.example.test,192.0.2.7,2001:db8::7",
        "host-record=four.example.test,192.0.2.4",
    ]);
    let dnsmasq = Dnsmasq::start(&world, &options);
    let dns = Dns::new(Some(dnsmasq.address()));
    let ask = |question| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(dns.answer(&question))
    };
    match ask(Question::Srv("_many._tcp.example.test".into())) {
        Answer::Srv(found) => assert_eq!(found.len(), 500, "what is too long for UDP is fetched over TCP"),
        other => panic!("{other:?}"),
    }
    let srv = Srv { priority: 10, weight: 5, port: 15222, target: "im.example.test".into() };
    assert_eq!(ask(Question::Srv("_xmpp-client._tcp.example.test".into())), Answer::Srv(vec![srv]));
    match ask(Question::Srv("_xmpps-client._tcp.example.test".into())) {
        Answer::Srv(refused) => assert!(refused.iter().all(|record| record.target.is_empty()), "{refused:?}"),
        other => panic!("{other:?}"),
    }
    let naptr = Naptr {
        order: 50,
        preference: 60,
        flags: "s".into(),
        service: "SIPS+D2T".into(),
        replacement: "_sips._tcp.example.test".into(),
    };
    assert_eq!(ask(Question::Naptr("example.test".into())), Answer::Naptr(vec![naptr]));
    let six_first: Vec<IpAddr> = vec!["2001:db8::7".parse().unwrap(), "192.0.2.7".parse().unwrap()];
    assert_eq!(ask(Question::Addresses("im.example.test".into())), Answer::Addresses(six_first));
    assert_eq!(ask(Question::Addresses("four.example.test".into())), Answer::Addresses(vec!["192.0.2.4".parse().unwrap()]));
    assert_eq!(ask(Question::Addresses("none.example.test".into())), Answer::Addresses(vec![]));
    assert_eq!(ask(Question::Srv("_none._tcp.example.test".into())), Answer::Srv(vec![]));
    assert_eq!(ask(Question::Naptr("four.example.test".into())), Answer::Naptr(vec![]));
    let elsewhere = ask(Question::Srv("_x._tcp.elsewhere.example".into()));
    assert!(matches!(elsewhere, Answer::Failed(_)), "a server that refuses is no absence: {elsewhere:?}");
}
