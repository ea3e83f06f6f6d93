# SPDX-License-Identifier: GPL-2.0
# "make help" tells what can be made. Kbuild, beside this file, says what the module consists of.

KDIR ?= /lib/modules/$(shell uname -r)/build
# The kernel's tools/testing/selftests: the kernel tests are built and installed when it is given.
KSELFTEST ?=
PREFIX ?= /usr
DESTDIR ?=
# Which kernel the guests have (tools/kernels/$(K)) and how the module is built for it (tools/build.sh).
K ?= 6.12
B ?=
export K B

INSTALL ?= install
STRIP ?= strip
pymmlibdir = $(DESTDIR)$(PREFIX)/lib/pymm
sub_vars = PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' KSELFTEST='$(KSELFTEST)'

.PHONY: all
all: module user bpf

.PHONY: help
help:
	@echo 'On this machine, for its running kernel:'
	@echo '  make            the module, the library and command, the BPF tools (same as: make all)'
	@echo '  make module     only pymm.ko;  also: make user, make bpf'
	@echo '  make load       insert the module;  make unload removes it'
	@echo '  make install    install all of it under DESTDIR and PREFIX (default /usr)'
	@echo '  make clean      remove what was built'
	@echo 'In a guest (Debian with kernel $(K) under QEMU, set up on first use, needs root or sudo):'
	@echo '  make demo       build, boot, show what pymm does'
	@echo '  make test       build, boot, run the kernel tests'
	@echo '  make quick T=t_gc  build, restore a booted guest, run one file of them (T="t_gc -t NAME": one test)'
	@echo '  make test-all   the kernel tests on all kernels, and all other tests that take minutes at most'
	@echo '  make test-selfcheck  do the detectors find defects that are put in on purpose?'
	@echo '  make unit       the library, the command and the core of the module in user space, with sanitizers'
	@echo '  make fuzz       inputs made at random, in user space, then in the module, for SECONDS=120 together (the default)'
	@echo '  make torture    many threads do all at once in the module, for SECONDS=20 (the default)'
	@echo '  make conformance  the same programs on CPython 3.13 and on pymm, STEPS=100000 GUEST_STEPS=5000; SEED=1 repeats'
	@echo '                    CASES=FILE only the cases of the collector in FILE, as tests/conformance/gc_cases.json'
	@echo '  make check      static checks: style, warnings, layout and ABI, defects, scripts, manuals, spelling'
	@echo '  make coverage   what the tests reach of kmod/: unit tests and kernel tests, out/coverage/index.html'
	@echo '  make bench      pymm beside python3 in time and in instructions: tables, out/bench.json, out/bench-icount.json, out/gc-pauses.svg'
	@echo '  make shell      build, boot, give a shell'
	@echo '  make clean-cache  remove all that was kept for guests (PYMM_CACHE, default ~/.cache/pymm)'
	@echo 'K chooses the kernel: $(notdir $(filter-out %.config,$(wildcard tools/kernels/*))); K=$(K) now. The last two are built from'
	@echo 'source on first use (20 minutes both) and find wrong uses of memory and locks (kasan) and data races (kcsan).'
	@echo 'B=kcov, B=gcov (with K=kasan) and B=defect-NAME choose another build of the module. KDIR= is the kernel build'
	@echo 'directory of make all.'

.PHONY: module
module:
	@test -e '$(KDIR)/Makefile' || { echo >&2 'pymm: no kernel headers in $(KDIR):' \
		'apt install linux-headers-$(shell uname -r), or use a guest: make demo, make test'; exit 1; }
	$(MAKE) -C '$(KDIR)' M='$(CURDIR)' modules

.PHONY: user bpf
user bpf:
	$(MAKE) -C $@ all $(sub_vars)
# The command has the BPF programs in it.
user: bpf

.PHONY: kselftest
kselftest: user
	$(MAKE) -C tests/kselftest all $(sub_vars)

.PHONY: load unload
load:
	insmod pymm.ko
unload:
	rmmod pymm

.PHONY: install install-module install-user
install: install-module install-user
install-module: module
	$(INSTALL) -d '$(pymmlibdir)'
	$(STRIP) -g -o '$(pymmlibdir)/pymm.ko' pymm.ko
install-user: user bpf $(if $(KSELFTEST),kselftest)
	$(MAKE) -C user install $(sub_vars)
	$(MAKE) -C bpf install $(sub_vars)
	$(if $(KSELFTEST),$(MAKE) -C tests/kselftest install $(sub_vars))
	$(if $(KSELFTEST),$(MAKE) -C tests/fuzz install $(sub_vars))
	$(if $(KSELFTEST),$(MAKE) -C tests/torture install $(sub_vars))
	$(if $(KSELFTEST),$(MAKE) -C tests/conformance install $(sub_vars))

.PHONY: clean
clean:
	$(if $(wildcard $(KDIR)/Makefile),$(MAKE) -C '$(KDIR)' M='$(CURDIR)' clean)
	$(MAKE) -C user clean
	$(MAKE) -C bpf clean
	$(MAKE) -C tests/kselftest clean
	$(MAKE) -C tests/fuzz clean
	$(MAKE) -C tests/torture clean
	$(MAKE) -C tests/conformance clean
	$(MAKE) -C tests/unit clean

.PHONY: demo
demo:
	@tools/build.sh
	@tools/guest.sh -l -t 300 -- pymm demo

.PHONY: test quick test-all test-leaks test-selfcheck
test:
	@tools/test.sh
quick:
	@tools/quick.sh $(T)
test-all:
	@tools/test-all.sh
test-leaks:
	@K=kasan tools/test.sh -l
test-selfcheck:
	@tools/selfcheck.sh

.PHONY: fuzz torture conformance
fuzz:
	@tools/fuzz.sh $(or $(SECONDS),120)
torture:
	@tools/torture.sh $(if $(SECONDS),-s $(SECONDS))
conformance:
	@tools/conformance.sh $(if $(CASES),-c '$(CASES)') $(if $(STEPS),-n $(STEPS)) $(if $(GUEST_STEPS),-g $(GUEST_STEPS)) $(if $(SEED),-s $(SEED))

.PHONY: unit check-unit check-core check-conformance
unit:
	@tools/build.sh check-unit
# In the build root, where what it needs is installed.
check-unit: bpf
	$(MAKE) -C tests/unit check
check-core:
	$(MAKE) -C tests/unit/kmod check
check-conformance:
	$(MAKE) -C tests/conformance check

.PHONY: bench
bench:
	@tools/bench.sh
	@tools/bench.sh -i

.PHONY: shell
shell:
	@tools/build.sh
	@tools/guest.sh -l -i -t 0 -- sh -c 'bash -l; exit 0'

.PHONY: check abi-accept coverage
check:
	@tools/check.sh
abi-accept:
	@tools/check.sh accept-abi
coverage:
	@tools/coverage.sh

.PHONY: clean-cache
clean-cache:
	@tools/clean-cache.sh
