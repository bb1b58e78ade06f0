# The commands of a newcomer are `make demo`, `make test` and `make install`; the rest is for those who work on offhook.
prefix ?= /usr/local
CARGO ?= cargo

.PHONY: demo build test quick bench install man clean

build:
	@tests/peers/install.sh build
	$(CARGO) build --release --locked

# The screen on a deployment of its own, on loopback: nothing of yours is read or written.
demo:
	@tests/peers/install.sh build
	@$(CARGO) run --locked --profile demo -- demo

# Everything, against real servers and phones. A peer that is missing is a failure here; plain `cargo test` skips it by name.
test:
	@tests/peers/install.sh test
	OFFHOOK_PEERS=required $(CARGO) test --locked --no-fail-fast

# What needs no peers.
quick:
	$(CARGO) test --locked --lib --test tidy

bench:
	@tests/peers/install.sh bench
	$(CARGO) bench --locked

# Man pages and third-party notices are generated; their tests hold that they are fresh.
man:
	OFFHOOK_REGENERATE=1 $(CARGO) test --locked --test man --test notices

install: build
	install -Dm755 target/release/offhook $(DESTDIR)$(prefix)/bin/offhook
	install -d $(DESTDIR)$(prefix)/share/man/man1
	install -m644 man/*.1 $(DESTDIR)$(prefix)/share/man/man1/
	install -d $(DESTDIR)$(prefix)/share/man/man5
	install -m644 man/*.5 $(DESTDIR)$(prefix)/share/man/man5/
	install -d $(DESTDIR)$(prefix)/share/man/man7
	install -m644 man/*.7 $(DESTDIR)$(prefix)/share/man/man7/

clean:
	$(CARGO) clean
	rm -rf .venv
