/*
 * mutate.c - all the small ways in which a C file can be made wrong, one at a time.
 *
 * usage: mutate FILE [COMPILER-OPTION...]              lists the mutants, a line each
 *        mutate -n NUMBER FILE [COMPILER-OPTION...]    writes that one to standard output
 *
 *     delete     a statement is gone                   close(cfd);            ;
 *     negate     a condition says the opposite         if (n == -1)           if (!(n == -1))
 *     drop       half of an && or || is gone           a && b                 a    or    b
 *     swap       a comparison is another one           errno != EINTR         errno == EINTR
 *                (for < and > the one that differs      i < n                  i <= n
 *                at the boundary only)
 *
 * A mutant is named by where it is and what it does, not by its line, so that its name outlives a
 * change elsewhere: `wait_for_room: delete: nanosleep(&tenth, NULL)`. Is there the same twice in a
 * function, the second ends in ` #2`.
 *
 * The file is read by libclang; what is written is the file itself with one place replaced.
 */
#include <clang-c/Index.h>

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MUTANTS_MAX = 2000, NAME_SIZE = 160, EXIT_USAGE = 2 };

/* A stretch of the file: the bytes from start to end - 1. */
struct range {
    unsigned start, end;
};

struct mutant {
    struct range range;
    const char *before, *after; // what stands around the kept part, or alone
    struct range kept;          // the part of range that stays between them; may be empty
    char name[NAME_SIZE];
};

struct mutation {
    CXTranslationUnit unit;
    CXFile file;
    char *text;
    const char *function;
    struct range condition; // the last condition seen as a whole
    struct mutant mutant[MUTANTS_MAX];
    size_t count;
};

static const struct range nothing = {0, 0};

// --- Places -------------------------------------------------------------------------------------

// Of what a macro brings, the place of the macro: errno is one.
static unsigned offset_of(CXSourceLocation location)
{
    unsigned offset;
    clang_getExpansionLocation(location, NULL, NULL, NULL, &offset);
    return offset;
}

static struct range range_of(CXCursor cursor)
{
    CXSourceRange extent = clang_getCursorExtent(cursor);
    return (struct range){offset_of(clang_getRangeStart(extent)),
                          offset_of(clang_getRangeEnd(extent))};
}

static bool is_in_main_file(const struct mutation *m, CXCursor cursor)
{
    CXFile file;
    clang_getExpansionLocation(clang_getCursorLocation(cursor), &file, NULL, NULL, NULL);
    return clang_File_isEqual(file, m->file) != 0;
}

static bool is_same(struct range a, struct range b)
{
    return a.start == b.start && a.end == b.end;
}

struct children {
    CXCursor cursor[64];
    unsigned count;
};

static enum CXChildVisitResult add_child(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct children *children = data;
    (void)parent;
    if (children->count == sizeof children->cursor / sizeof children->cursor[0]) {
        errx(EXIT_FAILURE, "a statement has too many parts");
    }
    children->cursor[children->count++] = cursor;
    return CXChildVisit_Continue;
}

static struct children children_of(CXCursor cursor)
{
    struct children children = {.count = 0};
    clang_visitChildren(cursor, add_child, &children);
    return children;
}

// --- Mutants ------------------------------------------------------------------------------------

// The text of the range in one line, cut where it is long.
static void quote(const struct mutation *m, struct range range, char *line, size_t size)
{
    size_t used = 0;
    for (unsigned i = range.start; i < range.end && used + 4 < size; i++) {
        bool blank = strchr(" \t\n", m->text[i]) != NULL;
        if (!blank) {
            line[used++] = m->text[i];
        } else if (used > 0 && line[used - 1] != ' ') {
            line[used++] = ' ';
        }
        if (i + 1 < range.end && used + 4 >= size) {
            memcpy(line + used, "...", 3);
            used += 3;
        }
    }
    line[used] = '\0';
}

static void number_twin(struct mutation *m, struct mutant *mutant)
{
    size_t length = strlen(mutant->name);
    unsigned twins = 1;
    for (size_t i = 0; i < m->count; i++) {
        const char *name = m->mutant[i].name;
        if (strncmp(name, mutant->name, length) == 0 &&
            (name[length] == '\0' || strncmp(name + length, " #", 2) == 0)) {
            twins++;
        }
    }
    if (twins > 1) {
        snprintf(mutant->name + length, sizeof mutant->name - length, " #%u", twins);
    }
}

// Replaces the range by before, the text of kept, after. The name quotes the range `named`.
static void add(struct mutation *m, const char *kind, struct range named, struct range range,
                const char *before, struct range kept, const char *after)
{
    if (m->count == MUTANTS_MAX) {
        errx(EXIT_FAILURE, "more than %d mutants", MUTANTS_MAX);
    }
    struct mutant mutant = {.range = range, .before = before, .after = after, .kept = kept};
    char words[80];
    quote(m, named, words, sizeof words);
    snprintf(mutant.name, sizeof mutant.name, "%s: %s: %s", m->function, kind, words);
    number_twin(m, &mutant);
    m->mutant[m->count++] = mutant;
}

static void delete_statement(struct mutation *m, CXCursor statement)
{
    struct range range = range_of(statement);
    enum CXCursorKind kind = clang_getCursorKind(statement);
    if (clang_isExpression(kind) || kind == CXCursor_ReturnStmt || kind == CXCursor_BreakStmt ||
        kind == CXCursor_ContinueStmt || kind == CXCursor_DoStmt) {
        add(m, "delete", range, range, "", nothing, ""); // its semicolon stays
    } else if (kind == CXCursor_IfStmt || kind == CXCursor_WhileStmt || kind == CXCursor_ForStmt ||
               kind == CXCursor_SwitchStmt) {
        add(m, "delete", range, range, ";", nothing, "");
    }
}

static void negate(struct mutation *m, CXCursor condition)
{
    struct range range = range_of(condition);
    m->condition = range;
    add(m, "negate", range, range, "!(", range, ")");
}

// Any of the three parts of `for (init; condition; increment)` may be missing, and the cursors
// don't say which: their places between the semicolons do.
static void mutate_for(struct mutation *m, CXCursor loop, const struct children *parts)
{
    unsigned semicolons[2], seen = 0, depth = 0;
    for (unsigned i = range_of(loop).start; seen < 2; i++) {
        depth += m->text[i] == '(';
        depth -= m->text[i] == ')';
        if (m->text[i] == ';' && depth == 1) {
            semicolons[seen++] = i;
        }
    }
    // The last part is the body.
    for (unsigned i = 0; i + 1 < parts->count; i++) {
        struct range range = range_of(parts->cursor[i]);
        if (range.start > semicolons[1]) {
            add(m, "delete", range, range, "", nothing, "");
        } else if (range.start > semicolons[0]) {
            negate(m, parts->cursor[i]);
        }
    }
}

// The operator stands behind the left operand. Empty if it is not in the file but in a macro.
static struct range operator_of(const struct mutation *m, CXCursor binary, CXCursor left)
{
    CXToken *tokens;
    unsigned count;
    struct range found = nothing, range = range_of(binary), before = range_of(left);
    // The cursor's own extent may begin inside of errno, where there are no tokens.
    CXSourceRange all = clang_getRange(clang_getLocationForOffset(m->unit, m->file, range.start),
                                       clang_getLocationForOffset(m->unit, m->file, range.end));
    clang_tokenize(m->unit, all, &tokens, &count);
    for (unsigned i = 0; i < count && found.end == 0; i++) {
        CXSourceRange extent = clang_getTokenExtent(m->unit, tokens[i]);
        unsigned start = offset_of(clang_getRangeStart(extent));
        if (start >= before.end && clang_getTokenKind(tokens[i]) == CXToken_Punctuation) {
            found = (struct range){start, offset_of(clang_getRangeEnd(extent))};
        }
    }
    clang_disposeTokens(m->unit, tokens, count);
    return found;
}

static void mutate_binary(struct mutation *m, CXCursor binary, const struct children *operands)
{
    static const struct {
        const char *from, *to;
    } swaps[] = {{"==", "!="}, {"!=", "=="}, {"<", "<="}, {"<=", "<"}, {">", ">="}, {">=", ">"}};
    struct range range = range_of(binary), left = range_of(operands->cursor[0]);
    struct range right = range_of(operands->cursor[1]);
    struct range op = operator_of(m, binary, operands->cursor[0]);
    const char *text = m->text + op.start;
    size_t length = op.end - op.start;

    if (length == 2 && (strncmp(text, "&&", 2) == 0 || strncmp(text, "||", 2) == 0)) {
        add(m, "drop", right, range, "", left, "");
        add(m, "drop", left, range, "", right, "");
        return;
    }
    for (size_t i = 0; i < sizeof swaps / sizeof swaps[0]; i++) {
        if (strlen(swaps[i].from) != length || strncmp(text, swaps[i].from, length) != 0) {
            continue;
        }
        // To swap == for != is to negate, and that was done if this is the whole condition.
        if (length != 2 || strchr("<>", text[0]) != NULL || !is_same(range, m->condition)) {
            add(m, "swap", range, op, swaps[i].to, nothing, "");
        }
    }
}

// --- The way through the file -------------------------------------------------------------------

// Is it the 0 of `case 0: ...`?
static bool is_label(CXCursor cursor, CXCursor case_statement)
{
    return is_same(range_of(cursor), range_of(children_of(case_statement).cursor[0]));
}

static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct mutation *m = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (!is_in_main_file(m, cursor)) {
        return CXChildVisit_Continue;
    }

    enum CXCursorKind above = clang_getCursorKind(parent);
    struct children children = children_of(cursor);
    if (kind == CXCursor_FunctionDecl) {
        CXString name = clang_getCursorSpelling(cursor);
        m->function = strdup(clang_getCString(name));
        clang_disposeString(name);
    } else if (above == CXCursor_CompoundStmt || above == CXCursor_DefaultStmt ||
               (above == CXCursor_CaseStmt && !is_label(cursor, parent))) {
        delete_statement(m, cursor);
    }
    switch (kind) {
    case CXCursor_IfStmt:
    case CXCursor_WhileStmt:
    case CXCursor_ConditionalOperator:
        negate(m, children.cursor[0]);
        break;
    case CXCursor_DoStmt:
        negate(m, children.cursor[1]);
        break;
    case CXCursor_ForStmt:
        mutate_for(m, cursor, &children);
        break;
    case CXCursor_BinaryOperator:
        mutate_binary(m, cursor, &children);
        break;
    default:
        break;
    }
    return CXChildVisit_Recurse;
}

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL || getdelim(&text, &size, '\0', file) == -1) {
        err(EXIT_FAILURE, "%s", path);
    }
    fclose(file);
    return text;
}

static void write_mutant(const struct mutation *m, const struct mutant *mutant)
{
    fwrite(m->text, 1, mutant->range.start, stdout);
    fputs(mutant->before, stdout);
    fwrite(m->text + mutant->kept.start, 1, mutant->kept.end - mutant->kept.start, stdout);
    fputs(mutant->after, stdout);
    fputs(m->text + mutant->range.end, stdout);
}

// libclang says what it cannot read, with the place.
static void parse(struct mutation *m, const char *path, const char *const options[], int count)
{
    CXIndex index = clang_createIndex(0, 0);
    m->unit = clang_parseTranslationUnit(index, path, options, count, NULL, 0, 0);
    if (m->unit == NULL) {
        errx(EXIT_FAILURE, "%s cannot be read as C", path);
    }
    m->file = clang_getFile(m->unit, path);
    for (unsigned i = 0; i < clang_getNumDiagnostics(m->unit); i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(m->unit, i);
        if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
            CXString words =
                clang_formatDiagnostic(diagnostic, clang_defaultDiagnosticDisplayOptions());
            errx(EXIT_FAILURE, "%s", clang_getCString(words));
        }
        clang_disposeDiagnostic(diagnostic);
    }
}

int main(int argc, char *argv[])
{
    static struct mutation m;
    unsigned long number = 0;
    int option;
    char *end = "";

    while ((option = getopt(argc, argv, "+n:")) != -1) {
        number = option == 'n' ? strtoul(optarg, &end, 10) : 0;
        if (number == 0 || *end != '\0') {
            optind = argc;
        }
    }
    if (optind >= argc) {
        fputs("usage: mutate [-n NUMBER] FILE [COMPILER-OPTION...]\n", stderr);
        return EXIT_USAGE;
    }
    const char *path = argv[optind];
    m.text = read_file(path);
    parse(&m, path, (const char *const *)argv + optind + 1, argc - optind - 1);
    clang_visitChildren(clang_getTranslationUnitCursor(m.unit), visit, &m);

    if (number > m.count) {
        errx(EXIT_FAILURE, "%s has %zu mutants, no number %lu", path, m.count, number);
    }
    if (number > 0) {
        write_mutant(&m, &m.mutant[number - 1]);
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < m.count; i++) {
        printf("%s\n", m.mutant[i].name);
    }
    return EXIT_SUCCESS;
}
