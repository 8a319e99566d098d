# SPDX-License-Identifier: BSD-2-Clause
# "make help" lists the targets; V=1 shows every command.

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SUFFIXES:
ifndef V
.SILENT:
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
say = echo "  $(1)	$@"
quoted = '$(subst ','\'',$(1))'

# The environment and the command line may set these tools and flags. CC decides the processor of
# all products, and the default of the other tools.
ifeq ($(origin CC),default)
CC := gcc
endif
CROSS := $(shell echo '$(lastword $(CC))' | sed -n 's/^\(.*-\)gcc\(-[0-9.]*\)*$$/\1/p')
ifeq ($(origin AR),default)
AR := $(CROSS)ar
endif
NM ?= $(CROSS)nm
OBJCOPY ?= $(CROSS)objcopy
STRIP ?= $(CROSS)strip
CPPFLAGS ?= -D_FORTIFY_SOURCE=2
# These optimizations of -Oz make this code larger. One partition lets gcc see all code at once.
SMALL := -Oz -fno-partial-inlining -flto-partition=one $(addprefix -fno-, caller-saves \
	tree-loop-im tree-dominator-opts if-conversion tree-sra shrink-wrap move-loop-invariants \
	tree-tail-merge expensive-optimizations code-hoisting tree-coalesce-vars ssa-phiopt)
CFLAGS ?= -g $(SMALL) -Werror
LDFLAGS ?=
# INIT_CC compiles static programs with musl. For another processor (scripts/cross-arm64.sh),
# EMULATOR is a program that runs programs of the processor, and TARGET is the flag by which Bun
# compiles for the processor.
ARCH := $(or $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null))),$(shell uname -m))
MULTIARCH := $(ARCH)-linux-gnu
INIT_CC ?= musl-gcc -idirafter /usr/include -idirafter /usr/include/$(MULTIARCH)
EMULATOR :=
TARGET :=
BUN := scripts/bun
STAMP := build/stamp
# With NO_INSTALL=1, nothing is downloaded or installed, and a missing tool is an error.
export NO_INSTALL

# The size limits hold for the default flags, so other flags switch the checks off.
CHOSEN := $(filter-out file,$(foreach name,CPPFLAGS CFLAGS LDFLAGS STRIP,$(origin $(name))))
at_most = $(if $(CHOSEN),:,$(if $(1),scripts/at-most.sh $(1) $(2),:))

C_OF = $(wildcard core-c/$(1)/*.c core-c/$(1)/*/*.c)
COMMON_C := $(call C_OF,common)
INIT_C := $(COMMON_C) $(call C_OF,init)
LIB_C := $(COMMON_C) $(call C_OF,src)
FRONT_C := $(LIB_C) $(call C_OF,front)
TEST_C := $(wildcard core-c/test/test_*.c)
MAP := core-c/src/pflask.map
# Each public function of the library has a manual page.
FUNCTIONS := $(shell sed -n '/^PFLASK_0/,/^}/s/^\t*\(pflask_.*\);/\1/p' $(MAP))
MANUALS := $(addprefix dist/share/man/, man1/pflask.1 man1/pflask-attach.1 \
	man1/pflask-userns.1 man3/libpflask.3 $(FUNCTIONS:%=man3/%.3))
# Links to the executable. Under such a name, the executable runs another program.
NAMES := $(addprefix dist/pflask-, attach userns)
COMPLETIONS := $(foreach name, pflask $(notdir $(NAMES)), $(addprefix dist/share/, \
	bash-completion/completions/$(name) zsh/vendor-completions/_$(name) \
	fish/vendor_completions.d/$(name).fish))
# The documents that the manuals refer to, and the programs that the documents refer to.
EXAMPLES := $(filter-out %.ts,$(wildcard core-c/examples/*))
DOCUMENTS := $(addprefix dist/share/doc/pflask/, $(foreach name,list plan status-fd, $(name).md \
	$(name).schema.json) spec.schema.json systemd-unit.md c.md $(EXAMPLES:core-c/%=%))
# The bill of materials, CycloneDX.
BILL := dist/share/doc/pflask/pflask.cdx.json
HEADERS := $(wildcard core-c/include/*.h core-c/include/*/*.h)
PRODUCTS := dist/pflask $(NAMES) $(HEADERS:core-c/%=dist/%) \
	$(addprefix dist/lib/libpflask., so so.0 a) $(MANUALS) $(COMPLETIONS) $(DOCUMENTS) $(BILL)
include core-c/trial/trial.mk

LINT_NEEDS := $(addprefix $(STAMP)/, packages-build packages-test packages-lint node_modules)

# A new or removed file changes the time of its directory.
INIT_DIRS := $(sort $(patsubst %/,%,$(dir $(INIT_C))))
LIB_DIRS := $(sort $(patsubst %/,%,$(dir $(LIB_C))))
FRONT_DIRS := $(sort $(patsubst %/,%,$(dir $(FRONT_C))))

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
# These flags stand before CFLAGS, so CFLAGS may change them. Flags that the code needs stand after
# CFLAGS, and their names end in NEEDS.
OURS := -std=c17 $(WARNINGS) -Icore-c/include -Icore-c -MMD -MP
SECTIONS := -ffunction-sections -fdata-sections
# gcc for arm64 makes the tables of .eh_frame unless both flags are given.
NO_UNWIND := -fno-asynchronous-unwind-tables -fno-unwind-tables
# Without this flag, gcc aligns large tables to 32 bytes on x86-64, which only adds padding.
TABLES_x86_64 := -malign-data=abi
TABLES := $(TABLES_$(ARCH))
HARDEN := -Wl,-z,relro,-z,now,-z,noexecstack

.PHONY: build
build: $(PRODUCTS) ## build everything below dist/ (the default)

# The places for "make install". DESTDIR is the root directory of a package.
DESTDIR ?=
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
DOCDIR ?= $(DATADIR)/doc/pflask
ZSHDIR ?= $(DATADIR)/zsh/site-functions
PLACES = dist/share/zsh/vendor-completions=$(ZSHDIR) dist/share/doc/pflask=$(DOCDIR) \
	dist/share/man=$(MANDIR) dist/share=$(DATADIR) dist/include=$(INCLUDEDIR) \
	dist/lib=$(LIBDIR) dist=$(BINDIR)

.PHONY: install uninstall
install: build ## install below PREFIX=/usr/local, or below DESTDIR and then PREFIX
install uninstall:
	scripts/install.sh $@ $(call quoted,$(DESTDIR)) $(call quoted,$(PREFIX)) \
		$(foreach place,$(PLACES),$(call quoted,$(place))) -- $(PRODUCTS)
uninstall: ## remove the files that "make install" with the same places installed

.PHONY: run
run: build ## show a container, or run dist/pflask with ARGS='OPTION... -- COMMAND'
	scripts/run.sh $(ARGS)

.PHONY: test test-needs
test: build unit test-needs ## run all tests, or those of ARGS='WORD...'
	$(BUN) scripts/run-tests.ts $(ARGS)
test-needs: $(STAMP)/packages-test $(STAMP)/packages-deb

.PHONY: test-vm vm-shell vm-needs
test-vm: build vm-needs ## run tests in a virtual machine, or those of ARGS='WORD...'
	$(BUN) scripts/run-tests.ts --machine $(ARGS)
vm-shell: build vm-needs ## open a shell in a virtual machine
	$(BUN) scripts/vm.ts
vm-needs: $(STAMP)/packages-test $(STAMP)/packages-vm

PEERS := build/peers
.PHONY: compare-sandboxes
compare-sandboxes: build vm-needs ## try pflask and other sandboxes in a virtual machine
	mkdir -p $(PEERS)
	echo '{"private": true}' >$(PEERS)/package.json
	$(BUN) add --cwd $(PEERS) --silent @anthropic-ai/sandbox-runtime@0.0.83
	$(BUN) scripts/vm.ts --with peers scripts/bun scripts/compare-sandboxes.ts

.PHONY: lint lint-needs
lint: lint-needs ## check style, types and common mistakes
	scripts/lint.sh
lint-needs: $(LINT_NEEDS)

.PHONY: fmt
fmt: $(LINT_NEEDS) ## format all sources
	clang-format-14 -i $(wildcard core-c/*/*.[ch] core-c/*/*/*.[ch]) \
		$(wildcard scripts/*.c bench/*.c test/*/*.[ch])
	$(BUN) node_modules/.bin/biome check --write

.PHONY: gen
gen: $(STAMP)/packages-build $(STAMP)/bun ## generate files, after a change of their sources
	$(BUN) scripts/gen-spec.ts
	$(BUN) scripts/gen-kinds.ts
	$(BUN) scripts/gen-plan.ts
	$(BUN) scripts/gen-control.ts
	CC=$(CC) $(BUN) scripts/gen-abi.ts
	CC=$(CC) scripts/gen-numbers.sh >build/numbers.gen.ts
	mv build/numbers.gen.ts packages/runtime/src
	CC=$(CC) scripts/gen-numbers.sh c >build/numbers.gen.h
	mv build/numbers.gen.h core-c/src/base
	$(BUN) scripts/gen-unseen.ts >build/unseen.gen.h
	mv build/unseen.gen.h core-c/src/explain
	$(BUN) scripts/gen-options.ts
	CC=$(CC) $(BUN) scripts/gen-seccomp.ts

.PHONY: deb deb-arm64
deb: build $(STAMP)/packages-deb ## make the Debian packages, below dist/deb
	scripts/deb.sh . $$(dpkg --print-architecture) dist/deb
deb-arm64: arm64 $(STAMP)/packages-deb ## make the Debian packages for arm64, below dist/deb
	scripts/deb.sh build/arm64/tree arm64 dist/deb build/arm64/libc6

.PHONY: arm64
arm64: $(STAMP)/bun $(STAMP)/packages-arm64 ## build for arm64 below build/arm64, and try the result
	scripts/cross-arm64.sh

# The package for arm64 gets the library of make arm64. Without this library, make pack fails.
.PHONY: pack
pack: dist/lib/libpflask.so.0 $(MANUALS) $(DOCUMENTS) $(STAMP)/node_modules ## make packages for npm
	$(BUN) scripts/pack.ts dist/npm x64=dist/lib/libpflask.so.0 \
		arm64=build/arm64/tree/dist/lib/libpflask.so.0

.PHONY: bench
bench: build build/bench/floor $(STAMP)/packages-bench ## measure pflask and its peers; needs root
	bench/run $(ARGS)

.PHONY: bench-vm
bench-vm: build vm-needs ## measure limits and registrations in a virtual machine
	$(BUN) bench/machine.ts $(ARGS)

.PHONY: clean
clean: ## remove what was built
	scripts/remove.sh dist $(addprefix build/, asan bench front init lib test unit pflask \
		pflask-front pflask-init pflask-init.lz4)

.PHONY: distclean
distclean: ## remove what was built and what was downloaded
	scripts/remove.sh dist build .tap node_modules $(wildcard packages/*/node_modules)

.PHONY: help
help: ## list the targets
	sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12
	echo "V=1 as an argument of make shows every command."

# --- packages and tools ---------------------------------------------------------------------------

$(STAMP)/packages-%: scripts/packages scripts/install-packages.sh
	CC=$(call quoted,$(CC)) INIT_CC=$(call quoted,$(INIT_CC)) scripts/install-packages.sh $*
	mkdir -p $(@D) && touch $@

$(STAMP)/bun: scripts/install-bun.sh
	scripts/install-bun.sh
	mkdir -p $(@D) && touch $@

$(STAMP)/node_modules: package.json bun.lock bunfig.toml $(wildcard packages/*/package.json) \
		$(STAMP)/bun
	$(call say,BUN)
	$(BUN) $(if $(NO_INSTALL),scripts/link-packages.ts,install --frozen-lockfile --silent)
	mkdir -p $(@D) && touch $@

# The compilers and flags of the last build. After a change, everything is compiled again, so that a
# build never mixes two processors. "make install" alone, perhaps by root, compiles nothing again.
FLAGS = $(strip $(CC) $(INIT_CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(NM) $(STRIP))
ifneq ($(filter-out install uninstall,$(or $(MAKECMDGOALS),build)),)
ifneq ($(strip $(file <$(STAMP)/flags)),$(FLAGS))
$(STAMP)/flags: force
endif
endif
force:
$(STAMP)/flags: | $(STAMP)/packages-build
	scripts/check-compilers.sh $(call quoted,$(CC)) $(call quoted,$(INIT_CC))
	printf '%s\n' $(call quoted,$(FLAGS)) >$@

# --- pflask-init: static, without malloc and stdio ------------------------------------------------

INIT_O := $(INIT_C:core-c/%.c=build/init/%.o)
# Functions of pflask-init that are called once have large stack frames. If gcc inlined these
# functions, the instructions that reach their variables would be longer.
INIT_CFLAGS := -flto=auto $(NO_UNWIND) -fno-inline-functions-called-once $(SECTIONS) $(TABLES)
INIT_NEEDS := -fno-pie
# Headers, code and constants share one mapping, because each mapping slows down every start. RELRO
# would only add padding, because a static program of musl makes no page read-only at its start.
# Page alignment of the data would also only add padding. Small variables are sorted into one page.
INIT_LD_NEEDS := -static -no-pie -nostartfiles -Wl,--gc-sections -Wl,-z,noseparate-code $(HARDEN) \
	-Wl,-z,norelro,-z,common-page-size=512,--sort-section=alignment
INIT_MAX := 131072
FORBIDDEN := malloc|calloc|realloc|free|v?[fds]?n?printf|fopen|fwrite|setlocale

# gcc must neither compile these functions to calls of themselves nor remove them: musl calls them.
REPLACES_MUSL := $(addprefix init/base/, small_musl start system_calls)
$(REPLACES_MUSL:%=build/init/%.o): INIT_NEEDS += -fno-builtin -fno-lto
# A stack protector would read its secret before this code prepares the secret.
build/init/init/base/start.o: INIT_NEEDS += -fno-stack-protector

build/init/%.o: core-c/%.c Makefile $(STAMP)/flags
	mkdir -p $(@D)
	$(call say,CC)
	$(INIT_CC) $(OURS) $(INIT_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(INIT_NEEDS) -c -o $@ $<

build/init/pflask-init: $(INIT_O) $(INIT_DIRS)
	$(call say,LD)
	$(INIT_CC) $(INIT_CFLAGS) $(CFLAGS) $(INIT_NEEDS) $(LDFLAGS) $(INIT_LD_NEEDS) \
		-o $@ $(INIT_O)
	! $(NM) $@ | grep -E ' [TtWw] ($(FORBIDDEN))$$'

build/pflask-init: build/init/pflask-init $(addprefix scripts/, drop-sections.ts elf.ts) \
		| $(STAMP)/bun
	$(call say,STRIP)
	cp $< $@
	$(STRIP) --remove-section=.comment $@
	$(BUN) scripts/drop-sections.ts $@
	$(call at_most,$(INIT_MAX),$@)

# The library has pflask-init compressed. The front, which starts one container, does not.
HELPER_lib := build/pflask-init.lz4
HELPER_front := build/pflask-init
build/pflask-init.lz4: build/pflask-init scripts/compress.ts
	$(call say,LZ4)
	$(BUN) scripts/compress.ts $< $@

build/%/src/run/helper_image.o: core-c/src/run/helper_image.S build/pflask-init.lz4
	mkdir -p $(@D)
	$(call say,AS)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DPF_HELPER_PATH='"$(HELPER_$*)"' \
		-DPF_HELPER_SIZE=$$(stat -c %s $(HELPER_front)) -c -o $@ $<

# --- libpflask, with pflask-init inside -----------------------------------------------------------

LIB_O := $(LIB_C:core-c/%.c=build/lib/%.o) build/lib/src/run/helper_image.o
LIB_CFLAGS := -flto=auto -fno-plt $(NO_UNWIND) -fstack-protector-strong $(SECTIONS) $(TABLES)
LIB_NEEDS := -fPIC -fvisibility=hidden
# The library has no constructors, so it needs none of the start files.
LIB_LDFLAGS := -nostartfiles -Wl,-z,noseparate-code,--build-id=none $(HARDEN)
LIB_LD_NEEDS := -shared -Wl,-soname,libpflask.so.0 -Wl,--version-script=$(MAP)
LIB_MAX_x86_64 := 327680
LIB_MAX_aarch64 := 425984
LIB_MAX := $(LIB_MAX_$(ARCH))
# The library and Bun can be loaded with this release of glibc or a later release.
LIB_GLIBC := 2.17

build/lib/%.o: core-c/%.c Makefile $(STAMP)/flags
	mkdir -p $(@D)
	$(call say,CC)
	$(CC) $(OURS) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LIB_NEEDS) -c -o $@ $<

# Code that works on the caller's own values and on files keeps the guards of character buffers. The
# guards of all other arrays and structures are for code that talks to other processes: everywhere,
# they would cost 12 KiB.
OWN_WORK := api.o base/% compile/% explain/% host/% ids/% spec/%
$(filter $(addprefix build/lib/src/,$(OWN_WORK)),$(LIB_O)): LIB_CFLAGS += -fstack-protector

# Link-time optimization loses the versions of symbols (.symver).
$(addprefix build/lib/src/run/, register_thread.o thread_list.o): LIB_NEEDS += -fno-lto

build/lib/libpflask.so.0: $(LIB_O) $(MAP) $(LIB_DIRS)
	$(call say,LD)
	$(CC) $(LIB_CFLAGS) $(CFLAGS) $(LIB_NEEDS) -Wl,--no-undefined -Wl,--gc-sections \
		$(LIB_LDFLAGS) $(LDFLAGS) $(LIB_LD_NEEDS) -o $@ $(LIB_O)

dist/lib/libpflask.so.0: build/lib/libpflask.so.0
	mkdir -p $(@D)
	$(call say,STRIP)
	cp $< $@
	$(STRIP) --strip-unneeded $@
	$(call at_most,$(LIB_MAX),$@)
	$(if $(CHOSEN),,scripts/glibc-at-most.sh $(LIB_GLIBC) $@)

dist/lib/libpflask.so: dist/lib/libpflask.so.0
	ln -sf $(<F) $@

# The archive has one object, so that it hides the symbols that the shared library hides.
dist/lib/libpflask.a: $(LIB_O) $(LIB_DIRS)
	mkdir -p $(@D)
	$(call say,AR)
	$(CC) $(LIB_CFLAGS) $(CFLAGS) $(LIB_NEEDS) -r -nostdlib -flinker-output=nolto-rel \
		-o build/lib/libpflask.o $(LIB_O)
	$(OBJCOPY) --localize-hidden --strip-debug build/lib/libpflask.o
	rm -f $@
	$(AR) rcs $@ build/lib/libpflask.o

dist/include/%.h: core-c/include/%.h
	mkdir -p $(@D)
	$(call say,CP)
	cp $< $@

# --- the front: a static program that stands in the executable in front of Bun --------------------
# The front lies below Bun, at an address that Bun does not use. The heap then begins after Bun.

FRONT_O := $(FRONT_C:core-c/%.c=build/front/%.o) build/front/src/run/helper_image.o
FRONT_CFLAGS := -flto=auto $(NO_UNWIND) -fstack-protector-strong $(SECTIONS) $(TABLES)
FRONT_NEEDS := -fno-pie
FRONT_LD_NEEDS := -static -no-pie -Wl,--gc-sections,--build-id=none,-e,pf_front_entry \
	-Wl,-z,noseparate-code $(HARDEN) -Wl,-z,norelro,-Ttext-segment=0x100000
FRONT_MAX_x86_64 := 401408
FRONT_MAX_aarch64 := 524288
FRONT_MAX := $(FRONT_MAX_$(ARCH))

# This code has no stack protector. A stack protector finds its secret by the thread pointer, and
# this code runs without a thread pointer.
$(filter $(addprefix build/front/src/,$(OWN_WORK)),$(FRONT_O)): FRONT_CFLAGS += -fstack-protector
$(addprefix build/front/front/, start.o enter_bun.o): FRONT_NEEDS += -fno-stack-protector -fno-lto

build/front/%.o: core-c/%.c Makefile $(STAMP)/flags
	mkdir -p $(@D)
	$(call say,CC)
	$(INIT_CC) $(OURS) $(FRONT_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(FRONT_NEEDS) -c -o $@ $<

build/front/pflask-front: $(FRONT_O) $(FRONT_DIRS)
	$(call say,LD)
	$(INIT_CC) $(FRONT_CFLAGS) $(CFLAGS) $(FRONT_NEEDS) $(LDFLAGS) $(FRONT_LD_NEEDS) \
		-o $@ $(FRONT_O)

build/pflask-front: build/front/pflask-front
	$(call say,STRIP)
	cp $< $@
	$(STRIP) --remove-section=.comment $@
	$(call at_most,$(FRONT_MAX),$@)

# --- library and pflask-init with sanitizers, and the unit tests ----------------------------------
# This library starts the pflask-init that PFLASK_INIT names, because a pflask-init with a sanitizer
# cannot be a part of the library: a sanitizer needs a shared glibc.

ASAN_LIB_O := $(LIB_C:core-c/%.c=build/asan/%.o) build/lib/src/run/helper_image.o
ASAN_INIT_O := $(filter-out $(REPLACES_MUSL:%=build/asan/%.o), \
	$(INIT_C:core-c/%.c=build/asan/%.o))
ASAN_CFLAGS := -g -O1 -Werror -fPIC -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -DPF_INIT_OVERRIDE
UNIT_INIT_O := $(addprefix build/asan/init/, changes/walk.o changes/put.o changes/list_changes.o \
	changes/copy_changes.o base/ring.o)
UNIT_FRONT_O := $(addprefix build/asan/front/, options.o values.o front.o)
UNIT_TESTS := $(TEST_C:core-c/test/%.c=build/unit/%) $(addprefix build/unit/, \
	command_lines every_operation trial_steps)

.PHONY: asan unit
asan: build/asan/libpflask.so.0 build/asan/pflask-init ## build both halves with sanitizers
unit: asan $(UNIT_TESTS) ## build the unit tests, with sanitizers

build/asan/%.o: core-c/%.c Makefile | $(STAMP)/packages-build $(STAMP)/packages-test
	mkdir -p $(@D)
	$(call say,CC)
	$(CC) $(OURS) $(ASAN_CFLAGS) -c -o $@ $<

build/asan/libpflask.so.0: $(ASAN_LIB_O) $(MAP) $(LIB_DIRS)
	$(call say,LD)
	$(CC) $(ASAN_CFLAGS) $(LIB_LDFLAGS) $(LIB_LD_NEEDS) -o $@ $(ASAN_LIB_O)

build/asan/pflask-init: $(ASAN_INIT_O) $(INIT_DIRS)
	$(call say,LD)
	$(CC) $(ASAN_CFLAGS) -o $@ $(ASAN_INIT_O)

build/unit/%: build/asan/test/%.o $(ASAN_LIB_O) $(UNIT_INIT_O) $(UNIT_FRONT_O) $(LIB_DIRS)
	mkdir -p $(@D)
	$(call say,LD)
	$(CC) $(ASAN_CFLAGS) -o $@ $< $(ASAN_LIB_O) $(UNIT_INIT_O) \
		$(UNIT_FRONT_O) -lcmocka

.SECONDARY: $(TEST_C:core-c/%.c=build/asan/%.o) $(addprefix build/asan/test/, \
	command_lines.o every_operation.o)

# --- pflask ---------------------------------------------------------------------------------------
# Root may start pflask in any directory, so pflask reads no file of the current directory, and runs
# only its own code. With --splitting, a start does not load modules that only rare code imports.

COMPILE := --compile --minify --bytecode --format=esm --splitting \
	--no-compile-autoload-dotenv --no-compile-autoload-bunfig \
	--no-compile-autoload-tsconfig --no-compile-autoload-package-json \
	--compile-exec-argv=--disallow-code-generation-from-strings=strict

# The fastest possible start, which the benchmark compares with pflask: a program and a library.
build/bench/floor: bench/floor.c Makefile | $(STAMP)/packages-build
	mkdir -p $(@D)
	$(call say,CC)
	$(CC) -std=c17 $(WARNINGS) -Werror -O2 -fPIC -shared -o $@.so $<
	$(INIT_CC) -std=c17 $(WARNINGS) -Werror -Os -static -no-pie -o $@ $<

# The executable that Bun makes. It also runs without the front.
build/pflask: $(wildcard $(patsubst %, packages/%/src/*.ts, attach cli command runtime trial \
		userns)) $(wildcard packages/linux-*/*.js) dist/lib/libpflask.so.0 \
		$(addprefix scripts/, compile.ts harden.ts) $(STAMP)/node_modules Makefile
	$(call say,BUN)
	$(if $(filter $(ARCH),$(shell uname -m))$(TARGET),,$(error $@: Bun compiles for another \
		processor only with TARGET; hint: make arm64))
	$(BUN) scripts/compile.ts packages/cli/src/main.ts $@ $(COMPILE) $(TARGET)
	$(BUN) scripts/harden.ts $@ $(EMULATOR)

dist/pflask: build/pflask build/pflask-front scripts/combine.ts
	$(call say,COMBINE)
	$(BUN) scripts/combine.ts build/pflask build/pflask-front $@

$(NAMES): dist/pflask
	$(call say,LN)
	ln -sf $(<F) $@

# --- manual pages: from the tables, the header and texts written by hand ------------------------

$(MANUALS) &: $(wildcard packages/*/man/* core-c/man/*) $(HEADERS) \
		$(addprefix core-c/defs/, spec.def mounts.def netifs.def) \
		packages/cli/src/options.ts packages/command/package.json \
		$(addprefix scripts/, manuals.ts header.ts manual-header.ts mdoc.ts) \
		$(addprefix scripts/, spec-fields.ts spec-kinds.ts def-rows.ts) \
		$(STAMP)/node_modules
	$(call say,MAN)
	$(BUN) scripts/manuals.ts dist/share/man

$(COMPLETIONS) &: $(addprefix packages/, $(addsuffix /src/options.ts, attach cli userns) \
		runtime/src/numbers.gen.ts) core-c/src/base/numbers.gen.h \
		$(addprefix core-c/defs/, cgroups.def mounts.def netifs.def) \
		$(wildcard scripts/complet*.ts) scripts/spec-kinds.ts scripts/def-rows.ts \
		$(STAMP)/node_modules
	$(call say,BUN)
	$(BUN) scripts/completions.ts dist/share

dist/share/doc/pflask/examples/%: core-c/examples/%
	mkdir -p $(@D)
	$(call say,CP)
	cp $< $@

dist/share/doc/pflask/%: docs/%
	mkdir -p $(@D)
	$(call say,CP)
	cp $< $@

# The version of musl, from which the static programs are made.
MUSL = $(shell dpkg-query --show --showformat='$${Version}' musl-dev 2>/dev/null)
$(BILL): $(addprefix scripts/, sbom.ts bun-libraries.ts install-bun.sh) bun.lock debian/changelog \
		core-c/include/pflask.h $(STAMP)/bun
	mkdir -p $(@D)
	$(call say,BUN)
	$(BUN) scripts/sbom.ts $@ $(ARCH) $(MUSL)

-include $(INIT_O:.o=.d) $(LIB_O:.o=.d) $(FRONT_O:.o=.d) $(ASAN_LIB_O:.o=.d) \
	$(ASAN_INIT_O:.o=.d) $(TEST_C:core-c/%.c=build/asan/%.d) $(UNIT_FRONT_O:.o=.d) \
	$(addprefix build/asan/test/, command_lines.d every_operation.d)
