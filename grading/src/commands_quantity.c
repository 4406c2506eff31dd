/*
 * commands_quantity.c - supervise's commands on what can be seen of a program. See commands.h.
 */
#include "commands.h"

#include "bytes.h"
#include "clock.h"
#include "quantity.h"

#include <stdlib.h>
#include <string.h>

struct condition {
    struct program *program;
    const char *quantity, *op;
    long wanted;
};

static bool holds(const struct condition *condition, long value)
{
    const char *op = condition->op;
    long wanted = condition->wanted;
    switch (op[0]) {
    case '=':
        return value == wanted;
    case '!':
        return value != wanted;
    case '<':
        return op[1] == '=' ? value <= wanted : value < wanted;
    default:
        return op[1] == '=' ? value >= wanted : value > wanted;
    }
}

static bool take_condition(struct supervisor *s, char *args, struct condition *condition,
                           struct answer *answer)
{
    static const char *const ops[] = {"=", "!=", "<", "<=", ">", ">="};
    char *rest, *end = NULL, *space;
    if ((condition->program = take_program(s, args, &rest, answer)) == NULL)
        return false;
    // From behind, as the text of out:TEXT may have blanks.
    const char *value = (space = strrchr(rest, ' ')) != NULL ? space + 1 : "";
    if (space != NULL)
        *space = '\0';
    condition->quantity = rest;
    condition->op = "=";
    space = strrchr(rest, ' ');
    for (size_t i = 0; space != NULL && i < sizeof ops / sizeof *ops; i++)
        if (strcmp(space + 1, ops[i]) == 0) {
            condition->op = ops[i];
            *space = '\0';
            break;
        }
    condition->wanted = strtol(value, &end, 10);
    if (end == value || *end != '\0') {
        broken(answer, "a condition is NAME QUANTITY [= != < <= > >=] NUMBER");
        return false;
    }
    return true;
}

static void print_pids(FILE *to, const struct family *who, size_t most)
{
    for (size_t i = 0; i < who->count && i < most; i++)
        fprintf(to, "%s%d", i == 0 ? "" : " ", (int)who->pids[i]);
    if (who->count > most)
        fprintf(to, " ...");
}

// Says that a condition does not hold. why is empty if it was only looked at once.
static void condition_failed(const struct condition *condition, long value, const char *words,
                             const struct family *who, const char *why, struct answer *answer)
{
    static const char *const names[][2] = {{"=", ""},           {"!=", "not "},
                                           {"<", "less than "}, {"<=", "at most "},
                                           {">", "more than "}, {">=", "at least "}};
    const char *op = "";
    // "zombies" of those that came, and "zombie" of the one that was wanted.
    const char *rest = words + strlen(quantity_noun(condition->quantity, value));
    // "on port 9876 (it listens ...)": the remark belongs to what was got.
    int bare = (int)strcspn(rest, "(");
    while (bare > 0 && rest[bare - 1] == ' ')
        bare--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], condition->op) == 0)
            op = names[i][1];
    answer->ok = false;
    fprintf(answer->text, "expected|%s: %s%ld %s%.*s\n", condition->program->name, op,
            condition->wanted, quantity_noun(condition->quantity, condition->wanted), bare, rest);
    fprintf(answer->text, "got|%s: %ld %s", condition->program->name, value, words);
    if (who->count > 0) {
        fprintf(answer->text, ", pid ");
        print_pids(answer->text, who, 8);
    }
    fprintf(answer->text, "%s%s\n", *why != '\0' ? "; " : "", why);
}

// Looks until the condition holds, or once.
static void test_condition(struct supervisor *s, char *args, struct answer *answer, bool wait)
{
    static struct family who;
    struct condition condition = {0};
    char *words = NULL;
    size_t words_size;
    double since = now_seconds(), looked;
    long value;

    if (!take_condition(s, args, &condition, answer))
        return;
    s->session.gave_up[0] = '\0';
    for (;;) {
        free(words);
        looked = now_seconds();
        FILE *to = open_memstream(&words, &words_size);
        bool known =
            quantity_measure(condition.quantity, condition.program, &s->session, &value, &who, to);
        fclose(to);
        if (!known) {
            broken(answer, "unknown quantity %s", condition.quantity);
            break;
        }
        if (holds(&condition, value)) {
            // Numbers and pids are different each time; the story tells what was waited for.
            tell(s, "looked at %s: %ld %s", condition.program->name, value, words);
            break;
        }
        if (!wait) {
            condition_failed(&condition, value, words, &who, s->session.gave_up, answer);
            break;
        }
        if (!patience_go_on(&s->patience, since, s->session.gave_up, sizeof s->session.gave_up)) {
            wait = false; // but its last act may have come meanwhile: look once more
            continue;
        }
        // Looking at hundreds of processes takes a while: leave as much time to them.
        connection_serve(&s->session, NULL, 0, 1 + (int)((now_seconds() - looked) * 1000));
    }
    free(words);
}

void do_await(struct supervisor *s, char *args, struct answer *answer)
{
    test_condition(s, args, answer, true);
}

void do_check(struct supervisor *s, char *args, struct answer *answer)
{
    test_condition(s, args, answer, false);
}

static void answer_quantity(struct supervisor *s, char *args, struct answer *answer, bool pids)
{
    static struct family who;
    char *rest, *words = NULL;
    size_t words_size;
    long value = 0;
    struct program *program = take_program(s, args, &rest, answer);
    char *quantity = program != NULL ? next_word(&rest) : NULL;
    if (program == NULL)
        return;
    FILE *to = open_memstream(&words, &words_size);
    bool known =
        quantity != NULL && quantity_measure(quantity, program, &s->session, &value, &who, to);
    fclose(to);
    free(words);
    if (!known)
        broken(answer, "unknown quantity %s", quantity != NULL ? quantity : "\"\"");
    else if (pids)
        print_pids(answer->text, &who, FAMILY_SIZE);
    else
        fprintf(answer->text, "%ld", value);
}

void do_ask(struct supervisor *s, char *args, struct answer *answer)
{
    answer_quantity(s, args, answer, false);
}

void do_pids(struct supervisor *s, char *args, struct answer *answer)
{
    answer_quantity(s, args, answer, true);
}

void do_pid(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    if (program != NULL)
        fprintf(answer->text, "%d", (int)program->process.pid);
}
