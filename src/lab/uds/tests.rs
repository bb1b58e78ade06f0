//! What user data services say, read with the readers of our client: a misreading on either side shows here.

use super::super::http::{How, Service, Visit};
use super::super::site::Site;
use super::super::wire::{Door, Node, Places};
use super::Uds;
use crate::machine::{Moment, Secret};
use crate::protocol::cisco::uds::{
    cluster_user::ClusterUser, devices, servers::Servers, user::User, users::Users, version::Version,
};
use crate::protocol::http::{Credentials, Method, Request, Response};
use std::time::Duration;
use url::Url;

struct Asker {
    uds: Uds,
    node: Node,
    cookie: Option<String>,
    password: Option<(&'static str, &'static str)>,
}

impl Asker {
    fn new(text: &str) -> Asker {
        let uds = Uds::new(Site::parse(text).unwrap(), Places::default(), 1);
        Asker { uds, node: Node::First, cookie: None, password: None }
    }

    fn ana(text: &str) -> Asker {
        Asker { password: Some(("ana", "ana-demo")), ..Asker::new(text) }
    }

    fn ask(&mut self, path: &str) -> Response {
        self.ask_by(Method::Get, path)
    }

    fn ask_by(&mut self, method: Method, path: &str) -> Response {
        let url = format!("https://127.0.0.1:8443{path}");
        let mut request = Request::get(Url::parse(&url).unwrap(), Duration::from_secs(1));
        request.method = method;
        request.credentials =
            self.password.map(|(user, password)| Credentials { user: user.into(), password: Secret::new(password.into()) });
        request.headers.extend(self.cookie.clone().map(|cookie| ("cookie".to_owned(), cookie)));
        match self.uds.answer(Moment::START, Visit { door: Door::Uds, node: self.node, request: &request }).how {
            How::Whole(response) => response,
            other => panic!("{other:?}"),
        }
    }

    fn status(&mut self, path: &str) -> u16 {
        self.ask(path).status
    }
}

#[test]
fn the_home_cluster_is_found_for_those_who_are_known() {
    let mut asker = Asker::new(include_str!("../sites/two-clusters.toml").replace("[1]", "[]").as_str());
    let found = |asker: &mut Asker, query: &str| {
        ClusterUser::parse(&asker.ask(&format!("/cucm-uds/clusterUser?{query}")).body).unwrap()
    };
    let ana = found(&mut asker, "username=ANA");
    assert_eq!(ana.home.as_deref(), Some("cucm1.lab.example"));
    assert_eq!(ana.user.as_deref(), Some("https://cucm1.lab.example:8443/cucm-uds/user/ana"));
    let bob = found(&mut asker, "email=bob@lab.example");
    assert!(bob.found);
    assert_eq!(bob.servers.as_deref(), Some("https://cucm3.lab.example:8443/cucm-uds/servers"));
    assert_eq!(found(&mut asker, "useridentifier=bob"), bob);
    let nobody = found(&mut asker, "username=x%3Cy");
    assert!(!nobody.found && nobody.servers.is_none());
    assert_eq!(asker.status("/cucm-uds/clusterUser"), 400);
    let hosts = |asker: &mut Asker| Servers::parse(&asker.ask("/cucm-uds/servers").body).unwrap().hosts;
    assert_eq!(hosts(&mut asker), ["cucm1.lab.example", "cucm2.lab.example"]);
    asker.node = Node::Other;
    assert_eq!(hosts(&mut asker), ["cucm3.lab.example"]);
}

#[test]
fn a_busy_node_says_so_and_the_next_does_not() {
    let mut asker = Asker::new("nodes = 2\nuds.busy = [1]\n");
    assert_eq!(asker.status("/cucm-uds/servers"), 503);
    asker.node = Node::Second;
    assert_eq!(asker.status("/cucm-uds/servers"), 200);
}

#[test]
fn a_user_is_told_to_themselves_alone() {
    let mut asker = Asker::new("");
    let refused = asker.ask("/cucm-uds/user/ana");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("WWW-Authenticate"), Some("Basic realm=\"Cisco Web Services Realm\""));
    assert_eq!(asker.status("/cucm-uds/user/nobody"), 401, "who is there is not told to anybody");
    asker.password = Some(("ana", "wrong"));
    assert_eq!(asker.status("/cucm-uds/user/ana"), 401);
    assert_eq!(asker.status("/cucm-uds/servers"), 401, "a wrong password is wrong everywhere");
    let mut asker = Asker::ana("");
    assert_eq!(asker.status("/cucm-uds/user/bob"), 404);
    assert_eq!(asker.ask_by(Method::Put, "/cucm-uds/user/ana").status, 405);
    assert_eq!(asker.status("/cucm-uds/nothing"), 404);
    assert_eq!(asker.status("/elsewhere"), 404);
    asker.node = Node::Other;
    assert_eq!(asker.status("/cucm-uds/user/ana"), 404, "another cluster");
    asker.node = Node::First;
    let user = User::parse(&asker.ask("/cucm-uds/user/ana").body).unwrap();
    assert_eq!((user.user_name.as_deref(), user.last_name.as_deref()), (Some("ana"), Some("Ruiz")));
    assert_eq!((user.home_cluster, user.im_and_presence), (Some(true), Some(true)));
    assert_eq!(user.presence_servers, ["imp1.lab.example"]);
    assert_eq!(user.locale.as_deref(), Some("English, United States"));
    let primary = user.primary.unwrap();
    assert_eq!((primary.number.as_deref(), primary.voicemail_pilot.as_deref()), (Some("1001"), Some("5000")));
    assert_eq!(user.service_profile.as_deref(), Some("https://cucm1.lab.example:6972/SPDefault.cnf.xml"));
    assert!(user.client_config.unwrap().contains(":6972/JAB_"));
}

#[test]
fn the_uncertain_points_are_settings() {
    let user = |text: &str| User::parse(&Asker::ana(text).ask("/cucm-uds/user/ana").body).unwrap();
    let element = user("encrypted = false\nuds = { profile-uri = \"element\", jabber-profile = false }");
    assert_eq!(element.service_profile.as_deref(), Some("http://cucm1.lab.example:6970/SPDefault.cnf.xml"));
    assert_eq!(element.client_config, None);
    let off = user("uds.chat-off = \"user\"");
    assert_eq!((off.im_and_presence, off.presence_servers.len()), (Some(false), 0));
    let sso = |text: &str| Asker::new(text).ask("/ssosp/ws/public/singleSignOn");
    assert!(String::from_utf8(sso("").body).unwrap().contains("<Status enabled=\"false\"/>"));
    assert!(String::from_utf8(sso("single-sign-on = \"enabled\"").body).unwrap().contains("<Status enabled=\"true\"/>"));
    assert_eq!(sso("single-sign-on = \"unknown\"").status, 404);
}

#[test]
fn devices_lead_to_their_configuration() {
    let mut asker = Asker::ana("[[people]]\nname='ana'\npassword='ana-demo'\nnumber='1001'\ndevices=['CSFANA','TCTANA']");
    let listed = devices::DeviceList::parse(&asker.ask("/cucm-uds/user/ana/devices").body).unwrap().devices;
    let facts: Vec<(&str, Option<u32>)> = listed.iter().map(|device| (device.name.as_str(), device.kind)).collect();
    assert_eq!(facts, [("CSFANA", Some(503)), ("TCTANA", Some(562))]);
    let uri = Url::parse(listed[0].uri.as_deref().unwrap()).unwrap();
    let one = devices::Device::parse(&asker.ask(uri.path()).body).unwrap();
    assert_eq!(one.provision.as_deref(), Some("https://cucm1.lab.example:6972/CSFANA.cnf.xml"));
    assert_eq!((one.name.as_str(), &one.id), ("CSFANA", &listed[0].id));
    assert_eq!(asker.status("/cucm-uds/user/ana/device/none"), 404);
    assert_eq!(asker.status("/cucm-uds/user/ana/extensions"), 200);
}

#[test]
fn a_session_needs_no_password_and_is_of_one_user() {
    let mut asker = Asker::ana("");
    let first = asker.ask("/cucm-uds/user/ana");
    let cookies: Vec<String> = first
        .headers
        .iter()
        .filter(|(name, _)| name == "Set-Cookie")
        .map(|(_, value)| value.split(';').next().unwrap().to_owned())
        .collect();
    assert!(cookies.len() == 2 && cookies[0].starts_with("JSESSIONID=") && cookies[1].starts_with("JSESSIONIDSSO="));
    asker.password = None;
    assert_eq!(asker.status("/cucm-uds/user/ana"), 401);
    for cookie in cookies {
        asker.cookie = Some(format!("x=y; {cookie}"));
        let again = asker.ask("/cucm-uds/user/ana");
        assert_eq!((again.status, again.header("Set-Cookie")), (200, None));
        assert_eq!(asker.status("/cucm-uds/user/bob"), 404);
    }
    assert_eq!(Asker::ana("uds.sessions = \"none\"").ask("/cucm-uds/user/ana").header("Set-Cookie"), None);
}

#[test]
fn people_are_searched_by_page() {
    let mut asker = Asker::new("uds.page = 2\n");
    let found = |asker: &mut Asker, query: &str| Users::parse(&asker.ask(&format!("/cucm-uds/users?{query}")).body).unwrap();
    let by_name = found(&mut asker, "name=oka");
    assert_eq!(by_name.people.len(), 1);
    assert_eq!(by_name.people[0].display_name.as_deref(), Some("Bob Okafor"));
    assert_eq!(by_name.people[0].email.as_deref(), Some("bob@lab.example"));
    assert_eq!(found(&mut asker, "last=%C5%BE").people[0].last_name.as_deref(), Some("Žáková"));
    let page = found(&mut asker, "number=100");
    assert_eq!((page.people.len(), page.returned, page.total), (2, Some(2), Some(5)));
    let last = found(&mut asker, "number=100&start=4&max=9");
    assert_eq!((last.start, last.people.len()), (4, 1));
    assert!(found(&mut asker, "name=%3C%26").people.is_empty(), "what was asked is quoted in the answer");
    assert_eq!(asker.status("/cucm-uds/users"), 400);
    let mut shy = Asker::new("uds.users-resource-auth = true\n");
    assert!(Version::parse(&shy.ask("/cucm-uds/version").body).unwrap().users_need_password);
    assert_eq!(shy.status("/cucm-uds/users?name=bob"), 401);
    shy.password = Some(("ana", "ana-demo"));
    assert_eq!(shy.status("/cucm-uds/users?name=bob"), 200);
}
