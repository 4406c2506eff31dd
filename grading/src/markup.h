/*
 * markup.h - small words for making a tree of elements with mxml.
 */
#ifndef MARKUP_H
#define MARKUP_H

#include <mxml.h>
#include <stdio.h>

/* Begins a page of HTML with its style in it, up to the body. Title and style are the course's own. */
void put_page_head(FILE *to, const char *title, const char *style);

/* Adds an element; its class may be NULL. */
mxml_node_t *add_element(mxml_node_t *parent, const char *name, const char *class);

/* Adds an element with nothing but text in it. */
mxml_node_t *add_words(mxml_node_t *parent, const char *name, const char *class, const char *text);

/* Adds text, which is escaped when it is written. */
void add_text(mxml_node_t *parent, const char *text);

#endif
