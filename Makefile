# SPDX-License-Identifier: GPL-2.0
# "make help" tells what can be made. Kbuild, beside this file, says what the module consists of.

KDIR ?= /lib/modules/$(shell uname -r)/build
# The kernel's tools/testing/selftests: the kernel tests are built and installed when it is given.
KSELFTEST ?=
PREFIX ?= /usr
DESTDIR ?=
# Which guest demo, test, check and shell use: tools/guests/$(K).
K ?= 6.12
export K

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
	@echo '  make unit       the tests of the library and the command that need no kernel, with sanitizers'
	@echo '  make check      static checks: checkpatch, sparse, W=1, kernel-doc, shellcheck'
	@echo '  make shell      build, boot, give a shell'
	@echo '  make clean-cache  remove the guests from the cache (PYMM_CACHE, default ~/.cache/pymm)'
	@echo 'K=$(K) chooses the guest, KDIR= the kernel build directory of make all.'

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

.PHONY: install
install: all $(if $(KSELFTEST),kselftest)
	$(INSTALL) -d '$(pymmlibdir)'
	$(STRIP) -g -o '$(pymmlibdir)/pymm.ko' pymm.ko
	$(MAKE) -C user install $(sub_vars)
	$(MAKE) -C bpf install $(sub_vars)
	$(if $(KSELFTEST),$(MAKE) -C tests/kselftest install $(sub_vars))

.PHONY: clean
clean:
	$(if $(wildcard $(KDIR)/Makefile),$(MAKE) -C '$(KDIR)' M='$(CURDIR)' clean)
	$(MAKE) -C user clean
	$(MAKE) -C bpf clean
	$(MAKE) -C tests/kselftest clean
	$(MAKE) -C tests/unit clean

.PHONY: demo
demo:
	@tools/build.sh
	@tools/guest.sh -t 300 -- /bin/sh -c 'insmod /usr/lib/pymm/pymm.ko && pymm demo'

.PHONY: test
test:
	@tools/build.sh
	@tools/guest.sh -t 1800 -- /usr/lib/pymm/tests/run.sh

.PHONY: unit check-unit
unit:
	@tools/build.sh check-unit
# In the build root, where what it needs is installed.
check-unit: bpf
	$(MAKE) -C tests/unit check

.PHONY: shell
shell:
	@tools/build.sh
	@tools/guest.sh -i -t 0 -- sh -c 'insmod /usr/lib/pymm/pymm.ko; bash -l; exit 0'

.PHONY: check
check:
	@tools/check.sh

.PHONY: clean-cache
clean-cache:
	@tools/clean-cache.sh
