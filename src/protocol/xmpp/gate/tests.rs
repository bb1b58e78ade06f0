//! Every attack, as a stanza.
