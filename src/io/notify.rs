//! Notifications of the desktop (org.freedesktop.Notifications 1.2, over D-Bus), where there is one and we sit in front
//! of it. What cannot be told is logged, once, and nobody waits for it.
//!
//! It refuses to know what is said, and whether it should be.

use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;
use zbus::Connection;
use zbus::zvariant::Value;

/// Notifications that may wait; more at a time tell nobody anything.
const WAITING: usize = 16;

/// A desktop that takes longer is not told.
const PATIENCE: Duration = Duration::from_secs(5);

/// One notification.
#[derive(Debug)]
struct Told {
    title: String,
    text: String,
    urgent: bool,
}

/// Tells the desktop.
#[derive(Debug)]
pub struct Desktop {
    queue: mpsc::Sender<Told>,
}

impl Desktop {
    /// The desktop of this session; where there is none, what is told goes nowhere. Needs a running event loop.
    #[must_use]
    pub fn of_this_session() -> Desktop {
        Desktop::at(None)
    }

    fn at(address: Option<String>) -> Desktop {
        let (queue, told) = mpsc::channel(WAITING);
        tokio::spawn(tell(address, told));
        Desktop { queue }
    }

    /// Shows a notification with that title and text. It does not wait.
    pub fn tell(&self, title: &str, text: &str, urgent: bool) {
        // When more wait than anybody could read, this one is too many.
        let _ = self.queue.try_send(Told { title: title.to_owned(), text: text.to_owned(), urgent });
    }
}

async fn tell(address: Option<String>, mut told: mpsc::Receiver<Told>) {
    let mut desktop: Option<Connection> = None;
    let mut complained = false;
    while let Some(next) = told.recv().await {
        let shown = tokio::time::timeout(PATIENCE, show(&mut desktop, address.as_deref(), &next)).await;
        let why = match shown {
            Ok(Ok(())) => continue,
            Ok(Err(why)) => why.to_string(),
            Err(_) => "it did not answer in time".to_owned(),
        };
        desktop = None;
        if !std::mem::replace(&mut complained, true) {
            tracing::warn!(%why, "the desktop shows no notifications");
        }
    }
}

async fn show(desktop: &mut Option<Connection>, address: Option<&str>, told: &Told) -> zbus::Result<()> {
    let connection = match desktop {
        Some(connection) => connection,
        None => desktop.insert(match address {
            Some(address) => zbus::connection::Builder::address(address)?.build().await?,
            None => Connection::session().await?,
        }),
    };
    let hints =
        HashMap::from([("urgency", Value::U8(if told.urgent { 2 } else { 1 })), ("desktop-entry", Value::from("offhook"))]);
    let nothing: &[&str] = &[];
    // In this order: program, what it replaces, icon, title, text, actions, hints, how long (-1: as the desktop likes).
    let body = ("offhook", 0u32, "", told.title.as_str(), without_markup(&told.text), nothing, hints, -1i32);
    let place = ("org.freedesktop.Notifications", "/org/freedesktop/Notifications");
    connection.call_method(Some(place.0), place.1, Some(place.0), "Notify", &body).await.map(drop)
}

/// Desktops read the text as markup; ours is none.
fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};

    /// A bus of our own.
    struct Bus(Child, String);

    impl Bus {
        fn start() -> Option<Bus> {
            let started = Command::new("dbus-daemon")
                .args(["--session", "--nofork", "--nopidfile", "--print-address"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn();
            let Ok(mut daemon) = started else {
                assert!(std::env::var_os("OFFHOOK_PEERS").is_none(), "dbus-daemon is missing");
                return None;
            };
            let mut address = String::new();
            BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
            Some(Bus(daemon, address.trim().to_owned()))
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }

    struct Service(mpsc::Sender<(String, String, u8)>);

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    impl Service {
        #[expect(clippy::too_many_arguments)]
        async fn notify(
            &self,
            _program: String,
            _replaces: u32,
            _icon: String,
            title: String,
            text: String,
            _actions: Vec<String>,
            hints: HashMap<String, zbus::zvariant::OwnedValue>,
            _expires: i32,
        ) -> u32 {
            let urgency = u8::try_from(hints.get("urgency").unwrap().try_clone().unwrap()).unwrap();
            self.0.send((title, text, urgency)).await.unwrap();
            7
        }
    }

    #[tokio::test]
    async fn the_desktop_is_told_and_comes_back() {
        let Some(bus) = Bus::start() else { return };
        let desktop = Desktop::at(Some(bus.1.clone()));
        // Nobody serves notifications yet: that one is lost, or comes first should it be slow.
        desktop.tell("lost", "", false);
        let (heard, mut told) = mpsc::channel(4);
        let builder =
            zbus::connection::Builder::address(bus.1.as_str()).unwrap().name("org.freedesktop.Notifications").unwrap();
        let served = builder.serve_at("/org/freedesktop/Notifications", Service(heard)).unwrap();
        let _service = served.build().await.unwrap();
        desktop.tell("Bo", "<b>rings</b> & rings", true);
        let mut first = tokio::time::timeout(PATIENCE, told.recv()).await.unwrap();
        if first.as_ref().is_some_and(|(title, ..)| title == "lost") {
            first = tokio::time::timeout(PATIENCE, told.recv()).await.unwrap();
        }
        assert_eq!(first, Some(("Bo".into(), "&lt;b&gt;rings&lt;/b&gt; &amp; rings".into(), 2)));
    }

    #[tokio::test]
    async fn without_a_bus_nobody_waits() {
        let desktop = Desktop::at(Some("unix:path=/nonexistent/bus".into()));
        for _ in 0..WAITING * 4 {
            desktop.tell("a", "b", false);
        }
        while desktop.queue.capacity() < WAITING {
            tokio::task::yield_now().await;
        }
    }
}
