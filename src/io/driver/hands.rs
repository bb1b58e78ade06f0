//! The hands of the loop: each output of the engine goes to the part of io that carries it out. Nothing here waits, and
//! nothing is decided; answers come back as inputs.

use super::sound_desk::{OpenForCall, SoundDesk};
use crate::engine::ask::{Answer, AskId, NoPassword, Question};
use crate::engine::event::{AccountName, Event, LinkState, Problem, ProblemKind, Service};
use crate::engine::input::Input;
use crate::engine::output::{Output, XmppOut};
use crate::engine::settings::Account;
use crate::io::accounts::StoredAccount;
use crate::io::dns::Dns;
use crate::io::secrets;
use crate::io::sip::SipTransport;
use crate::io::store::{Store, StoreThread};
use crate::io::tls::TlsSettings;
use crate::io::xmpp::{self, XmppLink};
use crate::machine::Chance;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::{self, error::TrySendError};

/// Everything that touches the world for one account.
#[derive(Debug)]
pub struct Hands {
    account: StoredAccount,
    tls: Arc<TlsSettings>,
    inputs: mpsc::Sender<Input>,
    dns: Dns,
    store: StoreThread,
    sip: SipTransport,
    sound: SoundDesk,
    links: BTreeMap<AccountName, XmppLink>,
}

impl Hands {
    /// Hands for `account`, whose history is in `store`. What happens is told to `inputs`.
    ///
    /// # Errors
    /// The system gives no thread for the history.
    pub fn new(
        account: StoredAccount,
        store: Store,
        tls: TlsSettings,
        open: OpenForCall,
        chance: Chance,
        inputs: mpsc::Sender<Input>,
    ) -> Result<Hands, Problem> {
        let tls = Arc::new(tls);
        let security = BTreeMap::from([(account.account.name.clone(), Arc::clone(&tls))]);
        Ok(Hands {
            account,
            tls,
            dns: Dns::default(),
            store: StoreThread::spawn(store)?,
            sip: SipTransport::new(security, inputs.clone()),
            sound: SoundDesk::new(open, chance, inputs.clone()),
            links: BTreeMap::new(),
            inputs,
        })
    }

    /// What an event means for what is kept here: a password that the server has refused is kept no longer, so that it is
    /// asked for instead of tried once more.
    pub fn hear(&self, event: &Event) {
        if let Event::Link { account, state: LinkState::Failed(problem), .. } = event
            && problem.kind == ProblemKind::Password
        {
            let account = account.clone();
            tokio::task::spawn_blocking(move || {
                if let Err(why) = secrets::forget_password(&account) {
                    tracing::warn!(%account, "{why}");
                }
            });
        }
    }

    /// Carries out one output. Events are the loop's own business.
    pub fn carry_out(&mut self, output: Output) {
        match output {
            Output::Event(_) => {}
            Output::Ask(id, question) => self.ask(id, question),
            Output::Xmpp(account, order) => self.xmpp(account, order),
            Output::Sip(order) => self.sip.order(order),
            Output::Media(call, order) => self.sound.order(call, order),
            Output::Sound(_) => {}
        }
    }

    /// Ends the XMPP streams in order, and waits until what was handed to the disk is there. For the end of the loop.
    pub async fn rest(self) {
        futures::future::join_all(self.links.into_values().map(XmppLink::ended)).await;
        let store = self.store;
        // A thread that panicked has said so on stderr.
        let _ = tokio::task::spawn_blocking(move || drop(store)).await;
    }

    fn ask(&mut self, id: AskId, question: Question) {
        let inputs = self.inputs.clone();
        match question {
            Question::Dns(question) => {
                let dns = self.dns.clone();
                tokio::spawn(async move {
                    let answer = dns.answer(&question).await;
                    inputs.send(Input::Answered(id, Answer::Dns(answer))).await
                });
            }
            Question::Password { service, .. } => {
                let (name, command) = (self.account.account.name.clone(), self.account.password_command.clone());
                let address = self.address(service);
                tokio::spawn(async move {
                    let password = secrets::password(&name, command.as_deref(), &address).await.map_err(NoPassword::Because);
                    inputs.send(Input::Answered(id, Answer::Password(password))).await
                });
            }
            Question::MediaPort { call, local } => {
                let bound = self.sound.bind(call, local);
                // It waits only where the loop is behind.
                if let Err(TrySendError::Full(answer)) = inputs.try_send(Input::Answered(id, Answer::MediaPort(bound))) {
                    tokio::spawn(async move { inputs.send(answer).await });
                }
            }
            Question::KeepPassword { .. }
            | Question::Trust { .. }
            | Question::AddAccount(_)
            | Question::RemoveAccount(_)
            | Question::Sound(_) => {}
            Question::Store(question) => self.store.ask(question, move |answer| {
                // The loop is gone when this fails, and with it whoever wanted to know.
                let _ = inputs.blocking_send(Input::Answered(id, Answer::Store(answer)));
            }),
        }
    }

    fn xmpp(&mut self, account: AccountName, order: XmppOut) {
        let link = self
            .links
            .entry(account)
            .or_insert_with_key(|account| xmpp::spawn(account.clone(), Arc::clone(&self.tls), self.inputs.clone()));
        link.send(order);
    }

    /// What a prompt calls the account's service.
    fn address(&self, service: Service) -> String {
        let Account { chat, phone, .. } = &self.account.account;
        match service {
            Service::Chat => chat.as_ref().map(|chat| chat.jid.clone()),
            Service::Phone => phone.as_ref().map(|phone| phone.address.clone()),
        }
        .unwrap_or_default()
    }
}
