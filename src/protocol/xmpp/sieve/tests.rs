//! What the sieve lets through, leaves out and refuses.

use super::*;
use proptest::prelude::*;

const HEAD: &str = "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' \
                    version='1.0' from=\"exa'mple>.test\">";

fn sift(sieve: &mut Sieve, text: &[u8]) -> Result<String, Restricted> {
    let mut out = Vec::new();
    sieve.pass(text, &mut out).map(|()| String::from_utf8_lossy(&out).into_owned())
}

fn opened() -> Sieve {
    let mut sieve = Sieve::new();
    assert_eq!(sift(&mut sieve, HEAD.as_bytes()).unwrap(), HEAD);
    sieve
}

/// What becomes of one element on an open stream.
fn becomes(element: &str) -> Result<String, Restricted> {
    sift(&mut opened(), element.as_bytes())
}

#[test]
fn honest_streams_pass_octet_by_octet() {
    let text = format!(
        "{HEAD} \n<message to='a@b'><body>1 &lt; 2 <![CDATA[ ]]] <x> ]]></body><x xmlns='u' a=\"'>\"/></message><r xmlns='urn:xmpp:sm:3'/>\n\
         <iq type='result' id='1'/><presence/></stream:stream>"
    );
    let mut whole = Sieve::new();
    assert_eq!(sift(&mut whole, text.as_bytes()).unwrap(), text);
    assert!(whole.is_closed());
    let mut sieve = Sieve::new();
    let slowly: String = text.bytes().map(|octet| sift(&mut sieve, &[octet]).unwrap()).collect();
    assert_eq!((slowly, sieve.left_out()), (text, 0));
}

#[test]
fn a_stanza_that_would_kill_the_parser_is_left_out() {
    let deep = format!("<message>{}{}</message>", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let long = format!("<message id='{}'/>", "x".repeat(9000));
    let large = format!("<message><body>{}</body></message>", "x".repeat(STANZA));
    let many = format!("<iq type='get' id='1'><q {}/></iq>", "a='' ".repeat(3));
    for element in
        [&deep, &long, &large, &many, "<presence><x:a/></presence>", "<message>&#0;</message>", "<message><a></b></message>"]
    {
        assert_eq!(becomes(element).unwrap(), "<message/>", "{}", &element[..element.len().min(80)]);
    }
    let mut sieve = opened();
    for (nth, bad) in [deep.as_str(), "<message>&#0;</message>", "<message><body>half</b></message>"].iter().enumerate() {
        let after = sift(&mut sieve, format!("{bad}<message id='after'/>").as_bytes()).unwrap();
        assert_eq!((after.as_str(), sieve.left_out()), ("<message/><message id='after'/>", nth as u64 + 1));
    }
}

#[test]
fn markup_that_xmpp_does_not_allow_is_an_error() {
    for text in [
        "<!-- a -->",
        "<message><!-- a --></message>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]>",
        "<?php ?>",
        "<message><?a b?></message>",
    ] {
        assert_eq!(becomes(text), Err(Restricted::Markup), "{text}");
    }
    let doctype = "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>]>";
    assert_eq!(sift(&mut Sieve::new(), doctype.as_bytes()), Err(Restricted::Markup));
    assert_eq!(becomes(&format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", "1".repeat(9000))), Err(Restricted::Malformed));
    assert_eq!(sift(&mut Sieve::new(), format!("<a {}>", " ".repeat(HEADER)).as_bytes()), Err(Restricted::Malformed));
}

#[test]
fn an_endless_stanza_needs_no_endless_memory() {
    let mut sieve = opened();
    let mut out = Vec::new();
    sieve.pass(b"<message><body>", &mut out).unwrap();
    for _ in 0..64 {
        sieve.pass(&[b'x'; 1 << 16], &mut out).unwrap();
    }
    assert!(sieve.held.len() <= STANZA && out.is_empty());
    sieve.pass(b"</body></message>", &mut out).unwrap();
    assert_eq!(out, EMPTY);
}

#[test]
fn a_refused_resumption_counts() {
    for (said, passed) in [
        ("<failed xmlns='urn:xmpp:sm:3'/>", "<failed h='0' xmlns='urn:xmpp:sm:3'/>"),
        ("<s:failed\nxmlns:s='urn:xmpp:sm:3'><a/></s:failed>", "<s:failed h='0'\nxmlns:s='urn:xmpp:sm:3'><a/></s:failed>"),
        ("<failed xmlns='urn:xmpp:sm:3' h='7'/>", "<failed xmlns='urn:xmpp:sm:3' h='7'/>"),
        ("<failed xmlns='urn:other'/>", "<failed xmlns='urn:other'/>"),
        ("<message><failed xmlns='urn:xmpp:sm:3'/></message>", "<message><failed xmlns='urn:xmpp:sm:3'/></message>"),
    ] {
        let mut sieve = opened();
        assert_eq!(sift(&mut sieve, said.as_bytes()).unwrap(), passed);
        assert_eq!(sift(&mut sieve, b"<iq/>").unwrap(), "<iq/>");
    }
}

#[test]
fn the_condition_of_a_stream_error_is_kept_and_what_it_says() {
    let error = "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                 <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>bye</text></stream:error>";
    let mut sieve = opened();
    assert_eq!(sift(&mut sieve, error.as_bytes()).unwrap(), error);
    assert_eq!(sieve.stream_error(), Some("system-shutdown: bye"));
    let mut sieve = opened();
    let text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>TEXT</text>".replace("TEXT", &"x".repeat(5000));
    let error = format!(
        "<stream:error>{text}<policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><other xmlns='urn:other'>y</other>\
         </stream:error>"
    );
    assert_eq!(sift(&mut sieve, error.as_bytes()).unwrap(), error);
    assert_eq!(sieve.stream_error(), Some(format!("policy-violation: {}", "x".repeat(TEXT)).as_str()));
    let mut sieve = opened();
    assert!(sift(&mut sieve, b"<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>").is_ok());
    assert_eq!(sieve.stream_error(), Some("reset"));
}

/// Elements with text, attributes and children, well-formed.
#[test]
fn home_nodes_and_other_hosts_are_kept_and_bounded() {
    let mut sieve = opened();
    let names: String =
        (0..20).map(|at| format!("<hostname xmlns='urn:xmpp:domain-based-name:0'> imp{at} </hostname>")).collect();
    let other = "<hostname xmlns='urn:xmpp:domain-based-name:1'>kerberos</hostname>";
    let features = format!(
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>{other}{names}</mechanisms></stream:features>"
    );
    sift(&mut sieve, features.as_bytes()).unwrap();
    assert_eq!((sieve.home().len(), sieve.home()[0].as_str()), (HOSTS, "imp0"));
    assert_eq!(sieve.elsewhere(), None);
    let error = |host: &str| {
        format!(
            "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{host}</see-other-host></stream:error>"
        )
    };
    sift(&mut sieve, error("").as_bytes()).unwrap();
    assert_eq!(sieve.elsewhere(), None);
    let mut sieve = opened();
    sift(&mut sieve, error("[2001:db8::1]:5222").as_bytes()).unwrap();
    assert_eq!((sieve.elsewhere(), sieve.stream_error()), (Some("[2001:db8::1]:5222"), Some("see-other-host")));
    let mut sieve = opened();
    sift(&mut sieve, error(&"x".repeat(1_000)).as_bytes()).unwrap();
    assert_eq!(sieve.elsewhere(), None);
}

fn element() -> impl Strategy<Value = String> {
    let text = "[ a-z0-9>\"'\\]é&&[^&<]]{0,8}";
    let leaf = text.prop_map(|text| text.replace("]]>", ""));
    leaf.prop_recursive(6, 40, 4, |inner| {
        ("[a-z]{1,4}", "[a-z> /]{0,6}", prop::collection::vec(inner, 0..4)).prop_map(|(name, value, children)| {
            // Texts that stand side by side may make one: it is no text of XML (2.4).
            let children = children.concat().replace("]]>", "");
            format!("<{name} v='{value}'>{children}</{name}>")
        })
    })
}

proptest! {
    #[test]
    fn any_octets_pass_or_are_refused(octets in prop::collection::vec(prop::sample::select(b"<>/!?[]-'\"= aCDAT\x00\xff".to_vec()), 0..200)) {
        let mut out = Vec::new();
        let _either = opened().pass(&octets, &mut out);
        prop_assert!(out.len() <= octets.len() * EMPTY.len());
    }

    #[test]
    fn well_formed_stanzas_pass_unchanged(body in element(), cut in 1..20usize) {
        let stanza = format!("<message>{body}</message>");
        let mut sieve = opened();
        let sifted: String = stanza.as_bytes().chunks(cut).map(|chunk| {
            let mut out = Vec::new();
            sieve.pass(chunk, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        }).collect();
        prop_assert_eq!(sifted, stanza);
    }

    #[test]
    fn it_is_all_one_in_which_pieces_octets_come(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "<message>", "</message>", "<a/>", "<b c='>' d=\"'\">", "</b>", "<![CDATA[ <x> ]]>", "]]>", "text", " ", "<!", "<?", "'", "/",
        ]), 0..30),
        cut in 1..20usize,
    ) {
        let text = tokens.concat();
        let sifted = |pieces: usize| {
            let (mut sieve, mut out) = (opened(), Vec::new());
            let passed = text.as_bytes().chunks(pieces).try_for_each(|piece| sieve.pass(piece, &mut out));
            (passed, passed.map(|()| out), sieve.left_out(), sieve.is_empty())
        };
        prop_assert_eq!(sifted(cut), sifted(text.len().max(1)));
    }

    #[test]
    fn what_passes_is_always_parsed(tokens in prop::collection::vec(
        prop::sample::select(vec!["<message>", "</message>", "<a>", "</a>", "<iq/>", "<x:y/>", "<b c='d'>", "</b>", " "]),
        0..30,
    )) {
        let mut sieve = opened();
        let mut sifted = HEAD.as_bytes().to_vec();
        for token in tokens {
            if sieve.pass(token.as_bytes(), &mut sifted).is_err() || sieve.depth == 0 {
                return Ok(());
            }
        }
        let mut parser = rxml::Parser::default();
        let mut rest = sifted.as_slice();
        loop {
            match parser.parse(&mut rest, false) {
                Ok(Some(_)) => {}
                Ok(None) | Err(rxml::error::EndOrError::NeedMoreData) => break,
                Err(error) => {
                    return Err(TestCaseError::fail(format!("{error:?} in {}", String::from_utf8_lossy(&sifted))));
                }
            }
        }
    }
}
