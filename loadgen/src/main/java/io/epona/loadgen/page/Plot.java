package io.epona.loadgen.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Lines, points and marks over two axes, as SVG that takes its colours from the page.
 */
final class Plot
{
    private static final int WIDTH = 860;
    private static final int HEIGHT = 340;
    private static final int LEFT = 78;
    private static final int RIGHT = 28;
    private static final int TOP = 30;
    private static final int BOTTOM = 46;
    private static final int COLOURS = 8;
    private static final double LEGEND_CHAR = 7.2;

    private final Axis x;
    private final Axis y;
    private final StringBuilder body = new StringBuilder(4096);
    private final StringBuilder legend = new StringBuilder(512);
    private double legendX = LEFT;
    private int series;

    /**
     * @param x across.
     * @param y upwards.
     */
    Plot(final Axis x, final Axis y)
    {
        this.x = x;
        this.y = y;
    }

    /**
     * Add a line. What is not finite interrupts it, so does what the axes cannot show.
     *
     * @param name of it.
     * @param xs   values across.
     * @param ys   values upwards, as many.
     * @return this.
     */
    Plot line(final String name, final double[] xs, final double[] ys)
    {
        final int colour = next(name);
        final List<String> points = new ArrayList<>();
        for (int i = 0; i <= xs.length; i++)
        {
            if (i < xs.length && isShown(xs[i], ys[i]))
            {
                points.add(point(xs[i], ys[i]));
            }
            else if (!points.isEmpty())
            {
                body.append("<polyline class=\"s").append(colour).append("\" points=\"")
                    .append(String.join(" ", points)).append("\"/>\n");
                points.clear();
            }
        }

        return this;
    }

    /**
     * Add single points.
     *
     * @param name of them.
     * @param xs   values across.
     * @param ys   values upwards, as many.
     * @return this.
     */
    Plot points(final String name, final double[] xs, final double[] ys)
    {
        final int colour = next(name);
        for (int i = 0; i < xs.length; i++)
        {
            if (isShown(xs[i], ys[i]))
            {
                body.append(format("<circle class=\"p%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>%n",
                    colour, across(xs[i]), upwards(ys[i])));
            }
        }

        return this;
    }

    /**
     * Mark a place across with a line over the whole height.
     *
     * @param at   value across.
     * @param text beside it.
     * @return this.
     */
    Plot mark(final double at, final String text)
    {
        final double left = across(at);
        body.append(format("<line class=\"mark\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>%n",
            left, TOP, left, HEIGHT - BOTTOM));
        body.append(format("<text class=\"mark\" x=\"%.1f\" y=\"%d\">%s</text>%n",
            left + 4, TOP + 12, Html.text(text)));

        return this;
    }

    private int next(final String name)
    {
        final int colour = series++ % COLOURS;
        legend.append(format("<rect class=\"p%d\" x=\"%.1f\" y=\"8\" width=\"12\" height=\"12\"/>", colour, legendX));
        legend.append(format("<text x=\"%.1f\" y=\"18\">%s</text>%n", legendX + 17, Html.text(name)));
        legendX += 17 + LEGEND_CHAR * name.length() + 18;

        return colour;
    }

    private boolean isShown(final double xValue, final double yValue)
    {
        final double shareX = x.share(xValue);
        final double shareY = y.share(yValue);
        return Double.isFinite(shareX) && Double.isFinite(shareY) &&
            shareX >= -1e-9 && shareX <= 1 + 1e-9 && shareY >= -1e-9 && shareY <= 1 + 1e-9;
    }

    private double across(final double value)
    {
        return LEFT + x.share(value) * (WIDTH - LEFT - RIGHT);
    }

    private double upwards(final double value)
    {
        return HEIGHT - BOTTOM - y.share(value) * (HEIGHT - TOP - BOTTOM);
    }

    private String point(final double xValue, final double yValue)
    {
        return format("%.1f,%.1f", across(xValue), upwards(yValue));
    }

    private static String format(final String text, final Object... values)
    {
        return String.format(Locale.ROOT, text, values);
    }

    /**
     * @param title of the plot, for those who cannot see it.
     * @return SVG.
     */
    String svg(final String title)
    {
        final StringBuilder svg = new StringBuilder(body.length() + 4096);
        svg.append(format("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
            WIDTH, HEIGHT, Html.text(title)));
        final int bottom = HEIGHT - BOTTOM;
        for (final Axis.Tick tick : x.ticks())
        {
            final double at = across(tick.value());
            svg.append(format("<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>",
                at, TOP, at, bottom));
            svg.append(format("<text class=\"x\" x=\"%.1f\" y=\"%d\">%s</text>%n", at, bottom + 16,
                Html.text(tick.label())));
        }
        for (final Axis.Tick tick : y.ticks())
        {
            final double at = upwards(tick.value());
            svg.append(format("<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>",
                LEFT, at, WIDTH - RIGHT, at));
            svg.append(format("<text class=\"y\" x=\"%d\" y=\"%.1f\">%s</text>%n", LEFT - 6, at + 4,
                Html.text(tick.label())));
        }
        svg.append(format("<text class=\"x\" x=\"%d\" y=\"%d\">%s</text>%n", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10,
            Html.text(x.title())));
        svg.append(format("<text class=\"x\" transform=\"translate(14 %d) rotate(-90)\">%s</text>%n",
            (TOP + bottom) / 2, Html.text(y.title())));

        return svg.append(legend).append(body).append("</svg>\n").toString();
    }
}
