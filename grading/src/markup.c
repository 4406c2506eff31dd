/*
 * markup.c - see markup.h.
 */
#include "markup.h"

void put_page_head(FILE *to, const char *title, const char *style)
{
    fprintf(to,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n"
            "<style>\n%s</style>\n</head>\n<body>\n",
            title, style);
}

mxml_node_t *add_element(mxml_node_t *parent, const char *name, const char *class)
{
    mxml_node_t *element = mxmlNewElement(parent, name);
    if (class != NULL)
        mxmlElementSetAttr(element, "class", class);
    return element;
}

void add_text(mxml_node_t *parent, const char *text)
{
    mxmlNewOpaque(parent, text);
}

mxml_node_t *add_words(mxml_node_t *parent, const char *name, const char *class, const char *text)
{
    mxml_node_t *element = add_element(parent, name, class);
    add_text(element, text);
    return element;
}
