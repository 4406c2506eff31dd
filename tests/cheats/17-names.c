/*
 * Says what would break a report: the marks of XML, JSON, YAML, Markdown, TAP and terminals.
 *
 * lab: lab01
 * file: server.c
 * named: script>alert
 */
#include <stdio.h>

int main(void)
{
    static const char bytes[] = "\x1b[31m\0\xff\xfe\xef\xbf\xbf\xe2\x80\xae`**x**`\n";
    fputs("]]></failure></testcase><testcase name=\"x\"/>&amp;&#0;\n", stderr);
    fputs("\"},{\"status\":\"passed\"} \\ # skip | </pre><script>alert(1)</script>\n", stderr);
    fwrite(bytes, 1, sizeof bytes - 1, stderr);
    return 0;
}
