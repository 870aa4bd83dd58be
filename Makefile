# SPDX-License-Identifier: GPL-2.0-or-later
# gpuclaim: one Makefile for building, testing and installing. `make help` lists the targets.

# The only place that says it: the packages and `make dist` take it from here.
VERSION		:= 0.2.0

# User variables: never overwritten here; our own flags are OUR_*.
CC		?= cc
CFLAGS		?= -O2 -g
PKG_CONFIG	?= pkg-config
PYTHON		?= python3
INSTALL		?= install
STRIP		?= strip
INSTALL_PROGRAM	?= $(INSTALL) -m 0755
INSTALL_DATA	?= $(INSTALL) -m 0644

# GNU directory variables, and the vendor folders as the distribution names them.
prefix		?= /usr
exec_prefix	?= $(prefix)
sbindir		?= $(exec_prefix)/sbin
datarootdir	?= $(prefix)/share
datadir		?= $(datarootdir)
docdir		?= $(datarootdir)/doc/gpuclaim
mandir		?= $(datarootdir)/man
sysconfdir	?= /etc
pkgvar		 = $(or $(shell $(PKG_CONFIG) --variable=$(1) $(2) 2>/dev/null),$(3))
ifndef udevdir
udevdir		:= $(call pkgvar,udevdir,udev,/usr/lib/udev)
endif
ifndef dracutmodulesdir
dracutmodulesdir := $(call pkgvar,dracutmodulesdir,dracut,/usr/lib/dracut/modules.d)
endif
initramfstoolsdir ?= $(datadir)/initramfs-tools
bashcompletionsdir ?= $(datadir)/bash-completion/completions
# Debian's zsh looks in $(datadir)/zsh/vendor-completions instead.
zshcompletionsdir ?= $(datadir)/zsh/site-functions
fishcompletionsdir ?= $(datadir)/fish/vendor_completions.d
ifndef systemdsystemunitdir
systemdsystemunitdir := $(call pkgvar,systemdsystemunitdir,systemd,/usr/lib/systemd/system)
endif
ifndef catalogdir
catalogdir	:= $(call pkgvar,catalogdir,systemd,/usr/lib/systemd/catalog)
endif

# Variants build in folders of their own, so that flags never mix.
B		:= build
OUR_CPPFLAGS	 = -D_GNU_SOURCE -DGPUCLAIM_VERSION='"$(VERSION)"' -I.
OUR_CFLAGS	 = -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
		   -Wmissing-prototypes -Wvla -Wformat=2 -fno-common -ffunction-sections \
		   -fdata-sections -fstack-protector-strong -fPIE
OUR_LDFLAGS	 = -pie -Wl,--build-id -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
ifdef WERROR
OUR_CFLAGS	+= -Werror
endif
# Sanitizers and coverage see more without what the compiler puts in for safety.
ifeq ($(SANITIZE)$(COVERAGE),)
OUR_CPPFLAGS	+= $(FORTIFY)
OUR_CFLAGS	+= $(PROTECTION)
endif
ifdef SANITIZE
B		:= $(B)-san
OUR_CFLAGS	+= -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
endif
ifdef COVERAGE
B		:= $(B)-cov
OUR_CFLAGS	+= --coverage -O0
endif
ifneq ($(findstring clang,$(CC)),)
B		:= $(B)-clang
endif

# An option, if the compiler takes it without a word beside the user's and the distribution's own:
# one that they set already is theirs. Asked once, and only when something is compiled.
hash		:= \#
probe		:= $(hash)include <features.h>\n$(hash)if LEVEL > __USE_FORTIFY_LEVEL\n$(hash)error\n$(hash)endif\n
taken		 = $(if $(shell printf '$(probe)' | $(CC) -Werror $(1) $(2) $(CPPFLAGS) $(CFLAGS) \
		   -x c -c -o /dev/null - 2>&1 || echo no),,$(1))
FORTIFY		 = $(eval FORTIFY := $(or $(call taken,-D_FORTIFY_SOURCE=3,-DLEVEL=3), \
		   $(call taken,-D_FORTIFY_SOURCE=2,-DLEVEL=2)))$(FORTIFY)
# The middle one is for x86, the last one for arm64.
PROTECTION	 = $(eval PROTECTION := $(foreach o,-fstack-clash-protection -fcf-protection \
		   -mbranch-protection=standard,$(call taken,$(o))))$(PROTECTION)

# The core is shared by the helper, the companion and the tests.
CORE_SRC	:= $(foreach r,base platform policy record machine claim,$(wildcard helper/$(r)/*.c))
# What changes a machine's devices: shared by the helper and the companion. Needs libudev; of
# libkmod only the header, for it is opened when a module is to be loaded.
ACT_SRC		:= $(wildcard helper/act/*.c)
HELPER_SRC	:= $(wildcard helper/*.c)
CTL_SRC		:= $(wildcard ctl/*.c ctl/*/*.c)
GRUB_SRC	:= $(wildcard grub/*.c boot/*.c boot/*/*.c)
NOVA_SRC	:= $(wildcard nova/*/*.c)

HELPER_LIBS	 = $(shell $(PKG_CONFIG) --libs libudev) -ldl
CTL_LIBS	 = $(shell $(PKG_CONFIG) --libs libpci json-c libudev libarchive smartcols yaml-0.1) \
		   -ldl

# One short line a command; V=1 shows the commands.
say		 = $(if $(V),,@echo "  $(1)	$@";)

obj		 = $(patsubst %.c,$(B)/%.o,$(1))

# The helper is in each initramfs: where the compiler is to optimize, its rooms are made small, in the
# order of the source, which is packed better, and without tables for exceptions, which C has not (a
# debugger has its own). `SMALL=` leaves that out. clang has no such order.
SMALL		 = $(eval SMALL := $(if $(filter -O2 -O3,$(CFLAGS)),-Os -fno-unwind-tables \
		   -fno-asynchronous-unwind-tables $(call taken,-fno-schedule-insns2)))$(SMALL)
$(B)/helper/%.o: FOR_ROOM = $(SMALL)

# Its relocations as a list of bits, where C library and linker know that (glibc: since 2.36).
relr		:= -Wl,-z,pack-relative-relocs
relr_probe	:= $(hash)include <features.h>\n$(hash)if !__GLIBC_PREREQ(2, 36)\n$(hash)error\n$(hash)endif\nint main(void) {}\n
RELR		 = $(eval RELR := $(if $(shell printf '$(relr_probe)' | $(CC) $(CPPFLAGS) $(CFLAGS) -pie -fPIE $(LDFLAGS) \
		   -Wl,--fatal-warnings $(relr) -x c -o /dev/null - 2>&1 || echo no),,$(relr)))$(RELR)

# What completes its words in a shell, the companion knows itself. To compile for another machine
# name one that runs here.
COMPLETIONS	:= $(addprefix $(B)/completions/, bash zsh fish)
COMPLETER	?= $(B)/gpuclaimctl

all: $(B)/gpuclaim $(B)/gpuclaimctl $(COMPLETIONS)	## build the two programs

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) $(FOR_ROOM) -MMD -MP -c -o $@ $<

# An archive is made anew: two folders may have files of the same name, which only appending keeps.
archive		 = $(call say,AR)rm -f $@ && $(AR) qcs $@ $^

$(B)/libcore.a: $(call obj,$(CORE_SRC))
	$(archive)

$(B)/libact.a: $(call obj,$(ACT_SRC))
	$(archive)

# What edits kernel arguments: the companion only.
$(B)/libgrub.a: $(call obj,$(GRUB_SRC))
	$(archive)

# What Nova and Placement want: the companion only. Needs json-c.
$(B)/libnova.a: $(call obj,$(NOVA_SRC))
	$(archive)

# The companion without its main(): what the tests link of it.
$(B)/libctl.a: $(filter-out $(B)/ctl/main.o,$(call obj,$(CTL_SRC)))
	$(archive)

CTL_ARCHIVES	 = $(addprefix $(B)/, libctl.a libnova.a libgrub.a libact.a libcore.a)

$(B)/gpuclaim: $(call obj,$(HELPER_SRC)) $(B)/libact.a $(B)/libcore.a
	$(call say,LINK)$(CC) $(OUR_CFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(RELR) $(LDFLAGS) -o $@ $^ $(HELPER_LIBS)

$(B)/gpuclaimctl: $(B)/ctl/main.o $(CTL_ARCHIVES)
	$(call say,LINK)$(CC) $(OUR_CFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(CTL_LIBS)

$(COMPLETIONS): $(B)/completions/%: $(COMPLETER)
	@mkdir -p $(@D)
	$(call say,GEN)$(COMPLETER) completion $* > $@

# Unit tests: a file a module, found by name, and one program of them all.
UNIT		:= $(B)/tests/unit-tests

$(UNIT): $(call obj,$(wildcard tests/unit/*.c)) $(CTL_ARCHIVES)
	$(call say,LINK)$(CC) $(OUR_CFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(CTL_LIBS)

# The parts of setup that only read, for tests/setup; what of Nova's rules tests/nova holds against
# Nova's own code.
PARTS		:= $(B)/tests/setup-parts $(B)/tests/judge-nova

$(B)/tests/setup-parts: $(B)/tests/setup/parts.o
$(B)/tests/judge-nova: $(B)/tests/nova/judge.o
$(PARTS): $(CTL_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(OUR_CFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ \
		$(filter %.o,$^) $(filter %.a,$^) $(CTL_LIBS)

unit: $(UNIT)					## build and run the unit tests
	@./$(UNIT)

# Fuzz targets: tests/fuzz/fuzz-NAME.c. replay-NAME feeds it files without an engine; the
# seeds are in tests/fuzz/corpus/NAME/.
FUZZ		:= $(patsubst tests/fuzz/fuzz-%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
FUZZ_SECONDS	?= 60
REPLAY		:= $(FUZZ:%=$(B)/tests/replay-%)

$(B)/tests/replay-%: $(B)/tests/fuzz/fuzz-%.o $(B)/tests/fuzz/replay.o $(CTL_ARCHIVES)
	$(call say,LINK)$(CC) $(OUR_CFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(CTL_LIBS)

$(B)/tests/fuzz-%: $(B)/tests/fuzz/fuzz-%.o $(CTL_ARCHIVES)
	$(call say,LINK)$(CC) $(OUR_CFLAGS) $(CFLAGS) -fsanitize=fuzzer $(OUR_LDFLAGS) $(LDFLAGS) \
		-o $@ $^ $(CTL_LIBS)

fuzz-programs: $(FUZZ:%=$(B)/tests/fuzz-%)

fuzz:						## fuzz each target for FUZZ_SECONDS; needs clang
	@$(MAKE) --no-print-directory CC=clang B=build-fuzz WERROR=1 \
		SANITIZE=fuzzer-no-link,address,undefined fuzz-programs
	@fail=0; for t in $(FUZZ); do \
		mkdir -p build-fuzz/corpus/$$t; echo "== $$t"; \
		build-fuzz/tests/fuzz-$$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
			-print_final_stats=1 -artifact_prefix=build-fuzz/$$t- \
			build-fuzz/corpus/$$t tests/fuzz/corpus/$$t || fail=1; \
	done; exit $$fail

# What `make install` puts where; `uninstall` removes the same. Neither runs anything on the
# host: no dracut, no udevadm, no systemctl.
INSTALLED	:= \
	$(B)/gpuclaim:$(udevdir)/gpuclaim:0755 \
	$(B)/gpuclaimctl:$(sbindir)/gpuclaimctl:0755 \
	udev-rules/70-gpuclaim.rules:$(udevdir)/rules.d/70-gpuclaim.rules:0644 \
	udev-rules/71-gpuclaim-sync.rules:$(udevdir)/rules.d/71-gpuclaim-sync.rules:0644 \
	$(B)/module-setup.sh:$(dracutmodulesdir)/50gpuclaim/module-setup.sh:0755 \
	$(B)/gpuclaim.sh:$(dracutmodulesdir)/50gpuclaim/gpuclaim.sh:0755 \
	$(B)/hooks/gpuclaim:$(initramfstoolsdir)/hooks/gpuclaim:0755 \
	$(B)/scripts/init-top/00gpuclaim:$(initramfstoolsdir)/scripts/init-top/00gpuclaim:0755 \
	$(B)/gpuclaim-initramfs.service:$(systemdsystemunitdir)/gpuclaim-initramfs.service:0644 \
	$(B)/gpuclaim-boot.service:$(systemdsystemunitdir)/gpuclaim-boot.service:0644 \
	$(B)/gpuclaim-ready.service:$(systemdsystemunitdir)/gpuclaim-ready.service:0644 \
	$(B)/gpuclaim-commit.service:$(systemdsystemunitdir)/gpuclaim-commit.service:0644 \
	$(B)/gpuclaim-metrics.service:$(systemdsystemunitdir)/gpuclaim-metrics.service:0644 \
	systemd/gpuclaim-metrics.timer:$(systemdsystemunitdir)/gpuclaim-metrics.timer:0644 \
	$(B)/gpuclaim-return.service:$(systemdsystemunitdir)/gpuclaim-return.service:0644 \
	systemd/gpuclaim-return.path:$(systemdsystemunitdir)/gpuclaim-return.path:0644 \
	$(B)/gpuclaim-sync.service:$(systemdsystemunitdir)/gpuclaim-sync.service:0644 \
	systemd/gpuclaim-sync.timer:$(systemdsystemunitdir)/gpuclaim-sync.timer:0644 \
	systemd/gpuclaim.catalog:$(catalogdir)/gpuclaim.catalog:0644 \
	man/gpuclaim.8:$(mandir)/man8/gpuclaim.8:0644 \
	man/gpuclaimctl.8:$(mandir)/man8/gpuclaimctl.8:0644 \
	man/gpuclaimctl-setup.8:$(mandir)/man8/gpuclaimctl-setup.8:0644 \
	man/gpuclaimctl-fleet.8:$(mandir)/man8/gpuclaimctl-fleet.8:0644 \
	man/gpuclaimctl-kargs.8:$(mandir)/man8/gpuclaimctl-kargs.8:0644 \
	man/gpuclaimctl-nova.8:$(mandir)/man8/gpuclaimctl-nova.8:0644 \
	man/gpuclaim-verdicts.7:$(mandir)/man7/gpuclaim-verdicts.7:0644 \
	man/gpuclaim.conf.5:$(mandir)/man5/gpuclaim.conf.5:0644 \
	$(B)/completions/bash:$(bashcompletionsdir)/gpuclaimctl:0644 \
	$(B)/completions/zsh:$(zshcompletionsdir)/_gpuclaimctl:0644 \
	$(B)/completions/fish:$(fishcompletionsdir)/gpuclaimctl.fish:0644 \
	README.md:$(docdir)/README.md:0644 \
	CHANGELOG.md:$(docdir)/CHANGELOG.md:0644 \
	$(foreach page,$(wildcard docs/*.md),$(page):$(docdir)/$(page):0644) \
	$(foreach f,$(shell find examples -type f ! -perm -100),$(f):$(docdir)/$(f):0644) \
	$(foreach f,$(shell find examples -type f -perm -100),$(f):$(docdir)/$(f):0755)

# Where the programs are, for those that run them. Made anew each time: udevdir may be another.
PLACED		:= $(addprefix $(B)/, gpuclaim-initramfs.service gpuclaim-boot.service \
		   gpuclaim-ready.service gpuclaim-commit.service gpuclaim-metrics.service \
		   gpuclaim-return.service gpuclaim-sync.service \
		   module-setup.sh gpuclaim.sh hooks/gpuclaim scripts/init-top/00gpuclaim)

$(B)/%.service: systemd/%.service FORCE
	@mkdir -p $(@D)
	$(call say,SED)sed 's|/usr/lib/udev/|$(udevdir)/|; s|/usr/sbin/|$(sbindir)/|' $< > $@

$(B)/%.sh: dracut-module/50gpuclaim/%.sh FORCE
	@mkdir -p $(@D)
	$(call say,SED)sed 's|/usr/lib/udev/|$(udevdir)/|' $< > $@

$(B)/hooks/% $(B)/scripts/%: FORCE
	@mkdir -p $(@D)
	$(call say,SED)sed 's|/usr/lib/udev/|$(udevdir)/|' $(@:$(B)/%=initramfs-tools/%) > $@

define newline


endef
field		 = $(word $(1),$(subst :, ,$(2)))

install: all $(PLACED)				## install below DESTDIR; runs nothing on the host
	$(INSTALL) -d -m 0755 "$(DESTDIR)$(sysconfdir)/gpuclaim/gpuclaim.conf.d"
	$(foreach e,$(INSTALLED),$(INSTALL) -D -m $(call field,3,$(e)) $(call field,1,$(e)) \
		"$(DESTDIR)$(call field,2,$(e))"$(newline))

install-strip: install				## the same, the programs without their symbols
	$(STRIP) "$(DESTDIR)$(udevdir)/gpuclaim" "$(DESTDIR)$(sbindir)/gpuclaimctl"

uninstall:					## remove what `make install` put there
	$(foreach e,$(INSTALLED),rm -f "$(DESTDIR)$(call field,2,$(e))"$(newline))
	-rmdir "$(DESTDIR)$(dracutmodulesdir)/50gpuclaim"
	-find "$(DESTDIR)$(docdir)" "$(DESTDIR)$(sysconfdir)/gpuclaim" -depth -type d -empty -delete

# All are made of HEAD, by the tools of the distribution, which install nothing.
PACKAGES	:= build-packages
ARCHIVE		:= $(PACKAGES)/gpuclaim-$(VERSION).tar.gz

# The same commit gives the same bytes.
dist:				## a source archive of HEAD and its SBOM (SPDX), in build-packages
	mkdir -p $(PACKAGES)
	git archive --format=tar --prefix=gpuclaim-$(VERSION)/ HEAD | gzip -9n > $(ARCHIVE)
	$(PYTHON) packaging/sbom.py $(VERSION) $(ARCHIVE) $$(git log -1 --format=%ct) > $(ARCHIVE:.tar.gz=.spdx.json)

deb-source:
	rm -rf $(PACKAGES)/deb && mkdir -p $(PACKAGES)/deb
	git archive --prefix=gpuclaim-$(VERSION)/ HEAD | tar -x -C $(PACKAGES)/deb
	cp -R packaging/debian $(PACKAGES)/deb/gpuclaim-$(VERSION)/
	sed -i 's/@VERSION@/$(VERSION)/' $(PACKAGES)/deb/gpuclaim-$(VERSION)/debian/changelog

deb: deb-source				## a Debian package of HEAD, in build-packages
	cd $(PACKAGES)/deb/gpuclaim-$(VERSION) && dpkg-buildpackage -b -us -uc
	mv $(PACKAGES)/deb/*.deb $(PACKAGES)/

rpm:						## an RPM of HEAD, in build-packages
	rm -rf $(PACKAGES)/rpm && mkdir -p $(PACKAGES)/rpm/SOURCES
	git archive --prefix=gpuclaim-$(VERSION)/ -o $(PACKAGES)/rpm/SOURCES/gpuclaim-$(VERSION).tar.gz HEAD
	sed 's/@VERSION@/$(VERSION)/' packaging/gpuclaim.spec > $(PACKAGES)/rpm/gpuclaim.spec
	rpmbuild -bb --define "_topdir $(CURDIR)/$(PACKAGES)/rpm" $(RPMBUILD_FLAGS) $(PACKAGES)/rpm/gpuclaim.spec
	mv $(PACKAGES)/rpm/RPMS/*/*.rpm $(PACKAGES)/

check: deps					## all tests, as CI runs them; half an hour to an hour
	@$(MAKE) --no-print-directory -j2 test-programs
	@$(PYTHON) -m tests.check all

check-fast: deps				## the tests without virtual machines: minutes
	@$(MAKE) --no-print-directory -j2 test-programs
	@$(PYTHON) -m tests.check fast

check-full: deps				## all tests with their whole matrices
	@$(MAKE) --no-print-directory -j2 test-programs
	@$(PYTHON) -m tests.check full

check-real: all				## with a dracut made from sources, and a real grubby: DRACUT=DIR GRUBBY=FILE
	@DRACUT="$(DRACUT)" $(PYTHON) -m tests.dracut.sources
	@GRUBBY="$(GRUBBY)" GPUCLAIMCTL=$(B)/gpuclaimctl $(PYTHON) -m tests.kargs.grubby

demo: deps					## boot a machine with emulated GPUs and show the claim
	@$(MAKE) --no-print-directory -j2 all
	@$(PYTHON) -m tests.lab.demo

cloud: deps					## an OpenStack cloud whose servers get GPUs; KEEP=1 leaves it running
	@$(MAKE) --no-print-directory -j2 all
	@KEEP=$(KEEP) LINUX=$(LINUX) $(PYTHON) -m tests.cloud

cloud-full: deps				## all that is shown of the cloud: ten servers, failing GPUs, …
	@$(MAKE) --no-print-directory -j2 all
	@$(PYTHON) -m tests.cloud.one_time
	@GPUCLAIM_FULL=1 KEEP=$(KEEP) $(PYTHON) -m tests.cloud

cloud-down:					## end the cloud that KEEP=1 left running
	@$(PYTHON) -m tests.cloud down

bench: deps					## what the programs cost; asserts nothing
	@$(MAKE) --no-print-directory -j2 all
	@$(PYTHON) -m tests.helper.bench
	@$(PYTHON) -m tests.helper.costs table
	@$(PYTHON) -m tests.ctl.costs table
	@$(PYTHON) -m tests.setup.bench
	@$(PYTHON) -m tests.nova.bench

bench-boot: deps				## what a boot costs, beside other ways; asserts nothing; an hour
	@$(MAKE) --no-print-directory -j2 all
	@$(PYTHON) -m tests.lab.bench_boot

faults:						## each call, allocation and write of each scenario fails; hours
	@$(MAKE) --no-print-directory -j2 all
	@GPUCLAIM_FULL=1 $(PYTHON) -m tests.faults.sweep

soak: deps					## boot BOOTS random machines, and judge the claims
	@$(MAKE) --no-print-directory -j2 all
	@BOOTS=$(or $(BOOTS),60) $(PYTHON) -m tests.lab.soak

coverage: deps					## what the tests run of the pure rooms and the parsers
	@$(MAKE) --no-print-directory -j2 COVERAGE=1 counted
	@$(PYTHON) -m tests.coverage

mutate: all unit				## flip conditions and constants: do the unit tests notice?
	@CC="$(CC)" LIBS="$(CTL_LIBS)" BUILD="$(B)" nice -n 19 $(PYTHON) -m tests.mutate

analyze: deps					## what gcc's analyzer and clang-tidy say of the code
	@$(PYTHON) -m tests.analyze

deps:
	@tests/deps.sh lab

# Everything the test suites run: both compilers with warnings as errors, and sanitized. What is
# built only for the warnings, or runs for a moment, is optimized less.
test-programs:
	@$(MAKE) --no-print-directory WERROR=1 all $(UNIT) $(PARTS)
	@$(MAKE) --no-print-directory WERROR=1 CC=clang CFLAGS=-O0 all
	@$(MAKE) --no-print-directory WERROR=1 CFLAGS="-O1 -g -Wno-format-truncation" SANITIZE=address,undefined sanitized
# The suites take them while they are not older than the others.
	@touch build-san/gpuclaim build-san/gpuclaimctl

sanitized: $(B)/gpuclaim $(B)/gpuclaimctl $(UNIT) $(REPLAY) $(B)/tests/setup-parts
counted: $(B)/gpuclaim $(B)/gpuclaimctl $(UNIT) $(REPLAY)

clean:						## remove what was built
	rm -rf build build-*

help:						## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

-include $(shell find $(B) -name '*.d' 2>/dev/null)

FORCE:

.PHONY: FORCE all analyze bench bench-boot check check-fast check-full check-real clean cloud \
	cloud-down cloud-full counted coverage deb deb-source demo deps dist faults fuzz fuzz-programs help \
	install install-strip mutate rpm sanitized soak test-programs uninstall unit
.DELETE_ON_ERROR:
.SECONDARY:
