//! The hands of the loop: each output of the engine goes to the part of io that carries it out. Nothing here waits, and
//! nothing is decided; answers come back as inputs.

use super::account_desk::AccountDesk;
use super::sound_desk::{OpenForCall, SoundDesk};
use crate::engine::ask::{Answer, AskId, ChosenSound, Question};
use crate::engine::event::{AccountName, Event, LinkState, Problem, ProblemKind, Sound, SoundPath};
use crate::engine::input::{Input, PlayerIn, SoundIn};
use crate::engine::output::{Output, PlayerOut, SipOut, SoundOut, XmppOut};
use crate::engine::signin;
use crate::io::audio::Devices;
use crate::io::sip::SipTransport;
use crate::io::store::{Store, StoreThread};
use crate::io::xmpp::{self, XmppLink};
use crate::machine::Chance;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::future::Future;
use tokio::sync::mpsc::{self, error::TrySendError};

/// Everything that touches the world for the accounts.
#[derive(Debug)]
pub struct Hands {
    desk: AccountDesk,
    inputs: mpsc::Sender<Input>,
    store: StoreThread,
    sip: SipTransport,
    sound: SoundDesk,
    /// Where a screen can ring and choose; headless commands have none.
    devices: Option<Devices>,
    links: BTreeMap<AccountName, XmppLink>,
}

impl Hands {
    /// Hands for the accounts that `desk` serves, whose history is in `store`. What happens is told to `inputs`.
    ///
    /// # Errors
    /// The system gives no thread for the history.
    pub fn new(
        desk: AccountDesk,
        store: Store,
        open: OpenForCall,
        chance: Chance,
        inputs: mpsc::Sender<Input>,
    ) -> Result<Hands, Problem> {
        Ok(Hands {
            desk,
            store: StoreThread::spawn(store)?,
            sip: SipTransport::new(inputs.clone()),
            sound: SoundDesk::new(open, chance, inputs.clone()),
            devices: None,
            links: BTreeMap::new(),
            inputs,
        })
    }

    /// Hands that also have the sound devices: for calls, for the bell, to choose and to test them.
    #[must_use]
    pub fn with_devices(mut self, devices: Devices) -> Hands {
        let inputs = self.inputs.clone();
        devices.tell_to(move |told| {
            // Levels and positions come again; a loss waits until it is heard. Where the loop is gone, nobody wants to know.
            let _ = match told {
                SoundIn::Level(Some(_)) | SoundIn::Player(_, PlayerIn::At(_)) => {
                    inputs.try_send(Input::Sound(told)).map_err(drop)
                }
                told => inputs.blocking_send(Input::Sound(told)).map_err(drop),
            };
        });
        self.sound.open_by(Box::new(devices.for_calls()));
        self.devices = Some(devices);
        self
    }

    /// What an event means for what is kept here: a password that the server has refused is kept no longer for that service, and nothing
    /// is kept of an account that is gone.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Link { account, service, state } if is_refused_password(state) => {
                let (desk, account, service) = (self.desk.clone(), account.clone(), *service);
                tokio::spawn(async move { desk.password_refused(account, service).await });
            }
            Event::AccountGone { account } => {
                // Its stream has been told to end, and ends by itself.
                self.links.remove(account);
                self.sip.forget(account);
                self.desk.dismiss(account);
            }
            _ => {}
        }
    }

    /// Carries out one output. Events are the loop's own business.
    pub fn carry_out(&mut self, output: Output) {
        match output {
            Output::Event(_) => {}
            Output::Ask(id, question) => self.ask(id, question),
            Output::Xmpp(account, order) => self.xmpp(account, order),
            Output::Sip(order) => {
                let security = match &order {
                    SipOut::Open { account, .. } => self.desk.tls(account),
                    SipOut::Send { .. } | SipOut::Close { .. } => None,
                };
                self.sip.order(order, security);
            }
            Output::Media(call, order) => self.sound.order(call, order),
            Output::Sound(order) => self.devices_do(order),
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
            Question::Dns(account, question) => {
                let dns = self.desk.carrier(&account).map(|carrier| carrier.dns()).unwrap_or_default();
                self.answer(id, async move { Answer::Dns(dns.answer(&question).await) });
            }
            Question::SignIn { account, question } => self.carry(id, &account, question),
            Question::MediaPort { call, local } => {
                let bound = self.sound.bind(call, local);
                // It waits only where the loop is behind.
                if let Err(TrySendError::Full(answer)) = inputs.try_send(Input::Answered(id, Answer::MediaPort(bound))) {
                    tokio::spawn(async move { inputs.send(answer).await });
                }
            }
            // The engine's own affair: nobody here has any.
            Question::Token { .. } => {
                let problem = Problem::local("One-time passwords are given by the account's own sign-in.", "");
                self.answer(id, async move { Answer::Token(Err(problem)) });
            }
            Question::Sound(chosen) => self.look_for_sound(id, chosen),
            Question::Store(question) => self.store.ask(question, move |answer| {
                // The loop is gone when this fails, and with it whoever wanted to know.
                let _ = inputs.blocking_send(Input::Answered(id, Answer::Store(answer)));
            }),
            Question::Password { .. }
            | Question::KeepPassword { .. }
            | Question::Unseal { .. }
            | Question::Trust { .. }
            | Question::AddAccount(_)
            | Question::RemoveAccount(_)
            | Question::Launch(_)
            | Question::KeepDiscovery(_)
            | Question::KeepChoice { .. }
            | Question::KeptPhoto { .. }
            | Question::KeepPhoto { .. }
            | Question::Settings { .. } => self.ask_desk(id, question),
        }
    }

    fn ask_desk(&self, id: AskId, question: Question) {
        let desk = self.desk.clone();
        match question {
            Question::Password { account, service } => {
                self.answer(id, async move { Answer::Password(desk.password(&account, service).await) });
            }
            Question::KeepPassword { account, service, password } => {
                self.answer(id, async move { Answer::Kept(desk.keep_password(account, service, password).await) });
            }
            Question::Unseal { passphrase, new } => {
                self.answer(id, async move { Answer::Unsealed(desk.unseal(passphrase, new).await) });
            }
            Question::RemoveAccount(account) => {
                self.answer(id, async move { Answer::Done(desk.remove(account).await) });
            }
            Question::Trust { account, host, port, sha256, session } => self.answer(id, async move {
                let trusted = tokio::task::spawn_blocking(move || desk.trust(account, host, port, &sha256, session)).await;
                Answer::Done(trusted.unwrap_or_else(|why| Err(Problem::local(why.to_string(), ""))))
            }),
            Question::AddAccount(new) => self.answer(id, async move {
                let added = tokio::task::spawn_blocking(move || desk.add(new)).await;
                Answer::Account(added.unwrap_or_else(|why| Err(Problem::local(why.to_string(), "").into())))
            }),
            Question::Launch(account) => self.answer(id, async move {
                let launch = tokio::task::spawn_blocking(move || desk.launch(&account)).await;
                let launch = launch.unwrap_or_else(|why| Err(Problem::local(why.to_string(), "")));
                Answer::Launch(launch.map(Box::new))
            }),
            Question::KeepDiscovery(change) => self.answer(id, async move {
                let kept = tokio::task::spawn_blocking(move || desk.keep_discovery(&change)).await;
                Answer::Done(kept.unwrap_or_else(|why| Err(Problem::local(why.to_string(), ""))))
            }),
            Question::Settings { account, change } => self.answer(id, async move {
                let read = tokio::task::spawn_blocking(move || desk.settings(&account, change.as_ref())).await;
                Answer::Settings(read.unwrap_or_else(|why| Err(Problem::local(why.to_string(), "").into())))
            }),
            Question::KeepChoice { account, choice } => self.answer(id, async move {
                let kept = tokio::task::spawn_blocking(move || desk.keep_choice(&account, choice)).await;
                Answer::Done(kept.unwrap_or_else(|why| Err(Problem::local(why.to_string(), ""))))
            }),
            Question::KeptPhoto { account, url } => self.answer(id, async move {
                let kept = tokio::task::spawn_blocking(move || desk.photos(&account).ok()?.read(&url)).await;
                Answer::Photo(kept.unwrap_or_default())
            }),
            Question::KeepPhoto { account, url, file } => self.answer(id, async move {
                let keep = move || desk.photos(&account)?.keep(&url, &file);
                let kept = tokio::task::spawn_blocking(keep).await;
                Answer::Done(kept.unwrap_or_else(|why| Err(Problem::local(why.to_string(), ""))))
            }),
            Question::SignIn { .. }
            | Question::Dns(..)
            | Question::MediaPort { .. }
            | Question::Store(_)
            | Question::Token { .. }
            | Question::Sound(_) => {}
        }
    }

    /// What is asked for an account that is served no longer is not carried anywhere.
    fn carry(&self, id: AskId, account: &AccountName, question: signin::Question) {
        let Some(carrier) = self.desk.carrier(account) else { return };
        self.answer(id, async move { Answer::SignIn(carrier.answer(question).await) });
    }

    fn answer(&self, id: AskId, answer: impl Future<Output = Answer> + Send + 'static) {
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            let answer = answer.await;
            // The loop is gone when this fails, and with it whoever wanted to know.
            let _ = inputs.send(Input::Answered(id, answer)).await;
        });
    }

    /// Without devices there is nothing that could ring.
    fn devices_do(&self, order: SoundOut) {
        match (&self.devices, order) {
            (Some(devices), SoundOut::Ring(ring)) => devices.ring(ring),
            (Some(devices), SoundOut::Test(on)) => devices.test(on),
            (Some(devices), SoundOut::Player(order)) => devices.play(order),
            (None, SoundOut::Player(PlayerOut::Play { number, .. })) => {
                let inputs = self.inputs.clone();
                let told = PlayerIn::Failed("this command uses no sound devices.".into());
                // The loop is gone when this fails, and with it whoever wanted to know.
                tokio::spawn(async move { inputs.send(Input::Sound(SoundIn::Player(number, told))).await });
            }
            (None, _) => {}
        }
    }

    fn look_for_sound(&self, id: AskId, chosen: Option<ChosenSound>) {
        let inputs = self.inputs.clone();
        let answer = move |sound| {
            // The loop is gone when this fails, and with it whoever wanted to know.
            let _ = inputs.blocking_send(Input::Answered(id, Answer::Sound(sound)));
        };
        match &self.devices {
            Some(devices) => devices.look(chosen, answer),
            None => {
                let path = SoundPath::Silent("This command uses no sound devices.".into());
                tokio::task::spawn_blocking(move || answer(Sound { path, ..Sound::default() }));
            }
        }
    }

    fn xmpp(&mut self, account: AccountName, order: XmppOut) {
        let link = match self.links.entry(account) {
            Entry::Occupied(link) => link.into_mut(),
            Entry::Vacant(place) => {
                // An account that is served no longer has no link.
                let Some(tls) = self.desk.tls(place.key()) else { return };
                let account = place.key().clone();
                place.insert(xmpp::spawn(account, tls, self.inputs.clone()))
            }
        };
        link.send(order);
    }
}

/// Whether the server has refused the password.
fn is_refused_password(state: &LinkState) -> bool {
    match state {
        LinkState::Failed(problem) => problem.kind == ProblemKind::Password,
        LinkState::NeedsPassword { refused, .. } => *refused,
        LinkState::Offline | LinkState::Connecting | LinkState::Online { .. } | LinkState::Waiting { .. } => false,
    }
}
