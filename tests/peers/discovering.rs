//! `offhook discover` against a DNS and a web server that others wrote.

use super::Case;
use super::by_address;
use super::dnsmasq::{self, Dnsmasq};
use super::lab::Lab;
use super::nginx::{self, Nginx};
use super::offhook::User;
use super::world::World;
use serde_json::{Value, json};

const NEEDS: &[&str] = &[dnsmasq::NEEDS, nginx::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "discover: CAS, SRV and the home cluster, over one connection", needs: NEEDS, run: inside },
    Case { name: "discover: whoever is not trusted is not asked", needs: NEEDS, run: untrusted },
    Case {
        name: "discover: records are asked where jabber-config.xml has said, once that was read",
        needs: &[dnsmasq::NEEDS],
        run: told_voice_domain,
    },
    Case { name: "discover: an organisation is kept, and beats what is found by SRV", needs: NEEDS, run: organisation },
];

const NO_ORGANISATION: &str = "location = /cas/FederatedSSO { return 200 '<federatedsso><status>FAILURE</status><error>\
    <errorcode>1</errorcode></error></federatedsso>'; }";

/// UDS whose home cluster is the node that is asked.
const UDS: &str = "location = /cucm-uds/clusterUser { return 200 '<clusterUser version=\"12.5.1\"><result found=\"true\" \
    uri=\"https://$host:$server_port/cucm-uds/user/$arg_username\"/><homeCluster \
    serversUri=\"https://$host:$server_port/cucm-uds/servers\">$host</homeCluster></clusterUser>'; }\n\
    location = /cucm-uds/servers { return 200 '<servers version=\"12.5.1\"><server>cucm1.example.test</server>\
    <server>cucm2.example.test</server></servers>'; }";

struct Site<'a> {
    world: &'a World,
    nginx: Nginx,
    dns: Dnsmasq,
}

impl Site<'_> {
    fn start<'a>(world: &'a World, places: &str) -> Site<'a> {
        let nginx = Nginx::start(world, places);
        let options = [
            format!("srv-host=_cisco-uds._tcp.example.test,cucm1.example.test,{},1,5", nginx.port),
            "host-record=cucm1.example.test,127.0.0.1".to_owned(),
        ];
        let dns = Dnsmasq::start(world, &options.iter().map(String::as_str).collect::<Vec<_>>());
        Site { world, nginx, dns }
    }

    fn discover(&self, user: &User<'_>, more: &[&str]) -> Value {
        let dns = self.dns.address().to_string();
        let cas = format!("https://127.0.0.1:{}/cas/FederatedSSO", self.nginx.port);
        let fixed = ["discover", "ana@example.test", "--dns", &dns, "--cas", &cas, "--json"];
        user.run("discover", &[&fixed, more].concat()).expect(0).json()
    }

    fn trusting(&self, user: &User<'_>, more: &[&str]) -> Value {
        let ca = self.world.file("ca.crt").display().to_string();
        self.discover(user, &[&["--ca", &ca], more].concat())
    }
}

fn outcomes(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["steps"].as_array().unwrap().iter().map(|step| (text(&step["source"]), text(&step["outcome"]))).collect()
}

fn outcome(report: &Value, source: &str) -> String {
    let found = outcomes(report).into_iter().find(|(name, _)| name == source);
    found.unwrap_or_else(|| panic!("no {source} in {report}")).1
}

fn inside() {
    let world = World::new();
    let site = Site::start(&world, &[NO_ORGANISATION, UDS].join("\n"));
    let user = User::new(&world, "ana");
    let report = site.trusting(&user, &[]);
    let sources = [
        "manual",
        "webex-cache",
        "cas",
        "srv-cache",
        "_cisco-uds",
        "_cuplogin",
        "_collab-edge",
        "bootstrap",
        "_xmpp-client",
        "uds-cluster-user",
        "uds-servers",
    ];
    assert_eq!(outcomes(&report).into_iter().map(|(source, _)| source).collect::<Vec<_>>(), sources, "{report}");
    let server = format!("cucm1.example.test:{}", site.nginx.port);
    let decision = &report["decision"];
    assert_eq!((&decision["authenticator"], &decision["source"]), (&json!("cucm"), &json!("_cisco-uds")), "{report}");
    assert_eq!((&decision["servers"], &decision["product_mode"]), (&json!([server]), &json!("default")), "{report}");
    for (source, said) in [("cas", "absent"), ("_cisco-uds", "found"), ("uds-cluster-user", "found"), ("uds-servers", "found")]
    {
        assert_eq!(outcome(&report, source), said, "{report}");
    }
    let asked = Nginx::asked(&world);
    let uds: Vec<_> = asked.iter().filter(|(_, name, _)| name == "cucm1.example.test").collect();
    assert!(uds.len() == 2 && uds[0].2.starts_with("GET /cucm-uds/clusterUser?username=ana "), "{asked:?}");
    assert_eq!(uds[0].0, uds[1].0, "one connection carries the chain: {asked:?}");

    let again = site.trusting(&user, &[]);
    assert_eq!(again["decision"]["source"], "srv-cache", "{again}");
    assert_eq!(again["decision"]["servers"], report["decision"]["servers"]);
    assert_eq!(site.trusting(&user, &["--fresh"])["decision"]["source"], "_cisco-uds");
    user.run("set", &["settings", "authenticator", "cup", "imp.example.test"]).expect(0);
    let by_hand = site.trusting(&user, &[]);
    assert_eq!(by_hand["decision"]["authenticator"], "cup", "{by_hand}");
    assert_eq!(by_hand["decision"]["servers"], json!(["imp.example.test:8443"]));
    let ca = world.file("ca.crt").display().to_string();
    let text = user.run("text", &["discover", "ana@example.test", "--ca", &ca]).expect(0);
    assert!(text.out.contains("manual settings") && text.out.contains("→  authenticator"), "{}", text.out);
}

/// A lab whose file names a voice services domain, and a name server that knows both domains.
fn told_voice_domain() {
    let world = World::new();
    let site = "[client-config.Policies]\nVoiceServicesDomain = \"voice.test\"\n";
    let lab = Lab::start(&world, "lab", &format!("{}{site}", by_address::QUIET));
    let (inner, uds) = (lab.at("dns"), lab.at("https").port());
    let options = [
        format!("server=/lab.example/{}#{}", inner.ip(), inner.port()),
        format!("srv-host=_cisco-uds._tcp.voice.test,cucm1.lab.example,{uds},1,5"),
    ];
    let dnsmasq = Dnsmasq::start(&world, &options.iter().map(String::as_str).collect::<Vec<_>>());
    let (dns, cas, ca) = (dnsmasq.address().to_string(), lab.facts["cas"].as_str().unwrap(), lab.ca().display().to_string());
    let ana = User::new(&world, "ana");
    let who = ["--dns", &dns, "--cas", cas, "--ca", &ca];
    let account = ["account", "add", "work", "--address", "ana@lab.example", "--password-command", "echo ana-demo"];
    ana.run("account", &[&account[..], &who].concat()).expect(0);
    let asked = |label: &str, more: &[&str]| {
        let report = ana.run(label, &[&["discover", "ana@lab.example", "--json"][..], &who, more].concat()).expect(0).json();
        let steps = report["steps"].as_array().unwrap().clone();
        let uds = steps.iter().find(|step| step["source"] == "_cisco-uds").unwrap();
        (uds["question"].as_str().unwrap_or_default().to_owned(), report["decision"]["servers"].clone())
    };
    let before = asked("before", &[]);
    assert!(before.0.contains("_cisco-uds._tcp.lab.example"), "{before:?}");
    let shown = |label: &str| {
        let shown = ana.run(label, &["settings", "show", "--json", "--account", "work"]).expect(0).json();
        shown["voice_services_domain"].clone()
    };
    assert_eq!(shown("unset")["source"], "built-in");
    ana.run("send", &["send", "bob@lab.example", "Hello"]).expect(0);
    assert_eq!(shown("set"), json!({ "value": "voice.test", "source": "client-config" }));
    let after = asked("after", &[]);
    assert!(after.0.contains("_cisco-uds._tcp.voice.test") && after.1 == before.1, "{after:?} after {before:?}");
    ana.run("send-again", &["send", "bob@lab.example", "Hello again"]).expect(0);
    let found = std::fs::read_to_string(ana.home().join("config/offhook/discovery.toml")).unwrap();
    assert!(found.contains("voice-domain = \"voice.test\""), "{found}");
    let afresh = asked("afresh", &["--fresh"]);
    assert!(afresh.0.contains("_cisco-uds._tcp.lab.example"), "{afresh:?}");
    assert_eq!(shown("forgotten")["source"], "built-in");
    // Whoever changes this may mean another deployment.
    ana.run("send-anew", &["send", "bob@lab.example", "Hello anew"]).expect(0);
    assert_eq!(shown("set-anew")["source"], "client-config");
    ana.run("moves", &["settings", "--account", "work", "tftp-port", "6969"]).expect(0);
    assert_eq!(shown("moved")["source"], "built-in");
}

fn untrusted() {
    let world = World::new();
    let site = Site::start(&world, &[NO_ORGANISATION, UDS].join("\n"));
    let user = User::new(&world, "ana");
    let report = site.discover(&user, &[]);
    assert_eq!((outcome(&report, "cas").as_str(), outcome(&report, "uds-cluster-user").as_str()), ("failed", "failed"));
    assert_eq!(report["decision"]["source"], "_cisco-uds", "{report}");
    assert_eq!(Nginx::asked(&world), [], "whoever is not trusted hears no question");
}

fn organisation() {
    let world = World::new();
    let seven = NO_ORGANISATION.replace(">1<", ">7<");
    let site = Site::start(&world, &[seven.as_str(), UDS].join("\n"));
    let user = User::new(&world, "ana");
    let report = site.trusting(&user, &[]);
    assert_eq!(report["decision"]["source"], "cas", "{report}");
    assert_eq!(report["decision"]["authenticator"], "webex-messenger");
    assert_eq!(site.trusting(&user, &[])["decision"]["source"], "webex-cache");
    user.run("set", &["settings", "exclude", "webex"]).expect(0);
    assert_eq!(site.trusting(&user, &["--fresh"])["decision"]["source"], "_cisco-uds");
}
