//! What each answer means for the sign-in, and what comes next, up to the accepted password.

use super::consent::Verdict;
use super::files::File;
use super::gathering::Gathering;
use super::judge::{Fault, FaultKind, shown};
use super::names::{qualified, qualified_address};
use super::nodes::Nodes;
use super::questions::About;
use super::sign_in::{CucmSignIn, Stage};
use crate::engine::ask::AskId;
use crate::engine::event::{NoticeLevel, Outcome, Problem, ProblemKind};
use crate::engine::signin::server::HTTPS_PORT;
use crate::engine::signin::{Answer, Server};
use crate::machine::{Moment, Secret};
use crate::protocol::cisco::uds::{ClusterUser, Device, DeviceList, Servers, User};
use crate::protocol::cisco::{ClientConfig, DeviceConfig, ServiceProfile};
use url::Url;

/// The file of a user whose resource names none.
const PROFILE: &str = "SPDefault.cnf.xml";
const CLIENT_CONFIG: &str = "jabber-config.xml";

impl CucmSignIn {
    pub(super) fn answered(&mut self, now: Moment, id: AskId, answer: Answer) {
        let Some(open) = self.asking.questions.answered(id) else { return };
        let (about, server) = (open.about, open.server.clone());
        match about {
            About::Home => match self.asking.hear(now, open, answer, ClusterUser::parse) {
                Ok(found) => self.home_known(&server, &found),
                // A release that cannot look across clusters has none to look for.
                Err(Fault { kind: FaultKind::Absent, .. }) => self.home_is(server),
                Err(fault) => self.node_failed(fault),
            },
            About::Servers => match self.asking.hear(now, open, answer, Servers::parse) {
                Ok(servers) => self.cluster_known(now, &server, &servers),
                Err(fault) => self.node_failed(fault),
            },
            About::User => match self.asking.hear(now, open, answer, User::parse) {
                Ok(user) => self.user_known(now, &server, user),
                Err(Fault { kind: FaultKind::Password, .. }) => self.password_refused(now),
                Err(fault) if fault.kind == FaultKind::Absent => self.fail(fault.problem),
                Err(fault) => self.node_failed(fault),
            },
            About::Devices => {
                let result = self.asking.hear(now, open, answer, DeviceList::parse);
                match (&mut self.stage, result) {
                    (Stage::Gathering(gathering), Ok(list)) => gathering.listed = Some(list.devices),
                    // What was refused once is not sent to the next node.
                    (Stage::Gathering(gathering), Err(Fault { kind: FaultKind::Password, problem })) => {
                        gathering.listed = Some(Vec::new());
                        self.asking.notice(NoticeLevel::Warning, problem);
                    }
                    (_, Err(fault)) => self.node_failed(fault),
                    (_, Ok(_)) => {}
                }
            }
            About::Device => {
                let result = self.asking.hear(now, open, answer, Device::parse);
                match (std::mem::replace(&mut self.stage, Stage::Over), result) {
                    (Stage::Locating(device, _), Ok(found)) => {
                        self.fetch(now, Device { provision: found.provision, ..device });
                    }
                    (Stage::Locating(device, _), Err(Fault { kind: FaultKind::Password, problem })) => {
                        self.asking.notice(NoticeLevel::Warning, problem);
                        self.fetch(now, device);
                    }
                    (stage, result) => {
                        self.stage = stage;
                        result.err().into_iter().for_each(|fault| self.node_failed(fault));
                    }
                }
            }
            About::Profile => {
                let result = self.asking.hear_file(now, open, answer, ServiceProfile::parse);
                if let Stage::Gathering(gathering) = &mut self.stage {
                    gathering.profile.heard(result);
                }
            }
            About::ClientConfig => {
                let result = self.asking.hear_file(now, open, answer, ClientConfig::parse);
                if let Stage::Gathering(gathering) = &mut self.stage {
                    gathering.client_config.heard(result);
                }
            }
            About::DeviceConfig => {
                let result = self.asking.hear_file(now, open, answer, DeviceConfig::parse);
                if let Stage::Fetching(_, file) = &mut self.stage {
                    file.heard(result);
                }
            }
            // Of the presence server, and of Communications Manager 8.x.
            About::Login | About::PresenceConfig | About::OneTimePassword | About::ListedDevices => {}
        }
        self.advance(now);
    }

    /// A node could not answer: the user should know, and the next is asked.
    fn node_failed(&mut self, fault: Fault) {
        self.asking.notice(NoticeLevel::Warning, fault.problem.clone());
        match &mut self.stage {
            Stage::Home(nodes) | Stage::Cluster(nodes) | Stage::User(nodes) | Stage::Locating(_, nodes) => nodes.failed(fault),
            Stage::Gathering(gathering) => gathering.devices.failed(fault),
            _ => {}
        }
    }

    fn home_known(&mut self, asked: &Server, found: &ClusterUser) {
        if !found.found {
            let what = format!("{asked} does not know the user {}.", shown(&self.start.user));
            let next = "Check the address of the account, or ask the administrator whether the user is enabled there.";
            return self.fail(Problem::new(ProblemKind::Refused, what, next));
        }
        let named = [&found.servers, &found.user].into_iter().flatten().find_map(|address| server_of(address, asked));
        let by_name = || Server::parse(&qualified(found.home.as_deref()?, asked), HTTPS_PORT);
        self.home_is(named.or_else(by_name).unwrap_or_else(|| asked.clone()));
    }

    fn home_is(&mut self, home: Server) {
        self.gathered.nodes = vec![home.clone()];
        self.stage = Stage::Cluster(Nodes::new([home]));
    }

    /// The node that was named as the home cluster is as good as a list of one, where it may be asked at all.
    pub(super) fn list_missing(&mut self, now: Moment, nodes: &Nodes) {
        let home = self.gathered.nodes.first().map(|home| home.host.clone());
        match home.map(|home| self.asking.consent.host(&home)) {
            Some(Verdict::Yes) => self.need_password(now, false),
            _ => self.fail(nodes.why()),
        }
    }

    fn cluster_known(&mut self, now: Moment, asked: &Server, servers: &Servers) {
        let named = servers.hosts.iter().filter_map(|host| Server::parse(&qualified(host, asked), asked.port));
        let mut nodes = vec![asked.clone()];
        for node in named {
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        self.gathered.nodes = nodes;
        self.need_password(now, false);
    }

    pub(super) fn need_password(&mut self, now: Moment, refused: bool) {
        self.stage = Stage::Password;
        if let Some(server) = self.gathered.nodes.first().cloned() {
            self.asking.need_password(now, server, refused);
        }
    }

    pub(super) fn password_given(&mut self, now: Moment, password: Secret) {
        if !matches!(self.stage, Stage::Password) {
            return;
        }
        if !self.asking.take_password(password) {
            return self.need_password(now, true);
        }
        self.stage = Stage::User(Nodes::new(self.gathered.nodes.clone()));
    }

    fn password_refused(&mut self, now: Moment) {
        self.asking.refuse_password();
        self.asking.password_step(now, self.gathered.nodes.first(), "refused", Outcome::Failed);
        self.need_password(now, true);
    }

    fn user_known(&mut self, now: Moment, asked: &Server, user: User) {
        self.gathered.nodes.retain(|node| node != asked);
        self.gathered.nodes.insert(0, asked.clone());
        self.asking.password_step(now, self.gathered.nodes.first(), "accepted", Outcome::Found);
        let port = self.start.tftp_port;
        let mut profile = File::new(About::Profile.what(), ServiceProfile::parse);
        let mut client_config = File::new(About::ClientConfig.what(), ClientConfig::parse);
        let address = user.service_profile.as_ref().map(|address| qualified_address(address, asked));
        if !address.as_ref().is_some_and(|address| profile.at_address(address, port)) {
            self.at_nodes(&mut profile, PROFILE);
        }
        if let Some(address) = &user.client_config {
            client_config.at_address(&qualified_address(address, asked), port);
        }
        let name = self.start.client_config_file.clone().unwrap_or_else(|| CLIENT_CONFIG.to_owned());
        // The host of the profile is one that gives files; a node of UDS need not be.
        if let Some(host) = address.and_then(|address| Url::parse(&address).ok()?.host_str().map(ToOwned::to_owned)) {
            client_config.at_host(host.trim_matches(['[', ']']), &name, port);
        }
        self.at_nodes(&mut client_config, &name);
        let devices = Nodes::new(self.gathered.nodes.clone());
        self.gathered.user = user;
        self.stage = Stage::Gathering(Box::new(Gathering { profile, client_config, devices, listed: None }));
    }
}

/// Host and port of an address that a server names, always over TLS.
fn server_of(address: &str, asked: &Server) -> Option<Server> {
    let url = Url::parse(&qualified_address(address, asked)).ok()?;
    let port = if url.scheme() == "https" { url.port_or_known_default()? } else { HTTPS_PORT };
    Server::parse(url.host_str()?, port).map(|server| Server { port, ..server })
}
