//! The order of things in offer and answer; whole tables of descriptions stand in tests/.
use super::*;

fn negotiator(port: u16, security: Security) -> Negotiator {
    Negotiator::new(([192, 0, 2, 1], port).into(), security, Vec::new(), Chance::seeded(u64::from(port)))
}

#[test]
fn two_of_us_agree() {
    let (mut a, mut b) = (negotiator(4000, Security::Required), negotiator(5000, Security::Required));
    let offer = a.offer(Direction::SendRecv);
    let (answer, theirs) = b.offer_received(&offer, Direction::SendRecv).unwrap();
    let ours = a.answer_received(&answer).unwrap();
    assert_eq!((ours.codec, theirs.codec), (Codec::Opus, Codec::Opus));
    assert_eq!(ours.seal, theirs.open);
    assert_eq!(theirs.seal, ours.open);
    assert!(ours.seal.is_some() && ours.seal != ours.open);
}
