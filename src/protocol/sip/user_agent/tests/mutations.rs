//! Broken messages in the middle of calls: whatever comes, a call ends once, and nothing panics or runs wild.

use super::by_hand::{request, response, with_sdp};
use super::network::{NodeIn, PROXY, Story, address};
use super::plain_calls::CALL;
use crate::machine::Chance;
use crate::protocol::sip::message::Message;
use crate::protocol::sip::user_agent::{Input, SessionId};

/// Copies with bytes changed, cut out, doubled or swapped between two messages.
fn mutate(chance: &mut Chance, messages: &[Vec<u8>]) -> Vec<u8> {
    let pick = |chance: &mut Chance| messages[chance.below(messages.len() as u64) as usize].clone();
    let mut bytes = pick(chance);
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() as u64) as usize;
        let end = (at + chance.below(40) as usize).min(bytes.len());
        match chance.below(5) {
            0 => bytes[at] = chance.u32() as u8,
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => {
                let other = pick(chance);
                let from = chance.below(other.len() as u64) as usize;
                bytes.splice(at..end, other[from..(from + 40).min(other.len())].iter().copied());
            }
            _ => {
                // A line of another message: another tag, number or method.
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let other = String::from_utf8_lossy(&pick(chance)).into_owned();
                let mut lines: Vec<&str> = text.split("\r\n").collect();
                let others: Vec<&str> = other.split("\r\n").collect();
                let line = chance.below(lines.len() as u64) as usize;
                lines[line] = others[chance.below(others.len() as u64) as usize];
                bytes = lines.join("\r\n").into_bytes();
            }
        }
        if bytes.is_empty() {
            bytes.push(b'x');
        }
    }
    bytes
}

#[test]
fn broken_messages_end_no_call_twice() {
    let mut inputs = 0;
    for seed in 0..40 {
        let mut chance = Chance::seeded(seed);
        let mut story = Story::by_hand();
        let invite = story.alice_calls("bob", &[("Session-Expires", "1800;refresher=uac"), ("Allow", "UPDATE")]);
        let mut messages: Vec<Vec<u8>> = ["BYE", "INVITE", "UPDATE", "INFO", "ACK", "OPTIONS", "REFER", "CANCEL", "NOTIFY"]
            .into_iter()
            .enumerate()
            .map(|(at, method)| with_sdp(story.within(&invite, "bob", method, 10 + at as u32), "offer").write())
            .collect();
        messages.push(with_sdp(request("INVITE", 1, None, &[("Session-Expires", "100")]), "offer").write());
        for status in [100, 180, 200, 302, 407, 422, 491, 500, 603] {
            messages.push(response(&invite, status, "bob", Some("answer")).write());
        }
        for round in 0..100 {
            let bytes = mutate(&mut chance, &messages);
            let now = story.world.now();
            story.world.post(now, PROXY, NodeIn::Say { to: address(1, 20_000), bytes });
            inputs += 1;
            if round % 10 == 0 {
                let body = b"offer".to_vec();
                story.tell(
                    1,
                    if chance.happens(500) {
                        Input::Offer { session: CALL, body }
                    } else {
                        Input::Answer { session: CALL, body }
                    },
                );
            }
            story.run_for(0.05);
        }
        story.end();
        for incoming in 0..200 {
            story.tell(1, Input::End { session: SessionId(2 * incoming + 1) });
        }
        story.run_for(400.0);
        let told = story.told(1);
        let began = 1 + told.iter().filter(|word| word.starts_with("incoming")).count();
        assert_eq!(told.iter().filter(|word| word.starts_with("ended")).count(), began, "{seed}: {told:?}");
        let sent = story.heard().iter().filter(|message| matches!(message, Message::Request(_))).count();
        assert!(sent < 1000, "{seed}: {sent} requests of ours");
    }
    println!("{inputs} broken messages");
}
