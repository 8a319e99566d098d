# SPDX-License-Identifier: BSD-2-Clause
# Builds libpflask-trial, which shows, applies and reverts the changes of trials. The Makefile
# includes this file. The library is not a part of libpflask, because no start of a container needs
# this code.

# The files of libpflask that the library has, too.
TRIAL_SHARED := common/path_below common/utf8 src/base/error src/base/numbers src/base/old_libc \
	src/base/struct_size
TRIAL_C := $(wildcard core-c/trial/*.c) $(TRIAL_SHARED:%=core-c/%.c)
TRIAL_MAP := core-c/trial/pflask-trial.map
TRIAL_O := $(TRIAL_C:core-c/%.c=build/lib/%.o)
TRIAL_LD_NEEDS := -shared -Wl,-soname,libpflask-trial.so.0 -Wl,--version-script=$(TRIAL_MAP)
# For arm64 the linker aligns segments to 64 KiB, so the file has up to 64 KiB of padding.
TRIAL_MAX_x86_64 := 131072
TRIAL_MAX_aarch64 := 163840
TRIAL_MAX := $(TRIAL_MAX_$(ARCH))
# Each public function of the library has a manual page.
TRIAL_MANUALS := $(addprefix dist/share/man/man3/, libpflask-trial.3 $(addsuffix .3,$(shell sed -n \
	'/^PFLASK_TRIAL_0/,/^}/s/^\t*\(pflask_.*\);/\1/p' $(TRIAL_MAP))))
TRIAL_DOCUMENT := dist/share/doc/pflask/trial.md

MANUALS += $(TRIAL_MANUALS)
DOCUMENTS += $(TRIAL_DOCUMENT)
PRODUCTS += $(addprefix dist/lib/libpflask-trial., so so.0) $(TRIAL_MANUALS) $(TRIAL_DOCUMENT)

build/lib/libpflask-trial.so.0: $(TRIAL_O) $(TRIAL_MAP) core-c/trial
	$(call say,LD)
	$(CC) $(LIB_CFLAGS) $(CFLAGS) $(LIB_NEEDS) -Wl,--no-undefined -Wl,--gc-sections \
		$(LIB_LDFLAGS) $(LDFLAGS) $(TRIAL_LD_NEEDS) -o $@ $(TRIAL_O)

dist/lib/libpflask-trial.so.0: build/lib/libpflask-trial.so.0
	mkdir -p $(@D)
	$(call say,STRIP)
	cp $< $@
	$(STRIP) --strip-unneeded $@
	$(call at_most,$(TRIAL_MAX),$@)
	$(if $(CHOSEN),,scripts/glibc-at-most.sh $(LIB_GLIBC) $@)

dist/lib/libpflask-trial.so: dist/lib/libpflask-trial.so.0
	ln -sf $(<F) $@

pack build/pflask: dist/lib/libpflask-trial.so.0

# The linker leads the calls that change files to functions of the program, which disturb them.
ASAN_TRIAL_O := $(TRIAL_C:core-c/%.c=build/asan/%.o)
WRAPPED := openat write mkdirat mknodat symlinkat linkat unlinkat renameat2 fchownat fchmod chmod \
	utimensat futimens fsync syncfs ftruncate setxattr removexattr
build/unit/trial_steps: build/asan/test/trial_steps.o $(ASAN_TRIAL_O) core-c/trial
	mkdir -p $(@D)
	$(call say,LD)
	$(CC) $(ASAN_CFLAGS) -o $@ $< $(ASAN_TRIAL_O) $(WRAPPED:%=-Wl,--wrap=%)

.SECONDARY: build/asan/test/trial_steps.o

-include $(filter build/lib/trial/%,$(TRIAL_O:.o=.d)) $(ASAN_TRIAL_O:.o=.d) build/asan/test/trial_steps.d
