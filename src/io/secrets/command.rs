//! The password command of an account: run by `sh -c` at each sign-in, its first line of output is the password.
//!
//! It runs in our own process group, so that a pinentry on the terminal can ask. What it prints goes nowhere else.

use crate::machine::{Secret, visible_line};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// A command that has not ended by then is killed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of its output that are looked at; the rest is read and dropped, so that it can end.
const LOOKED_AT: usize = 16 << 10;

/// Characters of its complaints that are shown.
const SHOWN: usize = 400;

/// Runs `command`.
///
/// # Errors
/// It cannot be run, fails, takes more than 30 s, or prints no password: a sentence with what it complained of.
pub async fn run(command: &str) -> Result<Secret, String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // The thread that begins a program waits until the shell was found and loaded: the screen's must not.
    let child = tokio::task::spawn_blocking(move || shell.spawn()).await;
    let cannot = |why: &dyn std::fmt::Display| format!("The password command cannot be run: {why}.");
    let mut child = child.map_err(|why| cannot(&why))?.map_err(|why| cannot(&why))?;
    let (printed, complained) = (child.stdout.take(), child.stderr.take());
    let all = async { tokio::join!(beginning(printed), beginning(complained), child.wait()) };
    let Ok((printed, complained, status)) = timeout(PATIENCE, all).await else {
        return Err(format!(
            "The password command has not ended after {} seconds, and was killed. Run it by hand to see what it waits for.",
            PATIENCE.as_secs()
        ));
    };
    let status = status.map_err(|why| format!("The password command was lost: {why}."))?;
    if !status.success() {
        return Err(format!(
            "The password command failed ({}){} Run it by hand to see why.",
            ended(status),
            quoted(&complained)
        ));
    }
    let line = printed.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok("") => Err(format!("The password command printed no password: its first line is empty{}", quoted(&complained))),
        Ok(password) => Ok(Secret::new(password.to_owned())),
        Err(_) => Err("The password command printed something that is not UTF-8.".into()),
    }
}

/// What comes first out of a pipe; wiped from memory when it is dropped.
async fn beginning(pipe: Option<impl AsyncRead + Unpin>) -> Zeroizing<Vec<u8>> {
    // Never grown, so that no copy is left behind.
    let mut bytes = Zeroizing::new(vec![0; LOOKED_AT]);
    let Some(mut pipe) = pipe else { return Zeroizing::new(Vec::new()) };
    let mut length = 0;
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match pipe.read(room).await {
            Ok(0) | Err(_) => break,
            Ok(read) => length += read,
        }
    }
    bytes.truncate(length);
    // The end of a pipe that fails is its end.
    let _ = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
    bytes
}

fn ended(status: ExitStatus) -> String {
    status.code().map_or_else(|| visible_line(&status.to_string()), |code| format!("exit code {code}"))
}

fn quoted(complained: &[u8]) -> String {
    let text = String::from_utf8_lossy(complained);
    let text: String = visible_line(text.trim()).chars().take(SHOWN).collect();
    if text.is_empty() { ".".into() } else { format!(": {}.", text.trim_end_matches('.')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_line_is_the_password() {
        for (command, password) in [
            ("echo hunter2", "hunter2"),
            ("printf 'no line end'", "no line end"),
            ("printf ' spaced  \\r\\nsecond\\n'", " spaced  "),
            ("echo pässwörd; yes | head -c 100000", "pässwörd"),
            ("cat; echo stdin was empty", "stdin was empty"),
        ] {
            assert_eq!(run(command).await.unwrap().expose(), password, "{command}");
        }
    }

    #[tokio::test]
    async fn a_command_that_fails_says_why_and_cannot_act_on_the_terminal() {
        for (command, said) in [
            ("echo hunter2; echo 'not \u{1b}[31mfound' >&2; exit 3", "(exit code 3): not ␛[31mfound"),
            ("offhook-no-such-command", "exit code 127"),
            ("kill -9 $$", "signal: 9"),
            ("true", "first line is empty."),
            ("echo; echo hunter2", "first line is empty"),
            ("printf 'a\\377b'", "not UTF-8"),
        ] {
            let why = run(command).await.unwrap_err();
            assert!(why.contains(said) && !why.contains("hunter2") && !why.contains('\u{1b}'), "{command}: {why}");
        }
        let long = run("yes complaint | head -c 100000 >&2; exit 1").await.unwrap_err();
        assert!(long.chars().count() < SHOWN + 100, "{}", long.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_hangs_is_killed() {
        let why = run("exec sleep 1000").await.unwrap_err();
        assert!(why.contains("after 30 seconds"), "{why}");
    }
}
