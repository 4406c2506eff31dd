/*
 * markup.c - see markup.h.
 */
#include "markup.h"

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
