# make deps       install what is missing (gcc, bats, valgrind, ... from the distribution)
# make lab03      build one lab; `make labs` builds all of them
# make test-deps  the same, and what the tests of the course need (a browser, ...)
# make test       test the course itself: starters, solutions, bugs, variants, the grader
# make prove      every bug and every variant (make test takes a sample)
# make sweep      every mutant of the solutions must lose points (needs libclang-dev)
# make soak N=20  so many verdicts on an idle, a busy, a one-processor machine, and at nice 19
# make docs       write anew what has changed of what the pages of docs/ show
# make starters   write labs/ anew from solutions/ (overwrites your work there: commit it first)
# make bench      how long a verdict takes, beside two yardsticks
# make bench-class N="10 100"  what a class of so many submissions costs
# make handout    what learners get: the course without solutions and tests, as an archive
# make gradescope the same as an autograder for Gradescope
# make clean      remove build/
#
#   FROM=solutions      whose labs to build (default: labs)
#   BASE=solutions      whose earlier labs to link with them (default: the same as FROM)
#   SAN=thread          or address,undefined: build with sanitizers, in a directory of its own
#   CC=clang            another compiler

FROM ?= labs
BASE ?= $(FROM)
SAN  ?=
ifeq ($(origin CC),default)
CC := gcc
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion
# What a function returns that forgets to is anybody's guess, and different each time.
WARNINGS += -Werror=return-type
# valgrind 3.19 cannot read the DWARF 5 of clang.
CFLAGS   := -std=c11 -D_GNU_SOURCE -O1 -g -gdwarf-4 $(WARNINGS)
comma    := ,

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

.PHONY: help
help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

# --- The labs -------------------------------------------------------------------------------
# A lab is a directory of solutions/, or of labs/ where there are none. What make must know of it
# stands in grading/labNN/lab.mk:
#   labNN.program  the program's name        labNN.links  earlier labs whose pieces it may use
#   labNN.small    small programs beside it, each of one file that is named after it
#   labNN.san      sanitizers its checks want
# Earlier pieces are linked as archives: a lab that brings its own open_listener uses its own, and
# an earlier lab that is all in one file may lend its functions, as its main gives way.

lab_dirs := $(notdir $(or $(wildcard solutions/lab*),$(wildcard labs/lab*)))
labs     := $(sort $(foreach d,$(lab_dirs),$(firstword $(subst -, ,$(d)))))
include $(wildcard grading/lab*/lab.mk)

# Builds of another tree go to a directory that is named after it.
tree_key = $(subst /,+,$(patsubst %/,%,$(1)))
san_key  := $(if $(SAN),@$(subst $(comma),-,$(SAN)))
FROM_OUT := build/$(call tree_key,$(FROM))$(if $(filter-out $(FROM),$(BASE)),~$(call tree_key,$(BASE)))$(san_key)
BASE_OUT := build/$(call tree_key,$(BASE))$(san_key)
SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN))

# $(call lab_dir,lab03) is lab03-processes
lab_dir = $(firstword $(filter $(1)-%,$(lab_dirs)))

# Objects of one lab in one tree: $1 lab, $2 tree, $3 where they go
define object_rules
$3/$1/%.o: $2/$(call lab_dir,$1)/%.c Makefile
	@mkdir -p $$(@D)
	@echo "  cc    $$<"
	@$$(CC) $$(CFLAGS) $$(SAN_FLAGS) $$(if $$(course),-Werror) -I grading/lib $$(foreach l,$$($1.links),-I $(BASE)/$$(call lab_dir,$$(l))) -MMD -MP -c -o $$@ $$<
$3/$1/pieces.a: $(patsubst $2/$(call lab_dir,$1)/%.c,$3/$1/%.o,$(wildcard $2/$(call lab_dir,$1)/*.c))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$(filter %.o,$$^)
	@objcopy --weaken-symbol=main $$@
-include $(wildcard $3/$1/*.d)
endef

# The programs of one lab, and `make lab03`: the one that it is about is linked of all files but
# those of the small ones.
define program_rules
$(FROM_OUT)/$1/$($1.program): $(filter-out $($1.small:%=$(FROM_OUT)/$1/%.o),$(patsubst $(FROM)/$(call lab_dir,$1)/%.c,$(FROM_OUT)/$1/%.o,$(wildcard $(FROM)/$(call lab_dir,$1)/*.c)))
$($1.small:%=$(FROM_OUT)/$1/%): $(FROM_OUT)/$1/%: $(FROM_OUT)/$1/%.o
$(addprefix $(FROM_OUT)/$1/,$($1.program) $($1.small)): $(foreach l,$($1.links),$(BASE_OUT)/$l/pieces.a) $(FROM_OUT)/todo.o
	@mkdir -p $$(@D)
	@echo "  link  $$@"
	@$$(CC) $$(CFLAGS) $$(SAN_FLAGS) -o $$@ $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -pthread
.PHONY: $1
$1: $(addprefix $(FROM_OUT)/$1/,$($1.program) $($1.small))
endef

$(foreach l,$(labs),$(eval $(call object_rules,$l,$(FROM),$(FROM_OUT))))
ifneq ($(FROM_OUT),$(BASE_OUT))
$(foreach l,$(labs),$(eval $(call object_rules,$l,$(BASE),$(BASE_OUT))))
endif
$(foreach l,$(labs),$(eval $(call program_rules,$l)))

.PHONY: labs
labs: $(labs)

# What ./grader needs of a lab: its program, and what its checks link or run
#   labNN.criterion  Criterion checks in grading/labNN/      labNN.drivers  plain programs there
define check_rules
$(FROM_OUT)/$1/check_%.o: grading/$1/%.c Makefile
	@mkdir -p $$(@D)
	@echo "  cc    $$<"
	@$$(CC) $$(CFLAGS) -Wno-error $$(SAN_FLAGS) -I grading/lib -I $(FROM)/$(call lab_dir,$1) $$(foreach l,$$($1.links),-I $(BASE)/$$(call lab_dir,$$(l))) -MMD -MP -c -o $$@ $$<
$(foreach c,$($1.criterion),$(FROM_OUT)/$1/$c): $(FROM_OUT)/$1/%: $(FROM_OUT)/$1/check_%.o $(FROM_OUT)/$1/pieces.a build/grading/criterion_tap.o $(FROM_OUT)/todo.o | build/grading/names
	$$(if $$(SAN),,@grading/lib/examine.sh build/grading/names $$(filter %.a,$$^) $(FROM)/$(call lab_dir,$1))
	@echo "  link  $$@"
	@$$(CC) $$(CFLAGS) $$(SAN_FLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) -lcriterion -pthread
$(foreach c,$($1.drivers),$(FROM_OUT)/$1/$c): $(FROM_OUT)/$1/%: $(FROM_OUT)/$1/check_%.o $(FROM_OUT)/$1/pieces.a $(FROM_OUT)/todo.o
	@echo "  link  $$@"
	@$$(CC) $$(CFLAGS) $$(SAN_FLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) -pthread
.PHONY: $1-graded
$1-graded: $1 $(foreach c,$($1.criterion) $($1.drivers),$(FROM_OUT)/$1/$c)
	$(foreach s,$($1.san),@$$(MAKE) -s --no-print-directory $1 SAN=$s)
endef
$(foreach l,$(labs),$(eval $(call check_rules,$l)))

# A build of a learner's lab writes below the directory of its tree and nowhere else: what is the
# course's own, and not made for this tree, is built before.
$(FROM_OUT)/todo.o: grading/lib/todo.c grading/lib/todo.h Makefile
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(SAN_FLAGS) -c -o $@ $<

# --- The grader -----------------------------------------------------------------------------
# Sources with a main are named; all others of a directory are its library.

# ./grader builds itself quietly.
tell           := $(if $(quiet),: ,echo)
STRICT         := $(CFLAGS) -O2 -Werror -I grading/src -I grading/lib -I client -MMD -MP
grading_mains  := grader supervise starters
grading_pieces := $(filter-out $(grading_mains),$(basename $(notdir $(wildcard grading/src/*.c))))
client_pieces  := $(filter-out client,$(basename $(notdir $(wildcard client/*.c))))

.PHONY: grader-tools
grader-tools: $(addprefix build/grading/,$(grading_mains) client misbehave.so criterion_tap.o names)

build/grading/%.o: grading/src/%.c Makefile
	@mkdir -p $(@D)
	@$(tell) "  cc    $<"
	@$(CC) $(STRICT) -c -o $@ $<
build/grading/%.o: client/%.c Makefile
	@mkdir -p $(@D)
	@$(tell) "  cc    $<"
	@$(CC) $(STRICT) -c -o $@ $<
build/grading/%.o: grading/lib/%.c Makefile
	@mkdir -p $(@D)
	@$(tell) "  cc    $<"
	@$(CC) $(STRICT) -c -o $@ $<
build/grading/libgrading.a: $(grading_pieces:%=build/grading/%.o)
	@rm -f $@
	@ar rcs $@ $^
build/grading/libclient.a: $(client_pieces:%=build/grading/%.o)
	@rm -f $@
	@ar rcs $@ $^
build/grading/client: build/grading/client.o build/grading/libclient.a
	@$(tell) "  link  $@"
	@$(CC) $(STRICT) -o $@ $^
$(grading_mains:%=build/grading/%): build/grading/%: build/grading/%.o build/grading/libgrading.a build/grading/libclient.a
	@$(tell) "  link  $@"
	@$(CC) $(STRICT) -o $@ $^ -lcyaml -ljansson -lmxml -lmd -lm
# Its own names stay its own: a learner's program may have functions of the same name.
build/grading/misbehave.so: $(wildcard grading/lib/misbehave*.c) grading/lib/misbehave.h Makefile
	@mkdir -p $(@D)
	@$(tell) "  link  $@"
	@$(CC) $(filter-out -MMD -MP,$(STRICT)) -fvisibility=hidden -fPIC -shared -o $@ $(filter %.c,$^) -ldl -pthread
# What the checks of functions call, and what the libraries below them do: grading/lib/examine.sh
build/grading/names: build/grading/criterion_tap.o Makefile
	@criterion=$$($(CC) -print-file-name=libcriterion.so); \
	libraries=$$(ldd $$criterion | sed -n 's,.* => \(/[^ ]*\) .*,\1,p' | grep -v '/libc\.so'); \
	{ nm -P -g $<; nm -P -D -u $$criterion $$libraries; } | sed 's/[@ ].*//' | sort -u >$@
-include $(wildcard build/grading/*.d)

# --- The course itself ----------------------------------------------------------------------

.PHONY: deps test-deps test prove sweep soak starters docs bench bench-class handout gradescope clean
deps:
	@grading/lib/deps.sh

test-deps:
	@grading/lib/deps.sh test

test:
	@tests/run.sh

prove:
	@tests/prove.sh

sweep:
	@tests/sweep.sh

# Debian puts libclang into a directory of its version.
libclang := $(patsubst %/include/clang-c/Index.h,%,$(lastword $(wildcard /usr/lib/llvm-*/include/clang-c/Index.h)))
build/tests/mutate: tests/sweep/mutate.c Makefile
	$(if $(libclang),,$(error the sweep reads C with libclang: install libclang-dev))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Werror -isystem $(libclang)/include -o $@ $< -L $(libclang)/lib -Wl,-rpath,$(libclang)/lib -lclang

build/tests/pages: $(wildcard tests/pages/*.[ch]) build/grading/libgrading.a Makefile
	@mkdir -p $(@D)
	@$(CC) $(filter-out -MMD -MP,$(STRICT)) -o $@ $(filter %.c %.a,$^) -lcmark

docs:
	@tests/pages.sh -w

soak:
	@tests/soak.sh $(N)

bench:
	@tests/bench.sh

bench-class:
	@tests/bench-class.sh $(N)

handout gradescope:
	@teaching/handout.sh $@

starters: build/grading/starters
	@build/grading/starters solutions labs

clean:
	rm -rf build
