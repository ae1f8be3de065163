package io.epona.loadgen.page;

import java.util.List;

/**
 * A page that is being written; well-formed XML too, so that programs can read it.
 */
final class Html
{
    private static final String STYLE = """
        :root { color-scheme: light dark; --back: #fff; --ink: #1d2126; --faint: #667; --rule: #d8dce2;
          --good: #12722f; --bad: #b3241b; --unsure: #8a5a00;
          --c0: #1f6fd0; --c1: #d0571f; --c2: #2a8a3e; --c3: #8e44ad; --c4: #b8860b; --c5: #0e8c8c; --c6: #c2185b;
          --c7: #5d6d7e; }
        @media (prefers-color-scheme: dark) { :root { --back: #15181c; --ink: #e4e7eb; --faint: #9aa3ad;
          --rule: #343a41; --good: #6fd08c; --bad: #ff8a80; --unsure: #ffc266;
          --c0: #6fb1ff; --c1: #ff9b6a; --c2: #7fd694; --c3: #cf9bea; --c4: #e6c35c; --c5: #5fd0d0; --c6: #ff86b3;
          --c7: #aeb9c4; } }
        @media print { :root { color-scheme: light; --back: #fff; --ink: #000; } section { break-inside: avoid; } }
        body { background: var(--back); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto;
          max-width: 62rem; padding: 0 1rem; }
        h1 { font-size: 1.4rem; margin: 0 0 .2rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
        th, td { border-bottom: 1px solid var(--rule); padding: .22rem .5rem; text-align: right; }
        th:first-child, td:first-child { text-align: left; } th { color: var(--faint); font-weight: 600; }
        pre { border: 1px solid var(--rule); font-size: 12.5px; overflow-x: auto; padding: .6rem;
          white-space: pre-wrap; }
        .good { color: var(--good); } .bad { color: var(--bad); } .unsure { color: var(--unsure); }
        .note { color: var(--faint); }
        svg { height: auto; max-width: 100%; width: 100%; }
        svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
        svg .grid { stroke: var(--rule); stroke-width: 1; } svg text.x { text-anchor: middle; }
        svg text.y { text-anchor: end; } svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
        svg line.mark { stroke: var(--bad); stroke-dasharray: 4 3; } svg text.mark { fill: var(--bad); }
        svg line.even { stroke: var(--faint); } svg line.interval { stroke: var(--c0); stroke-width: 2; }
        """;
    private static final int COLOURS = 8;

    private final StringBuilder page = new StringBuilder(32 * 1024);
    private boolean isInSection;

    /**
     * @param title of the page.
     */
    Html(final String title)
    {
        page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n")
            .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>")
            .append(text(title)).append("</title>\n<style>\n").append(STYLE);
        for (int i = 0; i < COLOURS; i++)
        {
            page.append("svg .s").append(i).append(" { stroke: var(--c").append(i).append("); } svg .p").append(i)
                .append(" { fill: var(--c").append(i).append("); }\n");
        }
        page.append("</style></head>\n<body>\n<h1>").append(text(title)).append("</h1>\n");
    }

    /**
     * @param value any text.
     * @return the same as HTML shows it.
     */
    static String text(final String value)
    {
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    /**
     * Begin a part of the page.
     *
     * @param title of it.
     * @return this.
     */
    Html section(final String title)
    {
        end();
        isInSection = true;
        page.append("<section>\n<h2>").append(text(title)).append("</h2>\n");
        return this;
    }

    private void end()
    {
        if (isInSection)
        {
            page.append("</section>\n");
            isInSection = false;
        }
    }

    /**
     * @param style one of good, bad, unsure, note.
     * @param text  of a paragraph.
     * @return this.
     */
    Html paragraph(final String style, final String text)
    {
        page.append("<p class=\"").append(style).append("\">").append(text(text)).append("</p>\n");
        return this;
    }

    /**
     * @param text as it is, with its line ends.
     * @return this.
     */
    Html preformatted(final String text)
    {
        page.append("<pre>").append(text(text)).append("</pre>\n");
        return this;
    }

    /**
     * @param svg of a plot.
     * @return this.
     */
    Html plot(final String svg)
    {
        page.append("<figure style=\"margin:0\">\n").append(svg).append("</figure>\n");
        return this;
    }

    /**
     * @param head of the columns.
     * @param rows as many cells each.
     * @return this.
     */
    Html table(final List<String> head, final List<List<String>> rows)
    {
        page.append("<table>\n<tr>");
        head.forEach((cell) -> page.append("<th>").append(text(cell)).append("</th>"));
        page.append("</tr>\n");
        for (final List<String> row : rows)
        {
            page.append("<tr>");
            row.forEach((cell) -> page.append("<td>").append(text(cell)).append("</td>"));
            page.append("</tr>\n");
        }
        page.append("</table>\n");
        return this;
    }

    /**
     * @return the page, whole.
     */
    String finish()
    {
        end();
        return page.append("</body></html>\n").toString();
    }
}
