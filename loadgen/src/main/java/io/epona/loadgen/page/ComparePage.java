package io.epona.loadgen.page;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A comparison: the finding of each figure, and where the ratio of every pair lies.
 */
public final class ComparePage
{
    private static final int WIDTH = 860;
    private static final int LEFT = 130;
    private static final int RIGHT = 30;
    private static final int ROW = 64;
    private static final int TOP = 16;
    private static final int BOTTOM = 46;

    private ComparePage()
    {
    }

    /**
     * @param compare {@code compare.json}.
     * @return the page.
     */
    public static String of(final JsonNode compare)
    {
        final Html html = new Html(compare.path("id").asText());
        html.paragraph("", "A = " + compare.path("a").asText() + ", B = " + compare.path("b").asText() + "; " +
            compare.path("pairsCounted").asText() + " of " + compare.path("pairsRun").asText() + " pairs counted");
        final List<List<String>> rows = new ArrayList<>();
        compare.path("metrics").properties().forEach((metric) -> rows.add(row(metric.getKey(), metric.getValue())));
        html.section("Findings").table(
            List.of("", "median A", "median B", "A / B", "95 % interval", "p", "detectable", "finding"), rows);
        if (!rows.isEmpty())
        {
            html.section("Ratio A / B: each pair, estimate and 95 % interval").plot(forest(compare));
        }
        final List<List<String>> differences = new ArrayList<>();
        compare.path("differences").forEach((difference) -> differences.add(List.of(
            difference.path("key").asText(), difference.path("a").asText(), difference.path("b").asText())));
        if (!differences.isEmpty())
        {
            html.section("What differs").table(List.of("", "A", "B"), differences);
        }
        final List<List<String>> aside = new ArrayList<>();
        compare.path("pairs").forEach((pair) ->
        {
            if (!pair.path("counted").asBoolean())
            {
                aside.add(List.of("pair " + pair.path("pair").asText(), pair.path("reasons").toString()));
            }
        });
        if (!aside.isEmpty())
        {
            html.section("Set aside").table(List.of("", "because"), aside);
        }
        html.section("To run it again").preformatted(
            "java -jar loadgen/target/epona-loadgen.jar compare " + compare.path("id").asText() + "/a.yaml " +
                compare.path("id").asText() + "/b.yaml --pairs " + compare.path("pairsAsked").asText());

        return html.finish();
    }

    private static List<String> row(final String name, final JsonNode metric)
    {
        final JsonNode ratio = metric.path("ratio");
        final JsonNode interval = ratio.path("interval95");
        final boolean isTime = "ns".equals(metric.path("unit").asText());
        return List.of(
            name,
            figure(metric.at("/a/median").asDouble(), isTime),
            figure(metric.at("/b/median").asDouble(), isTime),
            decimals(estimate(ratio)),
            interval.isObject() ?
                decimals(interval.path("low").asDouble()) + " to " + decimals(interval.path("high").asDouble()) : "-",
            ratio.has("p") ? String.format(Locale.ROOT, "%.4f", ratio.path("p").asDouble()) : "-",
            ratio.path("detectable").isNumber() ?
                String.format(Locale.ROOT, "%.1f %%", 100 * ratio.path("detectable").asDouble()) : "-",
            metric.path("finding").asText("-"));
    }

    private static double estimate(final JsonNode ratio)
    {
        // Folders of schema 1 have the median alone.
        return ratio.path("hodgesLehmann").asDouble(ratio.path("median").asDouble());
    }

    private static String figure(final double value, final boolean isTime)
    {
        return isTime ? String.format(Locale.ROOT, "%,.2f us", value / 1000) :
            String.format(Locale.ROOT, "%,.0f/s", value);
    }

    private static String decimals(final double value)
    {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String forest(final JsonNode compare)
    {
        double low = 1;
        double high = 1;
        for (final JsonNode metric : compare.path("metrics"))
        {
            low = Math.min(low, metric.at("/ratio/min").asDouble());
            high = Math.max(high, metric.at("/ratio/max").asDouble());
        }
        final Axis axis = Axis.ratio("A / B", low, high);
        final int height = TOP + ROW * compare.path("metrics").size() + BOTTOM;
        final StringBuilder svg = new StringBuilder(4096);
        svg.append(format("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"ratios\">%n", WIDTH, height));
        for (final Axis.Tick tick : axis.ticks())
        {
            final double at = across(axis, tick.value());
            svg.append(format("<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>",
                1 == tick.value() ? "even" : "grid", at, TOP, at, height - BOTTOM));
            svg.append(format("<text class=\"x\" x=\"%.1f\" y=\"%d\">%s</text>%n",
                at, height - BOTTOM + 16, tick.label()));
        }
        svg.append(format("<text class=\"x\" x=\"%d\" y=\"%d\">A / B</text>%n",
            (LEFT + WIDTH - RIGHT) / 2, height - 10));
        final int[] row = {0};
        compare.path("metrics").properties().forEach((metric) ->
            row(svg, axis, compare, metric.getKey(), metric.getValue().path("ratio"), TOP + ROW * row[0]++ + ROW / 2));

        return svg.append("</svg>\n").toString();
    }

    private static void row(
        final StringBuilder svg,
        final Axis axis,
        final JsonNode compare,
        final String name,
        final JsonNode ratio,
        final int middle)
    {
        svg.append(format("<text class=\"y\" x=\"%d\" y=\"%d\">%s</text>%n", LEFT - 14, middle + 4, Html.text(name)));
        for (final JsonNode pair : compare.path("pairs"))
        {
            final JsonNode value = pair.path(name).path("ratio");
            if (pair.path("counted").asBoolean() && value.isNumber())
            {
                svg.append(format("<circle class=\"p7\" cx=\"%.1f\" cy=\"%d\" r=\"3\" fill-opacity=\"0.6\"/>%n",
                    across(axis, value.asDouble()), middle - 14));
            }
        }
        final JsonNode interval = ratio.path("interval95");
        if (interval.isObject())
        {
            svg.append(format("<line class=\"interval\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>%n",
                across(axis, interval.path("low").asDouble()), middle,
                across(axis, interval.path("high").asDouble()), middle));
        }
        svg.append(format("<rect class=\"p0\" x=\"%.1f\" y=\"%d\" width=\"9\" height=\"9\"/>%n",
            across(axis, estimate(ratio)) - 4.5, middle - 4));
    }

    private static double across(final Axis axis, final double value)
    {
        return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT);
    }

    private static String format(final String text, final Object... values)
    {
        return String.format(Locale.ROOT, text, values);
    }
}
