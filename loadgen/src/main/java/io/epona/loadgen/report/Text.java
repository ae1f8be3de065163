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

    /**
     * Append a number without parsing a format: half up, with a point.
     *
     * @param text   to append to.
     * @param value  from 0.
     * @param digits behind the point, from 1 to 3.
     */
    static void decimal(final StringBuilder text, final double value, final int digits)
    {
        final long unit = 1 == digits ? 10 : 2 == digits ? 100 : 1000;
        final long scaled = Math.round(value * unit);
        text.append(scaled / unit).append('.');
        final long fraction = scaled % unit;
        for (long place = unit / 10; place > 1 && fraction < place; place /= 10)
        {
            text.append('0');
        }
        text.append(fraction);
    }
}
