package io.epona.loadgen.report;

import java.util.Locale;

/**
 * Numbers for people.
 */
final class Text
{
    private Text()
    {
    }

    static String grouped(final double value)
    {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    static String micros(final Long ns)
    {
        return null == ns ? "-" : micros(ns.doubleValue());
    }

    static String micros(final double ns)
    {
        return String.format(Locale.ROOT, ns < 100_000 ? "%,.2f" : "%,.0f", ns / 1000);
    }

    static String compact(final double perSecond)
    {
        if (perSecond >= 10_000_000)
        {
            return String.format(Locale.ROOT, "%.1fM", perSecond / 1e6);
        }
        if (perSecond >= 1_000_000)
        {
            return String.format(Locale.ROOT, "%.2fM", perSecond / 1e6);
        }

        return perSecond >= 10_000 ? String.format(Locale.ROOT, "%.1fk", perSecond / 1e3) :
            String.format(Locale.ROOT, "%.0f", perSecond);
    }
}
