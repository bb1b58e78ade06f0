//! Mutated and random bytes into every parser: whatever comes, there is an answer, no panic, and nothing is written that
//! would not be read back as the same.
//!
//! A row is a name, honest inputs, and what reads them. `OFFHOOK_MUTATIONS` sets how many inputs each row gets. Seeded, so
//! that a failure comes back: the input stands in the message.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]

mod cisco;
mod files;
mod lab;
mod media;
mod signin;
mod sip;
mod xmpp;

use offhook::machine::Chance;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Inputs for each row unless the environment says otherwise.
const INPUTS: u64 = 12_000;

/// Reads an input, asserts what must hold of any, and answers whether it was taken for what it should be.
type Reader = Box<dyn FnMut(&[u8]) -> bool>;

struct Row {
    name: &'static str,
    /// Mutations begin with them.
    honest: Vec<Vec<u8>>,
    read: Reader,
}

/// What mutations put in: bytes and words that mean something somewhere.
const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\r",
    b"\n",
    b"\0",
    b" ",
    b"\t",
    b"\"",
    b"\\",
    b"<",
    b">",
    b",",
    b";",
    b":",
    b"=",
    b"@",
    b"?",
    b"/",
    b"%",
    b"%00",
    b"%4",
    b"[",
    b"]",
    b"::",
    b"*",
    b"-1",
    b"0",
    b"65536",
    b"4294967296",
    b"99999999999999999999",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\xae",
    b"\x1b[2J",
    b"SIP/2.0",
    b"sip:",
    b"tel:",
    b"Content-Length: 3\r\n",
    b"l: 99\r\n",
    b"Via: ",
    b";lr",
    b";tag=",
    b"Digest ",
    b"\r\nm=audio 1 RTP/AVP 0",
    b"\r\n ",
    b"\0\0\0\0",
    b"\xff\xff\xff",
    b"\x7f",
    b"\x80",
    b"9",
];

#[test]
fn whatever_comes_there_is_an_answer() {
    let inputs = std::env::var("OFFHOOK_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(INPUTS);
    let mut chance = Chance::seeded(20_261_122);
    let (mut total, mut broken) = (0_u64, Vec::new());
    let rooms = [sip::rows(), media::rows(), xmpp::rows(), files::rows(), signin::rows(), cisco::rows(), lab::rows()];
    for mut row in rooms.into_iter().flatten() {
        let honest = row.honest.iter().filter(|input| (row.read)(input)).count();
        assert!(honest > 0, "{}: none of the honest inputs is taken, so nothing would be tried", row.name);
        let mut taken = 0;
        for _ in 0..inputs {
            let input = mutate(&row.honest, &mut chance);
            let outcome = catch_unwind(AssertUnwindSafe(|| (row.read)(&input)));
            taken += u64::from(matches!(outcome, Ok(true)));
            if outcome.is_err() {
                broken.push(format!("{}: this input breaks it: {}", row.name, input.escape_ascii()));
                break;
            }
        }
        println!("{}: {} honest and {inputs} mutated inputs, {taken} of these taken", row.name, row.honest.len());
        total += inputs;
    }
    println!("{total} mutated inputs in all");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// One of the honest inputs with a few places cut, doubled, flipped, swapped with another's or overwritten with a word that
/// means something; or, in one of twenty cases, nothing but noise.
fn mutate(honest: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    if chance.below(20) == 0 {
        return noise(chance);
    }
    let mut bytes = honest[index(chance, honest.len())].clone();
    for _ in 0..=chance.below(4) {
        let (from, to) = range(bytes.len(), chance);
        let word = WORDS[index(chance, WORDS.len())].iter().copied();
        match chance.below(7) {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(from..from, word)),
            2 => drop(bytes.splice(from..to, word)),
            3 => bytes.truncate(from),
            4 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(to..to, piece);
            }
            5 => {
                let other = &honest[index(chance, honest.len())];
                let (start, end) = range(other.len(), chance);
                bytes.splice(from..to, other[start..end].iter().copied());
            }
            _ => bytes.iter_mut().skip(from).take(1).for_each(|byte| *byte ^= 1 << chance.below(8)),
        }
        bytes.truncate(8_192);
    }
    bytes
}

/// Random bytes, or random words.
fn noise(chance: &mut Chance) -> Vec<u8> {
    if chance.happens(500) {
        let mut bytes = vec![0; index(chance, 200)];
        chance.fill(&mut bytes);
        return bytes;
    }
    (0..chance.below(20)).flat_map(|_| WORDS[index(chance, WORDS.len())].to_vec()).collect()
}

fn index(chance: &mut Chance, bound: usize) -> usize {
    usize::try_from(chance.below(bound as u64)).unwrap_or(0)
}

/// A range of `length`: mostly short, perhaps empty.
fn range(length: usize, chance: &mut Chance) -> (usize, usize) {
    let from = index(chance, length + 1);
    let longest = if chance.happens(800) { 8 } else { length + 1 };
    (from, (from + index(chance, longest)).min(length))
}
