//! What the screen does while an account signs in by its address: it shows the steps, asks what only the user can say, and
//! makes way for the people when all is found.

use super::choose::moved;
use super::question::{Answer, Question};
use super::screen::{Focus, Model, Overlay, Screen};
use crate::engine::event::{AccountName, SignInAsk, SignInReply, SignInTold};
use crate::machine::visible_line;
use crate::tui::action::Action;

/// Devices that are offered: as many as there are digits to choose by.
const DEVICES: &str = "123456789";

impl Model {
    pub(super) fn heard_sign_in(&mut self, account: &AccountName, told: &SignInTold) {
        match told {
            // Who does something else is not disturbed.
            SignInTold::Began if self.screen == Screen::Home => {
                self.screen = Screen::SignIn;
                self.focus = Focus::Main;
                self.sign_in.row = usize::MAX;
            }
            SignInTold::Asks(Some(ask)) => self.ask_about_sign_in(account, ask),
            SignInTold::Found(_) if self.screen == Screen::SignIn => {
                self.screen = Screen::Home;
                self.focus = Focus::People;
            }
            SignInTold::Began
            | SignInTold::Step(_)
            | SignInTold::Decided(_)
            | SignInTold::Asks(None)
            | SignInTold::Refused(_)
            | SignInTold::Found(_)
            | SignInTold::Advanced(_)
            | SignInTold::Again(_) => {}
        }
    }

    fn ask_about_sign_in(&mut self, account: &AccountName, ask: &SignInAsk) {
        let answer = |reply| Answer::SignIn(account.clone(), reply);
        let question = match ask {
            SignInAsk::Host { host, purpose } => {
                let facts = vec![
                    ("Host".to_owned(), visible_line(host)),
                    ("Named for".to_owned(), visible_line(purpose)),
                    (String::new(), "It lies outside the domains of your services. Your password may go there.".to_owned()),
                ];
                let reply = |allowed| answer(SignInReply::Host { host: host.clone(), allowed });
                Question::new(
                    "Connect to a host outside?",
                    facts,
                    vec![('y', "connect", reply(true)), ('n', "do not", reply(false))],
                )
            }
            SignInAsk::Clear { leg, why } => {
                let mut facts = vec![("What".to_owned(), visible_line(leg))];
                if let Some(why) = why {
                    facts.push(("Why".to_owned(), visible_line(&why.what)));
                    facts.push(("Better".to_owned(), visible_line(&why.next)));
                }
                facts.push((String::new(), "Anybody on the way could read it, and change it.".to_owned()));
                let reply = |allowed| answer(SignInReply::Clear(allowed));
                let answers = vec![('y', "allow it", reply(true)), ('n', "do not", reply(false))];
                Question::new("Send in clear?", facts, answers)
            }
            SignInAsk::Device(devices) => {
                let offered = || DEVICES.chars().zip(devices);
                let fact = |(digit, device): (char, &crate::engine::event::DeviceChoice)| {
                    (digit.to_string(), format!("{}  {}", visible_line(&device.name), device.description))
                };
                let reply = |(digit, device): (char, &crate::engine::event::DeviceChoice)| {
                    (digit, "this one", answer(SignInReply::Device(device.name.clone())))
                };
                Question {
                    chosen: 0,
                    ..Question::new("Which phone is yours here?", offered().map(fact).collect(), offered().map(reply).collect())
                }
            }
        };
        self.overlays.push(Overlay::Question(question));
    }

    pub(super) fn act_in_sign_in(&mut self, action: Action) {
        match action {
            Action::Open if self.ask_again() => return,
            Action::Open => return self.choose_servers(),
            Action::Trust => return self.decide_on_certificate('t'),
            Action::TrustOnce => return self.decide_on_certificate('o'),
            _ => {}
        }
        self.sign_in.row = moved(action, self.sign_in.top, usize::MAX, self.sign_in.height);
    }
}
